//! What machines get on standard output, from the built program: every format, with awkward projects.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod support;

#[path = "formats/awkward.rs"]
mod awkward;
#[path = "formats/json.rs"]
mod json;
#[path = "formats/junit.rs"]
mod junit;
#[path = "formats/lines.rs"]
mod lines;
#[path = "formats/sarif.rs"]
mod sarif;

use awkward::{awkward, clean};
use support::package;

const FORMATS: [&str; 5] = ["short", "json", "sarif", "github", "junit"];

#[test]
fn standard_error_is_the_same_with_and_without_a_format() {
    let project = awkward();
    let plain = project.run(&["validate"]).exits(1);
    assert_eq!(plain.stdout, "");
    for format in FORMATS {
        let run = project.run(&["validate", "--format", format]).exits(1);
        assert_eq!(run.timeless(), plain.timeless(), "{format}");
        assert_ne!(run.stdout, "", "{format}");
    }
}

#[test]
fn the_output_does_not_depend_on_scheduling() {
    let project = awkward();
    for format in FORMATS {
        let first = project.run(&["validate", "--format", format, "--max-workers", "1"]).stdout;
        for workers in ["2", "8"] {
            let again = project.run(&["validate", "--format", format, "--max-workers", workers]).stdout;
            assert_eq!(first, again, "{format}");
        }
    }
}

#[test]
fn colours_are_for_people() {
    let project = awkward();
    for format in FORMATS {
        let plain = project.run(&["validate", "--format", format]).stdout;
        let coloured = project.command(&["validate", "--format", format]).env("FORCE_COLOR", "1").output().unwrap();
        assert_eq!(plain, String::from_utf8(coloured.stdout).unwrap(), "{format}");
    }
}

#[test]
fn a_clean_project_gives_an_empty_but_complete_document() {
    let project = clean();
    for format in ["short", "github"] {
        assert_eq!(project.run(&["validate", "--format", format]).exits(0).stdout, "", "{format}");
    }
    assert_eq!(json::document(&project.run(&["validate", "--format", "json"]).exits(0))["summary"]["success"], true);
    assert_eq!(
        sarif::document(&project.run(&["validate", "--format", "sarif"]).exits(0))["runs"][0]["results"],
        serde_json::json!([])
    );
    assert_eq!(junit::failures(&project.run(&["validate", "--format", "junit"]).exits(0).stdout), Vec::<String>::new());
}

#[test]
fn an_unknown_format_is_wrong_usage() {
    let project = clean();
    let run = project.run(&["validate", "--format", "yaml"]).exits(2);
    assert!(run.stderr.contains("possible values: human, short, json, sarif, github, junit"), "{}", run.stderr);
    project.run(&["diff", "--format", "sarif"]).exits(2);
}

/// Compares a document with the stored one.
fn stored(name: &str, document: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(package().join("snapshots/formats"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, document));
}

/// A run that ends before the project is read still gives a document that can be parsed.
#[test]
fn a_run_without_a_project_gives_a_document() {
    let nowhere = support::project::Project::new(&[]);
    for arguments in [&["validate"][..], &["generate", "-e", "dev"], &["diff"]] {
        let arguments = [arguments, &["--format", "json"]].concat();
        let found = json::document(&nowhere.run(&arguments).exits(1));
        assert_eq!(found["diagnostics"][0]["rule"], "no-project", "{arguments:?}");
        assert_eq!((&found["command"], &found["summary"]["success"]), (&arguments[0].into(), &false.into()));
    }
    let project = clean();
    let run = project.run(&["validate", "--pipeline-config", "nope.yaml", "--format", "json"]).exits(1);
    assert_eq!(json::document(&run)["diagnostics"][0]["rule"], "missing-pipeline-config");
}
