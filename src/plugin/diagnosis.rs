//! The way of a plugin to its status: a plugin and its project go in, the steps come out in the order in which they
//! are taken.

use serde::Serialize;

use super::document::origin;
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

impl Step {
    fn passed(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, passed: true, detail: detail.into(), help: None }
    }

    fn failed(what: &'static str, detail: impl Into<String>, help: Option<String>) -> Self {
        Self { what, passed: false, detail: detail.into(), help }
    }
}

/// The steps of a plugin.
pub fn steps(plugin: &Plugin, table: &Table, project: &Project) -> Vec<Step> {
    let manifest = &plugin.manifest;
    let settings = project.loaded.settings.plugins.as_ref();
    let mut steps = vec![
        Step::passed("found", format!("in {}, {}", origin(&plugin.origin), project.sources.display_path(&plugin.root))),
        Step::passed("manifest", format!("api {}, runtime {}", manifest.api, manifest.runtime.kind.word())),
    ];
    if let Some(range) = &manifest.requires.lhp {
        let detail = format!("asks for {range}, this is {}", env!("CARGO_PKG_VERSION"));
        steps.push(match &plugin.status {
            Status::Incompatible(_) => Step::failed("version of lhp", detail, None),
            _ => Step::passed("version of lhp", detail),
        });
    }
    let used = settings.and_then(|settings| settings.used.iter().find(|used| used.id == manifest.id));
    steps.push(match used {
        Some(used) if used.enabled.is_some_and(|enabled| !enabled.0) => Step::failed(
            "plugins.use",
            "switched off",
            Some(format!("`lhp plugin enable {}` switches it on", manifest.id)),
        ),
        Some(used) => {
            let range = used.version.as_ref().map(|range| format!(" in versions {range}")).unwrap_or_default();
            Step::passed("plugins.use", format!("listed{range}"))
        }
        None => Step::passed("plugins.use", "not listed"),
    });
    let status = plugin.status.word();
    steps.push(match &plugin.status {
        Status::Active => Step::passed("status", status),
        Status::Available => Step::failed(
            "status",
            "available: nobody asked for it",
            Some(format!("`lhp plugin enable {}` asks for it", manifest.id)),
        ),
        other => Step::failed(
            "status",
            other.reason().map_or(status.to_owned(), |reason| format!("{status}: {reason}")),
            None,
        ),
    });
    for row in table.plugin_rows().iter().filter(|row| std::ptr::eq(row.plugin.as_ref(), plugin)) {
        let detail = match row.status.reason() {
            Some(reason) => format!("{} is {}: {reason}", row.id(), row.status.word()),
            None => format!("{} is {}", row.id(), row.status.word()),
        };
        steps.push(match row.status {
            Status::Active => Step::passed("capability", detail),
            _ => Step::failed("capability", detail, None),
        });
    }
    steps
}
