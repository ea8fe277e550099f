//! Which directories may be an output directory.
//!
//! In: a directory and what must survive. Out: nothing, or why the directory must not be cleaned up.

use std::path::{Component, Path, PathBuf};

use super::failure::OUTPUT_NOT_OURS;
use crate::report::Diagnostic;

/// Refuses an output directory in which a clean-up could hit something that is not generated.
///
/// Refused are the project directory and everything around it, directories that hold inputs, whatever contains them or
/// lies inside them, `.git`, `.lhp`, the home directory, the root of the file system, and files.
/// Relative paths are relative to the project root. `sources` must not name the project root itself.
///
/// # Errors
///
/// Rule `output-not-ours`.
pub fn check_output_root(root: &Path, project_root: &Path, sources: &[PathBuf]) -> Result<(), Diagnostic> {
    check(root, project_root, sources, std::env::home_dir().as_deref())
}

fn check(root: &Path, project_root: &Path, sources: &[PathBuf], home: Option<&Path>) -> Result<(), Diagnostic> {
    let refuse = |what: String| {
        Err(Diagnostic::error(&OUTPUT_NOT_OURS, format!("the output directory `{}` {what}", root.display()))
            .help("choose a directory that holds nothing but generated files, for example `generated/dev`"))
    };
    let project = resolve(project_root);
    let output = resolve(&project.join(root));
    if output.parent().is_none() {
        return refuse("is the root of the file system".to_owned());
    }
    if let Some(relation) = holds(&output, &project) {
        return refuse(format!("{relation} the project directory"));
    }
    if let Some(relation) = home.and_then(|home| holds(&output, &resolve(home))) {
        return refuse(format!("{relation} the home directory"));
    }
    if output.components().any(|part| part.as_os_str() == ".git") {
        return refuse("lies inside a Git repository's `.git` directory".to_owned());
    }
    if output.starts_with(project.join(".lhp")) {
        return refuse("lies inside `.lhp`, which belongs to the cache and the settings of lhp".to_owned());
    }
    for source in sources {
        let inputs = resolve(&project.join(source));
        let inside = (output.starts_with(&inputs) && inputs != project).then_some("lies inside");
        if let Some(relation) = holds(&output, &inputs).or(inside) {
            return refuse(format!("{relation} the source directory `{}`", source.display()));
        }
    }
    if let Some(existing) = output.ancestors().find(|path| path.symlink_metadata().is_ok())
        && !existing.is_dir()
    {
        let what = match existing == output {
            true => "is not a directory".to_owned(),
            false => format!("cannot be created: `{}` is not a directory", existing.display()),
        };
        let help = format!("move or delete `{}`, or choose another output directory", existing.display());
        return refuse(what).map_err(|diagnostic| diagnostic.help(help));
    }
    Ok(())
}

/// How a directory relates to another one that it must not hold.
fn holds(output: &Path, other: &Path) -> Option<&'static str> {
    match other.starts_with(output) {
        true if other == output => Some("is"),
        true => Some("contains"),
        false => None,
    }
}

/// The real path: links followed, `..` taken out, also where the last parts do not exist yet.
pub(super) fn resolve(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut real = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            part => {
                real.push(part);
                real = real.canonicalize().unwrap_or(real);
            }
        }
    }
    real
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn project() -> (tempfile::TempDir, PathBuf) {
        let outside = tempfile::tempdir().unwrap();
        let root = outside.path().canonicalize().unwrap().join("work/project");
        fs::create_dir_all(root.join("pipelines/bronze")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        (outside, root)
    }

    fn verdict(output: &str) -> Result<(), String> {
        let (_outside, root) = project();
        fs::write(root.join("notes.txt"), "mine").unwrap();
        let sources = ["pipelines", "sql/shared", "../common"].map(PathBuf::from);
        let home = root.join("../home/me");
        check(Path::new(output), &root, &sources, Some(&home)).map_err(|diagnostic| {
            assert_eq!(diagnostic.rule, &OUTPUT_NOT_OURS);
            assert!(diagnostic.help.is_some());
            diagnostic.message
        })
    }

    #[test]
    fn directories_of_their_own_are_allowed() {
        for output in ["generated/dev", "out", "resources/lhp", "../elsewhere", "generated/../build", "../home/me/out"]
        {
            assert_eq!(verdict(output), Ok(()), "{output}");
        }
    }

    #[test]
    fn the_project_and_its_surroundings_are_refused() {
        assert!(verdict(".").unwrap_err().ends_with("`.` is the project directory"));
        assert!(verdict("generated/..").unwrap_err().ends_with("is the project directory"));
        assert!(verdict("..").unwrap_err().ends_with("contains the project directory"));
        assert!(verdict("/").unwrap_err().ends_with("is the root of the file system"));
        assert!(verdict("../home").unwrap_err().ends_with("contains the home directory"));
        assert!(verdict("../home/me").unwrap_err().ends_with("is the home directory"));
    }

    #[test]
    fn source_directories_are_refused_from_all_sides() {
        assert!(verdict("pipelines").unwrap_err().ends_with("is the source directory `pipelines`"));
        assert!(verdict("pipelines/out").unwrap_err().ends_with("lies inside the source directory `pipelines`"));
        assert!(verdict("sql").unwrap_err().ends_with("contains the source directory `sql/shared`"));
        assert!(verdict("../common/out").unwrap_err().ends_with("lies inside the source directory `../common`"));
    }

    #[test]
    fn directories_of_tools_are_refused() {
        assert!(verdict(".git/out").unwrap_err().contains(".git"));
        assert!(verdict(".lhp").unwrap_err().contains(".lhp"));
        assert!(verdict(".lhp/cache").unwrap_err().contains(".lhp"));
    }

    #[test]
    fn files_are_refused() {
        assert!(verdict("notes.txt").unwrap_err().ends_with("is not a directory"));
        assert!(verdict("notes.txt/dev").unwrap_err().contains("cannot be created"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_judged_by_what_they_point_to() {
        let (_outside, root) = project();
        std::os::unix::fs::symlink(root.join("pipelines"), root.join("out")).unwrap();
        let sources = [PathBuf::from("pipelines")];
        assert!(check(Path::new("out"), &root, &sources, None).is_err());
        assert!(check(Path::new("out/../bronze"), &root, &sources, None).is_ok());
        assert!(check(Path::new("out/bronze"), &root, &sources, None).is_err());
    }

    #[test]
    fn a_project_root_among_the_sources_does_not_refuse_everything() {
        let (_outside, root) = project();
        let sources = [PathBuf::from(".")];
        assert!(check(Path::new("generated/dev"), &root, &sources, None).is_ok());
    }
}
