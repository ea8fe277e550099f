//! A planned tree compared with the disk: what is new, changed, the same, stale, or somebody else's.
//!
//! In: a plan. Out: one survey per tree, from which both applying and showing differences follow. Must not write.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::failure::{cannot, foreign_targets, in_the_way, invalid_path, unusable_list};
use super::manifest::{Found as Listed, JOURNAL, MANIFEST, Manifest, PROOF_LENGTH, digest, first_line_proves};
use super::paths::{check_paths, in_reach, parents};
use super::root::resolve;
use super::scan::{Entry, Kind, Scan, scan};
use crate::plan::{OutputTree, Ownership, Plan, PlannedFile};
use crate::report::Diagnostic;

/// What a file was before it was replaced.
#[derive(Debug)]
pub(crate) enum Before {
    File { content: Vec<u8>, metadata: Metadata },
    Link { target: PathBuf },
}

impl Before {
    /// Remembers what is at a path; links are not followed.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let metadata = path.symlink_metadata()?;
        match metadata.is_symlink() {
            true => Ok(Self::Link { target: path.read_link()? }),
            false => Ok(Self::File { content: fs::read(path)?, metadata }),
        }
    }

    /// The bytes of a file; those of a link are not ours to look at.
    pub(crate) fn content(&self) -> &[u8] {
        match self {
            Self::File { content, .. } => content,
            Self::Link { .. } => &[],
        }
    }
}

/// A planned file that exists with other content.
#[derive(Debug)]
pub(crate) struct Changed<'p> {
    pub file: &'p PlannedFile,
    pub before: Before,
}

/// One tree of a plan and what the disk holds in its place.
#[derive(Debug)]
pub(crate) struct Survey<'p> {
    pub(super) tree: &'p OutputTree,
    /// The real path of the tree.
    pub root: PathBuf,
    pub(super) scan: Scan,
    pub created: Vec<&'p PlannedFile>,
    pub changed: Vec<Changed<'p>>,
    pub unchanged: usize,
    /// Generated files that are no longer planned.
    pub stale: Vec<Entry>,
    /// Other files, where stale ones may be removed.
    pub foreign: Vec<String>,
    pub(super) recorded: Manifest,
    /// What an earlier run that did not end was about to do.
    pub(super) journal: Option<Manifest>,
    /// Lists of generated files that cannot be used.
    pub warnings: Vec<Diagnostic>,
}

/// Compares every tree of a plan with the disk. Relative roots are relative to `base`.
///
/// # Errors
///
/// If a path is not allowed, if something that cannot be replaced stands in the way, or if the disk cannot be read.
pub(crate) fn survey<'p>(plan: &'p Plan, base: &Path) -> Result<Vec<Survey<'p>>, Diagnostic> {
    let roots: Vec<_> = plan.trees.iter().map(|tree| resolve(&base.join(&tree.root))).collect();
    let mut surveys = Vec::with_capacity(roots.len());
    for (index, (tree, root)) in plan.trees.iter().zip(&roots).enumerate() {
        check_paths(tree)?;
        if roots.iter().skip(index + 1).any(|other| other == root) {
            return Err(in_the_way(root, "is the output directory of two kinds of files", "choose two directories"));
        }
        let others: Vec<_> = roots.iter().filter(|other| *other != root && other.starts_with(root)).cloned().collect();
        surveys.push(survey_tree(tree, root.clone(), &others)?);
    }
    Ok(surveys)
}

