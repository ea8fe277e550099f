//! Difference: a plan against the disk.
//!
//! In: a plan. Out: the files that applying it would create, modify and remove. Must not write.

use std::path::Path;

use similar::TextDiff;

use crate::apply::{Changed, survey};
use crate::plan::Plan;
use crate::report::Diagnostic;

/// A file of a plan or of a tree on disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePath {
    /// Index of the tree in the plan.
    pub tree: usize,
    /// Relative to the root of the tree, parts joined by `/`.
    pub path: String,
}

/// A file whose content would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modified {
    pub file: FilePath,
    /// Invalid UTF-8 is replaced.
    pub on_disk: String,
    /// Invalid UTF-8 is replaced.
    pub planned: String,
    /// Whether one of the two contents is no text, so that comparing lines would mislead.
    pub binary: bool,
}

/// What applying a plan would change. Every list is sorted by tree and path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    pub created: Vec<FilePath>,
    pub modified: Vec<Modified>,
    /// Files that are no longer planned and would be removed.
    pub orphaned: Vec<FilePath>,
    /// What is wrong with the records of earlier runs.
    pub warnings: Vec<Diagnostic>,
}

impl Difference {
    /// Whether applying the plan would change nothing.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.modified.is_empty() && self.orphaned.is_empty()
    }
}

/// Compares a plan with the disk. The roots of its trees are absolute.
///
/// # Errors
///
/// If the disk cannot be read, or if something is in the way so that the plan could not be applied.
pub fn difference(plan: &Plan) -> Result<Difference, Diagnostic> {
    let mut difference = Difference::default();
    for (tree, survey) in survey(plan, Path::new(""))?.into_iter().enumerate() {
        let place = |path: &str| FilePath { tree, path: path.to_owned() };
        difference.created.extend(survey.created.iter().map(|file| place(&file.path)));
        difference.modified.extend(survey.changed.iter().map(|Changed { file, before }| Modified {
            file: place(&file.path),
            on_disk: String::from_utf8_lossy(before.content()).into_owned(),
            planned: String::from_utf8_lossy(&file.content).into_owned(),
            binary: is_binary(before.content()) || is_binary(&file.content),
        }));
        difference.orphaned.extend(survey.stale.iter().map(|entry| place(&entry.path)));
        difference.warnings.extend(survey.warnings);
    }
    difference.created.sort_unstable();
    difference.modified.sort_unstable_by(|left, right| left.file.cmp(&right.file));
    difference.orphaned.sort_unstable();
    Ok(difference)
}

/// The change of one file as a unified diff with three lines of context.
pub fn unified(modified: &Modified) -> String {
    let path = &modified.file.path;
    let (old, new) = (format!("{path} (on disk)"), format!("{path} (planned)"));
    if modified.binary {
        return format!("Binary files {old} and {new} differ\n");
    }
    unified_texts([&old, &new], [&modified.on_disk, &modified.planned])
}

/// The change of a text as a unified diff with three lines of context.
pub fn unified_texts([old_name, new_name]: [&str; 2], [old, new]: [&str; 2]) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(3).header(old_name, new_name).to_string()
}

fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, content).is_some() || std::str::from_utf8(content).is_err()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::apply::apply;
    use crate::plan::{OutputTree, Ownership, PlannedFile, Prune};

    fn plan(root: &Path, ownership: Ownership, files: &[(&str, &[u8])]) -> Plan {
        let files = files
            .iter()
            .map(|(path, content)| PlannedFile { path: (*path).into(), content: content.to_vec() })
            .collect();
        Plan { trees: vec![OutputTree { root: root.join("out"), ownership, prune: Prune::Everything, files }] }
    }

    fn paths(files: &[FilePath]) -> Vec<&str> {
        files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn an_applied_plan_has_no_difference() {
        let project = tempfile::tempdir().unwrap();
        let plan = plan(project.path(), Ownership::Convention, &[("p/a.py", b"a"), ("p/w.whl", b"PK\0\xff")]);
        assert_eq!(paths(&difference(&plan).unwrap().created), ["p/a.py", "p/w.whl"]);
        assert!(!project.path().join("out").exists());
        apply(&plan, project.path(), None).unwrap();
        assert!(difference(&plan).unwrap().is_empty());
    }

    #[test]
    fn orphans_are_what_applying_would_remove() {
        for ownership in [Ownership::Convention, Ownership::Proven] {
            let project = tempfile::tempdir().unwrap();
            let all: [(&str, &[u8]); 3] = [("p/a.py", b"a"), ("p/b.py", b"b"), ("q/c.py", b"c")];
            apply(&plan(project.path(), ownership, &all), project.path(), None).unwrap();
            fs::write(project.path().join("out/p/mine.py"), "mine").unwrap();
            fs::write(project.path().join("out/p/mine.txt"), b"\xff\0").unwrap();

            let mut plan = plan(project.path(), ownership, &[("p/a.py", b"changed")]);
            plan.trees[0].prune = Prune::Directories(["p".to_owned()].into());
            let difference = difference(&plan).unwrap();
            let applied = apply(&plan, project.path(), None).unwrap();

            let orphaned: Vec<_> =
                difference.orphaned.iter().map(|file| project.path().join("out").join(&file.path)).collect();
            let removed: Vec<_> = applied.removed.iter().map(|path| project.path().join(path)).collect();
            assert_eq!(orphaned, removed);
            assert_eq!(difference.orphaned.len(), if ownership == Ownership::Convention { 2 } else { 1 });
            assert_eq!(difference.modified.len(), 1);
        }
    }

    #[test]
    fn a_unified_diff_names_both_sides_and_has_three_lines_of_context() {
        let project = tempfile::tempdir().unwrap();
        let plan = plan(project.path(), Ownership::Convention, &[("p/a.py", b"1\n2\n3\n4\nfive\n6\n7\n8\n9\n")]);
        fs::create_dir_all(project.path().join("out/p")).unwrap();
        fs::write(project.path().join("out/p/a.py"), "1\n2\n3\n4\n5\n6\n7\n8\n9\n").unwrap();
        let difference = difference(&plan).unwrap();
        assert_eq!(
            unified(&difference.modified[0]),
            "--- p/a.py (on disk)\n+++ p/a.py (planned)\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn binary_files_are_not_compared_line_by_line() {
        let project = tempfile::tempdir().unwrap();
        let plan = plan(project.path(), Ownership::Convention, &[("w.whl", b"PK\x03\xff")]);
        fs::create_dir_all(project.path().join("out")).unwrap();
        fs::write(project.path().join("out/w.whl"), b"PK\x03\xfe").unwrap();
        let difference = difference(&plan).unwrap();
        let modified = &difference.modified[0];
        assert!(modified.binary);
        assert_eq!(unified(modified), "Binary files w.whl (on disk) and w.whl (planned) differ\n");
    }

    #[test]
    fn a_foreign_file_at_a_planned_path_shows_as_modified() {
        let project = tempfile::tempdir().unwrap();
        let plan = plan(project.path(), Ownership::Proven, &[("a.py", b"planned\n")]);
        fs::create_dir_all(project.path().join("out")).unwrap();
        fs::write(project.path().join("out/a.py"), "mine\n").unwrap();
        let difference = difference(&plan).unwrap();
        assert_eq!(difference.modified[0].on_disk, "mine\n");
        assert_eq!(difference.modified[0].planned, "planned\n");
    }
}
