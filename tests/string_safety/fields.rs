//! The table of free string fields of `fixtures/strings/`: where each is written, and where its value stands in Python.
//!
//! A flowgroup holds a marker such as `<path>` where the text of a field is to be written. A field of another
//! generator needs a marker in a flowgroup and a line in [`fields`].

use super::find::{Find, argument, keyword, option_key, option_value};

/// What a field is, and what becomes of its text.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub flowgroup: &'static str,
    /// The marker in the flowgroup, without its brackets.
    pub marker: &'static str,
    pub place: Find,
    /// Text that is written before the awkward text.
    pub before: &'static str,
    /// Text that the generator puts before and after the text of the field.
    pub around: [&'static str; 2],
    pub ends: Ends,
    pub secrets: Secrets,
}

/// What happens to white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Nothing.
    Kept,
    /// White space at both ends is taken away.
    Trimmed,
    /// White space anywhere may change, as in a docstring, where secrets are named and not read.
    Prose,
}

/// Whether a field may hold secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    Allowed,
    /// Keys of mappings and names of Python functions.
    Refused,
}

const fn field(flowgroup: &'static str, marker: &'static str, place: Find) -> Field {
    let (ends, secrets) = (Ends::Kept, Secrets::Allowed);
    Field { flowgroup, marker, place, before: "", around: ["", ""], ends, secrets }
}

impl Field {
    const fn plain(self) -> Self {
        Self { secrets: Secrets::Refused, ..self }
    }

    const fn trimmed(self) -> Self {
        Self { ends: Ends::Trimmed, ..self }
    }

    const fn prose(self) -> Self {
        Self { ends: Ends::Prose, ..self }
    }

    const fn after(self, before: &'static str) -> Self {
        Self { before, ..self }
    }

    const fn inside(self, before: &'static str, after: &'static str) -> Self {
        Self { around: [before, after], ..self }
    }
}

/// Flowgroups by name.
pub const FLOWGROUPS: &[(&str, &str)] = &[
    ("cloudfiles", include_str!("../../fixtures/strings/cloudfiles.yaml")),
    ("delta", include_str!("../../fixtures/strings/delta.yaml")),
    ("jdbc", include_str!("../../fixtures/strings/jdbc.yaml")),
    ("sql", include_str!("../../fixtures/strings/sql.yaml")),
    ("streaming_table", include_str!("../../fixtures/strings/streaming_table.yaml")),
    ("materialized_view", include_str!("../../fixtures/strings/materialized_view.yaml")),
    ("kafka", include_str!("../../fixtures/strings/kafka.yaml")),
    ("cdc", include_str!("../../fixtures/strings/cdc.yaml")),
    ("sinks", include_str!("../../fixtures/strings/sinks.yaml")),
    ("custom_sql", include_str!("../../fixtures/strings/custom_sql.yaml")),
];

