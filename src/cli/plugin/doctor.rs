//! `lhp plugin doctor`: why a plugin is used or not, step by step.

use serde::Serialize;

use super::arguments::Doctor;
use super::document;
use super::opened::Opened;
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::plugin::diagnosis::{Step, is_broken, steps};
use crate::report::Diagnostic;

/// The document of `--json`.
#[derive(Serialize)]
struct Document {
    version: u32,
    /// Directories that are searched, as the project names them.
    directories: Vec<String>,
    plugins: Vec<Explained>,
}

/// A plugin with the way to its status.
#[derive(Serialize)]
struct Explained {
    id: String,
    version: String,
    status: &'static str,
    reason: Option<String>,
    path: String,
    steps: Vec<Step>,
}

/// Explains plugins.
pub fn run(global: &Global, arguments: &Doctor) -> Exit {
    let mut opened = match Opened::open(global) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    // A capability stands for its plugin.
    let named = arguments.id.as_deref();
    let id = named.and_then(|name| Some(opened.find(name).ok()?.id().to_owned())).or(arguments.id.clone());
    let wanted = |other: &str| id.as_deref().is_none_or(|wanted| wanted == other);
    let sources = &opened.session.sources;
    let plugins = opened.table.plugins().iter().filter(|plugin| wanted(plugin.id()));
    let explained: Vec<Explained> = plugins
        .map(|plugin| Explained {
            id: plugin.id().to_owned(),
            version: plugin.manifest.version.clone(),
            status: plugin.status.word(),
            reason: plugin.status.reason().map(str::to_owned),
            path: sources.display_path(&plugin.root),
            steps: steps(plugin, &opened.table, &opened.project),
        })
        .collect();
    let is_broken = opened.table.plugins().iter().any(|plugin| wanted(plugin.id()) && is_broken(plugin));
    if arguments.id.is_some() {
        // What is wrong with other plugins is no answer to the question.
        let others = opened.table.plugins().iter().filter(|plugin| !wanted(plugin.id()));
        let others: Vec<&Diagnostic> = others.flat_map(|plugin| &plugin.faults).collect();
        let same = |one: &Diagnostic, other: &Diagnostic| {
            one.rule == other.rule && one.message == other.message && one.labels == other.labels
        };
        opened.report.diagnostics.retain(|found| !others.iter().any(|other| same(found, other)));
    }
    let directories = opened.directories();
    if let (Some(id), true) = (&arguments.id, explained.is_empty()) {
        if !arguments.json {
            output::stdout(&searched(&directories, opened.in_project));
        }
        let diagnostic = opened.unknown(id);
        return opened.fail(diagnostic);
    }
    let exit = opened.tell();
    output::stdout(&match arguments.json {
        true => document(&Document { version: 1, directories, plugins: explained }),
        false => {
            let texts: Vec<String> = explained.iter().map(text).collect();
            let off = opened.table.switched_off().map(|by| format!("\nPlugins are switched off by {by}\n"));
            searched(&directories, opened.in_project) + &off.unwrap_or_default() + &texts.concat()
        }
    });
    if is_broken { Exit::Findings } else { exit }
}

/// Where plugins are looked for.
fn searched(directories: &[String], in_project: bool) -> String {
    let place = if in_project { "" } else { "There is no project here.\n" };
    let lines: String = directories.iter().map(|directory| format!("  {directory}\n")).collect();
    format!("{place}Searched for plugins\n{lines}")
}

fn text(plugin: &Explained) -> String {
    let reason = plugin.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let mut text = format!("\n{} {} is {}{reason}\n", plugin.id, plugin.version, plugin.status);
    for step in &plugin.steps {
        text.push_str(&format!("  {} {}: {}\n", if step.passed { "✓" } else { "✗" }, step.what, step.detail));
        if let Some(help) = &step.help {
            text.push_str(&format!("    help: {}\n", help.replace('\n', "\n          ")));
        }
    }
    text
}
