//! `lhp fix`: outdated syntax is rewritten in place.

use std::path::{Path, PathBuf};

use super::arguments::{Fix, Global};
use super::session::{Session, set_workers, start_directory};
use super::{Exit, output};
use crate::apply::{Rewrite, rewrite};
use crate::difference::unified_texts;
use crate::fix::{EditedFile, FixOptions, Fixed, fix};
use crate::plugin::Table;
use crate::project::{MISSING_FILE, ProjectOptions, environment_names};
use crate::report::summary::counted;
use crate::report::{Diagnostic, Report, Warnings};

/// The environment of a project without substitution files.
const DEFAULT_ENVIRONMENT: &str = "dev";

/// Rewrites outdated syntax.
pub fn run(global: &Global, arguments: &Fix) -> Exit {
    let session = match Session::open(global) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    rewrite_project(global, session, arguments).unwrap_or_else(|exit| exit)
}

fn rewrite_project(global: &Global, mut session: Session, arguments: &Fix) -> Result<Exit, Exit> {
    set_workers(None);
    let fail = |session: &Session, report: &Report| {
        session.print_report(report, Warnings::Detailed);
        Exit::Findings
    };
    let only = selected(global, &session, &arguments.files).map_err(|report| fail(&session, &report))?;
    let options = FixOptions { environments: environments(&session, arguments), only };
    let progress = session.progress(false);
    let fixed = fix(&session.sources, &Table::built_in(), &options, &progress);
    progress.finish();
    let fixed = fixed.map_err(|report| fail(&session, &report))?;
    if arguments.dry_run {
        output::stdout(&diff(&fixed));
    } else {
        write(&session, &fixed).map_err(|diagnostic| {
            let mut report = Report::default();
            report.push(diagnostic);
            fail(&session, &report)
        })?;
        output::stdout(&list(&fixed));
    }
    // Places in the report are those of the edited files.
    session.sources = fixed.sources.clone();
    session.print_report(&fixed.report, Warnings::Detailed);
    session.line(&summary(&fixed, arguments.dry_run));
    Ok(if arguments.exit_code && !fixed.files.is_empty() { Exit::Findings } else { Exit::Success })
}

/// The environments in which nothing may change.
fn environments(session: &Session, arguments: &Fix) -> Vec<ProjectOptions> {
    let mut names = arguments.env.clone();
    if names.is_empty() {
        names = environment_names(&session.sources);
    }
    if names.is_empty() {
        names.push(DEFAULT_ENVIRONMENT.to_owned());
    }
    names.sort();
    names.dedup();
    let mut all = names.iter();
    let first = all.next().map(|name| session.project_options(name));
    // What comes from the process is the same for all, and is told once.
    let others = all.filter_map(|name| Some(ProjectOptions { environment: name.clone(), ..first.clone()? }));
    let others: Vec<_> = others.collect();
    first.into_iter().chain(others).collect()
}

/// The files that the command line names, as absolute paths without links. Relative paths start from the directory
/// in which the program was started, or else from the root of the project.
fn selected(global: &Global, session: &Session, files: &[PathBuf]) -> Result<Vec<PathBuf>, Report> {
    let mut report = Report::default();
    let start = start_directory(global.directory.as_deref()).unwrap_or_else(|_| session.sources.root().to_path_buf());
    let mut found = Vec::new();
    for file in files {
        let places = [start.join(file), session.sources.root().join(file)];
        match places.iter().find_map(|place| std::fs::canonicalize(place).ok()) {
            Some(path) => found.push(path),
            None => report.push(
                Diagnostic::error(&MISSING_FILE, format!("`{}` does not exist", file.display()))
                    .help("give the path of a file or directory of the project"),
            ),
        }
    }
    if report.has_errors() { Err(report) } else { Ok(found) }
}

fn write(session: &Session, fixed: &Fixed) -> Result<(), Diagnostic> {
    let root = session.sources.root();
    let rewrites: Vec<Rewrite> = fixed
        .files
        .iter()
        .map(|file| Rewrite {
            path: root.join(Path::new(&file.path)),
            before: file.before.clone(),
            after: file.after.clone(),
        })
        .collect();
    rewrite(&rewrites, root)
}

/// All changes as one unified diff, which `patch -p1` understands.
fn diff(fixed: &Fixed) -> String {
    let file = |file: &EditedFile| {
        let names = [format!("a/{}", file.path), format!("b/{}", file.path)];
        unified_texts([&names[0], &names[1]], [&file.before, &file.after])
    };
    fixed.files.iter().map(file).collect()
}

/// One line per file, then one per kind of rewrite.
fn list(fixed: &Fixed) -> String {
    let files = fixed.files.iter().map(|file| format!("~ fixed  {}  {}\n", file.path, counted(file.places, "place")));
    let kinds = fixed.places.iter().map(|(name, places)| format!("  {name}  ×{places}\n"));
    files.chain(kinds).collect()
}

fn summary(fixed: &Fixed, dry_run: bool) -> String {
    let refused = match fixed.report.diagnostics.len() {
        0 => String::new(),
        refused => format!(" · {} not fixed", counted(refused, "place")),
    };
    if fixed.files.is_empty() {
        let nothing = if refused.is_empty() { "nothing to fix" } else { "nothing fixed" };
        return format!("{nothing}{refused}");
    }
    let places: usize = fixed.places.values().sum();
    let verb = if dry_run { "would be fixed" } else { "fixed" };
    format!("{} {verb} in {}{refused}", counted(places, "place"), counted(fixed.files.len(), "file"))
}
