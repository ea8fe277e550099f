//! The fields of loads.

use super::super::find::Step::{Item, Key, Receiver, Under, Value};
use super::super::find::{argument, assigned, doc, option_key, option_value};
use super::{Field, Form, field};

pub const FIELDS: &[Field] = &[
    field("cloudfiles", "description", doc("v_files")).prose(),
    field("cloudfiles", "path", argument("load", 0)),
    field("cloudfiles", "option_key", option_key(0)).plain(),
    field("cloudfiles", "option_value", option_value(0)),
    field("cloudfiles", "reader_key", option_key(1)).plain().after("reader."),
    field("cloudfiles", "reader_value", option_value(1)),
    field("cloudfiles", "format_key", option_key(2)).plain().within(&["csv.", ""]),
    field("cloudfiles", "format_value", option_value(2)),
    field("cloudfiles", "location", option_value(3)),
    field("cloudfiles", "infer", option_value(4)),
    field("cloudfiles", "most", option_value(5)),
    field("cloudfiles", "evolution", option_value(6)),
    field("cloudfiles", "rescue", option_value(7)),
    field("cloudfiles", "format", option_value(0).inside("v_others")),
    field("cloudfiles", "hints", assigned("others_schema_hints").at(&[Receiver, Receiver]))
        .framed("a STRING COMMENT 'x", "x'")
        .without(",'\\")
        .within(&["\n    ", "\n"]),
    field("cloudfiles", "reader_hints", assigned("more_schema_hints").at(&[Receiver, Receiver]))
        .framed("a STRING COMMENT 'x", "x'")
        .without(",'\\")
        .within(&["\n    ", "\n"]),
    field("columns.yaml", "name", argument("StructField", 0)).plain().in_module("p/cloudfiles.py"),
    field("columns.yaml", "comment", argument("StructField", 3).at(&[Under("comment")]))
        .plain()
        .in_module("p/cloudfiles.py"),
    field("delta", "description", doc("v_rows")).prose(),
    field("delta", "table", argument("table", 0)).within(&["c.s.", ""]),
    field("delta", "option_key", option_key(0)).plain(),
    field("delta", "option_value", option_value(0)),
    field("delta", "where", argument("where", 0)),
    field("delta", "second_where", argument("where", 0).nth(1)),
    field("delta", "column", argument("select", 0).at(&[Item(0)])),
    field("delta", "columns", argument("select", 0).nth(1)),
    field("delta", "catalog", argument("table", 0).inside("v_others")).within(&["", ".s.t"]),
    field("delta", "schema", argument("table", 0).inside("v_third")).within(&["c.", ".t"]),
    field("jdbc", "description", doc("v_query")).prose(),
    field("jdbc", "url", option_value(0)),
    field("jdbc", "user", option_value(1)),
    field("jdbc", "password", option_value(2)),
    field("jdbc", "driver", option_value(3)),
    field("jdbc", "query", option_value(4)),
    field("jdbc", "table", option_value(9)),
    field("kafka", "description", doc("v_events")).prose(),
    field("kafka", "servers", option_value(0)),
    field("kafka", "topics", option_value(1)),
    field("kafka", "option_key", option_key(2)).plain(),
    field("kafka", "option_value", option_value(2)),
    field("kafka", "server", option_value(0).inside("v_pattern")).within(&["", ",other"]),
    field("kafka", "pattern", option_value(1).inside("v_pattern")),
    field("kafka", "topic", option_value(1).inside("v_listed")).within(&["", ",other"]),
    field("kafka", "assign", option_value(1).inside("v_assigned")),
    field("kafka", "listed_pattern", option_value(1).inside("v_patterns")).within(&["", ",other"]),
    field("sql", "load_description", doc("v_sql")).prose(),
    field("sql", "load", argument("sql", 0)),
    field("query.sql", "text", argument("sql", 0).inside("v_file"))
        .trimmed()
        .after("q")
        .written(Form::Raw, "", "")
        .in_module("p/sql.py"),
    field("python", "load_description", doc("v_made")).prose(),
    field("python", "load_key", assigned("parameters").inside("v_made").at(&[Key(0)])).plain(),
    field("python", "load_value", assigned("parameters").inside("v_made").at(&[Value(0)])),
    field("python", "load_item", assigned("parameters").inside("v_made").at(&[Under("list"), Item(0)])),
    field("python", "deep_key", assigned("parameters").inside("v_made").at(&[Under("deep"), Key(0)])).plain(),
    field("python", "deep_value", assigned("parameters").inside("v_made").at(&[Under("deep"), Value(0)])),
    field("python", "load_text", assigned("parameters").inside("v_text")),
    field("custom_datasource", "description", doc("v_tides")).prose(),
    field("custom_datasource", "option_key", option_key(0)).plain(),
    field("custom_datasource", "option_value", option_value(0)),
    field("tides.py", "format", argument("format", 0))
        .plain()
        .written(Form::Python, "", "")
        .in_module("p/custom_datasource.py"),
];
