//! `diagnostics` in `lhp.yaml`.

use lhp::report::rules;

use super::{findings, project};
use crate::support::project::Project;

/// A project with one warning, and with levels.
fn with_levels(levels: &str) -> Project {
    leveled(levels, &[("catalog: c\n", "catalog: \"{catalog}\"\n")])
}

fn leveled(levels: &str, changes: &[(&str, &str)]) -> Project {
    let project = project(changes);
    project.write("lhp.yaml", format!("name: shop\ndiagnostics:\n  {}\n", levels.replace("; ", "\n  ")));
    project
}

/// A project with one advice.
fn with_advice(levels: &str) -> Project {
    leveled(levels, &[("flowgroup: one\n", "flowgroup: one\ncolour: red\n")])
}

#[test]
fn a_rule_can_be_switched_off() {
    for off in ["off", "\"off\"", "false"] {
        for selector in ["LHP-DEPR-001", "LHP-DEPR-001/bare-token"] {
            assert_eq!(findings(&with_levels(&format!("{selector}: {off}")), &[]), [""; 0], "{selector}: {off}");
        }
    }
    let unplaced = leveled("LHP-CFG-087/bundle-not-synced: off", &[]);
    unplaced.write("databricks.yml", "bundle:\n  name: shop\n");
    unplaced.run(&["validate", "--strict"]).exits(0);
}

#[test]
fn a_raised_level_counts() {
    let advice = with_advice("LHP-DEPR-001: warn");
    assert_eq!(findings(&advice, &[]), ["3 advice[LHP-CFG-080/unknown-key]"]);
    advice.run(&["validate", "--strict"]).exits(0);

    let warned = with_advice("LHP-CFG-080: warn");
    assert_eq!(findings(&warned, &[]), ["3 warning[LHP-CFG-080/unknown-key]"]);
    warned.run(&["validate"]).exits(0);
    warned.run(&["validate", "--strict"]).exits(1);

    let refused = with_advice("LHP-CFG-080/unknown-key: error");
    assert_eq!(findings(&refused, &[]), ["3 error[LHP-CFG-080/unknown-key]"]);
    let run = refused.run(&["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("1 error\n"), "{}", run.stderr);
    assert!(!refused.path("generated").exists());
}

#[test]
fn a_lowered_level_does_not_count() {
    let lowered = with_levels("LHP-DEPR-001: advice");
    assert_eq!(findings(&lowered, &[]), ["19 advice[LHP-DEPR-001/bare-token]"]);
    lowered.run(&["validate", "--strict"]).exits(0);
    let unused_view = [("source: v_clean", "source: v_one")];
    assert_eq!(findings(&leveled("LHP-DEPR-001: off", &unused_view), &[]), ["13 error[LHP-VAL-007/unused-view]"]);
    let tolerated = leveled("LHP-VAL-007/unused-view: warn", &unused_view);
    assert_eq!(findings(&tolerated, &[]), ["13 warning[LHP-VAL-007/unused-view]"]);
    tolerated.run(&["generate", "-e", "dev"]).exits(0);
    assert!(tolerated.read("generated/dev/raw/one.py").contains("def v_clean"));
}

#[test]
fn the_name_of_a_rule_is_stronger_than_its_code() {
    for levels in
        ["LHP-CFG-080/unknown-key: warn; LHP-CFG-080: error", "LHP-CFG-080: error; LHP-CFG-080/unknown-key: warn"]
    {
        assert_eq!(findings(&with_advice(levels), &[]), ["3 warning[LHP-CFG-080/unknown-key]"]);
    }
    let field = [("table: one\n", "table: one\n      colour: red\n")];
    for levels in ["LHP-VAL-007: off; LHP-CFG-001: warn", "LHP-CFG-001: warn; LHP-VAL-007: off"] {
        assert_eq!(findings(&leveled(levels, &field), &[]), ["22 warning[LHP-CFG-001/unknown-field]"]);
    }
    assert_eq!(findings(&leveled("LHP-VAL-007: off", &field), &[]), [""; 0]);
}

#[test]
fn a_comment_is_stronger_than_a_level() {
    let silenced = [("flowgroup: one\n", "flowgroup: one\ncolour: red # lhp: ignore[LHP-CFG-080]\n")];
    assert_eq!(findings(&leveled("LHP-CFG-080: error", &silenced), &[]), [""; 0]);
}

#[test]
fn an_error_that_breaks_the_output_stays_an_error() {
    let fixed = leveled("LHP-CFG-014: off", &[]);
    assert_eq!(findings(&fixed, &[]), ["3 error[LHP-CFG-091/fixed-level]"]);
    // Only some rules of this code can be lowered.
    let mixed = leveled("LHP-VAL-007: off", &[("type: load", "type: lead")]);
    assert_eq!(findings(&mixed, &[]), ["5 error[LHP-ACT-001/unknown-action-type]"]);
    let mixed =
        leveled("LHP-VAL-007: off", &[("source: v_clean", "source: v_one"), ("name: clean_one", "name: load_one")]);
    assert_eq!(findings(&mixed, &[]), ["8 error[LHP-VAL-007/duplicate-action]"]);
    let run = mixed.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("`diagnostics` in `lhp.yaml` cannot change this error"), "{}", run.stderr);
}

#[test]
fn rules_and_levels_that_do_not_exist_are_errors() {
    let unknown = leveled("LHP-DEPR-01: off; LHP-CFG-080/unknown-keys: warn; lhp: off", &[]);
    assert_eq!(findings(&unknown, &[]), ["3", "4", "5"].map(|line| format!("{line} error[LHP-CFG-091/unknown-rule]")));
    let run = unknown.run(&["validate"]).exits(1);
    for close in ["LHP-DEPR-001", "LHP-CFG-080/unknown-key"] {
        assert!(run.stderr.contains(&format!("help: did you mean `{close}`?")), "{}", run.stderr);
    }
    let wrong = leveled("LHP-DEPR-001: warning; LHP-DEPR-002: on", &[]);
    assert_eq!(findings(&wrong, &[]), ["3", "4"].map(|line| format!("{line} error[LHP-CFG-091/diagnostics]")));
    let run = wrong.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("expected one of `error`, `warn`, `advice`, `off`"), "{}", run.stderr);
}

