//! `lhp validate`: plan, and write nothing.

use super::Exit;
use super::arguments::{Global, Validate};
use super::run::Run;
use super::session::{Session, set_workers};
use crate::compile::{CompileOptions, Formatting};
use crate::plugin::Table;
use crate::report::summary;

/// Checks a project.
pub fn run(global: &Global, arguments: &Validate) -> Exit {
    let session = match Session::open(global) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    validate(&session, arguments).unwrap_or_else(|exit| exit)
}

fn validate(session: &Session, arguments: &Validate) -> Result<Exit, Exit> {
    let run = Run::new(session, &arguments.common);
    let remarks = run.check_arguments()?;
    set_workers(arguments.max_workers);
    let table = run.timings.stage("generators", Table::built_in);
    let options = CompileOptions {
        project: session.project_options(&arguments.env),
        pipeline: arguments.pipeline.clone(),
        formatting: Formatting::Off,
        ..CompileOptions::default()
    };
    let compilation = run.compile(&table, options, remarks);
    // What `generate` does with the pipelines is here done for the sake of its errors.
    run.print_progress(&compilation, "validate", |_| Some(0));
    session.line(&summary::validated(&run.totals(&compilation)));
    Ok(run.finish(&compilation.report))
}
