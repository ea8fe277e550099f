//! Commit: staged content gets its names, stale files lose theirs.
//!
//! In: what was staged. Out: what was done. Only renames happen here. If one fails, those before it are undone:
//! replaced files are written back from memory (content, permissions and time of change), because keeping a second
//! name for each old file would slow every run down for the sake of an error that hardly occurs.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::failure::cannot;
use super::stage::Stage;
use super::survey::Before;
use crate::report::Diagnostic;

/// One rename. The temporary name always lies beside the target.
#[derive(Debug)]
pub(super) enum Step {
    /// A new file or a directory full of new files gets its name.
    Create { temporary: PathBuf, target: PathBuf },
    /// New content takes the place of a file or a link.
    Replace { temporary: PathBuf, target: PathBuf, before: Before },
    /// A file loses its name.
    SetAside { temporary: PathBuf, target: PathBuf },
}

impl Step {
    pub(super) fn temporary(&self) -> &Path {
        let (Self::Create { temporary, .. } | Self::Replace { temporary, .. } | Self::SetAside { temporary, .. }) =
            self;
        temporary
    }

    fn target(&self) -> &Path {
        let (Self::Create { target, .. } | Self::Replace { target, .. } | Self::SetAside { target, .. }) = self;
        target
    }

    fn perform(&self) -> io::Result<()> {
        match self {
            Self::Create { temporary, target } | Self::Replace { temporary, target, .. } => {
                fs::rename(temporary, target)
            }
            Self::SetAside { temporary, target } => fs::rename(target, temporary),
        }
    }

    fn undo(&self) -> io::Result<()> {
        match self {
            Self::Create { target, .. } => remove(target),
            Self::Replace { temporary, target, before } => {
                restore(before, temporary)?;
                fs::rename(temporary, target)
            }
            Self::SetAside { temporary, target } => fs::rename(temporary, target),
        }
    }
}

/// What became of a step.
enum Outcome {
    Done,
    NotTried,
    Failed(io::Error),
}

/// Performs all steps, one batch after the other, and gives back those that were performed.
///
/// # Errors
///
/// If a rename fails. What was done before is undone.
pub(super) fn commit(stage: Stage) -> Result<Vec<Step>, Diagnostic> {
    let (batches, footprints) = stage.into_parts();
    let mut done: Vec<Step> = Vec::new();
    let mut remaining = batches.into_iter();
    while let Some(batch) = remaining.next() {
        let outcomes = perform(&batch);
        let mut failure = None;
        let mut undone = Vec::new();
        for (step, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Done => done.push(step),
                Outcome::NotTried => undone.push(step),
                Outcome::Failed(error) => {
                    let diagnostic = failed(&step, &error);
                    failure.get_or_insert(diagnostic);
                    undone.push(step);
                }
            }
        }
        if let Some(diagnostic) = failure {
            let lost = roll_back(&done);
            undone.extend(remaining.flatten());
            discard_staged(&undone);
            footprints.erase();
            return Err(mention_lost(diagnostic, &lost));
        }
    }
    Ok(done)
}

fn perform(batch: &[Step]) -> Vec<Outcome> {
    let failed = AtomicBool::new(false);
    batch
        .par_iter()
        .map(|step| {
            if failed.load(Ordering::Relaxed) {
                return Outcome::NotTried;
            }
            match step.perform() {
                Ok(()) => Outcome::Done,
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    Outcome::Failed(error)
                }
            }
        })
        .collect()
}

fn failed(step: &Step, error: &io::Error) -> Diagnostic {
    let verb = match step {
        Step::Create { .. } | Step::Replace { .. } => "write",
        Step::SetAside { .. } => "remove",
    };
    cannot(verb, step.target(), error)
}

/// Undoes steps, latest first, and gives back the paths for which that failed.
fn roll_back(done: &[Step]) -> Vec<String> {
    done.iter().rev().filter(|step| step.undo().is_err()).map(|step| format!("`{}`", step.target().display())).collect()
}

