//! Generated Python is valid in every version that runs pipelines, whatever it was generated from.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use lhp::compile::{CompileOptions, Formatting};
use lhp::expand::Tests;
use lhp::project::ProjectOptions;
use support::versions::assert_valid;
use support::{compile_with, copy_tree, package, show};

/// How often each kind of file was checked.
#[derive(Debug, Default)]
struct Checked {
    projects: usize,
    modules: usize,
    copies: usize,
    hooks: usize,
}

impl Checked {
    /// Compiles a project, formatted and as it is assembled, and parses every Python file.
    fn project(&mut self, root: &Path, environment: &str, what: &str, must: Must) {
        self.projects += 1;
        for formatting in [Formatting::AsProject, Formatting::Off] {
            let options = CompileOptions {
                project: ProjectOptions { environment: environment.to_owned(), ..ProjectOptions::default() },
                tests: Tests::Included,
                formatting,
                ..CompileOptions::default()
            };
            let (compilation, sources) = compile_with(root, &options);
            let failed = compilation.report.has_errors();
            assert!(!failed || must == Must::Nothing, "{what}: {}", show(&compilation, &sources));
            for file in compilation.plan.trees.iter().flat_map(|tree| &tree.files) {
                let Some((_, path)) = file.path.split_once('/').filter(|(_, path)| path.ends_with(".py")) else {
                    continue;
                };
                assert_valid(str::from_utf8(&file.content).unwrap(), &format!("{what}: {}", file.path));
                match path.split_once('/') {
                    Some(_) => self.copies += 1,
                    None if path.ends_with("_hook.py") => self.hooks += 1,
                    None => self.modules += 1,
                }
            }
        }
    }
}

/// What a project must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Must {
    Compile,
    Nothing,
}

fn below(directory: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(package().join(directory)).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn code_of_every_fixture_is_valid_in_every_version() {
    let mut checked = Checked::default();
    for kind in below("fixtures/generators").into_iter().filter(|path| !path.ends_with("project")) {
        for fixture in below(kind.to_str().unwrap()) {
            let directory = tempfile::tempdir().unwrap();
            copy_tree(&package().join("fixtures/generators/project"), directory.path());
            let name = fixture.file_name().unwrap();
            fs::create_dir_all(directory.path().join("pipelines")).unwrap();
            fs::copy(&fixture, directory.path().join("pipelines").join(name)).unwrap();
            // Some fixtures show what is refused.
            checked.project(directory.path(), "dev", &fixture.display().to_string(), Must::Nothing);
        }
    }
    assert!(checked.modules >= 2 * 80 && checked.copies > 0 && checked.hooks > 0, "{checked:?}");
}

#[test]
fn code_of_every_project_is_valid_in_every_version() {
    let mut checked = Checked::default();
    let others = ["fixtures/hooks/project", "tests/spark/project"].map(|project| package().join(project));
    for project in below("fixtures/projects").into_iter().chain(others) {
        for environment in below(project.join("substitutions").to_str().unwrap()) {
            let name = environment.file_stem().unwrap().to_str().unwrap();
            checked.project(&project, name, &format!("{} in {name}", project.display()), Must::Compile);
        }
    }
    assert!(checked.projects >= 9 && checked.modules > 0 && checked.copies > 0 && checked.hooks > 0, "{checked:?}");
}

#[test]
fn syntax_of_a_later_version_is_noticed() {
    let nested = "x = f\"{d[\"key\"]}\"\n";
    assert!(std::panic::catch_unwind(|| assert_valid(nested, "nested quotes")).is_err());
    assert_valid("x = f\"{d['key']}\"\n", "other quotes");
}
