//! Files named on the command line: paths as a user or a hook writes them go in, the scope of the run comes out.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::session::start_directory;
use crate::project::{MISSING_FILE, Scope, read_diagnostic, text_file_rule};
use crate::report::{Diagnostic, Report};
use crate::source::{MAX_FILE_BYTES, SourceMap};

/// Where to look for a project if there is none around the directory that the command starts in.
pub fn hint(files: &[PathBuf], stdin: Option<&Path>) -> Option<PathBuf> {
    let first = files.first().map(PathBuf::as_path).or(stdin)?;
    let directory = first.parent().filter(|parent| !parent.as_os_str().is_empty())?;
    std::fs::canonicalize(directory).ok()
}

/// The scope of a run on some files. Files of other projects are left out.
///
/// Paths start from the directory of the command, else from the root of the project.
pub fn scope(root: &Path, directory: Option<&Path>, files: &[PathBuf], report: &mut Report) -> Scope {
    let start = start_directory(directory).unwrap_or_else(|_| root.to_path_buf());
    let working = std::env::current_dir().unwrap_or_default();
    let mut wanted = Vec::new();
    for file in files {
        let places = [start.join(file), working.join(file), root.join(file)];
        match places.iter().find(|place| place.exists()) {
            Some(place) => match below(place, root) {
                // The whole project was named.
                Some(inside) if inside.as_os_str().is_empty() => return Scope::Project,
                Some(inside) => wanted.push(inside),
                None => {}
            },
            None => report.push(
                Diagnostic::error(&MISSING_FILE, format!("file `{}` does not exist", file.display()))
                    .help("give the path of a file, relative to the current directory or to the project root"),
            ),
        }
    }
    Scope::Files(wanted)
}

/// Reads standard input as the content of a file, which need not exist. Its path is relative to the root.
pub fn read_stdin(sources: &SourceMap, directory: Option<&Path>, name: &Path, report: &mut Report) -> Scope {
    let root = sources.root();
    let start = start_directory(directory).unwrap_or_else(|_| root.to_path_buf());
    let path = below(&start.join(name), root).unwrap_or_else(|| name.to_path_buf());
    let mut content = Vec::new();
    if let Err(error) = std::io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut content) {
        report.push(
            Diagnostic::error(
                text_file_rule(crate::source::ReadProblem::Other(error.kind())),
                "standard input cannot be read",
            )
            .help("pipe the text of the file into this command"),
        );
    }
    if let Err(error) = sources.provide(&path, content) {
        report.push(read_diagnostic(text_file_rule(error.problem), &error));
    }
    Scope::Files(vec![path])
}

/// A path relative to the root of the project; none if it lies elsewhere.
fn below(path: &Path, root: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    let inside = |path: &Path| path.strip_prefix(root).map(Path::to_path_buf).ok();
    inside(&plain).or_else(|| inside(&std::fs::canonicalize(path).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_relative_to_the_root() {
        let root = Path::new("/repo/project");
        assert_eq!(below(Path::new("/repo/project/pipelines/./a.yaml"), root), Some("pipelines/a.yaml".into()));
        assert_eq!(below(Path::new("/repo/other/../project/a.yaml"), root), Some("a.yaml".into()));
        assert_eq!(below(Path::new("/repo/other/a.yaml"), root), None);
    }
}
