//! `validate` reports what `generate` reports: the same diagnostics, of every severity, at the same places.
//!
//! Compared are all projects with a fault, and the fixtures of all generators with one value after the other replaced
//! by something that hardly fits.
#![allow(
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lhp::source::{SourceMap, Span};
use lhp::syntax::yaml::{self, Limits};
use lhp::syntax::{Node, Value};
use support::project::{Project, Run};
use support::{copy_tree, package};

/// A project without flowgroups is fine until somebody wants files.
const ONLY_GENERATE: [&str; 1] = ["LHP-CFG-014-empty-project"];

/// The diagnostics of a run, each with its places and its help.
fn diagnostics(run: &Run) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Option<String> = None;
    for line in run.stderr.lines().chain([""]) {
        if ["error[", "warning[", "advice["].iter().any(|start| line.starts_with(start)) {
            found.extend(open.replace(String::new()));
        }
        match &mut open {
            Some(text) if line.is_empty() => {
                found.insert(std::mem::take(text));
                open = None;
            }
            Some(text) => text.push_str(&format!("{line}\n")),
            None => {}
        }
    }
    found
}

/// Runs both commands and compares them. Gives the diagnostics.
fn compare(project: &Project, environment: &str, what: &str) -> BTreeSet<String> {
    compare_with(project, &["-e", environment], what)
}

/// Runs both commands with some arguments and compares them. Gives the diagnostics.
fn compare_with(project: &Project, arguments: &[&str], what: &str) -> BTreeSet<String> {
    let mut options = arguments.to_vec();
    options.extend(["--include-tests", "--show-details"].iter().filter(|option| !arguments.contains(option)));
    let run = |command: &str| project.run(&[&[command], &options[..]].concat());
    let (validated, generated) = (run("validate"), run("generate"));
    let (left, right) = (diagnostics(&validated), diagnostics(&generated));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<String>();
    assert_eq!(left, right, "{what}\nonly validate:\n{}\nonly generate:\n{}", only(&left, &right), only(&right, &left));
    assert_eq!(validated.code, generated.code, "{what}: {}", generated.stderr);
    assert_eq!(left.iter().any(|text| text.starts_with("error[")), validated.code == 1, "{what}: {}", validated.stderr);
    left
}

#[test]
fn every_invalid_project_gets_the_same_diagnostics_from_both() {
    let mut projects = 0;
    for entry in fs::read_dir(package().join("fixtures/invalid")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if ONLY_GENERATE.contains(&name.as_str()) {
            continue;
        }
        let directory = format!("fixtures/invalid/{name}");
        let arguments = fs::read_to_string(package().join(&directory).join("arguments")).unwrap_or_default();
        let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
        if !arguments.contains(&"-e") {
            arguments.extend(["-e", "dev"]);
        }
        let found = compare_with(&Project::copy(&directory), &arguments, &name);
        assert!(!found.is_empty(), "{name}");
        projects += 1;
    }
    assert!(projects >= 100, "{projects}");
}

#[test]
fn valid_projects_get_the_same_remarks_from_both() {
    for (name, environment) in [("coffee_shop", "dev"), ("energy_grid", "prod"), ("hospital", "test")] {
        compare(&Project::copy(&format!("fixtures/projects/{name}")), environment, name);
    }
}

/// What is put in the place of a value.
const REPLACEMENTS: [&str; 8] = ["[]", "null", "5", "{a: b}", "\"it's \\\"\"", "[x, 1]", "2024-01-01", "${secret:k}"];

/// The places of all values in the actions of a flowgroup, but for the names of actions.
fn values(node: &Node, found: &mut Vec<Span>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| values(item, found)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries.iter().filter(|entry| entry.key.as_str() != Some("name")) {
                found.push(entry.value.span);
                values(&entry.value, found);
            }
        }
        _ => {}
    }
}

/// Copies of a flowgroup, each with another value replaced, in pipelines of their own.
fn mutants(text: &str) -> Vec<String> {
    let file = SourceMap::new("/").add("a.yaml", text);
    let parsed = yaml::parse(file, text, &Limits::default()).unwrap();
    let mut places = Vec::new();
    for action in parsed.documents[0].get("actions").and_then(Node::as_sequence).unwrap() {
        values(action, &mut places);
    }
    let one = |(index, place): (usize, &Span)| {
        let (before, rest) = text.split_at(place.start as usize);
        let (_, behind) = rest.split_at((place.end - place.start) as usize);
        let mutant = format!("{before}{}{behind}", REPLACEMENTS[index % REPLACEMENTS.len()]);
        mutant.replacen("pipeline: fixtures", &format!("pipeline: fixtures_{index}"), 1)
    };
    places.iter().enumerate().map(one).collect()
}

/// Compares both commands on the mutants of the fixtures of a kind; gives how many there were.
fn compare_mutants(kind: &str) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(package().join("fixtures/generators").join(kind)).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let project = Project::new(&[]);
        copy_tree(&package().join("fixtures/generators/project"), project.root());
        for (index, mutant) in mutants(&text).into_iter().enumerate() {
            project.write(&format!("pipelines/m{index}.yaml"), mutant);
            count += 1;
        }
        let name = path.strip_prefix(package()).unwrap_or(Path::new(&path)).display().to_string();
        let found = compare(&project, "dev", &name);
        assert!(found.len() > 2, "{name}: {found:?}");
        let own_faults: Vec<&String> = found.iter().filter(|text| text.contains("please report")).collect();
        assert!(own_faults.is_empty(), "{name}: {own_faults:?}");
    }
    count
}

#[test]
fn mutated_loads_get_the_same_diagnostics_from_both() {
    assert!(compare_mutants("load") > 150);
}

#[test]
fn mutated_transforms_get_the_same_diagnostics_from_both() {
    assert!(compare_mutants("transform") > 150);
}

#[test]
fn mutated_writes_get_the_same_diagnostics_from_both() {
    assert!(compare_mutants("write") > 300);
}

#[test]
fn mutated_tests_get_the_same_diagnostics_from_both() {
    assert!(compare_mutants("test") > 150);
}
