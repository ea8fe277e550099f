//! The Python interpreter of a project: settings and variables go in, a path comes out. It is not started.

use std::path::{Path, PathBuf};

use crate::plugin::runtime::python::Interpreter;
use crate::project::{PluginOptions, Project};

/// The interpreter that runs Python plugins: the configured one, that of `LHP_PYTHON`, of the active environment, of
/// `.venv` in the project, or `python3` of the search path.
pub(crate) fn interpreter(project: &Project, options: &PluginOptions) -> Interpreter {
    let variables = &options.variables;
    let settings = project.loaded.settings.plugins.as_ref();
    let configured = settings.and_then(|settings| settings.discovery.as_ref()?.python.clone());
    let program = match configured.or_else(|| variables.get("LHP_PYTHON")) {
        Some(python) if python.contains(['/', '\\']) => Some(project.root.join(python)),
        Some(python) => on_path(options, &python),
        None => variables
            .get("VIRTUAL_ENV")
            .and_then(|environment| in_environment(Path::new(&environment)))
            .or_else(|| in_environment(&project.root.join(".venv")))
            .or_else(|| on_path(options, "python3")),
    };
    Interpreter { program: program.filter(|program| program.is_file()), variables: Vec::new() }
}

fn in_environment(root: &Path) -> Option<PathBuf> {
    [root.join("bin/python3"), root.join("bin/python"), root.join("Scripts/python.exe")]
        .into_iter()
        .find(|program| program.is_file())
}

/// A program in the directories of `PATH`.
fn on_path(options: &PluginOptions, name: &str) -> Option<PathBuf> {
    let path = options.variables.get("PATH")?;
    let names = [name.to_owned(), format!("{name}.exe")];
    std::env::split_paths(&path)
        .flat_map(|directory| names.iter().map(move |name| directory.join(name)))
        .find(|program| program.is_file())
}
