//! Where writes into tables do better than the reference.
//!
//! The name of a test carries the entry of the list of defects of writes, tests and assembly.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::findings::{Outcome, compile_actions, compile_files, flowgroup, other_flowgroup};

/// An action that writes the view `v` into a streaming table `c.s.x`.
fn stream(name: &str, target: &str) -> String {
    format!(
        "\n  - {{name: {name}, type: write, source: v, write_target: {{type: streaming_table, catalog: c, schema: s, table: x, {target}}}}}"
    )
}

fn view(name: &str, target: &str) -> String {
    format!(
        "\n  - {{name: {name}, type: write, source: v, write_target: {{type: materialized_view, catalog: c, schema: s, table: x, {target}}}}}"
    )
}

const CDC: &str = "mode: cdc, cdc_config: {keys: [a], sequence_by: b}";
const SNAPSHOT: &str = "mode: snapshot_cdc, snapshot_cdc_config: {keys: [a], source: v}";
const REPLACE: &str = "mode: replace, replace_config: {replace_using: [a], sequence_by: b}";

#[track_caller]
fn finds(outcome: &Outcome, expected: &[&str]) {
    assert_eq!(outcome.findings, expected);
}

#[test]
fn d01_a_misplaced_scd_type_is_not_ignored() {
    let cdc = |config: &str| {
        compile_actions(&stream("w", &format!("mode: cdc, cdc_config: {{keys: [a], sequence_by: b, {config}}}")))
    };
    finds(&cdc("stored_as_scd_type: 2"), &["error LHP-VAL-007/misplaced-scd-type: `2`"]);
    finds(&cdc("stored_as_scd_type: 1, scd_type: 2"), &["error LHP-VAL-007/misplaced-scd-type: `1` `2`"]);
    let same = cdc("scd_type: 2, stored_as_scd_type: 2");
    finds(&same, &["advice LHP-CFG-080/ignored-setting: `stored_as_scd_type`"]);
    assert!(same.code.contains("stored_as_scd_type=2"));
    let snapshot = |config: &str| {
        compile_actions(&stream(
            "w",
            &format!("mode: snapshot_cdc, snapshot_cdc_config: {{keys: [a], source: v, {config}}}"),
        ))
    };
    finds(&snapshot("scd_type: 2"), &["error LHP-VAL-007/misplaced-scd-type: `2`"]);
    finds(&snapshot("scd_type: 1"), &["advice LHP-CFG-080/ignored-setting: `scd_type`"]);
}

#[test]
fn d01_history_without_scd_type_2_is_remarked() {
    let outcome = compile_actions(&stream(
        "w",
        "mode: cdc, cdc_config: {keys: [a], sequence_by: b, track_history_column_list: [c]}",
    ));
    finds(&outcome, &["advice LHP-CFG-080/ignored-setting: `[c]`"]);
    assert!(!outcome.code.contains("track_history"));
}

#[test]
fn d02_secrets_work_in_every_text_of_a_table() {
    let outcome = compile_actions(&stream(
        "w",
        "comment: 'a { ${secret:k} }', table_schema: 'a INT COMMENT \"${secret:k}\"', cluster_columns: ['${secret:k}']",
    ));
    finds(&outcome, &[]);
    assert!(!outcome.code.contains("${secret"), "{}", outcome.code);
    assert_eq!(outcome.code.matches("dbutils.secrets.get").count(), 3, "{}", outcome.code);
}

#[test]
fn d02_secrets_work_in_queries_and_stay_out_of_docstrings() {
    let query = "'SELECT \"{a}\"\n\n  FROM t WHERE x = ''${secret:k}'' AND y = \"${secret:k}\"'";
    let outcome = compile_actions(&view("w", &format!("sql: {query}")));
    finds(&outcome, &[]);
    assert!(outcome.code.contains("SELECT \"{{a}}\""), "{}", outcome.code);
    assert_eq!(outcome.code.matches("dbutils.secrets.get(").count(), 2, "{}", outcome.code);
    let named = compile_actions(&stream("w", "").replace("schema: s", "schema: '${secret:k}'"));
    finds(&named, &[]);
    assert!(named.code.contains("    \"\"\"Append flow to c.${secret:scope/k}.x\"\"\"\n"), "{}", named.code);
    assert!(!named.code.contains("f\"\"\""), "{}", named.code);
}

