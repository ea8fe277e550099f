//! What the reference tool gets wrong about names, files and messages of a whole run, done better.
//!
//! The name of a test carries the entry of the list of defects of writes, tests and assembly. Tests run the built
//! program, because what counts is what a user finds on the disk.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeMap;
use std::fs;

use support::package;
use support::project::{Project, Run};

/// A flowgroup with one load and the given actions.
fn flowgroup(pipeline: &str, name: &str, actions: &str) -> String {
    format!(
        "pipeline: {pipeline}\nflowgroup: {name}\nactions:\n  - {{name: load_{name}, type: load, target: v_{name}, source: {{type: delta, catalog: c, schema: s, table: t}}}}{actions}\n"
    )
}

fn table(name: &str, more: &str) -> String {
    format!(
        "\n  - {{name: write_{name}, type: write, source: v_{name}, write_target: {{type: streaming_table, catalog: c, schema: s, table: {name}{more}}}}}"
    )
}

/// A project with the pipelines `raw` and `money`.
fn shop() -> Project {
    let project = Project::new(&[
        ("lhp.yaml", "name: shop\nversion: \"1.0\"\n"),
        ("substitutions/dev.yaml", "dev: {catalog: c1, silver: s2}\n"),
    ]);
    for (pipeline, name) in [("raw", "orders"), ("money", "refunds")] {
        project.write(&format!("pipelines/{name}.yaml"), flowgroup(pipeline, name, &table(name, "")));
    }
    project
}

/// Codes and names of the rules of errors and remarks.
fn titles(run: &Run) -> Vec<&str> {
    let is_title = |line: &&str| ["error[", "warning[", "advice["].iter().any(|start| line.starts_with(start));
    run.stderr.lines().filter(is_title).map(|line| line.split_once("]:").unwrap().0).collect()
}

#[test]
fn d06_a_run_for_one_pipeline_leaves_the_others_alone() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let before = project.files("");
    project.run(&["generate", "-e", "dev", "-p", "raw"]).exits(0);
    assert_eq!(project.files(""), before);
    project.run(&["generate", "-e", "dev", "-p", "unknown"]).exits(1);
    assert_eq!(project.files(""), before);
}

#[test]
fn d06_nothing_is_deleted_that_was_not_generated() {
    let project = shop();
    project.write("notes/plan.txt", "mine");
    project.write("notes/mine.py", "mine");
    let before = project.files("");
    for output in [".", "..", "pipelines", "substitutions"] {
        project.run(&["generate", "-e", "dev", "-o", output]).exits(1);
        assert_eq!(project.files(""), before, "-o {output}");
    }
    project.run(&["generate", "-e", "dev", "-o", "notes"]).exits(0);
    assert_eq!(project.generated("notes"), ["mine.py", "money/refunds.py", "plan.txt", "raw/orders.py"]);
}

#[test]
fn d07_a_run_that_cannot_write_changes_nothing_and_fails() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    // A directory with a file of the user is in the way of a module.
    project.remove("generated/dev/raw/orders.py");
    project.write("generated/dev/raw/orders.py/mine.txt", "mine");
    project.write("pipelines/refunds.yaml", flowgroup("money", "refunds", &table("refunds", ", comment: new")));
    let before = project.files("");
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert_eq!(titles(&run).len(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("raw/orders.py"), "{}", run.stderr);
    assert_eq!(project.files(""), before);
}

#[test]
fn d07_names_are_checked_before_anything_is_written() {
    for name in ["a/b", "..", "../../outside"] {
        let project = shop();
        project.write(
            "pipelines/orders.yaml",
            flowgroup("raw", "orders", &table("orders", ""))
                .replace("flowgroup: orders", &format!("flowgroup: {name}")),
        );
        let before = project.files("");
        let run = project.run(&["generate", "-e", "dev"]).exits(1);
        assert_eq!(titles(&run), ["error[LHP-CFG-086/unsafe-name"], "{name}");
        assert_eq!(project.files(""), before, "{name}");
    }
}

#[test]
fn d08_values_of_a_wrong_type_are_findings_and_not_crashes() {
    let wrong = [
        ("once: maybe", "LHP-CFG-082/wrong-type"),
        ("readMode: [a]", "LHP-CFG-082/wrong-type"),
        ("depends_on: 5", "LHP-VAL-063/depends-on-type"),
        ("write_target: [a]", "LHP-CFG-082/wrong-type"),
    ];
    for (setting, rule) in wrong {
        let project = shop();
        let action = match setting.starts_with("write_target") {
            true => format!("\n  - {{name: write_orders, type: write, source: v_orders, {setting}}}"),
            false => table("orders", "").replace("type: write,", &format!("type: write, {setting},")),
        };
        project.write("pipelines/orders.yaml", flowgroup("raw", "orders", &action));
        for command in ["generate", "validate"] {
            let run = project.run(&[command, "-e", "dev"]).exits(1);
            assert_eq!(titles(&run), [format!("error[{rule}")], "{setting}: {}", run.stderr);
            assert!(run.stderr.contains(",-[pipelines/orders.yaml:5:"), "{setting}: {}", run.stderr);
        }
    }
}

