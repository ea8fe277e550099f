//! Runs that are refused, fail or were killed.

use super::*;

#[test]
fn nothing_is_written_if_a_path_is_not_allowed() {
    let project = Project::with(&[("p/stale.py", "s")]);
    let before = project.everything();
    for path in ["../outside.py", "/tmp/outside.py", "p/\0.py", ".lhp-manifest.json"] {
        let plan = project.plan(Ownership::Convention, &[("p/a.py", "a"), (path, "x")]);
        assert_eq!(project.apply(&plan).unwrap_err().rule, &INVALID_OUTPUT_PATH, "{path}");
        assert_eq!(project.everything(), before, "{path}");
    }
}

#[test]
fn nothing_is_written_if_something_is_in_the_way() {
    let project = Project::with(&[("file", "f"), ("directory/of/things.txt", "t"), ("p/stale.py", "s")]);
    let before = project.everything();
    for path in ["file/a.py", "directory", "directory/of"] {
        let plan = project.plan(Ownership::Convention, &[("p/a.py", "a"), (path, "x")]);
        assert_eq!(project.apply(&plan).unwrap_err().rule, &PATH_IN_THE_WAY, "{path}");
        assert_eq!(project.everything(), before, "{path}");
    }
}

#[test]
fn forbidden_output_directories_are_refused_here_too() {
    let project = Project::new();
    for root in [project.root.clone(), project.root.join(".."), project.root.join(".lhp/out"), "/".into()] {
        let plan = Plan { trees: vec![tree(root, Ownership::Convention, &[("a.py", "a")])] };
        assert_eq!(project.apply(&plan).unwrap_err().rule, &OUTPUT_NOT_OURS);
    }
    assert!(project.everything().is_empty());
}

#[test]
fn an_error_while_staging_leaves_the_disk_as_it_was() {
    let project = Project::with(&[("p/old.py", "old"), ("p/stale.py", "s")]);
    let before = project.everything();
    let too_long = format!("{}z.py", "directory_with_a_long_name/".repeat(200));
    let plan = project.plan(Ownership::Convention, &[("p/old.py", "new"), ("q/a.py", "a"), (&too_long, "x")]);

    let diagnostic = project.apply(&plan).unwrap_err();

    assert_eq!(diagnostic.rule, &CANNOT_WRITE);
    assert!(diagnostic.message.contains("the name is too long"), "{}", diagnostic.message);
    assert_eq!(project.everything(), before);
}

#[test]
fn a_failed_first_run_leaves_no_directories() {
    let project = Project::new();
    let too_long = format!("{}z.py", "directory_with_a_long_name/".repeat(200));
    let plan = project.plan(Ownership::Convention, &[("q/a.py", "a"), (&too_long, "x")]);
    assert!(project.apply(&plan).is_err());
    assert!(project.everything().is_empty(), "{:?}", project.everything());
}

#[test]
fn leftovers_of_killed_runs_are_removed() {
    let project = Project::with(&[("p/.lhp-tmp-7-1", "half"), (".lhp-tmp-7-2/deep/a.py", "half"), ("p/a.py", "a")]);
    let applied = project.convention(&[("p/a.py", "a")]);
    assert_eq!(applied, Applied { unchanged: 1, ..Applied::default() });
    assert!(!project.exists("p/.lhp-tmp-7-1") && !project.exists(".lhp-tmp-7-2"));
}

#[test]
fn what_a_killed_run_created_is_still_known_as_generated() {
    let project = Project::with(&[("p/made.yml", "made"), ("p/mine.yml", "mine")]);
    let mut journal = manifest::Manifest::default();
    journal.allow("p/made.yml", &manifest::digest(b"made"));
    journal.allow("p/mine.yml", &manifest::digest(b"never written"));
    fs::write(project.out(manifest::JOURNAL), journal.to_bytes().unwrap()).unwrap();

    let applied = project.proven(&[("p/made.yml", "made again")]);
    assert_eq!(applied.written, ["generated/dev/p/made.yml"]);
    assert_eq!(applied.kept_foreign, ["generated/dev/p/mine.yml"]);
    assert!(!project.exists(manifest::JOURNAL));
}
