//! One snapshot per file in `fixtures/hooks/cases`: what the hooks of a pipeline do when they run.
//!
//! The project in `fixtures/hooks/project` is compiled, and each case imports the generated hooks in plain Python.
//! The modules in `fixtures/hooks/stubs` stand in for Spark and for the platform.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{compile_project, package, show};

/// Writes the planned files of the pipeline into a directory.
fn write_pipeline(pipeline: &str, to: &Path) {
    let (compilation, sources) = compile_project(&package().join("fixtures/hooks/project"));
    assert!(!compilation.report.has_errors(), "{}", show(&compilation, &sources));
    for file in compilation.plan.trees.iter().flat_map(|tree| &tree.files) {
        let Some(path) = file.path.strip_prefix(pipeline).and_then(|rest| rest.strip_prefix('/')) else { continue };
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, &file.content).unwrap();
    }
}

#[test]
fn every_case_has_the_output_of_its_snapshot() {
    let directory = tempfile::tempdir().unwrap();
    write_pipeline("sales", directory.path());
    let search =
        std::env::join_paths([package().join("fixtures/hooks/stubs"), directory.path().to_path_buf()]).unwrap();
    let mut cases: Vec<_> =
        fs::read_dir(package().join("fixtures/hooks/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        let output =
            Command::new("python3").args(["-B", "-W", "error"]).arg(&case).env("PYTHONPATH", &search).output().unwrap();
        assert!(output.status.success(), "{}: {}", case.display(), String::from_utf8_lossy(&output.stderr));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(package().join("snapshots/hooks"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let name = case.file_stem().unwrap().to_str().unwrap();
        settings.bind(|| insta::assert_snapshot!(name, String::from_utf8(output.stdout).unwrap()));
    }
}

#[test]
fn hooks_are_files_of_their_pipeline() {
    let (compilation, sources) = compile_project(&package().join("fixtures/hooks/project"));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(package().join("snapshots/hooks"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let files = show(&compilation, &sources);
    let hooks =
        files.split("==> ").filter(|file| !file.starts_with("sales/orders.py")).collect::<Vec<_>>().join("==> ");
    settings.bind(|| insta::assert_snapshot!("files", hooks));
}
