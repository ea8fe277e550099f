//! `lhp diff`: the plan against the disk.

use std::path::PathBuf;

use super::arguments::{Diff, Global};
use super::session::{Session, set_workers};
use super::{Exit, output};
use crate::compile::{CompileOptions, Formatting, compile};
use crate::difference::{Difference, difference, unified};
use crate::expand::Tests;
use crate::plugin::Table;
use crate::report::{Timings, Warnings};

/// Shows what `generate` would change.
pub fn run(global: &Global, arguments: &Diff) -> Exit {
    let session = match Session::open(global) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    diff(&session, arguments).unwrap_or_else(|exit| exit)
}

fn diff(session: &Session, arguments: &Diff) -> Result<Exit, Exit> {
    set_workers(None);
    let table = Table::built_in();
    let options = CompileOptions {
        project: session.project_options(&arguments.env),
        pipeline: arguments.pipeline.clone(),
        tests: if arguments.include_tests { Tests::Included } else { Tests::Excluded },
        formatting: if arguments.no_format { Formatting::Off } else { Formatting::AsProject },
        output: None::<PathBuf>,
        ..CompileOptions::default()
    };
    let progress = session.progress(arguments.no_progress);
    let mut compilation = compile(&session.sources, &table, &options, &progress, &Timings::off());
    progress.finish();
    let mut found = Difference::default();
    if !compilation.report.has_errors() {
        match difference(&compilation.plan) {
            Ok(difference) => found = difference,
            Err(diagnostic) => compilation.report.push(diagnostic),
        }
        compilation.report.diagnostics.append(&mut found.warnings);
    }
    let warnings = if arguments.show_details { Warnings::Detailed } else { Warnings::Grouped };
    session.print_report(&compilation.report, warnings);
    if compilation.report.has_errors() {
        return Ok(Exit::Findings);
    }
    output::stdout(&render(&found, arguments.show_details));
    Ok(if arguments.exit_code && !found.is_empty() { Exit::Findings } else { Exit::Success })
}

/// One line per file, by kind of change; with details, the changed lines too.
fn render(difference: &Difference, details: bool) -> String {
    if difference.is_empty() {
        return "No changes: what is on disk is what would be generated\n".to_owned();
    }
    let mut text = String::new();
    for file in &difference.created {
        text.push_str(&format!("+ would-create  {}\n", file.path));
    }
    for modified in &difference.modified {
        text.push_str(&format!("~ modified  {}\n", modified.file.path));
        if details {
            text.push_str(&unified(modified));
        }
    }
    for file in &difference.orphaned {
        text.push_str(&format!("- orphan  {}\n", file.path));
    }
    text
}
