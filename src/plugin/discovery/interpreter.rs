//! The Python interpreter of a project: settings and variables go in, a path comes out. It is not started.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Surroundings;
use super::environment::site_packages;
use crate::plugin::Plugin;
use crate::plugin::manifest::RuntimeKind;
use crate::plugin::runtime::python::Interpreter;

/// What runs the Python plugins of a project, with the variables that they were granted.
pub(crate) fn interpreter(surroundings: &Surroundings<'_>, plugins: &[Arc<Plugin>]) -> Interpreter {
    let active = || {
        let active = plugins.iter().filter(|plugin| plugin.is_active());
        active.filter(|plugin| plugin.manifest.runtime.kind == RuntimeKind::Python)
    };
    let needs_packages = active().any(|plugin| !plugin.manifest.requires.packages.is_empty());
    let granted = active()
        .flat_map(|plugin| &plugin.granted.env)
        .filter_map(|name| Some((name.clone(), surroundings.options.variables.get(name)?)));
    Interpreter {
        program: program(surroundings),
        variables: granted.collect(),
        packages: if needs_packages { site_packages(surroundings) } else { Vec::new() },
    }
}

/// The interpreter: the configured one, that of `LHP_PYTHON`, of the active environment, of `.venv` in the project, or
/// `python3` of the search path.
fn program(surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    let variables = &surroundings.options.variables;
    if let Some(named) = named(surroundings) {
        return Some(named).filter(|program| program.is_file());
    }
    let active = variables.get("VIRTUAL_ENV").map(|environment| surroundings.absolute(&environment));
    active
        .and_then(|environment| in_environment(&environment))
        .or_else(|| in_environment(&surroundings.project.root.join(".venv")))
        .or_else(|| on_path(surroundings, "python3"))
}

/// The interpreter that the settings or `LHP_PYTHON` name, by path or by name. It may not exist.
pub(super) fn named(surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    let configured = surroundings.settings.discovery.as_ref().and_then(|discovery| discovery.python.clone());
    let python = configured.or_else(|| surroundings.options.variables.get("LHP_PYTHON"))?;
    if python.contains(['/', '\\']) || python.starts_with('~') {
        return Some(surroundings.absolute(&python));
    }
    on_path(surroundings, &python).or(Some(PathBuf::from(python)))
}

/// The interpreter of an environment.
pub(crate) fn in_environment(root: &Path) -> Option<PathBuf> {
    [root.join("bin/python3"), root.join("bin/python"), root.join("Scripts/python.exe")]
        .into_iter()
        .find(|program| program.is_file())
}

/// A program in the directories of `PATH`.
pub(super) fn on_path(surroundings: &Surroundings<'_>, name: &str) -> Option<PathBuf> {
    let path = surroundings.options.variables.get("PATH")?;
    let names = [name.to_owned(), format!("{name}.exe")];
    std::env::split_paths(&path)
        .flat_map(|directory| names.iter().map(move |name| directory.join(name)))
        .find(|program| program.is_file())
}
