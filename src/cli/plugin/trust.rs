//! `lhp plugin trust`: a plugin is granted what it asks for, and locked.

use super::arguments::Trust as Arguments;
use super::grant::granted_text;
use super::lock::{content, write};
use super::project::Opened;
use crate::apply::{Rewrite, rewrite};
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::difference::unified_texts;
use crate::model::PluginPermissions;
use crate::plugin::discovery::NOT_FOUND;
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
    let before = std::fs::read_to_string(opened.project.root.join(PROJECT_FILE)).unwrap_or_default();
    let after = match needs_entry(&opened, &plugin) {
        true => granted_text(&opened.project, &arguments.id, asked).map_err(|diagnostic| fail(&opened, diagnostic))?,
        false => before.clone(),
    };
    if arguments.dry_run {
        output::stdout(&unified_texts([&format!("a/{PROJECT_FILE}"), &format!("b/{PROJECT_FILE}")], [&before, &after]));
        return Ok(Exit::Success);
    }
    if after != before {
        let root = opened.project.root.clone();
        let change = Rewrite { path: root.join(PROJECT_FILE), before, after };
        rewrite(&[change], &root).map_err(|diagnostic| fail(&opened, diagnostic))?;
        opened.session.line(&format!("wrote the grant into `{PROJECT_FILE}`"));
    }
    let opened = opened.again(Locking::Ignored)?;
    let active = opened.table.plugins().iter().any(|plugin| plugin.id() == arguments.id && plugin.is_active());
    if !active {
        opened.session.print_report(&opened.report, Warnings::Detailed);
        opened.session.line(&format!("`{}` is not locked: it cannot be used for another reason", arguments.id));
        return Ok(Exit::Findings);
    }
    let only = [arguments.id.clone()];
    let locked = content(&opened, Some(&only)).and_then(|content| write(&opened, &content));
    locked.map_err(|diagnostic| fail(&opened, diagnostic))?;
    Ok(Exit::Success)
}

/// Whether the project file has to say something for the plugin to be used with what it asks for.
fn needs_entry(opened: &Opened, plugin: &Plugin) -> bool {
    let settings = opened.project.loaded.settings.plugins.as_ref();
    let used = settings.and_then(|settings| settings.used.iter().find(|used| used.id == plugin.id()));
    match used {
        Some(used) => {
            let asked = &plugin.manifest.permissions;
            !is_empty(asked) && used.grant.as_ref().is_none_or(|grant| grant != asked)
        }
        None => !plugin.is_active(),
    }
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
    format!("{head}asks for: {asks}\n")
}
