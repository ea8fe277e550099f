//! Rewrite: new content for files that a user wrote. All of them change or none.
//!
//! In: paths with what they hold and what they shall hold. The new content goes to disk under temporary names first,
//! with the permissions of the files, and is flushed: unlike generated files, these cannot be made again.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::commit::{Step, commit, remove};
use super::failure::{cannot, changed_meanwhile};
use super::lock;
use super::stage::{Stage, temporary_beside};
use super::survey::Before;
use crate::report::Diagnostic;

/// New content for a file that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Absolute, and not through a link.
    pub path: PathBuf,
    pub before: String,
    pub after: String,
}

/// Gives files new content.
///
/// # Errors
///
/// If a file is no longer what it was, or if it cannot be written. Nothing has changed on disk then, unless the help of
/// the diagnostic names files that could not be put back.
pub fn rewrite(files: &[Rewrite], project_root: &Path) -> Result<(), Diagnostic> {
    let _lock = lock(project_root)?;
    let mut steps: Vec<Step> = Vec::with_capacity(files.len());
    for file in files {
        match stage(file) {
            Ok(step) => steps.push(step),
            Err(diagnostic) => {
                for step in &steps {
                    // Whatever cannot be removed now is a leftover with a name that shows it.
                    let _ = remove(step.temporary());
                }
                return Err(diagnostic);
            }
        }
    }
    commit(Stage::of([steps, Vec::new(), Vec::new()])).map(|_| ())
}

/// Gives a file content, whether or not it exists.
///
/// # Errors
///
/// If it cannot be written. It is then what it was.
pub fn write_whole(path: &Path, content: &[u8], project_root: &Path) -> Result<(), Diagnostic> {
    let _lock = lock(project_root)?;
    let step = match Before::read(path) {
        Ok(before @ Before::File { .. }) => {
            let Before::File { metadata, .. } = &before else { return Err(changed_meanwhile(path)) };
            let temporary = temporary_beside(path);
            write(&temporary, content, metadata.permissions()).map(|()| Step::Replace {
                temporary,
                target: path.to_path_buf(),
                before,
            })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let temporary = temporary_beside(path);
            create(&temporary, content).map(|()| Step::Create { temporary, target: path.to_path_buf() })
        }
        Err(error) => Err(error),
        Ok(_) => return Err(cannot("write", path, &io::Error::from(io::ErrorKind::AlreadyExists))),
    };
    let step = step.map_err(|error| cannot("write", path, &error))?;
    commit(Stage::of([vec![step], Vec::new(), Vec::new()])).map(|_| ())
}

fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn stage(file: &Rewrite) -> Result<Step, Diagnostic> {
    let before = Before::read(&file.path).map_err(|error| cannot("read", &file.path, &error))?;
    let Before::File { content, metadata } = &before else { return Err(changed_meanwhile(&file.path)) };
    if content != file.before.as_bytes() {
        return Err(changed_meanwhile(&file.path));
    }
    if metadata.permissions().readonly() {
        return Err(cannot("write", &file.path, &io::Error::from(io::ErrorKind::PermissionDenied)));
    }
    let temporary = temporary_beside(&file.path);
    match write(&temporary, file.after.as_bytes(), metadata.permissions()) {
        Ok(()) => Ok(Step::Replace { temporary, target: file.path.clone(), before }),
        Err(error) => {
            let _ = remove(&temporary);
            Err(cannot("write", &file.path, &error))
        }
    }
}

fn write(path: &Path, content: &[u8], permissions: fs::Permissions) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.set_permissions(permissions)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::failure::CHANGED_MEANWHILE;
    use super::*;

    fn change(root: &Path, name: &str, before: &str) -> Rewrite {
        Rewrite { path: root.join(name), before: before.to_owned(), after: format!("{before}!") }
    }

    fn names(root: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_get_their_new_content() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for (name, text) in [("a.yaml", "a"), ("b.yaml", "b")] {
            fs::write(root.join(name), text).unwrap();
        }
        rewrite(&[change(root, "a.yaml", "a"), change(root, "b.yaml", "b")], root).unwrap();
        assert_eq!(fs::read_to_string(root.join("a.yaml")).unwrap(), "a!");
        assert_eq!(fs::read_to_string(root.join("b.yaml")).unwrap(), "b!");
        assert_eq!(names(root), ["a.yaml", "b.yaml"]);
    }

    #[test]
    fn a_file_that_changed_meanwhile_stops_everything() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("a.yaml"), "a").unwrap();
        fs::write(root.join("b.yaml"), "changed").unwrap();
        let error = rewrite(&[change(root, "a.yaml", "a"), change(root, "b.yaml", "b")], root).unwrap_err();
        assert_eq!(error.rule, &CHANGED_MEANWHILE);
        assert!(error.message.contains("b.yaml"), "{}", error.message);
        assert_eq!(fs::read_to_string(root.join("a.yaml")).unwrap(), "a");
        assert_eq!(names(root), ["a.yaml", "b.yaml"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.yaml");
        fs::write(&path, "a").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        rewrite(&[change(directory.path(), "a.yaml", "a")], directory.path()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
