//! The Python environment whose packages are searched: settings and variables go in, directories come out.
//!
//! Only paths are looked at; the interpreter is not started.

use std::path::{Path, PathBuf};

use super::Surroundings;
use super::interpreter::{named, on_path};

/// The directories of installed packages, of the first environment that is configured or found.
pub(super) fn site_packages(surroundings: &Surroundings<'_>) -> Vec<PathBuf> {
    let variables = &surroundings.options.variables;
    if let Some(python) = named(surroundings) {
        return of_interpreter(&python);
    }
    if let Some(environment) = variables.get("VIRTUAL_ENV") {
        return packages_below(&surroundings.absolute(&environment));
    }
    let own = surroundings.project.root.join(".venv");
    if own.is_dir() {
        return packages_below(&own);
    }
    on_path(surroundings, "python3").map(|python| of_interpreter(&python)).unwrap_or_default()
}

/// The packages that an interpreter imports: those of its environment, or else those of its installation.
fn of_interpreter(python: &Path) -> Vec<PathBuf> {
    let home = |python: &Path| Some(python.parent()?.parent()?.to_path_buf());
    let own = home(python).map(|home| packages_below(&home)).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    // Outside of environments the name on the path is often a link to the installation.
    let real = std::fs::canonicalize(python).ok();
    real.and_then(|python| home(&python)).map(|home| packages_below(&home)).unwrap_or_default()
}

/// `lib/python3.*/site-packages` and its relatives below the root of an environment or installation.
fn packages_below(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for library in [root.join("lib"), root.join("lib64"), root.join("local/lib")] {
        let Ok(listing) = std::fs::read_dir(&library) else { continue };
        let mut versions: Vec<PathBuf> = listing
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("python3"))
            .map(|entry| entry.path())
            .collect();
        versions.sort();
        for version in versions {
            found.extend(["site-packages", "dist-packages"].map(|name| version.join(name)));
        }
    }
    found.push(root.join("Lib/site-packages"));
    found.retain(|directory| directory.is_dir());
    // `lib64` is mostly a link to `lib`.
    let mut known = rustc_hash::FxHashSet::default();
    found.retain(|directory| known.insert(std::fs::canonicalize(directory).unwrap_or_else(|_| directory.clone())));
    found
}