#[test]
fn d04_mixed_kinds_on_one_table_are_rejected() {
    for (one, other) in [
        (view("write_a", ""), stream("write_b", "create_table: false")),
        (stream("write_a", "create_table: false"), view("write_b", "")),
        (stream("write_a", SNAPSHOT), stream("write_b", "create_table: false")),
        (stream("write_a", REPLACE), stream("write_b", "create_table: false")),
        (stream("write_a", CDC), stream("write_b", "create_table: false")),
    ] {
        let expected = ["error LHP-VAL-010/mixed-writes: `x` `x`"];
        finds(&compile_actions(&format!("{one}{other}")), &expected);
        let across = compile_files(&[
            ("pipelines/a.yaml", &flowgroup("a", &one)),
            ("pipelines/b.yaml", &other_flowgroup("b", &other)),
        ]);
        finds(&across, &expected);
    }
}

#[test]
fn several_creators_of_one_table_are_rejected() {
    for (one, other) in [("", ""), (CDC, CDC), (SNAPSHOT, SNAPSHOT), (REPLACE, REPLACE), (CDC, "")] {
        let outcome = compile_actions(&format!("{}{}", stream("write_a", one), stream("write_b", other)));
        finds(&outcome, &["error LHP-CFG-004/several-creators: `x` `x`"]);
    }
}

#[test]
fn change_feeds_of_one_table_agree_on_the_table() {
    let feeds = |one: &str, other: &str| {
        compile_files(&[
            ("pipelines/a.yaml", &flowgroup("a", &stream("write_a", one))),
            ("pipelines/b.yaml", &other_flowgroup("b", &stream("write_b", &format!("create_table: false, {other}")))),
        ])
    };
    let mismatch = |labels: &str| format!("error LHP-CFG-010/fan-in-mismatch: {labels}");
    finds(&feeds(CDC, CDC), &[]);
    let keys = "mode: cdc, cdc_config: {keys: [b], sequence_by: b}";
    finds(&feeds(CDC, keys), &[&mismatch("`[b]` `[a]`")]);
    let sequence = "mode: cdc, cdc_config: {keys: [a], sequence_by: [b]}";
    finds(&feeds(CDC, sequence), &[&mismatch("`[b]` `b`")]);
    let history = "mode: cdc, cdc_config: {keys: [a], sequence_by: b, scd_type: 2}";
    finds(&feeds(CDC, history), &[&mismatch("`2` `{keys: [a], sequence_by: b}`")]);
    finds(&feeds(&format!("comment: hi, {CDC}"), CDC), &[&mismatch("`x` `hi`")]);
    finds(&feeds(&format!("temporary: false, comment: null, {CDC}"), CDC), &[]);
    let properties = |order: &str| format!("table_properties: {{{order}}}, {CDC}");
    finds(&feeds(&properties("p: 1, q: x"), &properties("q: x, p: 1")), &[]);
    let own =
        "mode: cdc, cdc_config: {keys: [a], sequence_by: b, scd_type: 1, column_list: [a], ignore_null_updates: true}";
    finds(&feeds(CDC, own), &[]);
}

#[test]
fn d05_an_inherited_read_mode_is_kept_and_remarked() {
    let first = "\n  - {name: write_a, type: write, source: v, readMode: batch, write_target: {type: streaming_table, catalog: c, schema: s, table: x}}";
    let outcome = compile_actions(&format!("{first}{}", stream("write_b", "create_table: false")));
    finds(&outcome, &["advice LHP-CFG-080/inherited-read-mode: `write_b` `batch`"]);
    assert_eq!(outcome.code.matches("spark.read.table(\"v\")").count(), 2);
}

#[test]
fn d11_an_unknown_mode_appends_and_is_remarked() {
    let outcome = compile_actions(&stream("w", "mode: cdcc, cdc_config: {keys: [a]}"));
    finds(&outcome, &["advice LHP-VAL-007/unknown-write-mode: `cdcc`"]);
    assert!(outcome.code.contains("@dp.append_flow"));
    finds(&compile_actions(&stream("w", "mode: 5")), &["advice LHP-VAL-007/unknown-write-mode: `5`"]);
    finds(&compile_actions(&stream("w", "mode: ''")), &[]);
}

