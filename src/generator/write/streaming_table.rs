//! `write: streaming_table` — append flows into a streaming table.
//!
//! In: one or several source views and the properties of the table. Out: one flow for each view, and the call that
//! creates the table if this action creates it. Several actions may write into one table; one of them creates it.

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use super::table::{Form, Keyword, check_properties, comment, full_name, keyword, properties};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, Section, check_identifier, text_of};
use crate::model::ActionType;
use crate::model::lax::{Anything, Free, LaxBool, Scalar};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule};
use crate::syntax::{Node, Text, Value};

/// A write without a source.
pub static NO_SOURCE: Rule = Rule::new("LHP-VAL-007", "write-without-source");
/// An item of a source list that names no view.
pub static UNUSABLE_SOURCE: Rule = Rule::new("LHP-VAL-007", "unusable-source");
/// A write mode that this program does not generate.
pub static UNKNOWN_MODE: Rule = Rule::new("LHP-VAL-007", "unknown-write-mode");

/// Writes rows into a streaming table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamingTableTarget {
    /// Catalog of the table.
    #[schemars(extend("minLength" = 1))]
    pub catalog: Scalar,
    /// Schema of the table.
    #[schemars(extend("minLength" = 1))]
    pub schema: Scalar,
    /// Name of the table.
    #[schemars(extend("minLength" = 1))]
    pub table: Scalar,
    /// Old form of `catalog` and `schema`.
    pub database: Option<Anything>,
    /// How rows get into the table; `standard` appends them.
    pub mode: Option<String>,
    /// Whether this action creates the table; on by default.
    pub create_table: Option<LaxBool>,
    /// Comment of the table.
    pub comment: Option<Scalar>,
    /// Has no effect.
    pub description: Option<Anything>,
    /// Properties of the table.
    pub table_properties: Option<Free>,
    /// Spark settings of the query.
    pub spark_conf: Option<Free>,
    /// Columns to partition by.
    pub partition_columns: Option<Vec<Text>>,
    /// Columns to cluster by.
    pub cluster_columns: Option<Vec<Text>>,
    /// Let the platform choose the clustering columns.
    pub cluster_by_auto: Option<bool>,
    /// Storage path.
    pub path: Option<Scalar>,
    /// Column definitions, or a file that holds them.
    pub table_schema: Option<Text>,
    /// Row filter clause.
    pub row_filter: Option<Text>,
    /// Keep the table for the lifetime of the pipeline only.
    pub temporary: Option<bool>,
    /// Do not publish the table.
    pub private: Option<LaxBool>,
    /// Tags of the table.
    pub tags: Option<Free>,
    /// File with tags.
    pub tags_file: Option<String>,
    /// Settings of `mode: cdc`.
    pub cdc_config: Option<Anything>,
    /// Settings of `mode: snapshot_cdc`.
    pub snapshot_cdc_config: Option<Anything>,
    /// Settings of `mode: replace`.
    pub replace_config: Option<Anything>,
}

/// The generator.
pub struct StreamingTable;

/// Keyword arguments of `dp.create_streaming_table` after name and comment.
const KEYWORDS: [Keyword; 10] = [
    keyword("table_properties", "table_properties", Form::Literal),
    keyword("spark_conf", "spark_conf", Form::Literal),
    keyword("partition_cols", "partition_columns", Form::Literal),
    keyword("cluster_by", "cluster_columns", Form::Literal),
    keyword("cluster_by_auto", "cluster_by_auto", Form::Flag),
    keyword("path", "path", Form::Text),
    keyword("schema", "table_schema", Form::Columns),
    keyword("row_filter", "row_filter", Form::Text),
    keyword("temporary", "temporary", Form::Flag),
    keyword("private", "private", Form::Flag),
];

impl BuiltIn for StreamingTable {
    type Settings = StreamingTableTarget;
    const KIND: ActionType = ActionType::Write;
    const NAME: &'static str = "streaming_table";
    const SUMMARY: &'static str = "Write the rows of views into a streaming table";

