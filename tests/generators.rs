//! One snapshot per file in `fixtures/generators/<kind>/`: the modules that the flowgroup in it becomes.
//!
//! A fixture is a flowgroup file. It is compiled in a copy of `fixtures/generators/project`, which holds the
//! settings, tokens and files that fixtures refer to. Adding a case means adding a file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;
use std::path::PathBuf;

use support::{compile_project, copy_tree, package, show};

fn fixtures() -> Vec<PathBuf> {
    let root = package().join("fixtures/generators");
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(&root)
        .min_depth(2)
        .max_depth(2)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter(|path| !path.starts_with(root.join("project")))
        .collect();
    found.sort();
    found
}

#[test]
fn every_fixture_becomes_the_code_of_its_snapshot() {
    let fixtures = fixtures();
    assert!(!fixtures.is_empty());
    for fixture in fixtures {
        let directory = tempfile::tempdir().unwrap();
        copy_tree(&package().join("fixtures/generators/project"), directory.path());
        let pipelines = directory.path().join("pipelines");
        fs::create_dir_all(&pipelines).unwrap();
        fs::copy(&fixture, pipelines.join(fixture.file_name().unwrap())).unwrap();
        let (compilation, sources) = compile_project(directory.path());
        let kind = fixture.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let name = fixture.file_stem().unwrap().to_str().unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(package().join("snapshots").join(kind));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, show(&compilation, &sources)));
    }
}
