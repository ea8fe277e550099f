//! What lies in an output tree now.
//!
//! In: the root of a tree. Out: its files, directories and leftovers of killed runs. Links are never followed, and
//! directories that belong to somebody else are not entered.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use walkdir::WalkDir;

use super::failure::cannot;
use super::manifest::{JOURNAL, MANIFEST, TEMPORARY};
use crate::report::Diagnostic;

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Link,
    /// A pipe, a socket or a device.
    Special,
}

/// Something in a tree that is no directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative to the root, parts joined by `/`.
    pub path: String,
    pub(super) full: PathBuf,
    pub(super) kind: Kind,
}

/// The content of a tree.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Sorted by path. Without the manifest, leftovers and bytecode caches.
    pub entries: Vec<Entry>,
    pub kinds: FxHashMap<String, Kind>,
    pub directories: FxHashSet<String>,
    /// Directories named `__pycache__`.
    pub caches: FxHashSet<String>,
    /// Directories that were not entered: other trees, `.git`, and those that may not be read.
    pub fenced: FxHashSet<String>,
    /// Temporary files and directories of runs that did not end.
    pub leftovers: Vec<PathBuf>,
}

/// Walks a tree.
///
/// A directory with a manifest of its own is another tree, unless the plan has files in it.
pub(super) fn scan(root: &Path, planned: &FxHashSet<&str>, others: &[PathBuf]) -> Result<Scan, Diagnostic> {
    let mut scan = Scan::default();
    if !root.is_dir() {
        return Ok(scan);
    }
    let mut walk = WalkDir::new(root).min_depth(1).into_iter();
    while let Some(found) = walk.next() {
        let entry = match found {
            Ok(entry) => entry,
            Err(error) => {
                scan.skip_unreadable(root, error)?;
                continue;
            }
        };
        let full = entry.path();
        let path = relative(root, full);
        let name = entry.file_name().to_string_lossy();
        let kind = entry.file_type();
        if name.starts_with(TEMPORARY) {
            if kind.is_dir() {
                walk.skip_current_dir();
            }
            if path != JOURNAL {
                scan.leftovers.push(full.to_path_buf());
            }
        } else if !kind.is_dir() {
            let kind = match kind {
                kind if kind.is_file() => Kind::File,
                kind if kind.is_symlink() => Kind::Link,
                _ => Kind::Special,
            };
            if path != MANIFEST {
                scan.kinds.insert(path.clone(), kind);
                scan.entries.push(Entry { path, full: entry.into_path(), kind });
            }
        } else if name == "__pycache__" {
            walk.skip_current_dir();
            scan.caches.insert(path);
        } else {
            let separate = || !planned.contains(path.as_str()) && full.join(MANIFEST).symlink_metadata().is_ok();
            if name == ".git" || others.iter().any(|other| other == full) || separate() {
                walk.skip_current_dir();
                scan.fenced.insert(path.clone());
            }
            scan.directories.insert(path);
        }
    }
    scan.entries.sort_unstable_by(|left, right| left.path.cmp(&right.path));
    Ok(scan)
}

impl Scan {
    /// A directory that may not be read is somebody else's; something that vanished is no concern of ours.
    fn skip_unreadable(&mut self, root: &Path, error: walkdir::Error) -> Result<(), Diagnostic> {
        let path = error.path().unwrap_or(root).to_path_buf();
        let error = std::io::Error::from(error);
        match error.kind() {
            ErrorKind::NotFound => Ok(()),
            ErrorKind::PermissionDenied if path != root => {
                self.fenced.insert(relative(root, &path));
                Ok(())
            }
            _ => Err(cannot("read", &path, &error)),
        }
    }
}

/// The path below the root, parts joined by `/`.
fn relative(root: &Path, full: &Path) -> String {
    let below = full.strip_prefix(root).unwrap_or(full).to_string_lossy();
    if cfg!(windows) { below.replace('\\', "/") } else { below.into_owned() }
}
