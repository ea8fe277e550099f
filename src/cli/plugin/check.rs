//! `lhp plugin check`: every active plugin of the project is inspected, and what runs it is started once.

use std::sync::Arc;

use serde::Serialize;

use super::arguments::Check;
use super::document;
use super::opened::Opened;
use crate::cli::arguments::Global;
use crate::cli::list::Listing;
use crate::cli::{Exit, output};
use crate::plugin::document::origin;
use crate::plugin::host::of_check;
use crate::plugin::inspect::{Thoroughness, inspect};
use crate::plugin::manifest::PluginLimits;
use crate::plugin::runtime::{Limits, Runtimes};
use crate::plugin::secrets::Secrets;
use crate::plugin::{Plugin, Status};
use crate::report::{Diagnostic, Report, Rule, Severity, rules};
use crate::source::SourceMap;

rules! {
    /// A class of a plugin calls its capability otherwise than the manifest does.
    ///
    /// ## Why
    /// The name in the manifest counts: it is what actions write. Who reads the class looks for another one. Only
    /// `lhp plugin check` loads classes to compare; nothing else depends on what they say.
    ///
    /// ## Wrong
    /// ```python
    /// class S3Plugin(ILoadGeneratorPlugin): # provides: [{kind: load, key: s3_batch, entry: "s3.py:S3Plugin"}]
    ///     def get_source_type(self):
    ///         return "s3"
    /// ```
    ///
    /// ## Right
    /// ```python
    /// class S3Plugin(ILoadGeneratorPlugin): # provides: [{kind: load, key: s3_batch, entry: "s3.py:S3Plugin"}]
    ///     def get_source_type(self):
    ///         return "s3_batch"
    /// ```
    pub static KEY_DIFFERS: Rule = Rule::new("LHP-PLG-031", "key-differs").warning();
}

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
    let runtimes = opened.table.runtimes().cloned();
    let limits = opened.project.loaded.settings.plugins.as_ref().and_then(|plugins| plugins.limits.clone());
    let mut lines = Vec::new();
    for plugin in &active {
        let mut own = Report::default();
        inspect(&opened.session.sources, &plugin.root, Thoroughness::Faults, &mut own);
        // What is wrong with its files was said, and would only be said again.
        if let Some(runtimes) = runtimes.as_ref().filter(|_| !own.has_errors()) {
            start(runtimes, plugin, limits.as_ref(), &opened.session.sources, &mut own);
        }
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

/// Starts what runs a plugin.
fn start(
    runtimes: &Runtimes,
    plugin: &Plugin,
    allowed: Option<&PluginLimits>,
    sources: &SourceMap,
    report: &mut Report,
) {
    let limits = Limits::of(&plugin.manifest.limits, allowed);
    let (faults, remarks) = match runtimes.start(plugin, &limits) {
        Ok(runtime) => (runtime.start(plugin), runtime.remarks()),
        Err(fault) => (vec![(0, fault)], Vec::new()),
    };
    let hidden = Secrets::hidden_everywhere(&plugin.config.secrets);
    for (index, remark) in remarks {
        report.push(
            Diagnostic::warning(&KEY_DIFFERS, format!("plugin `{}`: {}", plugin.id(), hidden.text(&remark)))
                .label(plugin.provision_span(index, "key"), "the name in the manifest")
                .help("let the class give the same name, or change `key`"),
        );
    }
    for (index, fault) in faults {
        report.push(of_check(&fault, plugin, index, sources));
    }
}
