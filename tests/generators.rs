//! One snapshot per file in `fixtures/generators/<kind>/`: the modules that the flowgroup in it becomes.
//!
//! A fixture is a flowgroup file. It is compiled in a copy of `fixtures/generators/project`, which holds the
//! settings, tokens and files that fixtures refer to. Adding a case means adding a file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use lhp::compile::Compilation;
use lhp::docs::fixture_stem;
use lhp::plugin::Table;
use lhp::source::SourceMap;
use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
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

/// Compiles a fixture in a copy of the project of the fixtures.
fn compile_fixture(fixture: &Path) -> (Compilation, Arc<SourceMap>) {
    let directory = tempfile::tempdir().unwrap();
    copy_tree(&package().join("fixtures/generators/project"), directory.path());
    let pipelines = directory.path().join("pipelines");
    fs::create_dir_all(&pipelines).unwrap();
    fs::copy(fixture, pipelines.join(fixture.file_name().unwrap())).unwrap();
    compile_project(directory.path())
}

#[test]
fn every_fixture_becomes_the_code_of_its_snapshot() {
    let fixtures = fixtures();
    assert!(!fixtures.is_empty());
    for fixture in fixtures {
        let (compilation, sources) = compile_fixture(&fixture);
        let kind = fixture.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let name = fixture.file_stem().unwrap().to_str().unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(package().join("snapshots").join(kind));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, show(&compilation, &sources)));
    }
}

#[test]
fn every_generator_has_a_minimal_and_a_maximal_fixture() {
    let mut missing = Vec::new();
    for row in Table::built_in().rows() {
        let capability = row.capability();
        for size in ["minimal", "maximal"] {
            let name = format!("{}/{}-{size}.yaml", capability.kind.word(), fixture_stem(&capability.name));
            if !package().join("fixtures/generators").join(&name).is_file() {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "not in fixtures/generators: {}", missing.join(", "));
}

/// The script checks what each function asks for; it needs Python and nothing else.
#[test]
fn the_functions_of_a_quarantine_run_on_stand_ins() {
    let (compilation, _) =
        compile_fixture(&package().join("fixtures/generators/transform/data_quality-quarantine.yaml"));
    let mut files = compilation.plan.trees.iter().flat_map(|tree| &tree.files);
    let module = files.find(|file| file.path.ends_with("/data_quality_quarantine.py")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("module.py");
    fs::write(&path, &module.content).unwrap();
    let script = package().join("tests/tools/quarantine_run.py");
    let output = Command::new("python3").args(["-B", "-W", "error"]).args([&script, &path]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("all names defined, all expectations met\n"));
}

#[test]
fn minimal_and_maximal_fixtures_have_no_errors() {
    let valid = |path: &PathBuf| ["minimal", "maximal"].iter().any(|size| path.to_string_lossy().contains(size));
    for fixture in fixtures().into_iter().filter(valid) {
        let (compilation, sources) = compile_fixture(&fixture);
        let generated = compilation.plan.trees.iter().any(|tree| !tree.files.is_empty());
        assert!(generated, "{}:\n{}", fixture.display(), show(&compilation, &sources));
    }
}

#[test]
fn generated_code_parses_with_every_python_that_runs_pipelines() {
    let mut modules = 0;
    for fixture in fixtures() {
        let (compilation, _) = compile_fixture(&fixture);
        let files = compilation.plan.trees.iter().flat_map(|tree| &tree.files);
        for file in files.filter(|file| file.path.ends_with(".py")) {
            let source = str::from_utf8(&file.content).unwrap();
            for version in [PythonVersion::PY310, PythonVersion::PY311, PythonVersion::PY312] {
                let parsed = parse_unchecked(source, ParseOptions::from(Mode::Module).with_target_version(version));
                let at = format!("{}: {} with Python {version}", fixture.display(), file.path);
                assert!(parsed.errors().is_empty(), "{at}: {:?}", parsed.errors());
                let unsupported = parsed.unsupported_syntax_errors();
                assert!(unsupported.is_empty(), "{at}: {unsupported:?}");
            }
            modules += 1;
        }
    }
    assert!(modules > 0);
}
