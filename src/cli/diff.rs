//! `lhp diff`: the plan against the disk.

use std::path::PathBuf;

use super::arguments::{Diff, Global};
use super::session::{Session, set_workers};
use super::telling::Telling;
use super::{Exit, output};
use crate::compile::{CompileOptions, Formatting, compile};
use crate::difference::{Difference, FilePath, difference, unified};
use crate::expand::Tests;
use crate::plan::Plan;
use crate::plugin::Table;
use crate::project::Caching;
use crate::report::output::{Change, ChangeKind, Context, Format};
use crate::report::{Timings, Warnings};

/// Shows what `generate` would change.
pub fn run(global: &Global, arguments: &Diff) -> Exit {
    let telling = Telling::of_differences(&arguments.env, arguments.format, &arguments.limit);
    let session = match Session::open_telling(global, telling) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    diff(&session, arguments).unwrap_or_else(|exit| exit)
}

fn diff(session: &Session, arguments: &Diff) -> Result<Exit, Exit> {
    set_workers(None);
    let table = Table::built_in();
    let mut project = session.options_with(&arguments.env, &arguments.plugins);
    // What `generate` would be answered without plugins, is so here; nothing is kept.
    project.plugins.caching = Caching::On;
    let options = CompileOptions {
        project,
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
        compilation.report.sort(&session.sources);
    }
    let warnings = if arguments.show_details { Warnings::Detailed } else { Warnings::Grouped };
    session.print_report(&compilation.report, warnings);
    let errors = compilation.report.has_errors();
    let exit = if errors || (arguments.exit_code && !found.is_empty()) { Exit::Findings } else { Exit::Success };
    if session.telling.format != Format::Human {
        let context = session.telling.context(&compilation, exit == Exit::Success);
        let changes = changes(&found, &compilation.plan, session, arguments.show_details);
        let context = Context { changes, ..context };
        output::stdout(&session.telling.document(&compilation.report, &session.sources, context));
    } else if !errors {
        output::stdout(&render(&found, arguments.show_details));
    }
    Ok(exit)
}

/// The differences by path, for machines.
fn changes(difference: &Difference, plan: &Plan, session: &Session, details: bool) -> Vec<Change> {
    let change = |file: &FilePath, change: ChangeKind, diff: Option<String>| {
        let root = plan.trees.get(file.tree).map(|tree| tree.root.join(&file.path)).unwrap_or_default();
        Change { file: session.sources.display_path(&root), change, diff }
    };
    let created = difference.created.iter().map(|file| change(file, ChangeKind::Created, None));
    let modified = difference
        .modified
        .iter()
        .map(|modified| change(&modified.file, ChangeKind::Modified, details.then(|| unified(modified))));
    let removed = difference.orphaned.iter().map(|file| change(file, ChangeKind::Removed, None));
    let mut all: Vec<Change> = created.chain(modified).chain(removed).collect();
    all.sort_by(|left, right| left.file.cmp(&right.file));
    all
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
