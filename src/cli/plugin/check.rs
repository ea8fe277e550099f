//! `lhp plugin check`: every active plugin of the project is loaded once.

use std::sync::Arc;

use serde::Serialize;

use super::arguments::Check;
use super::document;
use super::opened::Opened;
use crate::cli::arguments::Global;
use crate::cli::list::Listing;
use crate::cli::{Exit, output};
use crate::plugin::document::origin;
use crate::plugin::inspect::{Thoroughness, inspect};
use crate::plugin::{Plugin, Status};
use crate::report::{Report, Severity};

/// The document of `--json`.
#[derive(Serialize)]
struct Document {
    version: u32,
    plugins: Vec<Line>,
}

/// How loading one plugin went.
#[derive(Serialize)]
struct Line {
    id: String,
    version: String,
    runtime: &'static str,
    origin: String,
    /// Whether it can be used.
    ok: bool,
    errors: usize,
    /// Rule and message of the first error.
    error: Option<String>,
}

/// Loads plugins.
pub fn run(global: &Global, arguments: &Check) -> Exit {
    let mut opened = match Opened::open(global) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let active: Vec<Arc<Plugin>> =
        opened.table.plugins().iter().filter(|plugin| plugin.status == Status::Active).cloned().collect();
    let mut lines = Vec::new();
    for plugin in &active {
        let mut own = Report::default();
        inspect(&opened.session.sources, &plugin.root, Thoroughness::Faults, &mut own);
        let first = own.diagnostics.iter().find(|found| found.is_error());
        lines.push(Line {
            id: plugin.id().to_owned(),
            version: plugin.manifest.version.clone(),
            runtime: plugin.manifest.runtime.kind.word(),
            origin: origin(&plugin.origin),
            ok: !own.has_errors(),
            errors: own.count(Severity::Error),
            error: first.map(|found| format!("{}: {}", found.rule, found.message)),
        });
        opened.report.append(own);
    }
    opened.report.sort(&opened.session.sources);
    let exit = opened.tell();
    if arguments.json {
        output::stdout(&document(&Document { version: 1, plugins: lines }));
        return exit;
    }
    let mut listing =
        Listing::new("Active plugins".to_owned(), &["Plugin", "Version", "Runtime", "Origin", "Result"], "plugins");
    for line in lines {
        let result = line.error.unwrap_or_else(|| "ok".to_owned());
        listing.row(vec![line.id, line.version, line.runtime.to_owned(), line.origin, result]);
    }
    output::stdout(&match listing.is_empty() {
        true => "No active plugins\n`lhp plugin doctor` says where plugins are looked for\n".to_owned(),
        false => listing.render(),
    });
    exit
}
