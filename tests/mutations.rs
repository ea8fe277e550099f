//! Valid projects broken at random: the program neither fails nor loses its way, and writes nothing.
//!
//! The cases come from fixed seeds. `cargo run --example fuzz` looks for new ones without end.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

#[path = "../examples/fuzz/judge.rs"]
mod judge;
#[path = "../examples/fuzz/mutate.rs"]
mod mutate;
#[path = "../examples/fuzz/projects.rs"]
#[allow(dead_code, reason = "only valid projects are broken here")]
mod projects;
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use lhp::plugin::Table;
use lhp::source::SourceMap;
use mutate::Random;
use rayon::prelude::*;
use support::project::{Run, lhp, tree};

/// How many broken projects are compiled.
const CASES: u64 = 2000;
/// How many of them are also given to the built program.
const RUNS: u64 = 100;

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The project of a seed, and what was changed in it.
fn broken(valid: &[projects::Files], seed: u64) -> (projects::Files, String) {
    let mut random = Random::new(seed);
    // Every fixture gets its turn.
    let project = &valid[usize::try_from(seed).unwrap() % valid.len()];
    mutate::project(project, valid, &mut random)
}

#[test]
fn every_failure_of_a_broken_project_is_located_and_explained() {
    let valid = projects::valid_projects(package());
    assert!(valid.len() > 50, "{} projects", valid.len());
    let table = Table::built_in();
    let outcomes: Vec<(bool, Vec<String>)> = (0..CASES)
        .into_par_iter()
        .map(|seed| {
            let (files, change) = broken(&valid, seed);
            let directory = tempfile::tempdir().unwrap();
            projects::write(directory.path(), &files);
            let before = tree(directory.path());
            let sources = Arc::new(SourceMap::new(directory.path()));
            let compiled = catch_unwind(AssertUnwindSafe(|| {
                let compilation = projects::compile(&sources, &table);
                let mut faults = judge::faults(&compilation, &sources);
                if seed % 8 == 0 {
                    let again = projects::compile(&Arc::new(SourceMap::new(directory.path())), &table);
                    if !judge::same(&compilation, &again) {
                        faults.push(("two compiles differ".to_owned(), String::new()));
                    }
                }
                (compilation.report.has_errors(), faults)
            }));
            let (refused, faults) = compiled.unwrap_or_else(|_| (true, vec![("panic".to_owned(), String::new())]));
            let mut found: Vec<String> = faults
                .into_iter()
                .map(|(kind, details)| format!("seed {seed}: {kind}\n  {details}\n  after {change}"))
                .collect();
            if tree(directory.path()) != before {
                found.push(format!("seed {seed}: compiling changed files"));
            }
            (refused, found)
        })
        .collect();
    let faults: Vec<String> = outcomes.iter().flat_map(|(_, faults)| faults.clone()).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let refused = outcomes.iter().filter(|(refused, _)| *refused).count();
    assert!(refused > 300, "only {refused} of {CASES} changes broke anything");
}

#[test]
fn the_program_refuses_broken_projects_without_writing() {
    let valid = projects::valid_projects(package());
    let refused: usize = (0..RUNS)
        .into_par_iter()
        .map(|seed| {
            let (files, change) = broken(&valid, seed * 20);
            let directory = tempfile::tempdir().unwrap();
            projects::write(directory.path(), &files);
            let before = tree(directory.path());
            let root = directory.path().to_str().unwrap();
            let run = Run::of(&mut lhp(&["-C", root, "generate", "-e", "dev", "--include-tests"]));
            assert!(run.code == 0 || run.code == 1, "exit code {} after {change}:\n{}", run.code, run.stderr);
            assert!(run.code == 0 || tree(directory.path()) == before, "files were written after {change}");
            usize::from(run.code == 1)
        })
        .sum();
    assert!(refused > 10, "only {refused} of {RUNS} changes broke anything");
}
