//! The fields of writes.

use super::super::find::Step::{Item, Key, Value};
use super::super::find::{Find, argument, assigned, doc, keyword};
use super::{Field, Form, field};

const TABLE: &str = "create_streaming_table";
const VIEW: &str = "materialized_view";
const CDC: &str = "create_auto_cdc_flow";
const SNAPSHOT: &str = "create_auto_cdc_from_snapshot_flow";
const SINK: &str = "create_sink";

pub const FIELDS: &[Field] = &[
    field("streaming_table", "table", keyword(TABLE, "name")).within(&["c.s.", ""]),
    field("streaming_table", "comment", keyword(TABLE, "comment")),
    field("streaming_table", "property_key", keyword(TABLE, "table_properties").at(&[Key(0)])).plain(),
    field("streaming_table", "property_value", keyword(TABLE, "table_properties").at(&[Value(0)])),
    field("streaming_table", "conf_key", keyword(TABLE, "spark_conf").at(&[Key(0)])).plain(),
    field("streaming_table", "conf_value", keyword(TABLE, "spark_conf").at(&[Value(0)])),
    field("streaming_table", "partition", keyword(TABLE, "partition_cols").at(&[Item(0)])),
    field("streaming_table", "path", keyword(TABLE, "path")),
    field("streaming_table", "columns", keyword(TABLE, "schema")).after("id STRING COMMENT "),
    field("streaming_table", "row_filter", keyword(TABLE, "row_filter")),
    field("streaming_table", "view", argument("table", 0).inside("f_a")),
    field("streaming_table", "description", keyword("append_flow", "comment")),
    field("streaming_table", "listed_view", argument("table", 0).inside("f_b_2")),
    field("streaming_table", "catalog", keyword(TABLE, "name").nth(2)).within(&["", ".s.b"]),
    field("streaming_table", "cluster", keyword(TABLE, "cluster_by").at(&[Item(0)])),
    field("streaming_table", "tag_key", TABLE_TAGS.at(&[Value(1), Key(0)])).tag(),
    field("streaming_table", "tag_value", TABLE_TAGS.at(&[Value(1), Value(0)])).tag(),
    field("streaming_table", "schema", keyword(TABLE, "name").nth(3)).within(&["c.", ".c"]),
    field("streaming_table", "replace_view", argument("table", 0).inside("f_d")),
    field("streaming_table", "replace_description", keyword("replace_flow", "comment")),
    field("streaming_table", "using", keyword("replace_flow", "replace_using").at(&[Item(0)])),
    field("streaming_table", "sequence", keyword("replace_flow", "sequence_by")),
    field("definition.yaml", "name", keyword(TABLE, "schema").nth(1))
        .plain()
        .part()
        .after("-")
        .without("`")
        .within(&["`", "` "])
        .in_module("p/streaming_table.py"),
    field("definition.yaml", "type", keyword(TABLE, "schema").nth(1))
        .plain()
        .part()
        .within(&["` ", ""])
        .in_module("p/streaming_table.py"),
    field("columns.ddl", "text", keyword(TABLE, "schema"))
        .plain()
        .trimmed()
        .after("c")
        .written(Form::Raw, "", "")
        .in_module("p/sql.py"),
    field("tags.yaml", "key", TABLE_TAGS.at(&[Value(2), Key(0)])).tag(),
    field("tags.yaml", "value", TABLE_TAGS.at(&[Value(2), Value(0)])).tag(),
    field("tags.yaml", "column", COLUMN_TAGS.at(&[Value(0), Key(0)])).plain().in_module(TAGGING).after("x"),
    field("tags.yaml", "column_key", COLUMN_TAGS.at(&[Value(0), Value(0), Key(0)])).tag(),
    field("tags.yaml", "column_value", COLUMN_TAGS.at(&[Value(0), Value(0), Value(0)])).tag(),
    field("cdc", "view", keyword(CDC, "source")),
    field("cdc", "key", keyword(CDC, "keys").at(&[Item(0)])),
    field("cdc", "sequence", keyword(CDC, "sequence_by")),
    field("cdc", "deletes", keyword(CDC, "apply_as_deletes")),
    field("cdc", "truncates", keyword(CDC, "apply_as_truncates")),
    field("cdc", "dropped", keyword(CDC, "except_column_list").at(&[Item(0)])),
    field("cdc", "part", argument("struct", 0)),
    field("cdc", "kept", keyword(CDC, "column_list").at(&[Item(0)])),
    field("cdc", "tracked", keyword(CDC, "track_history_column_list").at(&[Item(0)])),
    field("cdc", "untracked", keyword(CDC, "track_history_except_column_list").at(&[Item(0)])),
    field("snapshot", "source", keyword(SNAPSHOT, "source")),
    field("snapshot", "parameter", keyword("partial", "text")),
    field("snapshot", "parameter_key", keyword("partial", "deep").at(&[Key(0)])).plain(),
    field("snapshot", "parameter_item", keyword("partial", "deep").at(&[Value(0), Item(0)])),
    field("snapshot", "key", keyword(SNAPSHOT, "keys").at(&[Item(0)])),
    field("snapshot", "tracked", keyword(SNAPSHOT, "track_history_column_list").at(&[Item(0)])),
    field("snapshot", "untracked", keyword(SNAPSHOT, "track_history_except_column_list").at(&[Item(0)])),
    field("materialized_view", "catalog", keyword(VIEW, "name").nth(1)).within(&["", ".s.second"]),
    field("materialized_view", "schema", keyword(VIEW, "name").nth(2)).within(&["c.", ".third"]),
    field("materialized_view", "comment", keyword(VIEW, "comment")),
    field("materialized_view", "property_key", keyword(VIEW, "table_properties").at(&[Key(0)])).plain(),
    field("materialized_view", "property_value", keyword(VIEW, "table_properties").at(&[Value(0)])),
    field("materialized_view", "conf_key", keyword(VIEW, "spark_conf").at(&[Key(0)])).plain(),
    field("materialized_view", "conf_value", keyword(VIEW, "spark_conf").at(&[Value(0)])),
    field("materialized_view", "cluster", keyword(VIEW, "cluster_by").at(&[Item(0)])),
    field("materialized_view", "partition", keyword(VIEW, "partition_cols").at(&[Item(0)])),
    field("materialized_view", "path", keyword(VIEW, "path")),
    field("materialized_view", "columns", keyword(VIEW, "schema")).after("id STRING COMMENT "),
    field("materialized_view", "row_filter", keyword(VIEW, "row_filter")),
    field("materialized_view", "schedule", keyword(VIEW, "refresh_schedule")),
    field("materialized_view", "description", doc("first")).prose(),
    field("materialized_view", "sql", argument("sql", 0)).trimmed(),
    field("materialized_view", "view", argument("table", 0)),
    field("materialized_view", "listed_view", argument("table", 0).nth(1)),
    field("materialized_view", "tag_key", TABLE_TAGS.at(&[Value(0), Key(0)])).tag(),
    field("materialized_view", "tag_value", TABLE_TAGS.at(&[Value(0), Value(0)])).tag(),
    field("sinks", "view", argument("table", 0).inside("f_files_1")),
    field("sinks", "description", keyword("append_flow", "comment").inside("f_files_1")),
    field("sinks", "path", keyword(SINK, "options").at(&[Value(0)])),
    field("sinks", "delta_key", keyword(SINK, "options").at(&[Key(1)])).plain().after("x"),
    field("sinks", "delta_value", keyword(SINK, "options").at(&[Value(1)])),
    field("sinks", "listed_view", argument("table", 0).inside("f_rows_2")),
    field("sinks", "delta_comment", keyword("append_flow", "comment").inside("f_rows_1")),
    field("sinks", "table", keyword(SINK, "options").nth(3).at(&[Value(0)])).after("c.s.").without("."),
    field("sinks", "servers", keyword(SINK, "options").nth(1).at(&[Value(0)])),
    field("sinks", "topic", keyword(SINK, "options").nth(1).at(&[Value(1)])),
    field("sinks", "option_key", keyword(SINK, "options").nth(1).at(&[Key(2)])).plain().after("x"),
    field("sinks", "option_value", keyword(SINK, "options").nth(1).at(&[Value(2)])),
    field("sinks", "comment", keyword("append_flow", "comment").inside("f_bus_1")),
    field("sinks", "server", keyword(SINK, "options").nth(2).at(&[Value(0)])).within(&["", ",other"]),
    field("sinks", "bus_view", argument("table", 0).inside("f_bus_1")),
    field("sinks", "kafka_view", argument("table", 0).inside("f_train_1")),
    field("sinks", "kafka_description", keyword("append_flow", "comment").inside("f_train_1")),
    field("sinks", "batch_view", argument("table", 0).inside("f_batches_1")),
    field("sinks", "batch_description", keyword("append_flow", "comment").inside("f_batches_1")),
    field("sinks", "handler", assigned("note").inside("batches")).written(Form::PythonInYaml, "note = ", ""),
    field("custom_datasource", "view", argument("table", 0).inside("f_tides_1")),
    field("custom_datasource", "flow", keyword("append_flow", "comment").inside("f_tides_1")),
    field("custom_datasource", "sink_key", keyword(SINK, "options").at(&[Key(0)])).plain(),
    field("custom_datasource", "sink_value", keyword(SINK, "options").at(&[Value(0)])),
    field("custom_datasource", "listed_view", argument("table", 0).inside("f_more_1")),
    field("custom_datasource", "comment", keyword("append_flow", "comment").inside("f_more_1")),
    field("custom_datasource", "options", keyword(SINK, "options").nth(1)),
];

const TAGGING: &str = "p/_uc_tagging_hook.py";
const TABLE_TAGS: Find = assigned("_TABLE_TAGS");
const COLUMN_TAGS: Find = assigned("_COLUMN_TAGS");

impl Field {
    /// Keys and values of tags: Unity Catalog does not take all characters.
    const fn tag(self) -> Self {
        self.plain().without(",-=:").framed("x", "x").in_module(TAGGING)
    }
}
