//! Every project in `fixtures/invalid/` has one fault, and gets one diagnostic: the one it is named after, at an
//! exact place, with help. If that is an error, nothing is written.
//!
//! Directories are named `<CODE>-<rule>`, with `.<variant>` where a rule has several cases. Adding a case means
//! adding a directory. A file `arguments` in it holds further arguments of the command, separated by blanks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;

use lhp::report::{Severity, rules};
use support::package;
use support::project::{Project, Run};

/// Faults of a whole project or of the command line, which have no place in a file.
const WITHOUT_PLACE: [&str; 2] = ["LHP-CFG-014-empty-project", "LHP-IO-002-not-a-directory"];

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

/// The rule that a directory is about.
fn severity_of(name: &str) -> Severity {
    let found = rules::find(&rule_of(name));
    assert_eq!(found.len(), 1, "{name} is named after a rule");
    found[0].severity
}

/// Runs a command on a fixture, which must leave its files as they are.
fn run(name: &str, project: &Project, command: &str) -> Run {
    let arguments = fs::read_to_string(package().join("fixtures/invalid").join(name).join("arguments"));
    let arguments = arguments.unwrap_or_default();
    let mut all = vec![command];
    all.extend(arguments.split_whitespace());
    if !all.contains(&"-e") {
        all.extend(["-e", "dev"]);
    }
    if severity_of(name) != Severity::Error {
        all.push("--show-details");
    }
    project.run(&all)
}

/// The first lines of all diagnostics that a run printed in full.
fn titles(run: &Run) -> Vec<&str> {
    let starts = ["error[", "warning[", "advice["];
    run.stderr.lines().filter(|line| starts.iter().any(|start| line.starts_with(start))).collect()
}

/// Checks that a run tells about one fault: that of the directory.
fn tells_of_one_fault(name: &str, run: &Run) {
    let (word, code) = match severity_of(name) {
        Severity::Error => ("error", 1),
        Severity::Warning => ("warning", 0),
        Severity::Advice => ("advice", 0),
    };
    assert_eq!(run.code, code, "exit code of {name}:\n{}", run.stderr);
    let all = titles(run);
    let same: Vec<&&str> = all.iter().filter(|title| title.starts_with(word)).collect();
    assert_eq!(same.len(), 1, "{name} has one fault and gets one diagnostic:\n{}", run.stderr);
    assert!(word == "error" || all.len() == 1, "{name} has one fault only:\n{}", run.stderr);
    let rule = rule_of(name);
    let named = [format!("{word}[{rule}]"), format!("{word}[{rule} (")];
    assert!(named.iter().any(|start| same[0].starts_with(start)), "{name} is reported as {}", same[0]);
    assert!(run.stderr.contains("\n  help: "), "{name} gets help:\n{}", run.stderr);
    let placed = run.stderr.lines().any(shows_place);
    assert_eq!(placed, !WITHOUT_PLACE.contains(&name), "{name} has a place:\n{}", run.stderr);
}

#[test]
fn every_project_with_a_fault_gets_one_diagnostic() {
    let names = fixtures();
    assert!(names.len() >= 100, "{} fixtures", names.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(package().join("snapshots/invalid"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for name in names {
        let project = Project::copy(&format!("fixtures/invalid/{name}"));
        let before = project.files("");
        let run = run(&name, &project, "generate");
        assert_eq!(run.stdout, "", "{name} prints nothing to standard output");
        tells_of_one_fault(&name, &run);
        if severity_of(&name) == Severity::Error {
            assert_eq!(project.files(""), before, "{name} leaves the project as it is");
        }
        settings.bind(|| insta::assert_snapshot!(name.as_str(), run.timeless()));
    }
}