#[test]
fn d11_an_unknown_read_mode_streams_and_is_remarked() {
    let action = "\n  - {name: w, type: write, source: v, readMode: bach, write_target: {type: streaming_table, catalog: c, schema: s, table: x}}";
    let outcome = compile_actions(action);
    finds(&outcome, &["advice LHP-CFG-080/unknown-read-mode: `bach`"]);
    assert!(outcome.code.contains("spark.readStream.table(\"v\")"));
}

#[test]
fn d12_null_is_absent() {
    let nulls = "comment: null, table_properties: null, spark_conf: null, partition_columns: null, cluster_by_auto: null, \
                 path: null, table_schema: null, row_filter: null, temporary: null, private: null, tags: null, mode: null";
    let outcome = compile_actions(&stream("w", nulls));
    finds(&outcome, &[]);
    assert!(!outcome.code.contains("None"), "{}", outcome.code);
    assert!(outcome.code.contains("comment=\"Streaming table: x\""));
    let outcome = compile_actions(&view("w", "comment: null, table_properties: null, private: null, sql: null"));
    finds(&outcome, &[]);
    assert!(outcome.code.contains("table_properties={}") && !outcome.code.contains("None"), "{}", outcome.code);
    let types = [
        "mode: cdc, cdc_config: {keys: [a], sequence_by: b, scd_type: null}",
        "mode: snapshot_cdc, snapshot_cdc_config: {keys: [a], source: v, stored_as_scd_type: null}",
    ];
    for target in types {
        let outcome = compile_actions(&stream("w", target));
        finds(&outcome, &[]);
        assert!(outcome.code.contains("stored_as_scd_type=1"), "{}", outcome.code);
    }
}

#[test]
fn d12_switches_are_booleans() {
    finds(&compile_actions(&stream("w", "private: maybe")), &["error LHP-VAL-007/wrong-field: `maybe`"]);
    let cdc = "mode: cdc, cdc_config: {keys: [a], sequence_by: b, scd_type: true}";
    finds(&compile_actions(&stream("w", cdc)), &["error LHP-VAL-007/wrong-field: `true`"]);
    assert!(compile_actions(&stream("w", "private: 'yes'")).code.contains("private=True"));
}

#[test]
fn d13_a_mapping_as_source_of_a_view_names_its_table() {
    let action = "\n  - {name: w, type: write, source: [{catalog: a, schema: b, table: z}], write_target: {type: materialized_view, catalog: c, schema: s, table: x}}";
    assert!(compile_actions(action).code.contains("spark.read.table(\"a.b.z\")"));
}

#[test]
fn d14_column_definitions_are_no_path() {
    let ddl = "a INT COMMENT 'per kg/m', b STRING COMMENT 'see x.sql or C:\\y'";
    let target = format!("table_schema: \"{}\"", ddl.replace('\\', "\\\\"));
    let outcome = compile_actions(&stream("w", &target));
    finds(&outcome, &[]);
    assert!(outcome.code.contains("C:\\\\y"), "{}", outcome.code);
    let missing = compile_actions(&stream("w", "table_schema: schemas/none.yaml"));
    finds(&missing, &["error LHP-IO-001/missing-file: `schemas/none.yaml`"]);
}

#[test]
fn d16_two_flows_of_one_module_cannot_share_a_name() {
    let outcome = compile_actions(&format!("{}{}", stream("write_a-b", ""), stream("a_b", "create_table: false")));
    finds(&outcome, &["error LHP-VAL-007/duplicate-flow-name: `a_b` `write_a-b`"]);
}

#[test]
fn d16_flows_of_one_name_in_two_modules_are_remarked() {
    let outcome = compile_files(&[
        ("pipelines/a.yaml", &flowgroup("a", &stream("write_a", ""))),
        ("pipelines/b.yaml", &other_flowgroup("b", &stream("write_a", "create_table: false"))),
    ]);
    finds(&outcome, &["advice LHP-VAL-007/duplicate-flow-name: `write_a` `write_a`"]);
    assert!(outcome.code.contains("f_a"));
}

