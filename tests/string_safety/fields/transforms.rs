//! The fields of transforms.

use super::super::find::Step::{Key, Value};
use super::super::find::{argument, assigned, doc, keyword};
use super::{Field, Form, field};

/// What ends a line where entries of a schema are lines.
const LINE_BREAKS: &str = "\n\r\u{b}\u{c}\u{1c}\u{1d}\u{1e}\u{85}\u{2028}\u{2029}";

pub const FIELDS: &[Field] = &[
    field("sql", "transform", argument("sql", 0).inside("v_changed")).trimmed(),
    field("sql", "description", keyword("temporary_view", "comment")),
    field("python", "description", doc("v_one")).prose(),
    field("python", "source", argument("table", 0).inside("v_one")),
    field("python", "key", assigned("parameters").inside("v_one").at(&[Key(0)])).plain(),
    field("python", "value", assigned("parameters").inside("v_one").at(&[Value(0)])),
    field("python", "first", argument("table", 0).inside("v_both")),
    field("python", "second", argument("table", 0).nth(1).inside("v_both")),
    field("quality", "description", doc("v_checked")).prose(),
    field("quality", "source", argument("table", 0).inside("v_checked")),
    field("quality", "source_view", argument("table", 0).inside("v_mapped")),
    field("quality", "name", argument("expect_all_or_drop", 0).inside("v_inline").at(&[Key(0)])),
    field("quality", "expression", argument("expect_all_or_drop", 0).inside("v_inline").at(&[Value(0)])),
    field("quality", "message", argument("expect_all_or_fail", 0).inside("v_inline").at(&[Key(0)])),
    field("quality", "constraint", argument("expect_all_or_fail", 0).inside("v_inline").at(&[Value(0)])),
    field("quality", "unnamed", argument("expect_all", 0).inside("v_inline").at(&[Key(0)]))
        .within(&["Constraint failed: ", ""]),
    field("list.yaml", "name", argument("expect_all_or_drop", 0).inside("v_checked").at(&[Key(0)]))
        .plain()
        .in_module("p/quality.py"),
    field("list.yaml", "expression", argument("expect_all_or_drop", 0).inside("v_checked").at(&[Value(0)]))
        .plain()
        .in_module("p/quality.py"),
    field("mapping.yaml", "expression", argument("expect_all_or_fail", 0).inside("v_mapped").at(&[Value(0)]))
        .plain()
        .in_module("p/quality.py"),
    field("mapping.yaml", "name", argument("expect_all_or_fail", 0).inside("v_mapped").at(&[Key(0)]))
        .plain()
        .in_module("p/quality.py"),
    field("quarantine", "description", doc("v_clean")).prose(),
    field("quarantine", "name", assigned("_EXPECTATIONS_v_kept").at(&[Key(0)])),
    field("quarantine", "expression", assigned("_INVERSE_FILTER_v_kept")).within(&["NOT ((", "))"]),
    field("quarantine", "dlq_table", assigned("DLQ_OUTBOX_TABLE_v_kept"))
        .after("c.s.")
        .without(".")
        .within(&["", "_outbox"]),
    field("quarantine", "source_table", assigned("SOURCE_TABLE_v_kept")).after("c.s.").without("."),
    field("quarantine_source", "source", argument("table", 0)),
    field("schema", "description", doc("v_renamed")).prose(),
    field("schema", "source", argument("table", 0).inside("v_renamed")),
    field("schema", "inline_name", argument("withColumnRenamed", 0).inside("v_renamed"))
        .written(Form::Backticked, "", " -> new")
        .without(LINE_BREAKS),
    field("schema", "inline_type", argument("cast", 0).inside("v_cast"))
        .trimmed()
        .written(Form::Yaml, "column: ", "")
        .without(LINE_BREAKS),
    field("arrows.yaml", "name", argument("withColumnRenamed", 0).inside("v_by_file"))
        .plain()
        .written(Form::Backticked, "", " -> new")
        .in_module("p/schema.py"),
    field("arrows.yaml", "type", argument("cast", 0).inside("v_by_file"))
        .plain()
        .trimmed()
        .written(Form::Yaml, "column: ", "")
        .without(LINE_BREAKS)
        .in_module("p/schema.py"),
    field("pairs.yaml", "old", argument("withColumnRenamed", 0).inside("v_by_old_file"))
        .plain()
        .in_module("p/schema.py")
        .after("o"),
    field("pairs.yaml", "new", argument("withColumnRenamed", 1).inside("v_by_old_file"))
        .plain()
        .in_module("p/schema.py")
        .after("n"),
    field("pairs.yaml", "column", argument("withColumn", 0).inside("v_by_old_file"))
        .plain()
        .in_module("p/schema.py")
        .after("c"),
    field("pairs.yaml", "type", argument("cast", 0).inside("v_by_old_file")).plain().in_module("p/schema.py"),
    field("temp_table", "description", doc("kept_rows")).prose(),
    field("temp_table", "source", argument("table", 0).nth(1).inside("kept_rows")),
    field("temp_table", "view", argument("table", 0).nth(1).inside("kept_view")),
    field("temp_table", "sql", argument("sql", 0).inside("kept_query")),
];
