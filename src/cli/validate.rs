//! `lhp validate`: plan, and write nothing.

use super::Exit;
use super::all_environments;
use super::arguments::{Global, Validate};
use super::files;
use super::hooks::Delivery;
use super::run::Run;
use super::session::{Session, set_workers};
use super::telling::Telling;
use crate::compile::{CompileOptions, Formatting, RunKind};
use crate::plugin::Table;
use crate::project::{ProjectOptions, Scope};
use crate::report::{Report, summary};

/// Checks a project.
pub fn run(global: &Global, arguments: &Validate) -> Exit {
    let hint = files::hint(&arguments.files, arguments.stdin_filename.as_deref());
    let telling = Telling::new("validate", &arguments.env, &arguments.common);
    let session = match Session::open_near(global, telling, hint.as_deref()) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    validate(&session, global, arguments).unwrap_or_else(|exit| exit)
}

fn validate(session: &Session, global: &Global, arguments: &Validate) -> Result<Exit, Exit> {
    let run = Run::new(session, &arguments.common);
    let mut remarks = run.check_arguments()?;
    set_workers(arguments.max_workers);
    let scope = scope(session, global, arguments, &mut remarks);
    if remarks.has_errors() {
        return Ok(session.give_up(&remarks));
    }
    if scope == Scope::Files(Vec::new()) {
        session.line("none of these files belongs to the project");
        return Ok(Exit::Success);
    }
    let table = run.timings.stage("generators", Table::built_in);
    if arguments.all_envs {
        return Ok(all_environments::validate(&run, &table, arguments, &run.project_options("")));
    }
    let options = CompileOptions {
        // Whoever checks one file while typing does not want to tell the world about it.
        run: if scope == Scope::Project { RunKind::Validation } else { RunKind::Silent },
        project: ProjectOptions { scope, ..run.project_options(&arguments.env) },
        pipeline: arguments.pipeline.clone(),
        formatting: Formatting::Discarded,
        ..CompileOptions::default()
    };
    let mut compilation = run.compile(&table, options, remarks);
    Delivery::start(&run, &mut compilation).finish(&mut compilation, RunKind::Validation);
    // What `generate` does with the pipelines is here done for the sake of its errors.
    run.print_progress(&compilation, "validate", |_| Some(0));
    session.line(&summary::validated(&run.totals(&compilation)));
    Ok(run.finish(&mut compilation, Vec::new()))
}

/// What the run is about.
fn scope(session: &Session, global: &Global, arguments: &Validate, report: &mut Report) -> Scope {
    let directory = global.directory.as_deref();
    match &arguments.stdin_filename {
        Some(name) => files::read_stdin(&session.sources, directory, name, report),
        None if arguments.files.is_empty() => Scope::Project,
        None => files::scope(session.sources.root(), directory, &arguments.files, report),
    }
}