#[test]
fn d16_a_flow_of_a_sink_cannot_have_the_name_of_another_flow() {
    let two = "\n  - {name: write_a, type: write, source: [v, v], write_target: {type: streaming_table, catalog: c, schema: s, table: x}}";
    let sink = "\n  - {name: sink, type: write, source: v, write_target: {type: sink, sink_type: delta, sink_name: a, options: {path: /x}}}";
    let outcome = compile_actions(&format!("{two}{sink}"));
    finds(&outcome, &["error LHP-VAL-007/duplicate-flow-name: `a` `write_a`"]);
    let across =
        compile_files(&[("pipelines/a.yaml", &flowgroup("a", two)), ("pipelines/b.yaml", &other_flowgroup("b", sink))]);
    finds(&across, &["advice LHP-VAL-007/duplicate-flow-name: `a` `write_a`"]);
    assert_eq!(across.code.matches("name=\"f_a_1\"").count(), 2, "{}", across.code);
    let one = two.replace("[v, v]", "v");
    finds(&compile_actions(&format!("{one}{sink}")), &[]);
    finds(
        &compile_actions(&format!("{sink}{sink}").replacen("name: sink", "name: sank", 1)),
        &["error LHP-VAL-007/duplicate-sink-name: `a` `a`"],
    );
}

#[test]
fn d16_two_views_of_one_module_may_share_a_function_name() {
    let action = view("w1", "") + &view("w2", "").replace("schema: s", "schema: other");
    let outcome = compile_actions(&action);
    finds(&outcome, &["advice LHP-CFG-080/duplicate-function-name: `x` `x`"]);
    assert!(outcome.code.contains("c.other.x"));
}

#[test]
fn d18_settings_given_as_a_list_are_one_finding() {
    for mode in ["cdc", "snapshot_cdc", "replace"] {
        let outcome = compile_actions(&stream("w", &format!("mode: {mode}, {mode}_config: [a]")));
        finds(&outcome, &["error LHP-VAL-007/wrong-field: `[a]`"]);
    }
}

#[test]
fn d19_a_broken_creator_is_the_only_error() {
    let outcome = compile_files(&[
        ("pipelines/a.yaml", &flowgroup("a", &stream("write_a", "temporary: maybe"))),
        ("pipelines/b.yaml", &other_flowgroup("b", &stream("write_b", "create_table: false"))),
    ]);
    finds(&outcome, &["error LHP-VAL-007/wrong-field: `maybe`"]);
}

#[test]
fn a_table_without_creator_is_rejected() {
    let outcome = compile_actions(&stream("write_a", "create_table: false"));
    finds(&outcome, &["error LHP-VAL-009/no-creator: `x`"]);
}

#[test]
fn d24_each_function_of_a_file_is_checked_by_its_own_signature() {
    let action = |name: &str, function: &str| {
        format!(
            "\n  - {{name: {name}, type: write, write_target: {{type: streaming_table, mode: snapshot_cdc, catalog: c, schema: s, table: {name}, snapshot_cdc_config: {{keys: [a], source_function: {{file: code/s.py, {function}}}}}}}}}"
        )
    };
    let python = "def one(v, *, a):\n    return None\n\n\ndef two(v, *, b):\n    return None\n";
    let compile = |second: &str| {
        let actions = action("w1", "function: one, parameters: {a: 1}") + &action("w2", second);
        compile_files(&[("pipelines/f.yaml", &flowgroup("f", &actions)), ("code/s.py", python)])
    };
    let good = compile("function: two, parameters: {b: 1}");
    finds(&good, &[]);
    assert!(good.code.contains("partial(_snap_s.one, a=1)") && good.code.contains("partial(_snap_s.two, b=1)"));
    finds(&compile("function: three"), &["error LHP-IO-004/source-function-missing: `three`"]);
    let wrong = compile("function: two, parameters: {a: 1, b: 2}");
    finds(&wrong, &["error LHP-CFG-006/source-function-parameter-name: `a` `two`"]);
}
