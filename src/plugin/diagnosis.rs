//! The way of a plugin to its status: a plugin and its table go in, the steps come out in the order in which they were
//! taken.

use serde::Serialize;

use super::document::origin;
use super::manifest::RuntimeKind;
use super::selection::NOT_ALLOWED;
use super::steps::Outcome;
use super::unavailable::enabling;
use super::{Plugin, Status, Table};
use crate::project::Project;

/// One question about a plugin, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was looked at.
    pub what: &'static str,
    /// Whether it speaks for using the plugin.
    pub passed: bool,
    pub detail: String,
    /// What to change, if it does not.
    pub help: Option<String>,
}

/// The steps of a plugin.
pub fn steps(plugin: &Plugin, table: &Table, project: &Project) -> Vec<Step> {
    let place = project.sources.display_path(&plugin.root);
    let found = format!("in {}, {place}", origin(&plugin.origin));
    let mut steps = vec![Step { what: "found", passed: true, detail: found, help: None }];
    steps.extend(plugin.steps.iter().map(|step| Step {
        what: step.stage.word(),
        passed: step.outcome == Outcome::Passed,
        detail: step.text.clone(),
        help: None,
    }));
    let word = plugin.status.word();
    steps.push(Step {
        what: "status",
        passed: plugin.status == Status::Active,
        detail: plugin.status.reason().map_or(word.to_owned(), |reason| format!("{word}: {reason}")),
        help: help(plugin, table),
    });
    for row in table.plugin_rows().iter().filter(|row| std::ptr::eq(row.plugin.as_ref(), plugin)) {
        let detail = match row.status.reason() {
            Some(reason) => format!("{} is {}: {reason}", row.id(), row.status.word()),
            None => format!("{} is {}", row.id(), row.status.word()),
        };
        steps.push(Step { what: "capability", passed: row.status == Status::Active, detail, help: None });
    }
    steps
}

/// What to do about a plugin that is not used: what is said where it was stopped.
pub fn help(plugin: &Plugin, table: &Table) -> Option<String> {
    let id = plugin.id();
    match &plugin.status {
        Status::Available if table.enabled_by().is_some() => Some(enabling(table, id)),
        Status::Available => Some(match plugin.manifest.runtime.kind {
            RuntimeKind::Native => format!("if you trust its native code, `lhp plugin trust {id}` allows and locks it"),
            _ => format!("`lhp plugin enable {id}` asks for it"),
        }),
        Status::Disabled => Some(format!("`lhp plugin enable {id}` switches it on")),
        Status::Blocked(_) | Status::Incompatible(_) | Status::Invalid(_) => {
            plugin.faults.iter().find(|fault| fault.is_error()).and_then(|fault| fault.help.clone())
        }
        Status::Active | Status::Shadowed(_) => None,
    }
}

/// Whether something has to be put right before a plugin can be used. Nothing has to where nobody asked for it, or where
/// the project decided against it.
pub fn is_broken(plugin: &Plugin) -> bool {
    match plugin.status {
        Status::Active | Status::Available | Status::Disabled | Status::Shadowed(_) => false,
        Status::Blocked(_) => {
            plugin.named.is_some() || plugin.faults.first().is_none_or(|fault| fault.rule != &NOT_ALLOWED)
        }
        Status::Incompatible(_) | Status::Invalid(_) => true,
    }
}
