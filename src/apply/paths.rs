//! Paths of planned files, before the disk is looked at.
//!
//! In: a tree of a plan. Out: nothing, or the path that must not be written. Must not touch disk.

use rustc_hash::FxHashSet;

use super::failure::invalid_path;
use super::manifest::{MANIFEST, TEMPORARY};
use crate::plan::{OutputTree, Prune};
use crate::report::Diagnostic;

/// The longest name that common file systems accept (bytes).
const LONGEST_NAME: usize = 255;

/// Refuses paths that leave the tree, cannot exist, are reserved, or cannot exist together.
pub(super) fn check_paths(tree: &OutputTree) -> Result<(), Diagnostic> {
    let mut known = FxHashSet::with_capacity_and_hasher(tree.files.len(), Default::default());
    for file in &tree.files {
        check_path(&file.path)?;
        if !known.insert(file.path.as_str()) {
            return Err(invalid_path(&file.path, "is planned twice"));
        }
    }
    for file in &tree.files {
        if let Some(parent) = parents(&file.path).find(|parent| known.contains(parent)) {
            return Err(invalid_path(parent, &format!("would be a file, but `{}` lies inside it", file.path)));
        }
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), Diagnostic> {
    if path.starts_with('/') {
        return Err(invalid_path(path, "is absolute"));
    }
    if path.contains('\0') {
        return Err(invalid_path(path, "contains a NUL character"));
    }
    for part in path.split('/') {
        let fault = match part {
            "" => "has an empty part",
            "." | ".." => "has a part `.` or `..` and could leave the output directory",
            ".git" | "__pycache__" => "lies in a directory that belongs to another tool",
            _ if part == MANIFEST || part.starts_with(TEMPORARY) => "uses a name that is reserved for lhp",
            _ if part.len() > LONGEST_NAME => "has a part of more than 255 bytes",
            _ if cfg!(windows) && part.contains(['\\', ':']) => "has a part with `\\` or `:`",
            _ => continue,
        };
        return Err(invalid_path(path, fault));
    }
    Ok(())
}

/// The directories above a path, outermost first, without the tree root.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// The directory that holds a path; the tree root is `""`.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Whether a stale file at this path may be removed.
pub(super) fn in_reach(prune: &Prune, path: &str) -> bool {
    match prune {
        Prune::Everything => true,
        Prune::Directories(directories) => parents(path).any(|parent| directories.contains(parent)),
        Prune::AllBut(directories) => !parents(path).any(|parent| directories.contains(parent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Ownership, PlannedFile};

    fn verdict(paths: &[&str]) -> Result<(), String> {
        let files = paths.iter().map(|path| PlannedFile { path: (*path).to_owned(), content: Vec::new() }).collect();
        let tree = OutputTree { root: "/out".into(), ownership: Ownership::Proven, prune: Prune::Everything, files };
        check_paths(&tree).map_err(|diagnostic| diagnostic.message)
    }

    #[test]
    fn ordinary_paths_are_accepted_in_any_script_and_case() {
        assert_eq!(verdict(&["a/b.py", "a/B.py", "größe/表.py", "a b/c..d.py", "top.whl"]), Ok(()));
    }

    #[test]
    fn paths_that_could_leave_the_tree_are_refused() {
        for path in ["../a.py", "a/../../b.py", "/etc/passwd", "a/./b.py", "a//b.py", "", "a/"] {
            assert!(verdict(&[path]).is_err(), "{path}");
        }
    }

    #[test]
    fn paths_that_cannot_be_written_are_refused() {
        assert!(verdict(&["a\0b.py"]).unwrap_err().contains(r"`a\0b.py` contains a NUL character"));
        assert!(verdict(&[&"x".repeat(256)]).is_err());
        assert!(verdict(&[&"x".repeat(255)]).is_ok());
    }

    #[test]
    fn reserved_names_are_refused() {
        for path in [".lhp-manifest.json", "a/.lhp-tmp-1", ".git/config", "p/__pycache__/a.pyc"] {
            assert!(verdict(&[path]).is_err(), "{path}");
        }
    }

    #[test]
    fn paths_that_cannot_exist_together_are_refused() {
        assert!(verdict(&["a.py", "a.py"]).unwrap_err().ends_with("is planned twice"));
        assert!(verdict(&["a/b/c.py", "a"]).unwrap_err().contains("`a` would be a file, but `a/b/c.py`"));
    }

    #[test]
    fn reach_is_bounded_by_directories() {
        let prune = Prune::Directories(["orders".to_owned()].into());
        assert!(in_reach(&prune, "orders/a.py"));
        assert!(in_reach(&prune, "orders/deep/a.py"));
        assert!(!in_reach(&prune, "orders_2/a.py"));
        assert!(!in_reach(&prune, "orders"));
        assert!(!in_reach(&prune, "a.py"));
        assert!(in_reach(&Prune::Everything, "a.py"));
        let prune = Prune::AllBut(["orders".to_owned()].into());
        assert!(!in_reach(&prune, "orders/a.py") && in_reach(&prune, "other/a.py") && in_reach(&prune, "a.py"));
    }
}
