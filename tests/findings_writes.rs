//! Rules of writes into tables: a small flowgroup goes in; which rule, at which words, comes out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::findings::{compile_actions, compile_files};

/// The findings of one write whose target has these settings; `more` are keys of the action.
fn write(target: &str, more: &str) -> Vec<String> {
    let action = format!(
        "\n  - {{name: write_x, type: write, {more}write_target: {{type: streaming_table, catalog: c, schema: s, table: x, {target}}}}}"
    );
    compile_actions(&action).findings
}

fn stream(target: &str) -> Vec<String> {
    write(target, "source: v, ")
}

fn cdc(config: &str) -> Vec<String> {
    stream(&format!("mode: cdc, cdc_config: {{{config}}}"))
}

fn snapshot(config: &str) -> Vec<String> {
    write(&format!("mode: snapshot_cdc, snapshot_cdc_config: {{{config}}}"), "")
}

fn replace(config: &str) -> Vec<String> {
    stream(&format!("mode: replace, replace_config: {{{config}}}"))
}

fn view(target: &str, more: &str) -> Vec<String> {
    let action = format!(
        "\n  - {{name: write_x, type: write, {more}write_target: {{type: materialized_view, catalog: c, schema: s, table: x, {target}}}}}"
    );
    compile_actions(&action).findings
}

#[track_caller]
fn one(found: Vec<String>, expected: &str) {
    assert_eq!(found, [expected]);
}

#[test]
fn a_write_needs_a_source_unless_it_compares_snapshots() {
    one(write("", "source: '', "), "error LHP-VAL-007/write-without-source: `''`");
    one(write("", "source: [], "), "error LHP-VAL-007/write-without-source: `[]`");
    one(write("", "source: {view: v}, "), "error LHP-VAL-007/write-source-shape: `{view: v}`");
    one(write("", "source: [''], "), "error LHP-VAL-007/unusable-source: `''`");
    one(write("", "source: [{name: {}}], "), "error LHP-VAL-007/unusable-source: `{name: {}}`");
    one(write("", "source: [v, {nothing: 1}], "), "advice LHP-VAL-007/unusable-source: `{nothing: 1}`");
    assert_eq!(snapshot("source: v, keys: [a]"), [""; 0]);
}

#[test]
fn changes_and_replacements_come_from_one_source() {
    for (mode, config) in [
        ("cdc", "cdc_config: {keys: [a], sequence_by: b}"),
        ("replace", "replace_config: {replace_using: [a], sequence_by: b}"),
    ] {
        let found = write(&format!("mode: {mode}, {config}"), "source: [v, w], ");
        one(found, "error LHP-VAL-007/several-sources: `w` `v`");
        assert_eq!(write(&format!("mode: {mode}, {config}"), "source: [v], "), [""; 0]);
    }
}

#[test]
fn a_mode_needs_its_settings() {
    one(stream("mode: cdc"), "error LHP-VAL-007/mode-without-settings: `cdc`");
    one(stream("mode: cdc, cdc_config: null"), "error LHP-VAL-007/mode-without-settings: `null`");
    one(stream("mode: cdc, cdc_config: {}"), "error LHP-VAL-007/missing-field: `{}`");
    one(stream("mode: cdc, cdc_config: [a]"), "error LHP-VAL-007/wrong-field: `[a]`");
    one(stream("mode: snapshot_cdc, snapshot_cdc_config: x"), "error LHP-VAL-007/wrong-field: `x`");
    one(stream("mode: replace"), "error LHP-VAL-007/mode-without-settings: `replace`");
    assert_eq!(replace("").len(), 2);
}

#[test]
fn change_feeds_are_checked_setting_by_setting() {
    for (config, expected) in [
        ("keys: [], sequence_by: b", "missing-field: `[]`"),
        ("keys: a, sequence_by: b", "wrong-field: `a`"),
        ("keys: [a, 1], sequence_by: b", "wrong-field: `1`"),
        ("keys: [a], sequence_by: []", "missing-field: `[]`"),
        ("keys: [a], sequence_by: [b, 2]", "wrong-field: `2`"),
        ("keys: [a], sequence_by: {b: c}", "wrong-field: `{b: c}`"),
        ("keys: [a], sequence_by: b, scd_type: '2'", "wrong-field: `'2'`"),
        ("keys: [a], sequence_by: b, scd_type: 3", "wrong-field: `3`"),
        ("keys: [a], sequence_by: b, scd_type: 1.0", "wrong-field: `1.0`"),
        ("keys: [a], sequence_by: b, ignore_null_updates: 'yes'", "wrong-field: `'yes'`"),
        ("keys: [a], sequence_by: b, apply_as_deletes: [x]", "wrong-field: `[x]`"),
        ("keys: [a], sequence_by: b, column_list: c", "wrong-field: `c`"),
        ("keys: [a], sequence_by: b, column_list: [c], except_column_list: [d]", "exclusive-settings: `[d]` `[c]`"),
        (
            "keys: [a], sequence_by: b, scd_type: 2, track_history_column_list: [c], track_history_except_column_list: [d]",
            "exclusive-settings: `[d]` `[c]`",
        ),
        ("keys: [a], sequence_by: b, scd_type: 2, apply_as_truncates: t", "truncated-history: `t` `2`"),
    ] {
        one(cdc(config), &format!("error LHP-VAL-007/{expected}"));
    }
}

