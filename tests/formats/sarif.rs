//! `--format sarif`: the log fits the official schema, and fingerprints survive moves of lines.

use serde_json::{Value as Json, json};

use super::awkward::{awkward, clean, flowgroup};
use super::support::package;
use super::support::project::{Project, Run};

/// The log of a run, validated against the schema of OASIS.
#[track_caller]
pub fn document(run: &Run) -> Json {
    let log: Json = serde_json::from_str(&run.stdout).unwrap();
    let schema = std::fs::read_to_string(package().join("tests/formats/sarif-schema-2.1.0.json")).unwrap();
    // This pattern has a bracket too many, which only lenient readers of regular expressions accept.
    let schema = schema.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}\\\\]?$");
    let schema: Json = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&log).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    log
}

fn results(project: &Project) -> Vec<Json> {
    let log = document(&project.run(&["validate", "--format", "sarif"]));
    log["runs"][0]["results"].as_array().unwrap().clone()
}

fn fingerprints(project: &Project) -> Vec<String> {
    let of = |result: &Json| result["partialFingerprints"]["lhpFinding/v1"].as_str().unwrap().to_owned();
    results(project).iter().map(of).collect()
}

#[test]
fn every_result_names_its_rule() {
    let log = document(&awkward().run(&["validate", "--format", "sarif"]).exits(1));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["text"].as_str().unwrap().len() > 20, "{rule}");
    }
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["automationDetails"]["id"], "lhp-validate/dev/");
}

#[test]
fn labels_and_origins_are_related_locations() {
    let all = results(&awkward());
    let nowhere = all.iter().find(|result| result["message"]["text"].as_str().unwrap().contains("nowhere")).unwrap();
    let uri = |place: &Json| place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().to_owned();
    assert_eq!(uri(&nowhere["locations"][0]), "templates/copy.yaml");
    let related: Vec<(u64, String, &str)> = nowhere["relatedLocations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| (place["id"].as_u64().unwrap(), uri(place), place["message"]["text"].as_str().unwrap()))
        .collect();
    let file = "pipelines/copies.yaml".to_owned();
    let expected = [
        (1, file.clone(), "through template parameter `catalog`, given here"),
        (2, file, "through template `copy`, used here"),
    ];
    assert_eq!(related, expected);
    let logical = &nowhere["locations"][0]["logicalLocations"][0];
    assert_eq!(logical, &json!({"name": "one", "fullyQualifiedName": "copies.one", "kind": "flowgroup"}));
}

#[test]
fn paths_are_uris() {
    let all = results(&awkward());
    let uris: Vec<&str> = all
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert!(uris.contains(&"pipelines/%C3%BC%20100%25%2C%23%5Ba%5D%3Ab.yaml"), "{uris:?}");
}

#[test]
fn a_finding_without_a_place_is_shown_at_the_project_file() {
    let log = document(&clean().run(&["validate", "-p", "nowhere", "--format", "sarif"]));
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "lhp.yaml");
}

#[test]
fn paths_start_at_the_checkout_if_it_is_known() {
    let outer = Project::new(&[]);
    for (path, content) in clean().files("").iter().filter(|(path, _)| !path.ends_with('/')) {
        outer.write(&format!("etl/shop/{path}"), content);
    }
    outer.write("etl/shop/pipelines/orders.yaml", flowgroup("raw", "orders", "${nope}"));
    let mut command = outer.command(&["-C", "etl/shop", "validate", "--format", "sarif"]);
    let log = document(&Run::of(command.env("GITHUB_WORKSPACE", outer.root())));
    let artifact = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(artifact, &json!({"uri": "etl/shop/pipelines/orders.yaml", "uriBaseId": "%SRCROOT%"}));
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_findings_apart() {
    let project = clean();
    let text = flowgroup("raw", "orders", "${nope}");
    let twice = format!("{text}---\n{}", text.replace("orders", "other"));
    project.write("pipelines/orders.yaml", &twice);
    project.write("pipelines/refunds.yaml", flowgroup("money", "refunds", "{catalog}"));
    let before = fingerprints(&project);
    project
        .write("pipelines/orders.yaml", format!("# one\n\n# two\n{}", twice.replace("actions:", "# moved\nactions:")));
    assert_eq!(fingerprints(&project), before);
    let mut different = before.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), before.len());
    project.write("pipelines/orders.yaml", twice.replace("nope", "gone"));
    assert_ne!(fingerprints(&project), before);
}