    fn check(settings: &StreamingTableTarget, action: &Action, _: &Project, report: &mut Report) {
        check_properties(action, report);
        check_identifier(&flow_name(&action.name), action.get("name").unwrap_or(&action.node), "a flow", report);
        if let (Some(mode), Some(node)) = (settings.mode.as_deref(), action.setting("mode"))
            && mode != "standard"
        {
            report.push(
                Diagnostic::error(&UNKNOWN_MODE, format!("`{mode}` is not a mode of a streaming table"))
                    .at(node, "unknown mode")
                    .help("write `mode: standard`, or remove the key"),
            );
        }
        let place = action.get("source").unwrap_or(&action.node);
        let empty = || {
            Diagnostic::error(&NO_SOURCE, format!("write `{}` has no source", action.name))
                .at(place, "no view to read")
                .help("add `source: …` with the name of a view")
        };
        match action.get("source").map(|source| &source.value) {
            Some(Value::String(name)) if !name.is_empty() => {}
            Some(Value::Secret(_)) => {}
            Some(Value::Sequence(items)) if !items.is_empty() => {
                for item in items.iter().filter(|item| view_name(item).is_none()) {
                    report.push(
                        Diagnostic::error(&UNUSABLE_SOURCE, "this source names no view")
                            .at(item, "no view or table")
                            .help("write the name of a view, or a mapping with `view` or `table`"),
                    );
                }
            }
            _ => report.push(empty()),
        }
    }

    fn generate(
        _: &StreamingTableTarget,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let table = full_name(action);
        let mut fragment = Fragment::new(Section::Writes, String::new());
        fragment.group = Some(format!("table {}", table.display()));
        if action.creates_table() && context.creator.is_none_or(|creator| creator.index == action.index) {
            let values = context! {
                name => template_text(&table),
                comment => comment(action, "Streaming table"),
                properties => properties(action, &KEYWORDS, context, report)?,
            };
            fragment.head = Some(context.render("write/create_streaming_table.py.j2", values, action, report)?);
        }
        let values = context! {
            target => template_text(&table),
            flows => flows(action, &table),
            once => action.once(),
            batch => is_batch(action, context.creator),
        };
        fragment.body = context.render("write/streaming_table.py.j2", values, action, report)?;
        Some(fragment)
    }
}

/// The name of the flow of an action: `f_` and the name of the action without `write_`.
pub(super) fn flow_name(action: &str) -> String {
    let name = action.replace(['-', ' '], "_");
    let name = name.strip_prefix("write_").unwrap_or(&name);
    if name.starts_with("f_") { name.to_owned() } else { format!("f_{name}") }
}

/// Whether flows read a batch: as the action says, else as the action says that creates the table.
fn is_batch(action: &Action, creator: Option<&Action>) -> bool {
    let mode = |action: &Action| action.get("readMode").and_then(Node::as_str).map(str::to_owned);
    mode(action).or_else(|| creator.and_then(mode)).as_deref() == Some("batch")
}

/// The view or table that an item of `source` names.
fn view_name(item: &Node) -> Option<Text> {
    let Some(mapping) = item.as_mapping() else { return item.as_text().filter(|text| !text.is_empty()) };
    let part = |key: &str| mapping.get(key).filter(|node| node.is_truthy()).map(text_of);
    match (part("catalog"), part("schema")) {
        (Some(mut name), Some(schema)) => {
            name.push_str(".");
            name.push(&schema);
            name.push_str(".");
            name.push(&part("table").or_else(|| part("view")).or_else(|| part("name"))?);
            Some(name)
        }
        _ => part("table").or_else(|| part("view")).or_else(|| part("name")),
    }
}

/// One flow for each source view.
fn flows(action: &Action, table: &Text) -> TemplateValue {
    let Some(source) = action.get("source") else { return TemplateValue::from(()) };
    let items = source.as_sequence().unwrap_or(std::slice::from_ref(source));
    let views: Vec<Text> = items.iter().filter_map(view_name).collect();
    let several = views.len() > 1;
    let name = flow_name(&action.name);
    let flow = |(position, view): (usize, &Text)| {
        let description = action.description().unwrap_or_else(|| {
            let mut text: Text = "Append flow to ".into();
            text.push(table);
            if several {
                text.push_str(" from ");
                text.push(view);
            }
            text
        });
        context! {
            name => if several { format!("{name}_{}", position + 1) } else { name.clone() },
            view => template_text(view),
            description => template_text(&description),
        }
    };
    views.iter().enumerate().map(flow).collect()
}
