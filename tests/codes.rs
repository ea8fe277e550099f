//! Codes are explained: every code of the reference tool is raised or its absence has a reason, every rule has a
//! page and a project that breaks it, and `docs/codes.md` is what `lhp explain --all` prints.
//!
//! `UPDATE_DOCS=1 cargo test --test codes` writes the page. Read the changes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeSet;
use std::fs;

use lhp::report::absent::{ABSENT, absent};
use lhp::report::{Rule, rules};
use support::package;
use support::project::{Run, lhp};

/// Rules that no directory of files can break, and the test that proves each, as `file::name`.
const WITHOUT_FIXTURE: &[(&str, &str)] = &[
    ("LHP-CFG-011/no-project", "tests/command_line.rs::no_project_is_a_finding"),
    ("LHP-CFG-031/internal-hook", "src/generator/hook/mod.rs::a_module_that_cannot_be_made_is_a_fault_of_the_program"),
    ("LHP-CFG-031/internal-template", "src/generator/context.rs::a_template_that_fails_is_a_fault_of_the_program"),
    ("LHP-IO-002/unreadable-directory", "tests/odd_inputs.rs::a_directory_that_cannot_be_read_is_named"),
    ("LHP-IO-005/permission-denied", "src/project/file.rs::a_file_without_permission_has_a_rule_of_its_own"),
];

/// Rules without an example: what is wrong is not in a file of the project.
const WITHOUT_EXAMPLE: &[&str] = &[
    "LHP-CFG-031/internal-hook",
    "LHP-CFG-031/internal-template",
    "LHP-IO-002/unreadable-directory",
    "LHP-IO-002/unreadable-file",
    "LHP-IO-004/not-utf8",
    "LHP-IO-005/permission-denied",
];

#[test]
fn every_code_of_the_reference_tool_is_raised_or_absent_for_a_reason() {
    let catalogue = fs::read_to_string(package().join("fixtures/codes/lakehouse-plumber-0.9.3.txt")).unwrap();
    assert!(catalogue.lines().count() > 120);
    for code in catalogue.lines() {
        let raised = !rules::find(code).is_empty();
        assert!(raised != absent(code).is_some(), "{code} is either raised by a rule or listed as absent");
    }
    let codes: BTreeSet<&str> = catalogue.lines().collect();
    for absent in ABSENT {
        assert!(codes.contains(absent.code), "{} is a code of the reference tool", absent.code);
        assert!(absent.reason.ends_with('.') && absent.reason.len() > 20, "{} has a reason", absent.code);
    }
    assert!(ABSENT.is_sorted_by_key(|absent| absent.code));
}

#[test]
fn every_rule_has_a_complete_page() {
    let lacks = |rule: &&Rule| {
        let page = rule.page();
        let example = page.contains("\n## Wrong\n") && page.contains("\n## Right\n");
        !page.contains("\n## Why\n") || !(example || WITHOUT_EXAMPLE.contains(&rule.to_string().as_str()))
    };
    let incomplete: Vec<String> = rules::all().iter().copied().filter(lacks).map(Rule::to_string).collect();
    assert_eq!(incomplete, Vec::<String>::new());
}

#[test]
fn every_rule_has_a_project_that_breaks_it() {
    let directories = fs::read_dir(package().join("fixtures/invalid")).unwrap();
    let fixtures: BTreeSet<String> = directories
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.split_once('.').map_or(name.clone(), |(rule, _)| rule.to_owned()))
        .collect();
    let exempt: BTreeSet<&str> = WITHOUT_FIXTURE.iter().map(|(rule, _)| *rule).collect();
    let lacks = |rule: &&Rule| !fixtures.contains(&rule.to_string().replace('/', "-"));
    let missing: Vec<String> = rules::all().iter().copied().filter(lacks).map(Rule::to_string).collect();
    assert_eq!(missing, exempt.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>());
    for (rule, test) in WITHOUT_FIXTURE {
        let (file, name) = test.split_once("::").unwrap();
        let source = fs::read_to_string(package().join(file)).unwrap();
        assert!(source.contains(&format!("fn {name}(")), "{rule} is proven by {test}");
    }
}

#[test]
fn the_page_of_codes_is_current() {
    let path = package().join("docs/codes.md");
    let written = Run::of(&mut lhp(&["explain", "--all"])).exits(0).stdout;
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    let difference = similar::TextDiff::from_lines(&stored, &written);
    let difference = difference.unified_diff().header("stored", "written").to_string();
    assert!(stored == written, "run `UPDATE_DOCS=1 cargo test --test codes` and read the changes\n{difference}");
}

#[test]
fn a_code_is_explained_in_the_terminal() {
    let run = Run::of(&mut lhp(&["explain", "LHP-CFG-010"])).exits(0);
    assert!(run.stdout.starts_with("# LHP-CFG-010/") && run.stdout.contains("\n# LHP-CFG-010/unresolved-token\n"));
    let one = Run::of(&mut lhp(&["explain", "unresolved-token"])).exits(0);
    assert!(one.stdout.starts_with("# LHP-CFG-010/unresolved-token\n"), "{}", one.stdout);
    let absent = Run::of(&mut lhp(&["explain", "gen-901"])).exits(0);
    assert!(absent.stdout.starts_with("# LHP-GEN-901\n\nNever reported."), "{}", absent.stdout);
    let list = Run::of(&mut lhp(&["explain"])).exits(0);
    assert!(list.stdout.contains("\nLHP-CFG-010/unresolved-token\t"), "{}", list.stdout);
}

#[test]
fn an_unknown_code_is_wrong_usage_with_a_guess() {
    let run = Run::of(&mut lhp(&["explain", "LHP-CFG-0100"])).exits(2);
    assert!(run.stderr.contains("there is no code `LHP-CFG-0100`; did you mean `LHP-CFG-010`?"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