/// All fields.
pub fn fields() -> Vec<Field> {
    vec![
        field("cloudfiles", "description", doc("v_files")).prose(),
        field("cloudfiles", "path", argument("load", 0)),
        field("cloudfiles", "option_key", option_key(0)).plain(),
        field("cloudfiles", "option_value", option_value(0)),
        field("cloudfiles", "reader_key", option_key(1)).plain().after("reader."),
        field("cloudfiles", "reader_value", option_value(1)),
        field("cloudfiles", "format_key", option_key(2)).plain().inside("csv.", ""),
        field("cloudfiles", "format_value", option_value(2)),
        field("cloudfiles", "location", option_value(3)),
        field("cloudfiles", "format", Find::Argument { call: "option", nth: 5, position: 1 }).plain(),
        field("delta", "description", doc("v_rows")).prose(),
        field("delta", "table", argument("table", 0)).inside("c.s.", ""),
        field("delta", "option_key", option_key(0)).plain(),
        field("delta", "option_value", option_value(0)),
        field("delta", "where", argument("where", 0)),
        field("delta", "second_where", Find::Argument { call: "where", nth: 1, position: 0 }),
        field("delta", "column", Find::ArgumentItem { call: "select", nth: 0, position: 0, item: 0 }),
        field("delta", "columns", Find::Argument { call: "select", nth: 1, position: 0 }),
        field("jdbc", "url", option_value(0)),
        field("jdbc", "user", option_value(1)),
        field("jdbc", "password", option_value(2)),
        field("jdbc", "driver", option_value(3)),
        field("jdbc", "query", option_value(4)),
        field("jdbc", "table", option_value(9)),
        field("sql", "load", argument("sql", 0)),
        field("sql", "transform", Find::Argument { call: "sql", nth: 1, position: 0 }).trimmed(),
        field("sql", "description", keyword("temporary_view", "comment")),
        field("streaming_table", "table", keyword("create_streaming_table", "name")).inside("c.s.", ""),
        field("streaming_table", "comment", keyword("create_streaming_table", "comment")),
        field("streaming_table", "property_key", key("create_streaming_table", "table_properties")).plain(),
        field("streaming_table", "property_value", value("create_streaming_table", "table_properties")),
        field("streaming_table", "conf_key", key("create_streaming_table", "spark_conf")).plain(),
        field("streaming_table", "conf_value", value("create_streaming_table", "spark_conf")),
        field("streaming_table", "partition", item("create_streaming_table", "partition_cols")),
        field("streaming_table", "path", keyword("create_streaming_table", "path")),
        field("streaming_table", "columns", keyword("create_streaming_table", "schema")).after("id STRING COMMENT "),
        field("streaming_table", "row_filter", keyword("create_streaming_table", "row_filter")),
        field("streaming_table", "view", Find::Argument { call: "table", nth: 1, position: 0 }),
        field("streaming_table", "description", keyword("append_flow", "comment")),
        field("materialized_view", "catalog", Find::Keyword { call: "materialized_view", nth: 1, keyword: "name" })
            .inside("", ".s.second"),
        field("materialized_view", "comment", keyword("materialized_view", "comment")),
        field("materialized_view", "property_key", key("materialized_view", "table_properties")).plain(),
        field("materialized_view", "property_value", value("materialized_view", "table_properties")),
        field("materialized_view", "conf_key", key("materialized_view", "spark_conf")).plain(),
        field("materialized_view", "conf_value", value("materialized_view", "spark_conf")),
        field("materialized_view", "cluster", item("materialized_view", "cluster_by")),
        field("materialized_view", "path", keyword("materialized_view", "path")),
        field("materialized_view", "columns", keyword("materialized_view", "schema")).after("id STRING COMMENT "),
        field("materialized_view", "row_filter", keyword("materialized_view", "row_filter")),
        field("materialized_view", "schedule", keyword("materialized_view", "refresh_schedule")),
        field("materialized_view", "description", doc("first")).prose(),
        field("materialized_view", "sql", argument("sql", 0)).trimmed(),
        field("materialized_view", "view", argument("table", 0)),
        field("kafka", "description", doc("v_events")).prose(),
        field("kafka", "servers", option_value(0)),
        field("kafka", "topics", option_value(1)),
        field("kafka", "option_key", option_key(2)).plain(),
        field("kafka", "option_value", option_value(2)),
        field("cdc", "view", keyword("create_auto_cdc_flow", "source")),
        field("cdc", "key", item("create_auto_cdc_flow", "keys")),
        field("cdc", "sequence", keyword("create_auto_cdc_flow", "sequence_by")),
        field("cdc", "deletes", keyword("create_auto_cdc_flow", "apply_as_deletes")),
        field("cdc", "truncates", keyword("create_auto_cdc_flow", "apply_as_truncates")),
        field("cdc", "dropped", item("create_auto_cdc_flow", "except_column_list")),
        field("sinks", "view", Find::Argument { call: "table", nth: 1, position: 0 }),
        field("sinks", "description", keyword("append_flow", "comment")),
        field("sinks", "path", value("create_sink", "options")),
        field("sinks", "servers", Find::KeywordValue { call: "create_sink", nth: 1, keyword: "options", item: 0 }),
        field("sinks", "topic", Find::KeywordValue { call: "create_sink", nth: 1, keyword: "options", item: 1 }),
        field("sinks", "comment", Find::Keyword { call: "append_flow", nth: 1, keyword: "comment" }),
        field("custom_sql", "description", keyword("table", "comment")),
        field("custom_sql", "sql", argument("sql", 0)).trimmed(),
        field("custom_sql", "name", Find::ArgumentKey { call: "expect_all", item: 0 }).plain(),
        field("custom_sql", "expression", Find::ArgumentValue { call: "expect_all", item: 0 }),
    ]
}

fn doc(function: &'static str) -> Find {
    Find::Docstring { function }
}

fn key(call: &'static str, keyword: &'static str) -> Find {
    Find::KeywordKey { call, keyword, item: 0 }
}

fn value(call: &'static str, keyword: &'static str) -> Find {
    Find::KeywordValue { call, nth: 0, keyword, item: 0 }
}

fn item(call: &'static str, keyword: &'static str) -> Find {
    Find::KeywordItem { call, keyword, item: 0 }
}
