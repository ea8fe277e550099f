//! The fields of tests.

use super::super::find::Step::{Key, Under, Value};
use super::super::find::{Find, Step, argument, assigned, keyword};
use super::{Field, Form, field};

/// The query of a test.
const fn sql(table: &'static str) -> Find {
    argument("sql", 0).inside(table)
}

/// The only condition of a test.
const fn condition(table: &'static str) -> Find {
    argument("expect_all_or_fail", 0).inside(table).at(&[Value(0)])
}

const fn comment(marker: &'static str, table: &'static str) -> Field {
    field("tests", marker, keyword("table", "comment").inside(table))
}

/// The identifier of a test, by the steps to it in the map of the hook.
const fn test_id(marker: &'static str, steps: &'static [Step]) -> Field {
    field("tests", marker, assigned("_TEST_ID_MAP").at(steps)).in_module("p/_test_reporting_hook.py")
}

pub const FIELDS: &[Field] = &[
    comment("row_count", "count_left"),
    test_id("row_count_id", &[Under("count_left")]),
    field("tests", "left", sql("count_left")).within(&[
        "SELECT * FROM\n    (SELECT COUNT(*) AS source_count FROM ",
        "),\n    (SELECT COUNT(*) AS target_count FROM b)",
    ]),
    field("tests", "right", sql("count_right")).within(&[
        "SELECT * FROM\n    (SELECT COUNT(*) AS source_count FROM a),\n    (SELECT COUNT(*) AS target_count FROM ",
        ")",
    ]),
    field("tests", "view", sql("count_view")).part().within(&["source_count FROM ", "),\n"]),
    field("tests", "table", sql("count_table")).part().within(&["target_count FROM c.s.", ")"]),
    comment("uniqueness", "unique_source"),
    test_id("uniqueness_id", &[Under("unique_source")]),
    field("tests", "unique_source", sql("unique_source"))
        .within(&["SELECT k, COUNT(*) as duplicate_count\nFROM ", "\nGROUP BY k\nHAVING COUNT(*) > 1"]),
    field("tests", "unique_column", sql("unique_column")).within(&[
        "SELECT ",
        ", k, COUNT(*) as duplicate_count\nFROM v\nGROUP BY ",
        ", k\nHAVING COUNT(*) > 1",
    ]),
    field("tests", "filter", sql("unique_filter"))
        .trimmed()
        .within(&["SELECT k, COUNT(*) as duplicate_count\nFROM v\nWHERE ", "\nGROUP BY k\nHAVING COUNT(*) > 1"]),
    comment("completeness", "complete_source"),
    test_id("completeness_id", &[Under("complete_source")]),
    field("tests", "complete_source", sql("complete_source")).within(&["SELECT k FROM ", ""]),
    field("tests", "required", condition("complete_column")).within(&["", " IS NOT NULL AND k IS NOT NULL"]),
    comment("range", "range_source"),
    test_id("range_id", &[Under("range_source")]),
    field("tests", "range_source", sql("range_source")).within(&["SELECT c FROM ", ""]),
    field("tests", "least", condition("range_source")).sql_string().within(&["c >= '", "'"]),
    field("tests", "range_column", condition("range_column")).within(&["", " >= '1'"]),
    field("tests", "most", condition("range_most")).sql_string().within(&["c <= '", "'"]),
    comment("schema_match", "match_source"),
    test_id("schema_match_id", &[Under("match_source")]),
    field("tests", "match_source", sql("match_source"))
        .plain()
        .after("z")
        .without(".`")
        .sql_string()
        .part()
        .within(&["table_name = '", "'\n),\nreference_schema"])
        .written(Form::Yaml, "x.y.", ""),
    field("tests", "match_reference", sql("match_reference"))
        .plain()
        .after("z")
        .without(".`")
        .sql_string()
        .part()
        .within(&["table_name = '", "'\n),\nschema_diff"])
        .written(Form::Yaml, "x.y.", ""),
    comment("lookups", "lookup_source"),
    test_id("lookups_id", &[Under("lookup_source")]),
    field("tests", "lookup_source", sql("lookup_source"))
        .within(&["SELECT s.*, l.r as lookup_r\nFROM ", " s\nLEFT JOIN c.s.t l\n    ON s.k = l.k"]),
    field("tests", "lookup_table", sql("lookup_table"))
        .after("c.s.")
        .without(".")
        .within(&["SELECT s.*, l.r as lookup_r\nFROM v s\nLEFT JOIN ", " l\n    ON s.k = l.k"]),
    field("tests", "lookup_column", sql("lookup_column")).within(&[
        "SELECT s.*, l.r as lookup_r\nFROM v s\nLEFT JOIN c.s.t l\n    ON s.",
        " = l.",
        "",
    ]),
    field("tests", "lookup_result", sql("lookup_result")).within(&[
        "SELECT s.*, l.",
        " as lookup_",
        "\nFROM v s\nLEFT JOIN c.s.t l\n    ON s.k = l.k",
    ]),
    comment("integrity", "refer_source"),
    test_id("integrity_id", &[Under("refer_source")]),
    field("tests", "refer_source", sql("refer_source"))
        .within(&["SELECT s.*, r.r as ref_r\nFROM ", " s\nLEFT JOIN c.s.t r\n    ON s.k = r.r"]),
    field("tests", "refer_table", sql("refer_table"))
        .after("c.s.")
        .without(".")
        .within(&["SELECT s.*, r.r as ref_r\nFROM v s\nLEFT JOIN ", " r\n    ON s.k = r.r"]),
    field("tests", "refer_column", sql("refer_column"))
        .within(&["SELECT s.*, r.r as ref_r\nFROM v s\nLEFT JOIN c.s.t r\n    ON s.", " = r.r"]),
    field("tests", "refer_other", condition("refer_other")).within(&["ref_", " IS NOT NULL"]),
    comment("expectations", "expect_source"),
    test_id("expectations_id", &[Under("expect_source")]),
    field("tests", "expect_source", sql("expect_source")).within(&["SELECT * FROM ", ""]),
    field("tests", "expect_name", argument("expect_all_or_fail", 0).inside("expect_source").at(&[Key(0)])),
    field("tests", "expect_expression", condition("expect_source")),
    comment("custom_sql", "custom"),
    test_id("custom_sql_id", &[Under("custom")]),
    field("tests", "sql", sql("custom")).trimmed(),
    field("tests", "name", argument("expect_all", 0).inside("custom").at(&[Key(0)])),
    field("tests", "expression", argument("expect_all", 0).inside("custom").at(&[Value(0)])),
];
