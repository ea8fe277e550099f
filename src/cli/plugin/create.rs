//! `lhp plugin create`: a new plugin that works and has tests.

use super::arguments::Create;
use super::validate::shown;
use crate::cli::arguments::Global;
use crate::cli::session::{start_directory, variable};
use crate::cli::{Exit, output};
use crate::plugin::scaffold::{scaffold, write};
use crate::project::find_root;
use crate::report::{Diagnostic, Report, Stream, Style, render_all};
use crate::source::SourceMap;

/// Writes a new plugin.
pub fn run(global: &Global, arguments: &Create) -> Exit {
    match create(global, arguments) {
        Ok(()) => Exit::Success,
        Err(diagnostic) => {
            let mut report = Report::default();
            report.push(*diagnostic);
            let style = Style::detect(Stream::stderr(), variable);
            output::stderr(&render_all(&report, &SourceMap::new(""), style, None).to_string());
            Exit::Findings
        }
    }
}

fn create(global: &Global, arguments: &Create) -> Result<(), Box<Diagnostic>> {
    let scaffold = scaffold(&arguments.name, arguments.kind, arguments.runtime)?;
    let start = start_directory(global.directory.as_deref())?;
    let directory = match &arguments.path {
        Some(path) => start.join(path),
        None => find_root(&start).unwrap_or_else(|_| start.clone()).join("plugins").join(&arguments.name),
    };
    write(&scaffold, &directory)?;
    let place = shown(&directory, &start);
    for (path, _) in &scaffold.files {
        output::stdout(&format!("+ created  {place}/{path}\n"));
    }
    output::stderr(&format!(
        "created plugin {} with {}/{}; try `lhp plugin test {place}`\n",
        scaffold.id,
        arguments.kind.word(),
        scaffold.key
    ));
    Ok(())
}
