//! Stage: all new content goes to disk under temporary names, beside the places where it belongs.
//!
//! In: surveys. Out: the renames that bring the content into place. Until then no file has changed, and an error
//! removes what was staged. Files of a new directory are written into a directory that is renamed as a whole, which
//! is faster than renaming each of them (4 000 new files: by a quarter).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::aside::NewDirectories;
use super::commit::{Step, discard_staged, remove};
use super::failure::cannot;
use super::manifest::{JOURNAL, MANIFEST, TEMPORARY};
use super::survey::{Before, Changed, Survey};
use crate::plan::PlannedFile;
use crate::report::Diagnostic;

/// Staged renames in the order in which they happen: new content, stale files, manifests.
#[derive(Debug, Default)]
pub(super) struct Stage {
    contents: Vec<Step>,
    removals: Vec<Step>,
    manifests: Vec<Step>,
    footprints: Footprints,
}

/// What staging leaves on disk beside staged content.
#[derive(Debug, Default)]
pub(super) struct Footprints {
    /// Directories that did not exist before, outermost first.
    directories: Vec<PathBuf>,
    /// Journals that did not exist before.
    journals: Vec<PathBuf>,
}

impl Footprints {
    /// Removes them after a run that failed.
    pub(super) fn erase(&self) {
        for journal in &self.journals {
            let _ = fs::remove_file(journal);
        }
        for directory in self.directories.iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}

impl Stage {
    /// Renames that were staged by hand, in batches.
    pub(super) fn of([contents, removals, manifests]: [Vec<Step>; 3]) -> Self {
        Self { contents, removals, manifests, footprints: Footprints::default() }
    }

    /// The batches in their order, and what to erase if one of them fails.
    pub(super) fn into_parts(self) -> ([Vec<Step>; 3], Footprints) {
        ([self.contents, self.removals, self.manifests], self.footprints)
    }
}

/// Stages everything that the surveys ask for.
///
/// # Errors
///
/// If something cannot be written. The disk is then as it was.
pub(super) fn stage(surveys: &mut [Survey<'_>]) -> Result<Stage, Diagnostic> {
    let mut stage = Stage::default();
    let outcome = surveys
        .iter()
        .try_for_each(|survey| stage.create_root(survey))
        .and_then(|()| surveys.iter_mut().try_for_each(|survey| stage.tree(survey)));
    match outcome {
        Ok(()) => Ok(stage),
        Err(diagnostic) => {
            let (batches, footprints) = stage.into_parts();
            batches.iter().for_each(|batch| discard_staged(batch));
            footprints.erase();
            Err(diagnostic)
        }
    }
}

impl Stage {
    fn create_root(&mut self, survey: &Survey<'_>) -> Result<(), Diagnostic> {
        if survey.tree.files.is_empty() {
            return Ok(());
        }
        let missing: Vec<_> = survey.root.ancestors().take_while(|path| !path.is_dir()).collect();
        for directory in missing.into_iter().rev() {
            fs::create_dir(directory).map_err(|error| cannot("create", directory, &error))?;
            self.footprints.directories.push(directory.to_path_buf());
        }
        Ok(())
    }

    fn tree(&mut self, survey: &mut Survey<'_>) -> Result<(), Diagnostic> {
        if survey.has_changes() {
            self.write_journal(survey)?;
        }
        for leftover in &survey.scan.leftovers {
            remove(leftover).map_err(|error| cannot("remove", leftover, &error))?;
        }
        self.write_contents(survey)?;
        self.removals.extend(
            survey
                .stale
                .iter()
                .map(|entry| Step::SetAside { temporary: temporary_beside(&entry.full), target: entry.full.clone() }),
        );
        self.write_manifest(survey)
    }

    fn write_journal(&mut self, survey: &Survey<'_>) -> Result<(), Diagnostic> {
        let journal = survey.root.join(JOURNAL);
        if survey.journal.is_none() {
            self.footprints.journals.push(journal.clone());
        }
        let temporary = temporary_beside(&journal);
        let written = survey
            .next_journal()
            .to_bytes()
            .and_then(|bytes| write(&temporary, &bytes))
            .and_then(|()| fs::rename(&temporary, &journal));
        written.map_err(|error| {
            let _ = remove(&temporary);
            cannot("write", &journal, &error)
        })
    }

    fn write_contents(&mut self, survey: &mut Survey<'_>) -> Result<(), Diagnostic> {
        let mut aside = NewDirectories::new(&survey.root, &survey.scan.directories);
        let mut writes: Vec<(PathBuf, &PlannedFile)> = Vec::with_capacity(survey.created.len() + survey.changed.len());
        for file in &survey.created {
            let target = survey.root.join(&file.path);
            let temporary = match aside.place(&file.path) {
                Some(inside) => inside,
                None => {
                    let temporary = temporary_beside(&target);
                    self.contents.push(Step::Create { temporary: temporary.clone(), target });
                    temporary
                }
            };
            writes.push((temporary, file));
        }
        self.contents.extend(aside.steps());
        for Changed { file, before } in survey.changed.drain(..) {
            let target = survey.root.join(&file.path);
            let temporary = temporary_beside(&target);
            writes.push((temporary.clone(), file));
            self.contents.push(Step::Replace { temporary, target, before });
        }
        let shown = |file: &PlannedFile| survey.root.join(&file.path);
        for (path, directory) in aside.needed() {
            fs::create_dir_all(directory).map_err(|error| cannot("create", &survey.root.join(path), &error))?;
        }
        writes.par_iter().try_for_each(|(temporary, file)| {
            write(temporary, &file.content).map_err(|error| cannot("write", &shown(file), &error))
        })
    }

    fn write_manifest(&mut self, survey: &Survey<'_>) -> Result<(), Diagnostic> {
        let next = survey.next_manifest();
        let target = survey.root.join(MANIFEST);
        let attempt = || -> io::Result<Option<Step>> {
            let before = match Before::read(&target) {
                Ok(before) => Some(before),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            let temporary = temporary_beside(&target);
            if next.files.is_empty() {
                return Ok(before.map(|_| Step::SetAside { temporary, target: target.clone() }));
            }
            let bytes = next.to_bytes()?;
            if before.as_ref().is_some_and(|before| before.content() == bytes) {
                return Ok(None);
            }
            if let Err(error) = write(&temporary, &bytes) {
                let _ = remove(&temporary);
                return Err(error);
            }
            let target = target.clone();
            Ok(Some(match before {
                Some(before) => Step::Replace { temporary, target, before },
                None => Step::Create { temporary, target },
            }))
        };
        self.manifests.extend(attempt().map_err(|error| cannot("write", &target, &error))?);
        Ok(())
    }
}

/// A name that nothing has, in the directory of the target.
///
/// The process id keeps runs apart that cannot lock each other out.
pub(super) fn temporary_beside(target: &Path) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    target.with_file_name(format!("{TEMPORARY}{}-{number}", std::process::id()))
}

/// Writes a file that must not exist. Content is not flushed to the device: that costs half a millisecond per file,
/// and what is generated can be generated again.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(content)
}
