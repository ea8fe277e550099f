//! `lhp plugin test`: golden cases are run.

mod junit;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::arguments::Test;
use super::document;
use super::opened::resolve;
use crate::cli::arguments::Global;
use crate::cli::session::variable;
use crate::cli::{Exit, output};
use crate::plugin::golden::{self, CaseOutcome, Expectations, GoldenOptions, Verdict, no_plugin, plugin_directories};
use crate::report::{Report, Stream, Style, Warnings, render_all};
use crate::source::SourceMap;

/// The document of `--json`.
#[derive(Serialize)]
struct Document {
    version: u32,
    summary: Summary,
    cases: Vec<Line>,
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    passed: usize,
    updated: usize,
    failed: usize,
}

/// How one case went.
#[derive(Serialize)]
struct Line {
    /// `plugin/case`.
    name: String,
    plugin: String,
    case: String,
    capability: Option<String>,
    /// `passed`, `updated` or `failed`.
    outcome: &'static str,
    milliseconds: u64,
    bytes: usize,
    /// Expectations that were written.
    updated: Vec<String>,
    failures: Vec<Reason>,
}

#[derive(Serialize)]
struct Reason {
    message: String,
    detail: String,
    help: Option<String>,
}

/// Runs golden cases.
pub fn run(global: &Global, arguments: &Test) -> Exit {
    let mut report = Report::default();
    let mut outcomes = Vec::new();
    let (sources, start) = match resolve(global, &arguments.path) {
        Ok((start, path)) => {
            let sources = Arc::new(SourceMap::new(&start));
            let directories = plugin_directories(&path);
            if directories.is_empty() {
                report.push(no_plugin(&arguments.path));
            }
            let expectations = if arguments.update { Expectations::Updated } else { Expectations::Compared };
            let options = GoldenOptions { expectations, filter: arguments.filter.clone() };
            for directory in &directories {
                outcomes.extend(golden::run(&sources, directory, &options, &mut report));
            }
            (sources, start)
        }
        Err(diagnostic) => {
            report.push(diagnostic);
            (Arc::new(SourceMap::new("")), Default::default())
        }
    };
    report.sort(&sources);
    let style = Style::detect(Stream::stderr(), variable);
    output::stderr(&render_all(&report, &sources, style, None).warnings(Warnings::Detailed).to_string());
    let failed = outcomes.iter().filter(|outcome| !outcome.failures().is_empty()).count();
    let success = failed == 0 && !outcomes.is_empty() && !report.has_errors();
    let written = arguments.junit.as_ref().map(|file| write_junit(&start.join(file), &outcomes));
    match arguments.json {
        true => output::stdout(&document(&told(&outcomes, success))),
        false => outcomes.iter().for_each(|outcome| output::stdout(&text(outcome))),
    }
    output::stderr(&format!("{}\n", summary(&outcomes)));
    if outcomes.is_empty() && !report.has_errors() {
        let help = match &arguments.filter {
            Some(text) => format!("no name of a case has `{text}` in it"),
            None => "a case is a directory below `tests/` with an `input.yaml`".to_owned(),
        };
        output::stderr(&format!("  help: {help}\n"));
    }
    match written {
        Some(Err(message)) => {
            output::stderr(&format!("error: {message}\n"));
            Exit::Findings
        }
        _ if success => Exit::Success,
        _ => Exit::Findings,
    }
}

fn write_junit(path: &Path, outcomes: &[CaseOutcome]) -> Result<(), String> {
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = written.and_then(|()| std::fs::write(path, junit::document(outcomes)));
    written.map_err(|error| format!("`{}` cannot be written: {error}", path.display()))
}

/// A case for people: one line, and below it why it failed.
fn text(outcome: &CaseOutcome) -> String {
    let mark = match outcome.verdict {
        Verdict::Passed => "✓",
        Verdict::Updated(_) => "~",
        Verdict::Failed(_) => "✗",
    };
    let capability = outcome.capability.as_ref().map(|id| format!("  {id}")).unwrap_or_default();
    let mut text =
        format!("{mark} {}{capability}  {} bytes  {:.2}s\n", outcome.name(), outcome.bytes, outcome.took.as_secs_f64());
    if let Verdict::Updated(files) = &outcome.verdict {
        files.iter().for_each(|file| text.push_str(&format!("    {file}\n")));
    }
    for failure in outcome.failures() {
        text.push_str(&format!("  {}\n", failure.what));
        for line in failure.detail.lines() {
            text.push_str(format!("    {line}").trim_end());
            text.push('\n');
        }
        if let Some(help) = &failure.help {
            text.push_str(&format!("  help: {help}\n"));
        }
    }
    text
}

fn counts(outcomes: &[CaseOutcome]) -> [usize; 3] {
    let count = |wanted: fn(&Verdict) -> bool| outcomes.iter().filter(|outcome| wanted(&outcome.verdict)).count();
    [
        count(|verdict| *verdict == Verdict::Passed),
        count(|verdict| matches!(verdict, Verdict::Updated(_))),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
    ]
}

fn summary(outcomes: &[CaseOutcome]) -> String {
    let [passed, updated, failed] = counts(outcomes);
    if outcomes.is_empty() {
        return "no golden cases".to_owned();
    }
    let mut text = format!("{passed} passed");
    if updated > 0 {
        text.push_str(&format!(" · {updated} updated"));
    }
    if failed > 0 {
        text.push_str(&format!(" · {failed} failed"));
    }
    text
}

fn told(outcomes: &[CaseOutcome], success: bool) -> Document {
    let [passed, updated, failed] = counts(outcomes);
    let line = |outcome: &CaseOutcome| Line {
        name: outcome.name(),
        plugin: outcome.plugin.clone(),
        case: outcome.case.clone(),
        capability: outcome.capability.clone(),
        outcome: match outcome.verdict {
            Verdict::Passed => "passed",
            Verdict::Updated(_) => "updated",
            Verdict::Failed(_) => "failed",
        },
        milliseconds: u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
        bytes: outcome.bytes,
        updated: match &outcome.verdict {
            Verdict::Updated(files) => files.clone(),
            Verdict::Passed | Verdict::Failed(_) => Vec::new(),
        },
        failures: outcome
            .failures()
            .iter()
            .map(|failure| Reason {
                message: failure.what.clone(),
                detail: failure.detail.clone(),
                help: failure.help.clone(),
            })
            .collect(),
    };
    let summary = Summary { success, passed, updated, failed };
    Document { version: 1, summary, cases: outcomes.iter().map(line).collect() }
}
