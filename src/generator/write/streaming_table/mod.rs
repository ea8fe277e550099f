//! `write: streaming_table` — flows into a streaming table.
//!
//! In: the properties of the table, and source views or snapshots. Out: the flows of the chosen mode, and the call
//! that creates the table if this action creates it. Several actions may write into one table; one of them creates it.

pub(crate) mod block;
pub(crate) mod cdc;
pub(crate) mod mode;
pub(crate) mod replace;
mod settings;
pub(crate) mod snapshot_cdc;
pub(crate) mod source_function;
pub(crate) mod standard;

use minijinja::context;

use super::table::{Form, Keyword, comment, full_name, keyword, properties};
use super::table_rules;
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, Section, check_identifier};
use crate::model::ActionType;
use crate::project::Project;
use crate::report::Report;
use crate::syntax::Text;

pub use block::{Block, OneOrMany, ScdType};
pub use mode::Mode;
pub use settings::{CdcConfig, ReplaceConfig, SnapshotCdcConfig, SourceFunction, StreamingTableTarget};

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

    fn check(_: &StreamingTableTarget, action: &Action, _: &Project, report: &mut Report) {
        table_rules::check(action, report);
        let mode = Mode::of(action);
        mode.remark(action, report);
        if mode != Mode::SnapshotCdc {
            check_identifier(&flow_name(&action.name), action.get("name").unwrap_or(&action.node), "a flow", report);
        }
        match mode {
            Mode::Standard => standard::check(action, report),
            Mode::Cdc => cdc::check(action, report),
            Mode::SnapshotCdc => snapshot_cdc::check(action, report),
            Mode::Replace => replace::check(action, report),
        }
    }

    fn generate(
        _: &StreamingTableTarget,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let table = full_name(action);
        let head = create_table(action, &table, context, report)?;
        let mut fragment = match Mode::of(action) {
            Mode::Standard => standard::generate(action, &table, context, report),
            Mode::Cdc => cdc::generate(action, &table, context, report),
            Mode::SnapshotCdc => snapshot_cdc::generate(action, &table, context, report),
            Mode::Replace => replace::generate(action, &table, context, report),
        }?;
        fragment.group = Some(format!("table {}", table.display()));
        fragment.head = (!head.is_empty()).then_some(head);
        Some(fragment)
    }
}

/// The call that creates the table; empty if another action creates it.
fn create_table(action: &Action, table: &Text, context: &Context<'_>, report: &mut Report) -> Option<String> {
    if !action.creates_table() || context.creator.is_some_and(|creator| creator.index != action.index) {
        return Some(String::new());
    }
    let values = context! {
        name => template_text(table),
        comment => comment(action, "Streaming table"),
        properties => properties(action, &KEYWORDS, context, report)?,
    };
    context.render("write/create_streaming_table.py.j2", values, action, report)
}

/// A fragment of statements from a template.
fn fragment(
    template: &str,
    values: minijinja::Value,
    action: &Action,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Fragment> {
    Some(Fragment::new(Section::Writes, context.render(template, values, action, report)?))
}

/// The name of the flow of an action: `f_` and the name of the action without `write_`.
pub(super) fn flow_name(action: &str) -> String {
    let name = action.replace(['-', ' '], "_");
    let name = name.strip_prefix("write_").unwrap_or(&name);
    if name.starts_with("f_") { name.to_owned() } else { format!("f_{name}") }
}

/// The names of the flows of a write into a streaming table.
pub(in crate::generator) fn flow_names(action: &Action) -> Vec<String> {
    match Mode::of(action) {
        Mode::Standard => standard::flow_names(action),
        Mode::SnapshotCdc => Vec::new(),
        Mode::Cdc | Mode::Replace => vec![flow_name(&action.name)],
    }
}