#[test]
fn d17_misspelt_keys_of_actions_are_remarked_on() {
    let project = shop();
    let test = "\n  - {name: t, type: test, test_type: uniqueness, source: v_orders, columns: [a], on_violaton: warn}";
    let action = table("orders", "").replace("type: write,", "type: write, onec: true,");
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders", &format!("{action}{test}")));
    let run = project.run(&["validate", "-e", "dev", "--include-tests", "--show-details"]).exits(0);
    assert_eq!(titles(&run), ["advice[LHP-CFG-080/unknown-key", "advice[LHP-CFG-080/unknown-key"]);
    assert!(run.stderr.contains("unknown key `onec`") && run.stderr.contains("did you mean `once`?"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `on_violation`?"), "{}", run.stderr);
}

#[test]
fn d22_tokens_in_names_of_files_are_remarked_on() {
    let project = shop();
    project.remove("pipelines/refunds.yaml");
    let text = flowgroup("raw", "orders", &table("orders", ""));
    let text =
        text.replace("pipeline: raw", "pipeline: raw_${catalog}").replace("flowgroup: orders", "flowgroup: o_{silver}");
    project.write("pipelines/orders.yaml", text);
    let run = project.run(&["generate", "-e", "dev", "--show-details"]).exits(0);
    let names =
        ["advice[LHP-CFG-080/token-in-name", "advice[LHP-CFG-080/token-in-name", "warning[LHP-DEPR-001/bare-token"];
    let mut found = titles(&run);
    found.sort_unstable();
    assert_eq!(found, names);
    // Deployed projects read these places, so the files stay there.
    assert_eq!(project.generated("generated/dev"), ["raw_${catalog}/o_{silver}.py"]);
    let module = project.read("generated/dev/raw_${catalog}/o_{silver}.py");
    assert!(module.contains("PIPELINE_ID = \"raw_c1\"\nFLOWGROUP_ID = \"o_s2\"\n"), "{module}");
}

#[test]
fn d23_a_failed_run_leaves_no_directories() {
    let project = shop();
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders", &table("orders", ", temporary: maybe")));
    let before = project.files("");
    project.run(&["generate", "-e", "dev"]).exits(1);
    assert_eq!(project.files(""), before);
    assert!(!project.path("generated").exists());
}

/// Rules by code, as they are declared in the sources.
fn rules() -> BTreeMap<String, Vec<String>> {
    let mut rules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(package().join("src")) {
        let path = entry.unwrap().into_path();
        let inside = path.strip_prefix(package()).unwrap().to_str().unwrap();
        if !inside.ends_with(".rs") || inside.contains("tests") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split_once("#[cfg(test)]").map_or(text.as_str(), |(code, _)| code);
        for declared in text.split("Rule::").skip(1) {
            let Some(arguments) = declared.strip_prefix("new(").or_else(|| declared.strip_prefix("within(")) else {
                continue;
            };
            let words: Vec<&str> = arguments.split('"').collect();
            if let ["", code, _, name, ..] = words.as_slice()
                && code.starts_with("LHP-")
            {
                rules.entry((*code).to_owned()).or_default().push((*name).to_owned());
            }
        }
    }
    rules
}

#[test]
fn d26_rules_that_share_a_code_have_names_of_their_own() {
    let rules = rules();
    for code in ["LHP-CFG-009", "LHP-CFG-010", "LHP-IO-004", "LHP-VAL-009"] {
        assert!(rules[code].len() > 1, "{code}: {:?}", rules[code]);
    }
    for (code, names) in rules {
        let mut distinct = names.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len(), "{code}: {names:?}");
    }
}

#[test]
fn d27_suffixes_of_presets_are_appended() {
    let preset = |key: &str| {
        format!("name: base\nversion: \"1.0\"\ndefaults:\n  write_actions:\n    streaming_table: {{{key}: _raw}}\n")
    };
    for (key, warnings) in [("schema_suffix", 0), ("database_suffix", 1)] {
        let project = shop();
        project.write("presets/base.yaml", preset(key));
        let text = flowgroup("raw", "orders", &table("orders", "")).replace("actions:", "presets: [base]\nactions:");
        project.write("pipelines/orders.yaml", text);
        let run = project.run(&["generate", "-e", "dev", "--show-details"]).exits(0);
        assert_eq!(titles(&run).len(), warnings, "{}", run.stderr);
        assert!(project.read("generated/dev/raw/orders.py").contains("name=\"c.s_raw.orders\""), "{key}");
    }
}

#[test]
fn d28_every_message_has_a_file_a_line_and_a_column() {
    let sink = "\n  - {name: put, type: write, source: v_orders, write_target: {type: sink, sink_type: kafka, sink_name: k, bootstrap_servers: b, topic: t, options: {group.id: g}}}";
    let flow = |name: &str| table("orders", "").replace("write_orders", name);
    for (actions, rule, place) in [
        (sink.to_owned(), "LHP-CFG-001/unprefixed-kafka-option", "5:"),
        (
            format!("{}{}", flow("a-b"), flow("a_b").replace("table: orders", "table: o")),
            "LHP-VAL-007/duplicate-flow-name",
            "6:",
        ),
        (format!("{}{}", flow("a"), flow("b")), "LHP-CFG-004/several-creators", "6:"),
        (table("orders", ", create_table: false"), "LHP-VAL-009/no-creator", "5:"),
    ] {
        let project = shop();
        project.write("pipelines/orders.yaml", flowgroup("raw", "orders", &actions));
        for command in ["generate", "validate"] {
            let run = project.run(&[command, "-e", "dev"]).exits(1);
            assert!(
                titles(&run).iter().any(|title| title.starts_with(&format!("error[{rule}"))),
                "{rule}: {}",
                run.stderr
            );
            assert!(run.stderr.contains(&format!(",-[pipelines/orders.yaml:{place}")), "{rule}: {}", run.stderr);
            assert!(!run.stderr.contains("Auto Loader"), "{}", run.stderr);
        }
    }
}
