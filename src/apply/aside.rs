//! New directories are built aside: under a temporary name, beside the place where they belong.
//!
//! In: the directories that exist. Out: where to write a new file so that one rename brings its whole directory into
//! place. Must not write.

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::commit::Step;
use super::paths::{parent, parents};
use super::stage::temporary_beside;

/// Directories that do not exist yet.
pub(super) struct NewDirectories<'s> {
    root: &'s Path,
    scanned: &'s FxHashSet<String>,
    /// Whether directories exist now that the scan did not see, such as the root of another tree.
    looked_up: FxHashMap<String, bool>,
    /// Outermost new directory to its temporary name.
    built: FxHashMap<String, PathBuf>,
    /// Every new directory and its temporary place.
    needed: FxHashMap<String, PathBuf>,
}

impl<'s> NewDirectories<'s> {
    pub(super) fn new(root: &'s Path, scanned: &'s FxHashSet<String>) -> Self {
        let (looked_up, built, needed) = Default::default();
        Self { root, scanned, looked_up, built, needed }
    }

    /// Where to write a file whose directory is new.
    pub(super) fn place(&mut self, path: &str) -> Option<PathBuf> {
        let outermost = parents(path).find(|directory| !self.exists(directory))?;
        let built = match self.built.get(outermost) {
            Some(built) => built.clone(),
            None => {
                let temporary = temporary_beside(&self.root.join(outermost));
                self.built.insert(outermost.to_owned(), temporary.clone());
                temporary
            }
        };
        let within = |path: &str| match path.strip_prefix(outermost).map(|rest| rest.trim_start_matches('/')) {
            Some("") | None => built.clone(),
            Some(rest) => built.join(rest),
        };
        let directory = parent(path);
        if !self.needed.contains_key(directory) {
            self.needed.insert(directory.to_owned(), within(directory));
        }
        Some(within(path))
    }

    fn exists(&mut self, directory: &str) -> bool {
        if self.scanned.contains(directory) {
            return true;
        }
        if let Some(known) = self.looked_up.get(directory) {
            return *known;
        }
        let exists = self.root.join(directory).is_dir();
        self.looked_up.insert(directory.to_owned(), exists);
        exists
    }

    /// The renames that bring the directories into place.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.built
            .iter()
            .map(|(path, temporary)| Step::Create { temporary: temporary.clone(), target: self.root.join(path) })
    }

    /// The directories to create before files are written: the path in the tree and the temporary place.
    pub(super) fn needed(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.needed.iter().map(|(path, place)| (path.as_str(), place.as_path()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_new_directory_share_one_rename() {
        let directory = tempfile::tempdir().unwrap();
        let scanned = FxHashSet::from_iter(["old".to_owned()]);
        let mut aside = NewDirectories::new(directory.path(), &scanned);

        assert_eq!(aside.place("top.py"), None);
        assert_eq!(aside.place("old/a.py"), None);
        let first = aside.place("new/a.py").unwrap();
        let deep = aside.place("new/deep/b.py").unwrap();
        let nested = aside.place("old/new/c.py").unwrap();

        assert!(deep.starts_with(first.parent().unwrap()) && deep.ends_with("deep/b.py"));
        assert_eq!(nested.parent().unwrap().parent().unwrap(), directory.path().join("old"));
        let mut targets: Vec<_> = aside
            .steps()
            .map(|step| match step {
                Step::Create { target, .. } => target,
                other => panic!("only new directories are named here: {other:?}"),
            })
            .collect();
        targets.sort();
        assert_eq!(targets, [directory.path().join("new"), directory.path().join("old/new")]);
        assert_eq!(aside.needed().count(), 3);
    }

    #[test]
    fn a_directory_that_appeared_since_the_scan_is_not_built_again() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("appeared")).unwrap();
        let scanned = FxHashSet::default();
        let mut aside = NewDirectories::new(directory.path(), &scanned);
        assert_eq!(aside.place("appeared/a.py"), None);
        assert!(aside.place("appeared/new/a.py").is_some());
    }
}
