//! The documentation tells the truth: its links lead somewhere, and its examples do what it says they do.
//!
//! `UPDATE_DOCS=1 cargo test --test documentation` writes the real output into the pages. Read the changes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

#[path = "documentation/markdown.rs"]
mod markdown;
mod support;
#[path = "documentation/walkthrough.rs"]
mod walkthrough;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lhp::source::SourceMap;
use lhp::syntax::yaml::{Limits, parse};
use markdown::Page;
use similar::TextDiff;
use support::package;

fn page(path: &Path) -> Page {
    let text = fs::read_to_string(package().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Page::parse(path, &text)
}

/// `README.md` and everything below `docs/`.
fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = walkdir::WalkDir::new(package().join("docs"))
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| path.strip_prefix(package()).unwrap().to_owned())
        .collect();
    paths.push("README.md".into());
    paths.sort();
    assert!(paths.len() > 5);
    paths.iter().map(|path| page(path)).collect()
}

/// A path without `.` and `..` parts.
fn lexical(path: &Path) -> PathBuf {
    let mut parts: Vec<_> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(parts.pop()),
            std::path::Component::CurDir => {}
            other => parts.push(other),
        }
    }
    parts.into_iter().collect()
}

#[test]
fn every_relative_link_leads_to_a_file_or_heading() {
    let mut broken = Vec::new();
    for page in pages().into_iter().chain(["CHANGELOG.md", "CONTRIBUTING.md"].map(|path| self::page(Path::new(path)))) {
        for link in page.links().iter().filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => page.path.clone(),
                path => lexical(&page.path.parent().unwrap().join(path)),
            };
            let exists = package().join(&target).exists();
            if !exists || (!anchor.is_empty() && !self::page(&target).anchors().iter().any(|known| known == anchor)) {
                broken.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn every_page_is_in_the_summary() {
    let listed: BTreeSet<PathBuf> =
        page(Path::new("docs/SUMMARY.md")).links().iter().map(|link| Path::new("docs").join(link)).collect();
    let existing: BTreeSet<PathBuf> = pages()
        .into_iter()
        .map(|page| page.path)
        .filter(|path| path.starts_with("docs") && !path.ends_with("SUMMARY.md"))
        .collect();
    assert_eq!(existing, listed);
}

#[test]
fn every_example_does_what_the_page_says() {
    for page in pages() {
        let (written, fresh) = (page.lines.join("\n") + "\n", walkthrough::follow(&page));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(package().join(&page.path), &fresh).unwrap();
            continue;
        }
        let difference = TextDiff::from_lines(&written, &fresh);
        let difference = difference.unified_diff().header("as written", "as it is").to_string();
        assert!(written == fresh, "{} is out of date:\n{difference}", page.path.display());
    }
}

#[test]
fn every_yaml_example_is_yaml() {
    let sources = SourceMap::new("");
    for page in pages() {
        // An example of what is wrong may be wrong as YAML too.
        let heading = |line: usize| page.lines.iter().take(line).rfind(|line| line.starts_with('#'));
        let is_meant = |first: usize| heading(first).is_none_or(|heading| !heading.ends_with("# Wrong"));
        let blocks = page.blocks.iter().filter(|block| block.language == "yaml" && is_meant(block.first));
        for block in blocks {
            let at = format!("{}:{}", page.path.display(), block.first);
            let parsed = parse(sources.add(at.as_str(), block.text()), &block.text(), &Limits::default());
            assert!(parsed.is_ok(), "{at}: {}", parsed.unwrap_err().message);
        }
    }
}

#[test]
fn every_command_and_option_is_documented() {
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lhp")).args(arguments).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let options = |text: &str| -> Vec<String> {
        let words = text.lines().filter(|line| line.trim_start().starts_with('-')).flat_map(str::split_whitespace);
        words
            .filter(|word| word.starts_with('-'))
            .map(|word| word.trim_end_matches(|end: char| !end.is_alphabetic()).to_owned())
            .collect()
    };
    let commands = |text: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| *line != "Commands:").skip(1);
        let named = lines.take_while(|line| !line.is_empty());
        named.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
    };
    let reference = page(Path::new("docs/command-line.md")).lines.join("\n");
    let documented = |section: &str, word: &str| {
        ["`", " ", ","]
            .iter()
            .any(|end| section.contains(&format!("`{word}{end}")) || section.contains(&format!(", {word}{end}")))
    };
    let mut missing = Vec::new();
    for option in options(&help(&[])).iter().filter(|option| !documented(&reference, option)) {
        missing.push(option.clone());
    }
    for command in commands(&help(&[])) {
        let Some((_, rest)) = reference.split_once(&format!("\n## lhp {command}\n")) else {
            missing.push(format!("lhp {command}"));
            continue;
        };
        let section = rest.split("\n## ").next().unwrap();
        let text = help(&[&command]);
        let known = options(&text).into_iter().chain(commands(&text)).filter(|word| word != "--help" && word != "-h");
        missing.extend(known.filter(|word| !documented(section, word)).map(|word| format!("lhp {command} {word}")));
    }
    assert!(missing.is_empty(), "not in docs/command-line.md: {}", missing.join(", "));
}
