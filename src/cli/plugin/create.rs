//! `lhp plugin create`: a new plugin that works and has tests.

use super::arguments::Create;
use super::validate::shown;
use crate::cli::arguments::Global;
use crate::cli::session::{start_directory, variable};
use crate::cli::{Exit, output};
use crate::plugin::golden::is_testable;
use crate::plugin::scaffold::{scaffold, write};
use crate::project::find_root;
use crate::report::{Diagnostic, Report, Stream, Style, render_all};
use crate::source::SourceMap;

/// Writes a new plugin.
pub fn run(global: &Global, arguments: &Create) -> Exit {
    exit_of(create(global, arguments))
}

/// Tells what kept a command from its work, if something did.
pub fn exit_of(outcome: Result<(), Box<Diagnostic>>) -> Exit {
    let Err(diagnostic) = outcome else { return Exit::Success };
    let mut report = Report::default();
    report.push(*diagnostic);
    let style = Style::detect(Stream::stderr(), variable);
    output::stderr(&render_all(&report, &SourceMap::new(""), style, None).to_string());
    Exit::Findings
}

fn create(global: &Global, arguments: &Create) -> Result<(), Box<Diagnostic>> {
    let scaffold = scaffold(&arguments.name, arguments.kind, arguments.runtime)?;
    let start = start_directory(global.directory.as_deref())?;
    let directory = match &arguments.path {
        Some(path) => start.join(path),
        None => find_root(&start).unwrap_or_else(|_| start.clone()).join("plugins").join(&arguments.name),
    };
    write(&scaffold.files, &directory)?;
    let place = shown(&directory, &start);
    for (path, _) in &scaffold.files {
        output::stdout(&format!("+ created  {place}/{path}\n"));
    }
    let (id, key, kind) = (&scaffold.id, &scaffold.key, arguments.kind);
    let command = if is_testable(kind) { "test" } else { "validate" };
    let build =
        scaffold.build.map(|command| format!("build it with `cd {place} && {command}`, then ")).unwrap_or_default();
    output::stderr(&format!(
        "created plugin {id} with {}/{key}; {build}try `lhp plugin {command} {place}`\n",
        kind.word()
    ));
    Ok(())
}