fn survey_tree<'p>(tree: &'p OutputTree, root: PathBuf, others: &[PathBuf]) -> Result<Survey<'p>, Diagnostic> {
    let directories: FxHashSet<&str> = tree.files.iter().flat_map(|file| parents(&file.path)).collect();
    let scan = scan(&root, &directories, others)?;
    check_directories(&root, &directories, &scan, others)?;
    let mut warnings = Vec::new();
    let mut list = |name: &str| -> Result<Option<Manifest>, Diagnostic> {
        let path = root.join(name);
        Ok(match Manifest::read(&path)? {
            Listed::Nothing => None,
            Listed::List(list) => Some(list),
            Listed::Unusable(what) => {
                warnings.push(unusable_list(&path, what));
                Some(Manifest::default())
            }
        })
    };
    let mut survey = Survey {
        tree,
        recorded: list(MANIFEST)?.unwrap_or_default(),
        journal: list(JOURNAL)?,
        warnings,
        root,
        scan,
        created: Vec::new(),
        changed: Vec::new(),
        unchanged: 0,
        stale: Vec::new(),
        foreign: Vec::new(),
    };
    survey.compare()?;
    survey.sort_out_the_rest()?;
    Ok(survey)
}

/// Refuses to write below anything that is not a directory of this tree.
fn check_directories(
    root: &Path,
    directories: &FxHashSet<&str>,
    scan: &Scan,
    others: &[PathBuf],
) -> Result<(), Diagnostic> {
    let mut sorted: Vec<_> = directories.iter().copied().collect();
    sorted.sort_unstable();
    for directory in sorted {
        let full = root.join(directory);
        match scan.kinds.get(directory) {
            None => {}
            Some(Kind::Link) => {
                return Err(in_the_way(
                    &full,
                    "is a symbolic link, and files are not written through links inside an output directory",
                    "replace the link with a directory, or remove it",
                ));
            }
            Some(_) => {
                return Err(in_the_way(
                    &full,
                    "is a file, but a directory of this name is needed",
                    "move or delete the file, or rename the pipeline",
                ));
            }
        }
        if others.contains(&full) {
            return Err(invalid_path(directory, "is an output directory for other files"));
        }
        if scan.fenced.contains(directory) {
            return Err(cannot("read", &full, &io::ErrorKind::PermissionDenied.into()));
        }
    }
    Ok(())
}