#[test]
fn findings_about_comments_have_levels_too() {
    let unused = [("catalog: c\n", "catalog: c # lhp: ignore[LHP-DEPR-001]\n")];
    assert_eq!(findings(&leveled("LHP-CFG-090: warn", &unused), &[]), ["19 warning[LHP-CFG-090/unused-suppression]"]);
    assert_eq!(findings(&leveled("LHP-CFG-090: off", &unused), &[]), [""; 0]);
}

#[test]
fn listings_know_the_levels() {
    let project = project(&[]);
    let metadata = "operational_metadata:\n  presets:\n    all: [nope]\n";
    project.write("lhp.yaml", metadata);
    project.run(&["list", "flowgroups"]).exits(1);
    project.write("lhp.yaml", format!("{metadata}diagnostics:\n  LHP-CFG-005/unknown-metadata-column: off\n"));
    assert!(project.run(&["list", "flowgroups"]).exits(0).stdout.contains("one"));
    project.run(&["generate", "-e", "dev"]).exits(0);
}

#[test]
fn errors_that_can_be_lowered_are_documented() {
    let page = std::fs::read_to_string(crate::support::package().join("docs/diagnostics.md")).unwrap();
    let table = page.split("| error | what is generated |").nth(1).unwrap().split("\n\n").next().unwrap();
    let documented: Vec<&str> = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    let mut tolerable: Vec<String> =
        rules::all().into_iter().filter(|rule| rule.tolerable).map(ToString::to_string).collect();
    tolerable.sort_by_key(|rule| documented.iter().position(|known| known == rule));
    assert_eq!(documented, tolerable);
}
