//! Symbolic links in and around an output tree.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn files_are_not_written_through_linked_directories() {
    let project = Project::with(&[("p/a.py", "a")]);
    let outside = project.root.join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, project.out("linked")).unwrap();
    let plan = project.plan(Ownership::Convention, &[("linked/deep/a.py", "x")]);
    assert_eq!(project.apply(&plan).unwrap_err().rule, &PATH_IN_THE_WAY);
    assert_eq!(fs::read_dir(outside).unwrap().count(), 0);
}

#[test]
fn deleting_never_follows_links() {
    let project = Project::with(&[("p/a.py", "a")]);
    let outside = project.root.join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("mine.py"), PROOF).unwrap();
    symlink(outside.join("mine.py"), project.out("p/link.py")).unwrap();
    symlink(&outside, project.out("p/directory")).unwrap();
    symlink(&outside, project.out("p/directory.py")).unwrap();

    let applied = project.convention(&[("p/a.py", "a")]);

    assert_eq!(applied.removed, ["generated/dev/p/directory.py", "generated/dev/p/link.py"]);
    assert_eq!(applied.kept_foreign, ["generated/dev/p/directory"]);
    assert!(!project.exists("p/link.py"));
    assert_eq!(fs::read_to_string(outside.join("mine.py")).unwrap(), PROOF);
}

#[test]
fn a_link_proves_nothing_in_a_directory_of_the_user() {
    let project = Project::with(&[("p/real.txt", PROOF)]);
    fs::write(project.root.join("elsewhere.py"), PROOF).unwrap();
    symlink(project.root.join("elsewhere.py"), project.out("p/link.py")).unwrap();
    let plan = project.plan(Ownership::Proven, &[("p/link.py", PROOF)]);
    assert_eq!(project.apply(&plan).unwrap_err().rule, &FILE_NOT_OURS);
    assert_eq!(project.proven(&[]).kept_foreign, ["generated/dev/p/link.py"]);
}

#[test]
fn a_link_at_a_planned_path_is_replaced_and_its_target_stays() {
    let project = Project::with(&[("p/b.py", "b")]);
    fs::write(project.root.join("mine.py"), "a").unwrap();
    symlink(project.root.join("mine.py"), project.out("p/a.py")).unwrap();
    let applied = project.convention(&[("p/a.py", "a"), ("p/b.py", "b")]);
    assert_eq!(applied.written, ["generated/dev/p/a.py"]);
    assert!(!project.out("p/a.py").is_symlink());
    assert_eq!(fs::read_to_string(project.root.join("mine.py")).unwrap(), "a");
}

#[test]
fn the_output_directory_itself_may_be_a_link() {
    let project = Project::new();
    let disk = project.root.join("disk");
    fs::create_dir(&disk).unwrap();
    symlink(&disk, project.root.join("generated")).unwrap();
    project.convention(&[("p/a.py", "a"), ("p/b.py", "b")]);
    project.convention(&[("p/a.py", "a")]);
    assert_eq!(fs::read_to_string(disk.join("dev/p/a.py")).unwrap(), "a");
    assert!(!disk.join("dev/p/b.py").exists());
}
