//! `lhp plugin validate`: is this the directory of a plugin that can work?

use std::path::Path;
use std::sync::Arc;

use super::arguments::Validate;
use super::opened::resolve;
use crate::cli::arguments::Global;
use crate::cli::session::variable;
use crate::cli::{Exit, output};
use crate::plugin::golden::{no_plugin, plugin_directories};
use crate::plugin::inspect::{Thoroughness, inspect};
use crate::report::output::{Context, Format, document};
use crate::report::summary::counted;
use crate::report::{Report, Severity, Stream, Style, Warnings, render_all};
use crate::source::SourceMap;

/// Inspects plugins.
pub fn run(global: &Global, arguments: &Validate) -> Exit {
    let mut report = Report::default();
    let (start, path) = match resolve(global, &arguments.path) {
        Ok(found) => found,
        Err(diagnostic) => {
            report.push(diagnostic);
            return told(&SourceMap::new(""), &report, arguments, &[]);
        }
    };
    let sources = Arc::new(SourceMap::new(start));
    let thoroughness = if arguments.pedantic { Thoroughness::Pedantic } else { Thoroughness::Faults };
    let directories = plugin_directories(&path);
    if directories.is_empty() {
        report.push(no_plugin(&arguments.path));
    }
    let mut valid = Vec::new();
    for directory in &directories {
        let errors = report.count(Severity::Error);
        let read = inspect(&sources, directory, thoroughness, &mut report);
        if let Some(read) = read.filter(|_| report.count(Severity::Error) == errors) {
            valid.push(format!(
                "✓ {} {}  {}",
                read.manifest.id,
                read.manifest.version,
                counted(read.manifest.provides.len(), "capability").replace("capabilitys", "capabilities")
            ));
        }
    }
    report.sort(&sources);
    told(&sources, &report, arguments, &valid)
}

fn told(sources: &SourceMap, report: &Report, arguments: &Validate, valid: &[String]) -> Exit {
    let style = Style::detect(Stream::stderr(), variable);
    valid.iter().for_each(|line| output::stderr(&format!("{line}\n")));
    output::stderr(&render_all(report, sources, style, None).warnings(Warnings::Detailed).to_string());
    let strict = arguments.strict && report.count(Severity::Warning) > 0;
    if strict && !report.has_errors() {
        output::stderr("warnings count as errors because of --strict\n");
    }
    let exit = if report.has_errors() || strict { Exit::Findings } else { Exit::Success };
    if arguments.json {
        let context = Context {
            command: "plugin validate",
            success: exit == Exit::Success,
            strict: arguments.strict,
            ..Context::default()
        };
        output::stdout(&document(Format::Json, report, sources, &context));
    }
    exit
}

/// A path for people: relative to the directory of the command where it lies below it.
pub fn shown(path: &Path, start: &Path) -> String {
    path.strip_prefix(start).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
