//! Sweeping up after a run that succeeded: files that were set aside, journals, and directories without files.
//!
//! In: what was done. Out: nothing; the tree is right already, and what cannot be removed now is removed next time.

use std::fs;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::commit::{Step, remove};
use super::manifest::JOURNAL;
use super::paths::{in_reach, parents};
use super::survey::Survey;
use crate::plan::Ownership;

/// Removes the files that were set aside.
pub(super) fn discard(done: &[Step]) {
    done.par_iter().filter(|step| matches!(step, Step::SetAside { .. })).for_each(|step| {
        let _ = remove(step.temporary());
    });
}

/// Removes directories that lost their files, and at last the journal.
pub(super) fn sweep(survey: &Survey<'_>) {
    for directory in empty_directories(survey) {
        let full = survey.root.join(&directory);
        if survey.scan.caches.contains(&format!("{directory}/__pycache__")) {
            remove_cache(&full.join("__pycache__"));
        }
        let _ = fs::remove_dir(full);
    }
    let _ = fs::remove_file(survey.root.join(JOURNAL));
}

/// Directories in which nothing is left, innermost first.
///
/// In a directory of the user these are only such as held generated files.
fn empty_directories(survey: &Survey<'_>) -> Vec<String> {
    let stale: FxHashSet<&str> = survey.stale.iter().map(|entry| entry.path.as_str()).collect();
    let mut occupied: FxHashSet<&str> = survey.tree.files.iter().flat_map(|file| parents(&file.path)).collect();
    occupied.extend(
        survey
            .scan
            .entries
            .iter()
            .filter(|entry| !stale.contains(entry.path.as_str()))
            .flat_map(|entry| parents(&entry.path)),
    );
    for fenced in &survey.scan.fenced {
        occupied.insert(fenced);
        occupied.extend(parents(fenced));
    }
    let mut ours: FxHashSet<&str> = stale.iter().copied().flat_map(parents).collect();
    let lists = std::iter::once(&survey.recorded).chain(&survey.journal);
    ours.extend(lists.flat_map(|list| list.files.keys()).flat_map(|path| parents(path)));
    let convention = survey.tree.ownership == Ownership::Convention;

    let mut empty: Vec<_> = survey
        .scan
        .directories
        .iter()
        .filter(|directory| !occupied.contains(directory.as_str()))
        .filter(|directory| convention || ours.contains(directory.as_str()))
        .filter(|directory| in_reach(&survey.tree.prune, &format!("{directory}/")))
        .cloned()
        .collect();
    empty.sort_unstable_by(|left, right| right.cmp(left));
    empty
}

/// Removes a bytecode cache, if it holds nothing else.
fn remove_cache(cache: &Path) {
    let Ok(entries) = fs::read_dir(cache) else { return };
    let entries: Vec<_> = entries.flatten().collect();
    let bytecode = |entry: &fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_file()) && entry.path().extension().is_some_and(|end| end == "pyc")
    };
    if entries.iter().all(bytecode) {
        for entry in entries {
            let _ = fs::remove_file(entry.path());
        }
        let _ = fs::remove_dir(cache);
    }
}