#[test]
fn change_feeds_with_odd_settings_get_advice() {
    one(cdc("keys: [a]"), "advice LHP-CFG-080/changes-without-sequence: `{keys: [a]}`");
    one(cdc("keys: [a], sequence_by: b, kyes: [c]"), "advice LHP-CFG-080/ignored-setting: `kyes`");
    one(cdc("keys: [a], sequence_by: b, source: w"), "advice LHP-CFG-080/ignored-setting: `w` `v`");
    assert_eq!(cdc("keys: [a], sequence_by: b, source: v"), [""; 0]);
    assert_eq!(cdc("keys: [a], sequence_by: b, column_list: null, except_column_list: [c]"), [""; 0]);
}

#[test]
fn a_table_with_history_has_the_columns_of_history() {
    let with = |schema: &str| {
        stream(&format!("table_schema: '{schema}', mode: cdc, cdc_config: {{keys: [a], sequence_by: b, scd_type: 2}}"))
    };
    assert_eq!(with("a INT, __START_AT INT, __END_AT INT"), [""; 0]);
    one(with("a INT, __START_AT INT"), "error LHP-VAL-007/no-validity-columns: `'a INT, __START_AT INT'`");
    assert_eq!(with("a INT").len(), 2);
    one(with("schemas/missing.ddl"), "error LHP-IO-001/missing-file: `'schemas/missing.ddl'`");
    let schema = "table_schema: 'a INT', mode: cdc, cdc_config: {keys: [a], sequence_by: b, scd_type: 1}";
    assert_eq!(stream(schema), [""; 0]);
}

#[test]
fn snapshots_come_from_exactly_one_place() {
    one(snapshot("keys: [a]"), "error LHP-VAL-007/snapshot-without-source: `{keys: [a]}`");
    one(snapshot("keys: [a], source: ''"), "error LHP-VAL-007/snapshot-without-source: `''`");
    one(
        snapshot("keys: [a], source: v, source_function: {file: a.py, function: f}"),
        "error LHP-VAL-007/exclusive-settings: `v` `{file: a.py, function: f}`",
    );
    for (function, expected) in [
        ("f", "wrong-field: `f`"),
        ("{file: a.py}", "missing-field: `{file: a.py}`"),
        ("{file: '', function: f}", "missing-field: `''`"),
        ("{file: a.py, function: f, parameters: [x]}", "wrong-field: `[x]`"),
    ] {
        one(snapshot(&format!("keys: [a], source_function: {function}")), &format!("error LHP-VAL-007/{expected}"));
    }
    one(snapshot("keys: [a], source: v, stored_as_scd_type: 3"), "error LHP-VAL-007/wrong-field: `3`");
}

/// The findings of a snapshot write whose function stands in `code/s.py`.
fn function(python: &str, settings: &str) -> Vec<String> {
    let flowgroup = format!(
        "pipeline: p\nflowgroup: f\nactions:\n  - {{name: w, type: write, write_target: {{type: streaming_table, mode: snapshot_cdc, catalog: c, schema: s, table: x, snapshot_cdc_config: {{keys: [a], source_function: {{file: code/s.py, {settings}}}}}}}}}\n"
    );
    compile_files(&[("pipelines/f.yaml", &flowgroup), ("code/s.py", python)]).findings
}

#[test]
fn a_source_function_is_a_plain_function_at_the_top_of_its_module() {
    let wanted = "function: go";
    assert_eq!(function("def go(v):\n    return None\n", wanted), [""; 0]);
    one(function("async def go(v):\n    return None\n", wanted), "error LHP-IO-004/source-function-missing: `go` `go`");
    for python in [
        "class go:\n    pass\n",
        "if True:\n    def go(v):\n        return None\n",
        "def outer():\n    def go(v):\n        return None\n",
        "go = print\n",
    ] {
        one(function(python, wanted), "error LHP-IO-004/source-function-missing: `go`");
    }
    assert!(function("def go(:\n", wanted).iter().any(|line| line.contains("LHP-IO-003")));
}

