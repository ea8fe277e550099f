//! `lhp plugin verify`: the plugins of a project against the lock file.

use serde_json::json;

use super::arguments::Verify as Arguments;
use super::project::Opened;
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::plugin::steps::Stage;
use crate::plugin::trust::lock::{LOCK_FILE, Lock};
use crate::plugin::{Plugin, Status};
use crate::project::Locking;
use crate::report::Report;
use crate::report::summary::counted;

/// Compares, and tells about every plugin that is wanted.
pub fn run(global: &Global, arguments: &Arguments) -> Exit {
    let opened = match Opened::new(global, Locking::Demanded) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let lock = Lock::read(&opened.project.sources, &mut Report::default());
    let wanted = opened
        .table
        .plugins()
        .iter()
        .filter(|plugin| !matches!(plugin.status, Status::Available | Status::Disabled | Status::Shadowed(_)));
    let verdicts: Vec<Verdict<'_>> = wanted.map(|plugin| verdict(plugin, lock.as_ref())).collect();
    if arguments.json {
        let rows: Vec<_> = verdicts
            .iter()
            .map(|verdict| json!({"id": verdict.id, "version": verdict.version, "result": verdict.word, "detail": verdict.detail}))
            .collect();
        output::stdout(&format!("{:#}\n", json!({"lock": lock.is_some(), "plugins": rows})));
    } else {
        for verdict in &verdicts {
            output::stdout(&format!("{}\t{} {}\t{}\n", verdict.word, verdict.id, verdict.version, verdict.detail));
        }
    }
    let exit = opened.tell();
    let good = verdicts.iter().filter(|verdict| verdict.word != "refused").count();
    let line = match exit {
        Exit::Success => format!("{} verified against `{LOCK_FILE}`", counted(good, "plugin")),
        _ => format!("{} of {} verified against `{LOCK_FILE}`", good, counted(verdicts.len(), "plugin")),
    };
    opened.session.line(&line);
    exit
}

/// How a plugin compares with the lock file.
struct Verdict<'a> {
    id: &'a str,
    version: &'a str,
    /// `ok`, `unlocked` (it needs no entry and has none) or `refused`.
    word: &'static str,
    detail: String,
}

fn verdict<'a>(plugin: &'a Plugin, lock: Option<&Lock>) -> Verdict<'a> {
    let locked = lock.is_some_and(|lock| lock.entry(plugin.id()).is_some());
    let trust = plugin.steps.iter().rev().find(|step| step.stage == Stage::Trust);
    let (word, detail) = match (&plugin.status, locked) {
        (Status::Active, true) => ("ok", trust.map(|step| step.text.clone())),
        (Status::Active, false) => ("unlocked", trust.map(|step| step.text.clone())),
        (status, _) => ("refused", status.reason().map(str::to_owned)),
    };
    Verdict { id: plugin.id(), version: &plugin.manifest.version, word, detail: detail.unwrap_or_default() }
}
