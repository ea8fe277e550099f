//! `lhp plugin sdk`: the Python package that plugins are written and tested against, on the disk.

use super::arguments::Sdk;
use super::create::exit_of;
use super::validate::shown;
use crate::cli::arguments::Global;
use crate::cli::session::start_directory;
use crate::cli::{Exit, output};
use crate::plugin::runtime::python::package;
use crate::plugin::scaffold::write;
use crate::report::Diagnostic;

/// Directories of the package that belong on the search path of Python.
const SEARCHED: [&str; 2] = ["src", "src/lhp_plugin_sdk/shims"];

/// Writes the package, and says how it is used without installing anything.
pub fn run(global: &Global, arguments: &Sdk) -> Exit {
    exit_of(write_package(global, arguments))
}

fn write_package(global: &Global, arguments: &Sdk) -> Result<(), Box<Diagnostic>> {
    let start = start_directory(global.directory.as_deref())?;
    let directory = start.join(&arguments.path);
    let files = package();
    write(&files, &directory)?;
    output::stdout(&format!("+ created  {}  {} files\n", shown(&directory, &start), files.len()));
    let paths = std::env::join_paths(SEARCHED.map(|path| directory.join(path))).unwrap_or_default();
    output::stderr(&format!(
        "`pip install {}` installs it; without that, set PYTHONPATH={}\n",
        shown(&directory, &start),
        paths.to_string_lossy()
    ));
    Ok(())
}
