//! Fixes never corrupt: whatever stands in a file, it is left alone or means afterwards what it meant before.
//!
//! Files with outdated syntax are damaged at random, by a generator with a fixed start (another one with
//! `SEED=…`), and then fixed.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lhp::compile::{CompileOptions, Formatting, compile};
use lhp::expand::Tests;
use lhp::fix::{FixOptions, Fixed, fix};
use lhp::plugin::Table;
use lhp::project::ProjectOptions;
use lhp::report::{Progress, Severity, Timings};
use lhp::source::SourceMap;
use lhp::syntax::yaml::{Limits, parse};
use support::project::Project;
use support::{copy_tree, package};

/// Numbers that look random and are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    fn boundary(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The text with one to three changes.
    fn damage(&mut self, text: &str) -> String {
        const PIECES: [&str; 30] = [
            "{",
            "}",
            "{catalog}",
            "${catalog}",
            "'",
            "\"",
            "#",
            " # c",
            ": ",
            ",",
            "- ",
            "\n",
            "\r\n",
            "\r",
            "\t",
            "  ",
            "\\",
            "&a ",
            "*a",
            "<<: *a\n",
            "|",
            ">-",
            "?",
            "!!str ",
            "[",
            "]",
            "---\n",
            "\u{feff}",
            "\u{e4}",
            "\u{2028}",
        ];
        let mut text = text.to_owned();
        for _ in 0..=self.below(3) {
            let at = self.boundary(&text);
            match self.below(6) {
                0 => {
                    let length: usize = text[at..].chars().take(1 + self.below(8)).map(char::len_utf8).sum();
                    text.replace_range(at..at + length, "");
                }
                1 => {
                    let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
                    let (from, to) = (self.below(lines.len()), self.below(lines.len() + 1));
                    let mut moved = lines.clone();
                    let line = lines.get(from).cloned().unwrap_or_default();
                    moved.insert(to, line);
                    text = moved.concat();
                }
                2 => {
                    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                    if !lines.is_empty() {
                        lines.remove(self.below(lines.len()));
                    }
                    text = lines.concat();
                }
                _ => text.insert_str(at, PIECES.get(self.below(PIECES.len())).unwrap()),
            }
        }
        text
    }
}

fn options() -> FixOptions {
    let environment = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
    FixOptions { environments: vec![environment], only: Vec::new() }
}

fn fixed(root: &Path) -> Option<Fixed> {
    let sources = Arc::new(SourceMap::new(root));
    // A project file that cannot be read is no business of this test.
    fix(&sources, &Table::built_in(), &options(), &Progress::hidden()).ok()
}

/// What the project generates, with neighbouring options sorted, and the number of its errors.
fn meaning(root: &Path) -> (BTreeMap<String, String>, usize) {
    let options = CompileOptions {
        project: ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() },
        tests: Tests::Included,
        formatting: Formatting::Off,
        ..CompileOptions::default()
    };
    let sources = Arc::new(SourceMap::new(root));
    let compilation = compile(&sources, &Table::built_in(), &options, &Progress::hidden(), &Timings::off());
    let planned = compilation.plan.trees.into_iter().flat_map(|tree| tree.files);
    let planned = planned.map(|file| (file.path, String::from_utf8(file.content).unwrap()));
    let files = planned.chain(compilation.unplanned).map(|(path, text)| {
        let mut lines: Vec<&str> = text.lines().collect();
        let option = |line: &&str| line.trim().starts_with(".option(");
        for run in lines.chunk_by_mut(|left, right| option(left) && option(right)) {
            run.sort_unstable();
        }
        (path, lines.join("\n"))
    });
    (files.collect(), compilation.report.count(Severity::Error))
}

fn parses(text: &str) -> bool {
    let file = SourceMap::new("").add("a.yaml", text);
    parse(file, text, &Limits::default()).is_ok()
}

#[test]
fn damaged_files_are_left_alone_or_keep_their_meaning() {
    let seed = std::env::var("SEED").ok().map_or(0x9E37_79B9_7F4A_7C15, |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    let (mut changed, mut unreadable) = (0, 0);
    for case in ["bare_token", "cloudfiles_keys", "database_field", "database_suffix", "flat_instance"] {
        let project = Project::copy("fixtures/fix/project");
        copy_tree(&package().join("fixtures/fix").join(case).join("before"), project.root());
        let paths: Vec<String> = project.paths("").into_iter().filter(|path| path.ends_with(".yaml")).collect();
        for round in 0..30 {
            let path = paths.get(random.below(paths.len())).unwrap();
            let original = project.read(path);
            let damaged = random.damage(&original);
            project.write(path, &damaged);
            let (before, errors) = meaning(project.root());
            let Some(outcome) = fixed(project.root()) else {
                project.write(path, original);
                continue;
            };
            unreadable += usize::from(!parses(&damaged));
            let whole = project.files("");
            for file in &outcome.files {
                changed += 1;
                assert_eq!(file.before, project.read(&file.path), "{case} {round}: the file as it is");
                let marks = |text: &str| text.matches('#').count();
                assert_eq!(marks(&file.before), marks(&file.after), "{case} {round}: a comment is lost in\n{damaged}");
                let yaml = file.path.ends_with(".yaml");
                assert!(!yaml || (parses(&file.before) && parses(&file.after)), "{case} {round}:\n{}", file.after);
                fs::write(project.path(&file.path), &file.after).unwrap();
            }
            let (after, errors_after) = meaning(project.root());
            assert!(errors_after <= errors, "{case} {round} {path}: more errors in\n{damaged}");
            for (name, text) in &before {
                assert_eq!(after.get(name), Some(text), "{case} {round} {path}: {name} changed for\n{damaged}");
            }
            let again = fixed(project.root()).unwrap();
            assert_eq!(again.files, [], "{case} {round} {path}: twice is not once for\n{damaged}");
            for (name, content) in whole.iter().filter(|(name, _)| !name.ends_with('/')) {
                project.write(name, content);
            }
            project.write(path, original);
        }
    }
    assert!(changed > 200 && unreadable > 20, "{changed} files were fixed and {unreadable} could not be read");
}
