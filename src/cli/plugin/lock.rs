//! `lhp plugin lock`: what the plugins of a project are goes into the lock file.

use super::arguments::Lock as Arguments;
use super::project::Opened;
use crate::apply::write_whole;
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::difference::unified_texts;
use crate::plugin::discovery::NOT_FOUND;
use crate::plugin::trust::DIGEST_MISMATCH;
use crate::plugin::trust::lock::{LOCK_FILE, Lock, LockFile, LockedPlugin};
use crate::project::Locking;
use crate::report::summary::counted;
use crate::report::{Diagnostic, Report, Warnings, did_you_mean};

/// Writes the lock file, or compares it with what would be written.
pub fn run(global: &Global, arguments: &Arguments) -> Exit {
    let opened = match Opened::new(global, Locking::Ignored) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let exit = opened.tell();
    if exit != Exit::Success {
        opened.session.line(&format!("`{LOCK_FILE}` stays as it is: correct the errors first"));
        return exit;
    }
    let fail = |diagnostic: Diagnostic| {
        let mut report = Report::default();
        report.push(diagnostic);
        opened.session.print_report(&report, Warnings::Detailed);
        Exit::Findings
    };
    let only = (!arguments.update.is_empty()).then_some(arguments.update.as_slice());
    let content = match content(&opened, only) {
        Ok(content) => content,
        Err(diagnostic) => return fail(diagnostic),
    };
    if !arguments.check {
        return write(&opened, &content).map_or_else(fail, |()| Exit::Success);
    }
    let (before, after) = (current(&opened), content.render());
    if before == after || (before.is_empty() && content.plugins.is_empty()) {
        opened.session.line(&format!("`{LOCK_FILE}` is current: {}", counted(content.plugins.len(), "plugin")));
        return Exit::Success;
    }
    output::stdout(&unified_texts([&format!("a/{LOCK_FILE}"), &format!("b/{LOCK_FILE}")], [&before, &after]));
    opened.session.line(&format!("`{LOCK_FILE}` is not current: run `lhp plugin lock`"));
    Exit::Findings
}

/// The text of the lock file as it is; empty if there is none.
fn current(opened: &Opened) -> String {
    std::fs::read_to_string(opened.project.root.join(LOCK_FILE)).unwrap_or_default()
}

/// What the lock file should hold: all plugins that are used, or the old entries with those of some plugins renewed.
pub(super) fn content(opened: &Opened, only: Option<&[String]>) -> Result<LockFile, Diagnostic> {
    let sources = &opened.project.sources;
    let mut file = LockFile { version: 1, plugins: Vec::new() };
    if only.is_some() {
        let lock = Lock::read(sources, &mut Report::default());
        file.plugins = lock.map(|lock| lock.content.plugins).unwrap_or_default();
    }
    let used = opened.table.plugins().iter().filter(|plugin| plugin.is_active());
    let used: Vec<_> = used.collect();
    for id in only.into_iter().flatten() {
        if !used.iter().any(|plugin| plugin.id() == id) {
            let near = did_you_mean(id, used.iter().map(|plugin| plugin.id()));
            return Err(Diagnostic::error(&NOT_FOUND, format!("the project uses no plugin `{id}`")).help(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`lhp plugin doctor {id}` explains why"),
            }));
        }
    }
    for plugin in used.into_iter().filter(|plugin| only.is_none_or(|only| only.iter().any(|id| id == plugin.id()))) {
        let entry = LockedPlugin::of(plugin, sources).map_err(|error| {
            Diagnostic::error(
                &DIGEST_MISMATCH,
                format!("the files of the plugin `{}` cannot be read: {error}", plugin.id()),
            )
            .label(plugin.node.span, "this plugin")
            .help("make its files readable")
        })?;
        file.plugins.retain(|other| other.id != entry.id);
        file.plugins.push(entry);
    }
    Ok(file)
}

/// Makes the lock file hold something, and tells what changed.
pub(super) fn write(opened: &Opened, content: &LockFile) -> Result<(), Diagnostic> {
    let (before, after) = (current(opened), content.render());
    let old = toml::from_str::<LockFile>(&before).unwrap_or_default();
    if before == after {
        opened.session.line(&format!("`{LOCK_FILE}` is current: {}", counted(content.plugins.len(), "plugin")));
        return Ok(());
    }
    write_whole(&opened.project.root.join(LOCK_FILE), after.as_bytes(), &opened.project.root)?;
    for entry in &content.plugins {
        let word = match old.plugins.iter().find(|other| other.id == entry.id) {
            None => "locked ",
            Some(other) if other != entry => "updated",
            Some(_) => continue,
        };
        output::stdout(&format!("{word} {} {}\n", entry.id, entry.version));
    }
    for entry in old.plugins.iter().filter(|entry| !content.plugins.iter().any(|other| other.id == entry.id)) {
        output::stdout(&format!("removed {} {}\n", entry.id, entry.version));
    }
    opened.session.line(&format!("wrote `{LOCK_FILE}`: {}", counted(content.plugins.len(), "plugin")));
    Ok(())
}
