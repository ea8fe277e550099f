//! `# lhp: ignore[CODE]`.

use super::{FLOWGROUP, findings, project};
use crate::support::project::Project;

const OLD: (&str, &str) = ("catalog: c\n", "catalog: \"{catalog}\"\n");
const NONE: [&str; 0] = [];

#[test]
fn a_finding_is_suppressed_at_the_end_of_its_line() {
    assert_eq!(findings(&project(&[OLD]), &[]), ["19 warning[LHP-DEPR-001/bare-token]"]);
    for codes in ["LHP-DEPR-001", "LHP-DEPR-001/bare-token", "LHP-VAL-001,LHP-DEPR-001", "LHP-DEPR-001] because [it is"]
    {
        let silent = project(&[("catalog: c\n", &format!("catalog: \"{{catalog}}\"   # lhp: ignore[{codes}]\n"))]);
        let found = findings(&silent, &["-p", "raw"]);
        assert_eq!(found, NONE, "{codes}");
        silent.run(&["validate", "--strict", "-p", "raw"]).exits(0);
    }
}

#[test]
fn a_finding_is_suppressed_on_the_line_above() {
    let above = |lines: &str| project(&[("      catalog: c\n", &format!("{lines}      catalog: \"{{catalog}}\"\n"))]);
    assert_eq!(findings(&above("      # lhp: ignore[LHP-DEPR-001]\n"), &[]), NONE);
    assert_eq!(findings(&above("# lhp: ignore[LHP-DEPR-001]\n# see the wiki\n"), &[]), NONE);
    let apart = findings(&above("      # lhp: ignore[LHP-DEPR-001]\n\n"), &[]);
    assert_eq!(apart, ["19 advice[LHP-CFG-090/unused-suppression]", "21 warning[LHP-DEPR-001/bare-token]"]);
    let other_line = project(&[OLD, ("schema: s\n", "schema: s # lhp: ignore[LHP-DEPR-001]\n")]);
    assert_eq!(findings(&other_line, &["-p", "raw"]), ["19 warning[LHP-DEPR-001/bare-token]"]);
}

#[test]
fn text_that_looks_like_a_comment_suppresses_nothing() {
    let quoted = project(&[("catalog: c\n", "catalog: \"{catalog} # lhp: ignore[LHP-DEPR-001]\"\n")]);
    assert_eq!(findings(&quoted, &[]), ["19 warning[LHP-DEPR-001/bare-token]"]);
    let block = project(&[(
        "sql: SELECT * FROM v_one",
        "sql: |\n      -- {catalog}\n      # lhp: ignore[LHP-DEPR-001]\n      SELECT * FROM v_one",
    )]);
    assert_eq!(findings(&block, &[]), ["13 warning[LHP-DEPR-001/bare-token]"]);
}

