//! `--format json`: the document fits its published schema and says where everything is.

use serde_json::{Value as Json, json};

use super::awkward::{awkward, clean, flowgroup};
use super::support::package;
use super::support::project::{Project, Run};

/// The document of a run, validated against the stored schema.
#[track_caller]
pub fn document(run: &Run) -> Json {
    let document: Json = serde_json::from_str(&run.stdout).unwrap();
    let schema = std::fs::read(package().join("schemas/diagnostics.schema.json")).unwrap();
    let schema: Json = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    document
}

fn validate(project: &Project) -> Json {
    document(&project.run(&["validate", "--format", "json"]))
}

#[track_caller]
fn finding<'a>(document: &'a Json, rule: &str) -> &'a Json {
    document["diagnostics"].as_array().unwrap().iter().find(|found| found["rule"] == rule).unwrap()
}

#[test]
fn the_envelope_says_what_was_run() {
    let found = validate(&awkward());
    assert_eq!(found["version"], 1);
    assert_eq!(found["tool"], json!({"name": "lhp", "version": env!("CARGO_PKG_VERSION")}));
    assert_eq!((&found["command"], &found["environment"]), (&json!("validate"), &json!("dev")));
    let summary = &found["summary"];
    let all = found["diagnostics"].as_array().unwrap();
    let count = |severity: &str| all.iter().filter(|finding| finding["severity"] == severity).count();
    assert_eq!(summary["errors"], count("error"));
    assert_eq!(summary["warnings"], count("warning"));
    assert_eq!((&summary["success"], &summary["pipelines"]), (&json!(false), &json!(5)));
}

#[test]
fn columns_count_characters_and_offsets_count_bytes() {
    let project = clean();
    project.write("pipelines/odd.yaml", flowgroup("raw", "odd", "é𝒳🎉").replace("sales", "sales, größe𝒳: 1"));
    let found = validate(&project);
    let all = found["diagnostics"].as_array().unwrap();
    let odd = all.iter().find(|found| found["message"].as_str().unwrap().contains("größe𝒳")).unwrap();
    let text = project.read(odd["file"].as_str().unwrap());
    let (start, end) = (odd["offset"].as_u64().unwrap() as usize, odd["end_offset"].as_u64().unwrap() as usize);
    let before = text.get(..start).unwrap();
    let column = before.lines().last().unwrap().chars().count() + 1;
    assert_eq!(odd["line"], before.lines().count());
    assert_eq!(odd["column"], column);
    let marked = text.get(start..end).unwrap();
    assert_eq!(odd["end_column"], column + marked.chars().count());
    assert!(marked.chars().count() < marked.len(), "the marked text has characters of several bytes: {marked}");
}

#[test]
fn the_way_of_a_value_is_told_from_file_to_file() {
    let found = validate(&awkward());
    let all = found["diagnostics"].as_array().unwrap();
    let nowhere = all.iter().find(|found| found["message"].as_str().unwrap().contains("nowhere")).unwrap();
    assert_eq!(nowhere["file"], "templates/copy.yaml");
    let origins: Vec<(&str, &str)> = nowhere["origins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|origin| (origin["file"].as_str().unwrap(), origin["text"].as_str().unwrap()))
        .collect();
    let expected = [
        ("pipelines/copies.yaml", "through template parameter `catalog`, given here"),
        ("pipelines/copies.yaml", "through template `copy`, used here"),
    ];
    assert_eq!(origins, expected);
    assert_eq!(nowhere["subject"], json!({"pipeline": "copies", "flowgroup": "one"}));
    let unknown = finding(&found, "unknown-field");
    assert_eq!((&unknown["file"], &unknown["family"]), (&json!("templates/copy.yaml"), &json!("LHP-VAL-007")));
}

#[test]
fn a_finding_without_a_place_has_no_file() {
    let found = document(&clean().run(&["validate", "-p", "nowhere", "--format", "json"]));
    let unknown = finding(&found, "unknown-pipeline");
    assert!(unknown.get("file").is_none() && unknown.get("line").is_none(), "{unknown}");
    assert_eq!((&unknown["labels"], &unknown["subject"]), (&json!([]), &json!({})));
}

#[test]
fn findings_are_in_the_order_of_files_and_lines() {
    let found = validate(&awkward());
    let place = |found: &Json| {
        let number = |key: &str| found[key].as_u64().unwrap_or_default();
        (found["file"].as_str().map(str::to_owned), number("line"), number("column"))
    };
    let places: Vec<_> = found["diagnostics"].as_array().unwrap().iter().map(place).collect();
    assert!(places.is_sorted() && places.len() > 4, "{places:?}");
}

#[test]
fn errors_beyond_the_limit_are_counted() {
    let project = awkward();
    let all = validate(&project);
    let errors = all["summary"]["errors"].as_u64().unwrap();
    let found = document(&project.run(&["validate", "--format", "json", "--max-errors", "1"]).exits(1));
    assert_eq!(found["summary"]["errors"], errors);
    assert_eq!(found["summary"]["errors_not_listed"], errors - 1);
    let listed = found["diagnostics"].as_array().unwrap();
    assert_eq!(listed.iter().filter(|found| found["severity"] == "error").count(), 1);
    assert_eq!(
        listed.iter().filter(|found| found["severity"] == "warning").count() as u64,
        all["summary"]["warnings"].as_u64().unwrap()
    );
    assert_eq!(document(&project.run(&["validate", "--format", "json", "--max-errors", "0"])), all);
}

#[test]
fn generate_tells_which_files_it_wrote_and_removed() {
    let project = clean();
    let generate = ["generate", "-e", "dev", "--format", "json"];
    let first = document(&project.run(&generate).exits(0));
    let written = json!([
        {"file": "generated/dev/money/refunds.py", "change": "written"},
        {"file": "generated/dev/raw/orders.py", "change": "written"},
    ]);
    assert_eq!((&first["changes"], &first["summary"]["modules"]), (&written, &json!(2)));
    assert_eq!(document(&project.run(&generate).exits(0))["changes"], json!([]));
    project.remove("pipelines/refunds.yaml");
    let removed = json!([{"file": "generated/dev/money/refunds.py", "change": "removed"}]);
    assert_eq!(document(&project.run(&generate).exits(0))["changes"], removed);
}

#[test]
fn diff_tells_what_would_change() {
    let project = clean();
    project.run(&["generate", "-e", "dev"]).exits(0);
    project.write("pipelines/new.yaml", flowgroup("raw", "new", "c"));
    project.write("generated/dev/raw/orders.py", "old\n");
    project.remove("pipelines/refunds.yaml");
    let found = document(&project.run(&["diff", "--format", "json", "--exit-code"]).exits(1));
    let expected = json!([
        {"file": "generated/dev/money/refunds.py", "change": "removed"},
        {"file": "generated/dev/raw/new.py", "change": "created"},
        {"file": "generated/dev/raw/orders.py", "change": "modified"},
    ]);
    assert_eq!((&found["changes"], &found["summary"]["success"]), (&expected, &json!(false)));
    let details = document(&project.run(&["diff", "--format", "json", "-s"]).exits(0));
    assert!(details["changes"][2]["diff"].as_str().unwrap().contains("\n-old\n"), "{details}");
    project.write("pipelines/new.yaml", flowgroup("raw", "new", "${nope}"));
    let broken = document(&project.run(&["diff", "--format", "json"]).exits(1));
    assert_eq!((broken["changes"].clone(), &broken["diagnostics"][0]["rule"]), (json!([]), &json!("unresolved-token")));
}
