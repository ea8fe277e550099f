//! `lhp plugin trust`: a plugin is granted what it asks for, and locked.

use std::path::Path;
use std::sync::Arc;

use super::arguments::Trust as Arguments;
use super::lock::{content, write};
use super::project::Opened;
use crate::apply::{Rewrite, rewrite};
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::difference::unified_texts;
use crate::model::PluginPermissions;
use crate::plugin::diagnosis::help;
use crate::plugin::discovery::NOT_FOUND;
use crate::plugin::manifest::RuntimeKind;
use crate::plugin::switch::{Wanted, switch_all};
use crate::plugin::trust::permissions::{is_empty, yaml};
use crate::plugin::{Plugin, Status};
use crate::project::{Locking, PROJECT_FILE};
use crate::report::{Diagnostic, Report, Warnings, did_you_mean};

/// Shows what a plugin asks for, grants it, and locks the plugin as it is.
pub fn run(global: &Global, arguments: &Arguments) -> Exit {
    trust(global, arguments).unwrap_or_else(|exit| exit)
}

fn trust(global: &Global, arguments: &Arguments) -> Result<Exit, Exit> {
    let opened = Opened::new(global, Locking::Ignored)?;
    let fail = |opened: &Opened, diagnostic: Diagnostic| {
        let mut report = Report::default();
        report.push(diagnostic);
        opened.session.print_report(&report, Warnings::Detailed);
        Exit::Findings
    };
    let plugins = opened.table.plugins();
    let shadowed = |plugin: &Plugin| matches!(plugin.status, Status::Shadowed(_));
    let Some(plugin) = plugins.iter().find(|plugin| plugin.id() == arguments.id && !shadowed(plugin)).cloned() else {
        let near = did_you_mean(&arguments.id, plugins.iter().map(|plugin| plugin.id()));
        let diagnostic = Diagnostic::error(&NOT_FOUND, format!("the plugin `{}` was not found", arguments.id));
        let help = near.map_or_else(
            || "`lhp plugin list` shows what was found".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(fail(&opened, diagnostic.help(help)));
    };
    let asked = &plugin.manifest.permissions;
    output::stdout(&description(&plugin, asked));
    let wanted = changes(&opened, &plugin);
    let root = opened.project.root.clone();
    let Ok(file) = opened.session.sources.load(Path::new(PROJECT_FILE)) else { return Ok(opened.tell()) };
    let before = opened.session.sources.get(file).text.clone();
    let edited = switch_all(file, &before, &arguments.id, &wanted).map_err(|diagnostic| fail(&opened, diagnostic))?;
    let after = edited.unwrap_or_else(|| before.clone());
    if arguments.dry_run {
        output::stdout(&unified_texts([&format!("a/{PROJECT_FILE}"), &format!("b/{PROJECT_FILE}")], [&before, &after]));
        return Ok(Exit::Success);
    }
    // Nothing is written unless the plugin can be used with it.
    let opened = opened.with(&after, Locking::Ignored)?;
    let same = |other: &&Arc<Plugin>| other.id() == arguments.id && other.root == plugin.root;
    if let Some(plugin) = opened.table.plugins().iter().find(same).filter(|plugin| !plugin.is_active()) {
        opened.session.print_report(&opened.report, Warnings::Detailed);
        let reason = plugin.status.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
        opened.session.line(&format!(
            "nothing was written, for `{}` cannot be used: it is {}{reason}",
            arguments.id,
            plugin.status.word()
        ));
        if let Some(help) = help(plugin, &opened.table) {
            opened.session.line(&format!("  help: {}", help.replace('\n', "\n        ")));
        }
        return Ok(Exit::Findings);
    }
    if after != before {
        let path = root.join(PROJECT_FILE);
        let change = Rewrite { path: std::fs::canonicalize(&path).unwrap_or(path), before, after };
        rewrite(&[change], &root).map_err(|diagnostic| fail(&opened, diagnostic))?;
        let written: Vec<String> = wanted.iter().map(|wish| format!("`{}`", wish.written(&arguments.id))).collect();
        opened.session.line(&format!("wrote {} for {} into `{PROJECT_FILE}`", written.join(" and "), arguments.id));
    }
    let only = [arguments.id.clone()];
    let locked = content(&opened, Some(&only)).and_then(|content| write(&opened, &content));
    locked.map_err(|diagnostic| fail(&opened, diagnostic))?;
    Ok(Exit::Success)
}

/// What the project file has to say for the plugin to be used with what it asks for.
fn changes(opened: &Opened, plugin: &Plugin) -> Vec<Wanted> {
    let settings = opened.project.loaded.settings.plugins.as_ref();
    let used = settings.and_then(|settings| settings.used.iter().find(|used| used.id == plugin.id()));
    let mut wanted = Vec::new();
    let is_native = plugin.manifest.runtime.kind == RuntimeKind::Native;
    if is_native && !used.and_then(|used| used.allow_native).is_some_and(|flag| flag.0) {
        wanted.push(Wanted::Native);
    }
    let asked = &plugin.manifest.permissions;
    if !is_empty(asked) && used.and_then(|used| used.grant.as_ref()) != Some(asked) {
        wanted.push(Wanted::Granted(asked.clone()));
    }
    if wanted.is_empty() && used.is_none() && !plugin.is_active() {
        wanted.push(Wanted::On);
    }
    wanted
}

/// What the plugin is and what it asks for.
fn description(plugin: &Plugin, asked: &PluginPermissions) -> String {
    let about = plugin.manifest.description.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
    let asks = match is_empty(asked) {
        true => "nothing".to_owned(),
        false => yaml(asked),
    };
    let head =
        format!("{} {} ({}){about}\n", plugin.id(), plugin.manifest.version, plugin.manifest.runtime.kind.word());
    let native = match plugin.manifest.runtime.kind {
        RuntimeKind::Native => "its native code can do whatever you can do\n",
        _ => "",
    };
    format!("{head}asks for: {asks}\n{native}")
}
