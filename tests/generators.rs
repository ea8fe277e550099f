//! One snapshot per file in `fixtures/generators/<kind>/`: the modules that the flowgroup in it becomes.
//!
//! A fixture is a flowgroup file. It is compiled in a copy of `fixtures/generators/project`, which holds the
//! settings, tokens and files that fixtures refer to. Adding a case means adding a file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use lhp::compile::Compilation;
use lhp::docs::fixture_stem;
use lhp::plugin::Table;
use lhp::source::SourceMap;
use serde_json::Value as Json;
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

/// Words that decide how code is made and that a schema does not list, by generator and key.
const MODES: &[(&str, &str, &[&str])] = &[
    ("load/custom_datasource", "readMode", &["batch", "stream"]),
    ("load/delta", "readMode", &["batch", "stream"]),
    ("load/kafka", "kafka.sasl.mechanism", &["AWS_MSK_IAM", "OAUTHBEARER", "PLAIN"]),
    ("transform/python", "readMode", &["batch", "stream"]),
    ("transform/schema", "readMode", &["batch", "stream"]),
    ("transform/temp_table", "readMode", &["batch", "stream"]),
    ("write/sink/kafka", "kafka.sasl.mechanism", &["AWS_MSK_IAM", "OAUTHBEARER"]),
    ("write/streaming_table", "create_table", &["true", "false"]),
    ("write/streaming_table", "mode", &["cdc", "replace", "snapshot_cdc", "standard"]),
    ("write/streaming_table", "readMode", &["batch", "stream"]),
];

/// Keys with a few allowed words in a schema, and these words. Switches are no modes.
fn words(schema: &Json, key: &str, root: &Json, found: &mut BTreeSet<(String, String)>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return words(root.pointer(reference.trim_start_matches('#')).unwrap(), key, root, found);
    }
    for choice in ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten() {
        words(choice, key, root, found);
    }
    let listed = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
    let listed =
        listed.filter_map(|word| word.as_str().map(str::to_owned).or_else(|| Some(word.as_i64()?.to_string())));
    let switches = ["", "0", "1", "f", "false", "n", "no", "off", "on", "t", "true", "y", "yes"];
    let is_switch = schema["enum"].as_array().is_some_and(|words| words.iter().any(|word| word.is_boolean()));
    let is_mode = |word: &String| !is_switch && (key.ends_with("scd_type") || !switches.contains(&word.as_str()));
    found.extend(listed.filter(is_mode).map(|word| (key.to_owned(), word)));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        words(property, name, root, found);
    }
    if schema["items"].is_object() {
        words(&schema["items"], key, root, found);
    }
}

#[test]
fn every_mode_of_every_generator_has_a_fixture() {
    let mut missing = Vec::new();
    let mut modes = 0;
    for row in Table::built_in().rows() {
        let capability = row.capability();
        let generator = format!("{}/{}", capability.kind.word(), capability.name);
        let schema = fs::read_to_string(package().join(format!("schemas/{generator}.schema.json"))).unwrap();
        let schema: Json = serde_json::from_str(&schema).unwrap();
        let mut wanted = BTreeSet::new();
        words(&schema, "", &schema, &mut wanted);
        for (_, key, listed) in MODES.iter().filter(|(name, ..)| *name == generator) {
            wanted.extend(listed.iter().map(|word| ((*key).to_owned(), (*word).to_owned())));
        }
        let stem = format!("{}/{}-", capability.kind.word(), fixture_stem(&capability.name));
        let own = fixtures().into_iter().filter(|path| path.to_string_lossy().contains(&stem));
        let texts: String = own.map(|path| fs::read_to_string(path).unwrap() + "\n").collect();
        for (key, word) in wanted {
            modes += 1;
            let written = |end: &str| texts.contains(&format!("{key}: {word}{end}"));
            if !["\n", ",", "}"].into_iter().any(written) {
                missing.push(format!("{generator}: `{key}: {word}`"));
            }
        }
    }
    assert!(modes > 50, "{modes}");
    assert!(missing.is_empty(), "in no fixture of the generator: {missing:#?}");
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
