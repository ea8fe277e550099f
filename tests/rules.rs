//! The table of rules is complete, and what it says of their severity is true.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on must fail"
)]

use std::collections::BTreeSet;
use std::path::Path;

use lhp::report::{Severity, rules};

/// The source files of the program with their texts.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = walkdir::WalkDir::new(root.join("src")).sort_by_file_name();
    let files = files.into_iter().map(Result::unwrap).filter(|file| file.path().extension().is_some_and(|e| e == "rs"));
    files
        .map(|file| {
            let path = file.path().strip_prefix(root).unwrap().display().to_string();
            (path, std::fs::read_to_string(file.path()).unwrap())
        })
        .collect()
}

/// The texts that follow each occurrence of a word.
fn after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).map(move |(at, _)| text[at + word.len()..].trim_start())
}

/// `LHP-CFG-010/unresolved-token` of a declaration whose arguments follow.
fn declared(arguments: &str) -> Option<String> {
    let mut literals = arguments.split(')').next()?.split('"').skip(1).step_by(2);
    Some(format!("{}/{}", literals.next()?, literals.next()?))
}

fn identifier(text: &str) -> &str {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap_or_default()
}

#[test]
fn every_rule_of_the_source_is_in_the_table() {
    let known: BTreeSet<String> = rules::all().iter().map(ToString::to_string).collect();
    let mut seen = BTreeSet::new();
    let mut missing = Vec::new();
    for (path, text) in sources() {
        for rule in after(&text, "Rule::new(").chain(after(&text, "Rule::within(")).filter_map(declared) {
            if !known.contains(&rule) {
                missing.push(format!("{rule} in {path}"));
            }
            seen.insert(rule);
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "declare rules with `rules!` and list the module in src/report/rules.rs");
    assert_eq!(seen, known, "the search above finds the same rules as the table");
}

#[test]
fn rules_are_declared_with_the_macro() {
    for (path, text) in sources() {
        let blocks = text.lines().filter(|line| line.ends_with("rules! {")).count();
        let inside: usize =
            text.split("rules! {\n").skip(1).map(|rest| rules_in(rest.split("\n}").next().unwrap())).sum();
        let tests = text.contains("#[cfg(test)]") || path.contains("tests");
        assert!(blocks <= 1 || tests, "{path} declares its rules in several places");
        assert!(inside == rules_in(&text) || tests, "{path} has a rule that is not declared with `rules!`");
    }
}

fn rules_in(text: &str) -> usize {
    text.lines().filter(|line| line.contains(": Rule = ") || line.ends_with(": Rule =")).count()
}

/// How often a file raises a rule as an error, a warning and advice, and how often it uses its name at all.
fn raised(text: &str, name: &str) -> [usize; 4] {
    let count = |call: &str| {
        let arguments = after(text, call).filter_map(|rest| rest.strip_prefix('&'));
        arguments.filter(|argument| identifier(argument) == name).count()
    };
    let named = text
        .lines()
        .filter(|line| !line.starts_with("use ") && !line.contains("static "))
        .filter(|line| {
            line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(|word| word == name)
        })
        .count();
    [count("Diagnostic::error("), count("Diagnostic::warning("), count("Diagnostic::advice("), named]
}

#[test]
fn the_declared_severity_is_the_one_that_is_used() {
    let mut checked = 0;
    for (path, text) in sources() {
        let Some(block) = text.split_once("rules! {\n").and_then(|(_, rest)| rest.split("\n}").next()) else {
            continue;
        };
        for declaration in after(block, "static ") {
            let name = identifier(declaration);
            let Some(rule) = after(declaration, "Rule::").find_map(|call| declared(call.split_once('(')?.1)) else {
                continue;
            };
            let Some(severity) = rules::find(&rule).first().map(|rule| rule.severity) else { continue };
            let [errors, warnings, advice, named] = raised(&text, name);
            assert!(errors == 0 || severity == Severity::Error, "{rule} is raised as an error in {path}");
            assert!(warnings == 0 || severity <= Severity::Warning, "{rule} is raised as a warning in {path}");
            let only_advice = advice > 0 && advice == named;
            assert!(!only_advice || severity == Severity::Advice, "{rule} is only raised as advice in {path}");
            checked += 1;
        }
    }
    assert!(checked > 250, "the search above no longer understands the source: {checked}");
}
