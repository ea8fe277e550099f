//! The files in `schemas/` are what the program writes, and each is a JSON Schema.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use serde_json::Value as Json;
use support::package;
use support::project::{Project, Run, lhp, tree};

#[test]
fn the_stored_schemas_are_current() {
    let directory = Project::new(&[]);
    directory.run(&["schema", "--write", "schemas"]).exits(0);
    let (written, stored) = (directory.files("schemas"), tree(&package().join("schemas")));
    let paths = |files: &std::collections::BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&stored), paths(&written), "run `lhp schema --write schemas`");
    for (path, content) in &written {
        assert!(stored[path] == *content, "schemas/{path} is not current; run `lhp schema --write schemas`");
    }
}

#[test]
fn every_schema_is_a_json_schema_of_draft_2020_12() {
    let files = tree(&package().join("schemas"));
    assert!(!files.is_empty());
    for (path, content) in files.iter().filter(|(path, _)| !path.ends_with('/')) {
        let schema: Json = serde_json::from_slice(content).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{path}");
        jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
        jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[test]
fn one_schema_is_printed_as_it_is_stored() {
    for name in ["flowgroup", "load/delta"] {
        let run = Run::of(&mut lhp(&["schema", name])).exits(0);
        let stored = std::fs::read_to_string(package().join(format!("schemas/{name}.schema.json"))).unwrap();
        assert_eq!(run.stdout, stored);
    }
}

#[test]
fn without_a_name_all_schemas_are_listed() {
    let run = Run::of(&mut lhp(&["schema"])).exits(0);
    let mut listed: Vec<String> = run.stdout.lines().map(|name| format!("{name}.schema.json")).collect();
    listed.sort();
    let stored: Vec<String> =
        tree(&package().join("schemas")).into_keys().filter(|path| !path.ends_with('/')).collect();
    assert_eq!(listed, stored);
}