#[test]
fn a_block_of_text_is_suppressed_at_its_first_line() {
    let block = project(&[(
        "sql: SELECT * FROM v_one",
        "sql: | # lhp: ignore[LHP-DEPR-001]\n      -- 1\n      -- {catalog}\n      SELECT * FROM v_one",
    )]);
    assert_eq!(findings(&block, &[]), NONE);
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_do_no_harm() {
    let project = project(&[]);
    let text =
        FLOWGROUP.replace("      catalog: c\n", "      # lhp: ignore[LHP-DEPR-001]\n      catalog: \"{catalog}\"\n");
    project.write("pipelines/one.yaml", format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert_eq!(findings(&project, &[]), NONE);
}

#[test]
fn a_comment_in_a_template_holds_for_all_flowgroups() {
    let project = Project::new(&[("lhp.yaml", "name: shop\n")]);
    let actions = FLOWGROUP.split_once("actions:").unwrap().1.replace("table: one", "table: \"{{ name }}\"");
    let actions = actions.replace("_one\n", "_{{ name }}\n");
    let actions = actions.replace("target: v_clean", "target: v_unused # lhp: ignore[LHP-VAL-007/unused-view]");
    let actions = actions.replace("source: v_clean", "source: v_{{ name }}");
    project.write(
        "templates/copy.yaml",
        format!("name: copy\nparameters: [{{name: name, required: true}}]\nactions:{actions}"),
    );
    for name in ["a", "b"] {
        let flowgroup = format!(
            "pipeline: raw_{name}\nflowgroup: {name}\nuse_template: copy\ntemplate_parameters: {{name: {name}}}\n"
        );
        project.write(&format!("pipelines/{name}.yaml"), flowgroup);
    }
    assert_eq!(findings(&project, &[]), NONE);
}

// Errors

#[test]
fn an_error_that_breaks_the_output_cannot_be_suppressed() {
    let project = project(&[("catalog: c\n", "catalog: \"${nope}\" # lhp: ignore[LHP-CFG-010]\n")]);
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-CFG-010/unresolved-token]"), "{}", run.stderr);
    assert!(
        run.stderr.contains("a comment cannot suppress this error, for the output would be broken"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("LHP-CFG-090"), "{}", run.stderr);
}

#[test]
fn an_error_that_leaves_the_output_usable_can_be_suppressed() {
    let plain = project(&[]);
    plain.run(&["generate", "-e", "dev"]).exits(0);
    let unknown = project(&[("table: one\n", "table: one\n      colour: red\n")]);
    assert_eq!(findings(&unknown, &[]), ["22 error[LHP-CFG-001/unknown-field]"]);
    let silent =
        project(&[("table: one\n", "table: one\n      colour: red # lhp: ignore[LHP-CFG-001/unknown-field]\n")]);
    silent.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(silent.read("generated/dev/raw/one.py"), plain.read("generated/dev/raw/one.py"));

    let unused =
        [("source: v_clean", "source: v_one"), ("target: v_clean", "target: v_clean # lhp: ignore[LHP-VAL-007]")];
    let unused = project(&unused);
    unused.run(&["generate", "-e", "dev"]).exits(0);
    assert!(unused.read("generated/dev/raw/one.py").contains("def v_clean"));
    unused.write("pipelines/later.yaml", "# lhp: ignore[LHP-CFG-005/empty-flowgroup-file]\n");
    assert_eq!(findings(&unused, &[]), NONE);
    unused.write("pipelines/later.yaml", "# nothing yet\n");
    assert_eq!(findings(&unused, &[]), ["1 error[LHP-CFG-005/empty-flowgroup-file]"]);
}

// What is wrong with comments

#[test]
fn a_suppression_that_suppresses_nothing_is_advice() {
    let unused = project(&[("catalog: c\n", "catalog: c # lhp: ignore[LHP-DEPR-001, LHP-DEPR-0O2]\n")]);
    let run = unused.run(&["validate", "--format", "short", "--strict"]).exits(0);
    let expected = "\
pipelines/one.yaml:19:32: advice[LHP-CFG-090/unused-suppression]: there is no `LHP-DEPR-001` here to suppress
pipelines/one.yaml:19:46: advice[LHP-CFG-090/unused-suppression]: there is no rule `LHP-DEPR-0O2`
";
    assert_eq!(run.stdout, expected);
    let details = unused.run(&["validate", "-s"]).stderr;
    assert!(details.contains("help: did you mean `LHP-DEPR-002`?"), "{details}");
    let malformed = project(&[("catalog: c\n", "catalog: c # lhp: ignore\n")]);
    assert_eq!(findings(&malformed, &[]), ["19 advice[LHP-CFG-090/malformed-suppression]"]);
}

#[test]
fn what_a_run_does_not_look_at_is_not_called_unused() {
    let unused = project(&[("catalog: c\n", "catalog: c # lhp: ignore[LHP-DEPR-001]\n")]);
    assert_eq!(findings(&unused, &["-p", "raw"]), NONE);
    let with_error = project(&[
        ("catalog: c\n", "catalog: \"${nope}\"\n"),
        ("schema: s\n", "schema: s # lhp: ignore[LHP-DEPR-001]\n"),
    ]);
    assert_eq!(findings(&with_error, &[]), ["19 error[LHP-CFG-010/unresolved-token]"]);
    let test = "  - name: test_one # lhp: ignore[LHP-DEPR-001]\n    type: test\n    test_type: row_count\n    source: [v_one, v_clean]\n";
    let test = project(&[("  - name: write_one", &format!("{test}  - name: write_one"))]);
    assert_eq!(findings(&test, &[]), NONE);
    assert_eq!(findings(&test, &["--include-tests"]), ["14 advice[LHP-CFG-090/unused-suppression]"]);
}
