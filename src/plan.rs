//! The plan: every file that should exist after a run, and nothing about how it gets there.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// One file of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Relative to the root of its tree, parts joined by `/`, without `.` or `..` parts.
    pub path: String,
    pub content: Vec<u8>,
}

/// How much of a tree belongs to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The conventional output directory: every Python file in it is generated, whoever generated it.
    Convention,
    /// A directory that the user named: only files that we can prove to be generated are ours.
    Proven,
}

/// Which stale files a run may remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prune {
    /// Stale files anywhere in the tree.
    Everything,
    /// Stale files below these top-level directories of the tree only.
    Directories(BTreeSet<String>),
    /// Stale files anywhere except below these top-level directories of the tree.
    AllBut(BTreeSet<String>),
}

/// A directory whose content is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputTree {
    /// Absolute path.
    pub root: PathBuf,
    pub ownership: Ownership,
    pub prune: Prune,
    /// Sorted by path, no path twice.
    pub files: Vec<PlannedFile>,
}

/// Everything that a run would write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    pub trees: Vec<OutputTree>,
}
