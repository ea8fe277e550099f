//! Apply: a plan goes in, the disk is made equal to it, and a list of what happened comes out.
//!
//! The order makes a run all or nothing: check everything, write all new content to temporary names, rename it into
//! place, rename stale files away, replace the manifest, sweep up. An error undoes what was done; a run that is killed
//! leaves every file either old or new, and the next run finishes the work. Must not compute content.

mod aside;
mod commit;
pub(crate) mod failure;
mod manifest;
mod paths;
mod rewrite;
mod root;
mod scan;
mod stage;
mod survey;
mod sweep;
#[cfg(test)]
mod tests;

use std::fs::{File, TryLockError};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::plan::Plan;
use crate::report::Diagnostic;

pub use failure::{
    CANNOT_WRITE, DAMAGED_MANIFEST, FILE_NOT_OURS, INVALID_OUTPUT_PATH, OUTPUT_NOT_OURS, PATH_IN_THE_WAY,
};
pub use manifest::MANIFEST;
pub use rewrite::{Rewrite, rewrite, write_whole};
pub use root::check_output_root;
pub(crate) use survey::{Changed, Survey, survey};

/// How long a run waits for another run in the same project to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a run did. Paths are relative to the project root where possible, joined by `/`, and sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Files that are new or have new content.
    pub written: Vec<String>,
    /// Number of planned files that already had the planned content and were left alone.
    pub unchanged: usize,
    /// Stale files that were removed.
    pub removed: Vec<String>,
    /// Files within reach of the clean-up that nobody can prove to be generated.
    pub kept_foreign: Vec<String>,
    /// What is wrong with the records of earlier runs.
    pub warnings: Vec<Diagnostic>,
}

/// Makes the disk equal to the plan.
///
/// `workers` bounds the number of threads; without it, the current thread pool is used. Runs in one project wait for
/// each other.
///
/// # Errors
///
/// Nothing has changed on disk if this fails, unless the help of the diagnostic names files that could not be put back.
pub fn apply(plan: &Plan, project_root: &Path, workers: Option<NonZeroUsize>) -> Result<Applied, Diagnostic> {
    let wanted = workers.map_or_else(rayon::current_num_threads, NonZeroUsize::get);
    if wanted == rayon::current_num_threads() {
        return run(plan, project_root);
    }
    match rayon::ThreadPoolBuilder::new().num_threads(wanted).build() {
        Ok(pool) => pool.install(|| run(plan, project_root)),
        // A machine that cannot start threads can still write files.
        Err(_) => run(plan, project_root),
    }
}

fn run(plan: &Plan, project_root: &Path) -> Result<Applied, Diagnostic> {
    for tree in &plan.trees {
        check_output_root(&tree.root, project_root, &[])?;
    }
    let _lock = lock(project_root)?;
    let mut surveys = survey(plan, project_root)?;
    for survey in &surveys {
        survey.refuse_foreign_targets()?;
    }

    let applied = summary(&surveys, project_root);
    let stage = stage::stage(&mut surveys)?;
    let done = commit::commit(stage)?;
    sweep::discard(&done);
    for survey in &surveys {
        sweep::sweep(survey);
    }
    Ok(applied)
}

/// What committing the surveys will have done.
fn summary(surveys: &[Survey<'_>], project_root: &Path) -> Applied {
    let mut applied = Applied::default();
    let project = root::resolve(project_root);
    for survey in surveys {
        let prefix = survey.root.strip_prefix(&project).unwrap_or(&survey.root).to_string_lossy().replace('\\', "/");
        let shown = |path: &str| format!("{prefix}/{path}");
        applied.written.extend(survey.created.iter().map(|file| shown(&file.path)));
        applied.written.extend(survey.changed.iter().map(|changed| shown(&changed.file.path)));
        applied.unchanged += survey.unchanged;
        applied.removed.extend(survey.stale.iter().map(|entry| shown(&entry.path)));
        applied.kept_foreign.extend(survey.foreign.iter().map(|path| shown(path)));
        applied.warnings.extend(survey.warnings.iter().cloned());
    }
    applied.written.sort_unstable();
    applied.removed.sort_unstable();
    applied.kept_foreign.sort_unstable();
    applied
}

/// Keeps other runs out of the project until the returned file is dropped.
///
/// The lock is what makes it safe to treat temporary files in a tree as leftovers. File systems that know no locks
/// on directories go without.
fn lock(project_root: &Path) -> Result<Option<File>, Diagnostic> {
    let Ok(directory) = File::open(project_root) else { return Ok(None) };
    let started = Instant::now();
    loop {
        match directory.try_lock() {
            Ok(()) => return Ok(Some(directory)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => return Err(failure::locked(project_root)),
        }
    }
}