/// What the disk holds in the place of a planned file.
enum Found<'p> {
    Nothing(&'p PlannedFile),
    Same,
    Other(Changed<'p>),
}

impl<'p> Survey<'p> {
    /// Sorts the planned files into new, changed and unchanged ones.
    fn compare(&mut self) -> Result<(), Diagnostic> {
        let found: Vec<_> = self.tree.files.par_iter().map(|file| self.look_at(file)).collect();
        for found in found {
            match found? {
                Found::Nothing(file) => self.created.push(file),
                Found::Same => self.unchanged += 1,
                Found::Other(changed) => self.changed.push(changed),
            }
        }
        Ok(())
    }

    fn look_at(&self, file: &'p PlannedFile) -> Result<Found<'p>, Diagnostic> {
        let full = self.root.join(&file.path);
        let help = "move or delete it, or rename the flowgroup";
        if self.scan.directories.contains(&file.path) || self.scan.caches.contains(&file.path) {
            return Err(in_the_way(&full, "is a directory, but a file of this name is planned", help));
        }
        let unreadable = |error: io::Error| cannot("read", &full, &error);
        match self.scan.kinds.get(&file.path) {
            None => Ok(Found::Nothing(file)),
            Some(Kind::Special) => Err(in_the_way(&full, "is not an ordinary file", help)),
            Some(Kind::Link) => {
                let target = full.read_link().map_err(unreadable)?;
                Ok(Found::Other(Changed { file, before: Before::Link { target } }))
            }
            Some(Kind::File) => {
                let content = fs::read(&full).map_err(unreadable)?;
                if content == file.content {
                    return Ok(Found::Same);
                }
                let metadata = full.metadata().map_err(unreadable)?;
                Ok(Found::Other(Changed { file, before: Before::File { content, metadata } }))
            }
        }
    }

    /// Sorts what is on disk but not planned into stale and foreign files.
    fn sort_out_the_rest(&mut self) -> Result<(), Diagnostic> {
        let planned: FxHashSet<&str> = self.tree.files.iter().map(|file| file.path.as_str()).collect();
        let rest: Vec<_> = self
            .scan
            .entries
            .par_iter()
            .filter(|entry| !planned.contains(entry.path.as_str()) && in_reach(&self.tree.prune, &entry.path))
            .map(|entry| Ok((entry, self.is_generated(entry)?)))
            .collect();
        let (mut stale, mut foreign) = (Vec::new(), Vec::new());
        for item in rest {
            match item? {
                (entry, true) => stale.push(entry.clone()),
                (entry, false) => foreign.push(entry.path.clone()),
            }
        }
        (self.stale, self.foreign) = (stale, foreign);
        Ok(())
    }

    /// Whether an unplanned file may be removed.
    ///
    /// A listed file that was edited since and does not say itself that it is generated became the user's own.
    fn is_generated(&self, entry: &Entry) -> Result<bool, Diagnostic> {
        if entry.kind == Kind::Special {
            return Ok(false);
        }
        if self.tree.ownership == Ownership::Convention && entry.path.ends_with(".py") {
            return Ok(true);
        }
        if entry.kind == Kind::Link {
            return Ok(false);
        }
        let proof = || -> io::Result<bool> {
            let mut start = Vec::with_capacity(PROOF_LENGTH);
            File::open(&entry.full)?.take(PROOF_LENGTH as u64).read_to_end(&mut start)?;
            if first_line_proves(&start) {
                return Ok(true);
            }
            let lists = || std::iter::once(&self.recorded).chain(&self.journal);
            if !lists().any(|list| list.files.contains_key(&entry.path)) {
                return Ok(false);
            }
            let content = fs::read(&entry.full)?;
            Ok(lists().any(|list| list.proves(&entry.path, &content)))
        };
        match proof() {
            Ok(proven) => Ok(proven),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(cannot("read", &entry.full, &error)),
        }
    }

    /// Refuses to replace a file in a directory of the user that nobody can prove to be generated.
    pub(super) fn refuse_foreign_targets(&self) -> Result<(), Diagnostic> {
        if self.tree.ownership == Ownership::Convention {
            return Ok(());
        }
        let ours = |Changed { file, before }: &Changed<'_>| {
            self.recorded.files.contains_key(&file.path)
                || first_line_proves(before.content())
                || self.journal.as_ref().is_some_and(|journal| journal.proves(&file.path, before.content()))
        };
        let foreign: Vec<_> =
            self.changed.iter().filter(|changed| !ours(changed)).map(|changed| changed.file.path.clone()).collect();
        if foreign.is_empty() {
            return Ok(());
        }
        let diagnostic = foreign_targets(&self.root, &foreign);
        Err(match (self.warnings.first(), &diagnostic.help) {
            (Some(warning), Some(help)) => {
                let help = format!("{help}; {}", warning.message);
                diagnostic.help(help)
            }
            _ => diagnostic,
        })
    }

    /// Whether the disk differs from the plan.
    pub(super) fn has_changes(&self) -> bool {
        !(self.created.is_empty() && self.changed.is_empty() && self.stale.is_empty())
    }

    /// The manifest after the run: the planned files, and what is known about the parts that are out of reach.
    pub(super) fn next_manifest(&self) -> Manifest {
        let mut next = self.recorded.clone();
        next.files.retain(|path, _| !in_reach(&self.tree.prune, path));
        next.files.extend(self.tree.files.iter().map(|file| (file.path.clone(), digest(&file.content))));
        next
    }

    /// The journal of the run: all that it touches, and what an earlier run that did not end was about to do.
    pub(super) fn next_journal(&self) -> Manifest {
        let mut next = self.journal.clone().unwrap_or_default();
        for entry in &self.stale {
            next.files.entry(entry.path.clone()).or_default();
        }
        for file in self.created.iter().copied().chain(self.changed.iter().map(|changed| changed.file)) {
            next.allow(&file.path, &digest(&file.content));
        }
        next
    }
}