#[test]
fn parameters_are_keyword_only_arguments_with_literal_values() {
    let python = "def go(v, x=1, *, table, depth=2):\n    return None\n";
    assert_eq!(function(python, "function: go, parameters: {table: t, depth: [1, {a: null}]}"), [""; 0]);
    one(
        function(python, "function: go, parameters: {table: t, dept: 1}"),
        "error LHP-CFG-006/source-function-parameter-name: `dept` `go`",
    );
    one(
        function(python, "function: go, parameters: {table: t, x: 1}"),
        "error LHP-CFG-006/source-function-parameter-name: `x` `go`",
    );
    one(
        function(python, "function: go, parameters: {table: [2024-01-01]}"),
        "error LHP-CFG-005/source-function-parameter-value: `2024-01-01`",
    );
    one(
        function(python, "function: go"),
        "advice LHP-CFG-080/source-function-parameter-missing: `{file: code/s.py, function: go}` `table`",
    );
    let any = "def go(v, **rest):\n    return None\n";
    assert_eq!(function(any, "function: go, parameters: {whatever: 1}"), [""; 0]);
    one(
        function(any, "function: go, parameters: {a-b: 1}"),
        "error LHP-CFG-006/source-function-parameter-name: `a-b` `go`",
    );
}

#[test]
fn replacements_are_checked_setting_by_setting() {
    for (config, expected) in [
        ("sequence_by: b", "missing-field: `{sequence_by: b}`"),
        ("replace_using: [], sequence_by: b", "missing-field: `[]`"),
        ("replace_using: a, sequence_by: b", "wrong-field: `a`"),
        ("replace_using: [a], sequence_by: [b]", "wrong-field: `[b]`"),
        ("replace_using: [a], sequence_by: ''", "missing-field: `''`"),
    ] {
        one(replace(config), &format!("error LHP-VAL-007/{expected}"));
    }
    let batch =
        write("mode: replace, replace_config: {replace_using: [a], sequence_by: b}", "source: v, readMode: batch, ");
    one(batch, "error LHP-VAL-007/batch-replace-flow: `batch`");
}

#[test]
fn properties_of_a_table_have_their_types() {
    for (target, expected) in [
        ("spark_conf: [a]", "wrong-field: `[a]`"),
        ("table_properties: {on: x}", "key-not-string: `on`"),
        ("table_schema: [a]", "wrong-field: `[a]`"),
        ("row_filter: 1", "wrong-field: `1`"),
        ("temporary: 'yes'", "wrong-field: `'yes'`"),
        ("cluster_by_auto: 1", "wrong-field: `1`"),
        ("partition_columns: a", "wrong-field: `a`"),
        ("cluster_columns: [1]", "wrong-field: `1`"),
        ("partition_columns: [a], cluster_columns: [b]", "partition-and-cluster: `[b]` `[a]`"),
        ("partition_columns: [a], cluster_by_auto: true", "partition-and-cluster: `true` `[a]`"),
        ("tags: [a]", "wrong-field: `[a]`"),
        ("tags: {' ': a}", "malformed-tag: `' '`"),
        ("tags: {1: a}", "malformed-tag: `1`"),
        ("tags: {a: [b]}", "malformed-tag: `[b]`"),
        ("tags: {a: 2024-01-01}", "malformed-tag: `2024-01-01`"),
        ("tags_file: ' '", "malformed-tag: `' '`"),
        ("tags: {1: a}, tags_file: t.yaml", "tags-twice: `t.yaml` `{1: a}`"),
    ] {
        one(stream(target), &format!("error LHP-VAL-007/{expected}"));
        one(view(target, "source: v, "), &format!("error LHP-VAL-007/{expected}"));
    }
    one(stream("table_properties: {a: [2024-01-01]}"), "error LHP-ACT-002/date-in-property: `2024-01-01`");
    assert_eq!(stream("cluster_columns: [a], cluster_by_auto: true, tags: {a: null, b: 1.5}"), [""; 0]);
}

#[test]
fn the_name_of_a_table_has_three_parts() {
    let action = "\n  - {name: w, type: write, source: v, write_target: {type: streaming_table, catalog: 0, schema: '', table: x}}";
    let found = compile_actions(action).findings;
    assert_eq!(found, ["error LHP-VAL-007/missing-field: `''`"]);
    let action = action.replace("''", "false");
    let found = compile_actions(&action).findings;
    assert_eq!(found, ["error LHP-VAL-007/table-name-missing: `0`", "error LHP-VAL-007/table-name-missing: `false`"]);
}

#[test]
fn a_materialized_view_has_something_to_compute_from() {
    assert!(view("comment: x", "").iter().any(|line| line.starts_with("error LHP-VAL-007/view-without-source")));
    one(view("sql: ' '", ""), "error LHP-VAL-007/view-without-source: `' '`");
    one(view("comment: x", "source: {view: v}, "), "error LHP-VAL-007/view-source-shape: `{view: v}`");
    one(view("comment: x", "source: [{a: b}], "), "error LHP-VAL-007/view-source-shape: `{a: b}`");
    one(view("comment: x", "source: [v, w], "), "advice LHP-CFG-080/ignored-source: `w` `v`");
    one(view("refresh_policy: sometimes", "source: v, "), "error LHP-VAL-007/wrong-field: `sometimes`");
    assert_eq!(view("refresh_policy: full, sql: SELECT 1", ""), [""; 0]);
}
