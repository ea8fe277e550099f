//! Local variables and what looks like one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::findings::{LOAD, compile_files};

/// A flowgroup that writes the result of a query.
fn flowgroup(keys: &str, query: &str) -> String {
    format!(
        "pipeline: p\nflowgroup: f\n{keys}actions:{LOAD}
  - {{name: t, type: transform, transform_type: sql, source: v, target: w, {query}}}
  - {{name: x, type: write, source: w, write_target: {{type: streaming_table, catalog: c, schema: s, table: x}}}}\n"
    )
}

#[test]
fn a_token_after_a_percent_sign_is_a_token_if_the_flowgroup_has_no_variables() {
    let files = [("pipelines/f.yaml", flowgroup("", "sql: \"SELECT 1 WHERE a LIKE '%{catalog}%'\""))];
    let outcome = compile_files(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
    assert_eq!(outcome.findings, ["advice LHP-DEPR-001/token-after-percent: `%{catalog}`"]);
    assert!(outcome.code.contains("LIKE '%c1%'"), "{}", outcome.code);
}

#[test]
fn a_sql_file_may_hold_what_looks_like_an_undefined_variable() {
    let flowgroup = flowgroup("variables: {catalog: mine}\n", "sql_path: q.sql");
    let outcome = compile_files(&[
        ("pipelines/f.yaml", &flowgroup),
        ("q.sql", "SELECT 1 WHERE a LIKE '%{catalog}' AND b LIKE '%{other}'"),
    ]);
    assert_eq!(outcome.findings, ["advice LHP-DEPR-001/token-after-percent: `%{catalog}`"]);
    assert!(outcome.code.contains("LIKE '%c1' AND b LIKE '%{other}'"), "{}", outcome.code);
}

#[test]
fn a_variable_is_never_taken_for_the_token_of_its_name() {
    let flowgroup = flowgroup("variables: {catalog: mine}\n", "sql: \"SELECT 1 WHERE a LIKE '%{catalog}'\"");
    let outcome = compile_files(&[("pipelines/f.yaml", &flowgroup)]);
    assert_eq!(outcome.findings, [""; 0]);
    assert!(outcome.code.contains("LIKE 'mine'"), "{}", outcome.code);

    let flowgroup = flowgroup.replace("{catalog: mine}", "{other: mine}");
    let outcome = compile_files(&[("pipelines/f.yaml", &flowgroup)]);
    assert_eq!(outcome.findings, ["error LHP-CFG-011/unknown-variable: `%{catalog}`"]);
}