fn mention_lost(diagnostic: Diagnostic, lost: &[String]) -> Diagnostic {
    if lost.is_empty() {
        return diagnostic;
    }
    let help = diagnostic.help.clone().unwrap_or_default();
    diagnostic.help(format!("{help}; these files could not be put back as they were: {}", lost.join(", ")))
}

/// Writes what a file was under another name.
fn restore(before: &Before, path: &Path) -> io::Result<()> {
    match before {
        Before::File { content, metadata } => {
            fs::write(path, content)?;
            if let Ok(modified) = metadata.modified() {
                File::options().write(true).open(path)?.set_modified(modified)?;
            }
            fs::set_permissions(path, metadata.permissions())
        }
        #[cfg(unix)]
        Before::Link { target } => std::os::unix::fs::symlink(target, path),
        #[cfg(windows)]
        Before::Link { target } => std::os::windows::fs::symlink_file(target, path),
    }
}

/// Removes what was staged for steps that were not performed.
pub(super) fn discard_staged(steps: &[Step]) {
    for step in steps {
        if !matches!(step, Step::SetAside { .. }) {
            // Whatever cannot be removed now is a leftover, and the next run removes it.
            let _ = remove(step.temporary());
        }
    }
}

/// Removes a file, a link or a whole directory; what does not exist is removed already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::apply::CANNOT_WRITE;

    /// A run that creates, replaces and removes one file each before its last rename fails.
    fn doomed(root: &Path, changed_at: SystemTime) -> Stage {
        for (name, text) in [("old.py", "old"), ("stale.py", "stale"), ("t1", "new"), ("t2", "newer"), ("t3", "never")]
        {
            fs::write(root.join(name), text).unwrap();
        }
        fs::create_dir_all(root.join("full/of/things")).unwrap();
        let at = |name: &str| root.join(name);
        File::options().write(true).open(at("old.py")).unwrap().set_modified(changed_at).unwrap();
        let before = Before::read(&at("old.py")).unwrap();
        Stage::of([
            vec![
                Step::Create { temporary: at("t1"), target: at("new.py") },
                Step::Replace { temporary: at("t2"), target: at("old.py"), before },
            ],
            vec![Step::SetAside { temporary: at("t4"), target: at("stale.py") }],
            vec![Step::Create { temporary: at("t3"), target: at("full") }],
        ])
    }

    #[test]
    fn a_rename_that_fails_undoes_those_before_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);

        let stage = doomed(root, long_ago);
        let diagnostic = commit(stage).unwrap_err();

        assert_eq!(diagnostic.rule, &CANNOT_WRITE);
        assert!(diagnostic.message.contains("full"), "{}", diagnostic.message);
        let mut names: Vec<_> =
            fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["full", "old.py", "stale.py"]);
        assert_eq!(fs::read_to_string(root.join("old.py")).unwrap(), "old");
        assert_eq!(fs::metadata(root.join("old.py")).unwrap().modified().unwrap(), long_ago);
        assert_eq!(fs::read_to_string(root.join("stale.py")).unwrap(), "stale");
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_link_is_put_back_as_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::os::unix::fs::symlink("elsewhere", root.join("link.py")).unwrap();
        fs::write(root.join("t1"), "new").unwrap();
        let before = Before::read(&root.join("link.py")).unwrap();
        let step = Step::Replace { temporary: root.join("t1"), target: root.join("link.py"), before };
        step.perform().unwrap();
        assert_eq!(fs::read_to_string(root.join("link.py")).unwrap(), "new");
        step.undo().unwrap();
        assert_eq!(fs::read_link(root.join("link.py")).unwrap(), Path::new("elsewhere"));
    }

    #[test]
    fn files_that_cannot_be_put_back_are_named() {
        let diagnostic = cannot("write", Path::new("/out/a.py"), &io::Error::from(io::ErrorKind::StorageFull));
        let diagnostic = mention_lost(diagnostic, &["`/out/b.py`".to_owned()]);
        assert_eq!(diagnostic.message, "cannot write `/out/a.py`: the disk is full");
        assert!(diagnostic.help.unwrap().ends_with("could not be put back as they were: `/out/b.py`"));
    }
}
