//! The Python environment whose packages are searched: settings and variables go in, directories come out.
//!
//! Only paths are looked at; the interpreter is not started.

use std::path::{Path, PathBuf};

use super::Surroundings;
use super::entry_points::package_id;
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

/// The versions of packages that are installed in directories, as `name==version`, for requirements such as
/// `boto3>=1.26.0`. Those that are not there are left out.
pub(crate) fn installed(directories: &[PathBuf], requirements: &[String]) -> Vec<String> {
    let names: Vec<String> = requirements.iter().map(|requirement| required_name(requirement)).collect();
    let listings = directories.iter().filter_map(|directory| std::fs::read_dir(directory).ok());
    let mut found: Vec<String> = listings
        .flat_map(|listing| listing.flatten())
        .filter_map(|entry| {
            let name = entry.file_name();
            let (package, version) = name.to_str()?.strip_suffix(".dist-info")?.split_once('-')?;
            let package = package_id(package);
            names.contains(&package).then(|| format!("{package}=={version}"))
        })
        .collect();
    found.sort();
    found
}

/// The normal form of the name in a requirement.
fn required_name(requirement: &str) -> String {
    let is_of_name = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    package_id(requirement.trim().split(|character| !is_of_name(character)).next().unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_required_packages_are_found_by_their_normal_names() {
        let root = tempfile::tempdir().unwrap();
        for name in ["Boto3-1.34.0.dist-info", "my_tool-2.0.dist-info", "other-1.0.dist-info", "boto3"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let directories = [root.path().join("absent"), root.path().to_owned()];
        let requirements =
            ["boto3[crt]>=1.26.0; python_version > '3'", " my.tool ~= 2.0", "missing"].map(str::to_owned);
        assert_eq!(installed(&directories, &requirements), ["boto3==1.34.0", "my-tool==2.0"]);
    }
}
