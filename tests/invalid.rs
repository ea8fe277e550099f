//! Every project in `fixtures/invalid/` has one fault, and is refused with one diagnostic: the one it is named
//! after, at an exact place, with help. Nothing is written.
//!
//! Directories are named `<CODE>-<rule>`, with `.<variant>` where a rule has several cases. Adding a case means
//! adding a directory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;

use support::package;
use support::project::Project;

/// Faults of a whole project or of the command line, which have no place in a file.
const WITHOUT_PLACE: [&str; 1] = ["LHP-CFG-014-empty-project"];

fn fixtures() -> Vec<String> {
    let directories = fs::read_dir(package().join("fixtures/invalid")).unwrap();
    let mut names: Vec<String> = directories.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// `CODE/rule` of a directory named `CODE-rule.variant`.
fn rule_of(name: &str) -> String {
    let rule = name.split_once('.').map_or(name, |(rule, _)| rule);
    let parts: Vec<&str> = rule.splitn(4, '-').collect();
    format!("{}/{}", parts[..3].join("-"), parts[3])
}

/// Whether a line shows a place, as in `,-[lhp.yaml:3:10]`.
fn shows_place(line: &str) -> bool {
    let Some((_, place)) = line.split_once(",-[") else { return false };
    let parts: Vec<&str> = place.trim_end_matches(']').rsplitn(3, ':').collect();
    matches!(parts.as_slice(), [column, row, path]
        if column.parse::<usize>().is_ok() && row.parse::<usize>().is_ok() && !path.is_empty())
}

#[test]
fn every_invalid_project_is_refused_with_one_diagnostic() {
    let names = fixtures();
    assert!(names.len() >= 100, "{} fixtures", names.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(package().join("snapshots/invalid"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for name in names {
        let project = Project::copy(&format!("fixtures/invalid/{name}"));
        let before = project.files("");
        let run = project.run(&["generate", "-e", "dev"]);
        assert_eq!(run.code, 1, "{name} is refused:\n{}", run.stderr);
        assert_eq!(run.stdout, "", "{name} prints nothing to standard output");
        assert_eq!(project.files(""), before, "{name} leaves the project as it is");

        let titles: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error[")).collect();
        assert_eq!(titles.len(), 1, "{name} has one fault and gets one diagnostic:\n{}", run.stderr);
        let rule = rule_of(&name);
        let named = [format!("error[{rule}]"), format!("error[{rule} (")];
        assert!(named.iter().any(|start| titles[0].starts_with(start)), "{name} is reported as {}", titles[0]);
        assert!(run.stderr.contains("\n  help: "), "{name} gets help:\n{}", run.stderr);
        let placed = run.stderr.lines().any(shows_place);
        assert_eq!(placed, !WITHOUT_PLACE.contains(&name.as_str()), "{name} has a place:\n{}", run.stderr);
        settings.bind(|| insta::assert_snapshot!(name.as_str(), run.timeless()));
    }
}
