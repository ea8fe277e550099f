//! `mode: cdc` — the rows of one view are changes, applied by key.
//!
//! Several actions may feed one table; each has its own flow with its own columns and conditions.

use minijinja::{Value as TemplateValue, context};

use super::block::{
    HISTORY_KEYS, ScdType, argument, check_exclusive, check_misplaced_type, given, history_argument, read,
};
use super::mode::IGNORED_SETTING;
use super::{CdcConfig, flow_name, fragment};
use crate::emit::{template_text, template_value};
use crate::expand::Action;
use crate::generator::column_schema::ddl_text;
use crate::generator::write::source::{self, Sources, views};
use crate::generator::{Context, Fragment, string_value};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A table of SCD type 2 has a `table_schema` without `__START_AT` or `__END_AT`.
    ///
    /// ## Why
    /// Databricks keeps in these two columns from when until when a version of a row was valid. If the
    /// columns of the table are written out, they must be among them, with the type of the
    /// `sequence_by` column; otherwise the pipeline fails when it starts.
    ///
    /// ## Wrong
    /// ```yaml
    /// table_schema: id BIGINT, changed_at TIMESTAMP, __START_AT TIMESTAMP
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table_schema: >-
    ///   id BIGINT, changed_at TIMESTAMP,
    ///   __START_AT TIMESTAMP, __END_AT TIMESTAMP
    /// ```
    pub static NO_VALIDITY_COLUMNS: Rule = Rule::new("LHP-VAL-007", "no-validity-columns");
    /// A table that keeps its history has a condition under which it is emptied.
    ///
    /// ## Why
    /// Databricks supports `apply_as_truncates` for SCD type 1 only: a table of type 2 keeps all
    /// versions of its rows, so there is nothing to truncate.
    ///
    /// ## Wrong
    /// ```yaml
    /// keys: [id]
    /// sequence_by: changed_at
    /// scd_type: 2
    /// apply_as_truncates: op = 'TRUNCATE'
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// keys: [id]
    /// sequence_by: changed_at
    /// scd_type: 2
    /// apply_as_deletes: op = 'DELETE'
    /// ```
    pub static TRUNCATED_HISTORY: Rule = Rule::new("LHP-VAL-007", "truncated-history");
    /// A table in mode `cdc` has no column that orders the changes.
    ///
    /// ## Why
    /// Changes arrive out of order, and `sequence_by` says which of two changes of a row is the later
    /// one. Databricks demands it: without it the pipeline fails when it starts.
    ///
    /// ## Wrong
    /// ```yaml
    /// keys: [id]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// keys: [id]
    /// sequence_by: changed_at
    /// ```
    pub static NO_SEQUENCE: Rule = Rule::new("LHP-CFG-080", "changes-without-sequence").advice();
}

/// The columns that Databricks fills in a table of SCD type 2.
const VALIDITY_COLUMNS: [&str; 2] = ["__START_AT", "__END_AT"];
pub(super) fn check(action: &Action, report: &mut Report) {
    source::check(action, Sources::One, report);
    let Some((block, config)) = read::<CdcConfig>(action, report) else { return };
    let scd_type = config.scd_type.unwrap_or(ScdType::One);
    check_exclusive(block, "column_list", "except_column_list", report);
    check_exclusive(block, HISTORY_KEYS[0], HISTORY_KEYS[1], report);
    check_misplaced_type(block, scd_type, "scd_type", "stored_as_scd_type", report);
    let truncates = given(block, "apply_as_truncates").filter(|node| node.is_truthy());
    if let (ScdType::Two, Some(condition)) = (scd_type, truncates) {
        let mut diagnostic =
            Diagnostic::error(&TRUNCATED_HISTORY, "a table of SCD type 2 keeps its history and cannot be truncated")
                .at(condition, "truncates the table");
        if let Some(node) = given(block, "scd_type") {
            diagnostic = diagnostic.label(node.span, "keeps the history");
        }
        report.push(diagnostic.help("remove `apply_as_truncates`, or write `scd_type: 1`"));
    }
    remark(action, block, scd_type, report);
}

/// Remarks on settings that do not do what they seem to do.
fn remark(action: &Action, block: &Node, scd_type: ScdType, report: &mut Report) {
    if scd_type == ScdType::One {
        for node in HISTORY_KEYS.into_iter().filter_map(|key| given(block, key)).filter(|node| node.is_truthy()) {
            report.push(
                Diagnostic::advice(&IGNORED_SETTING, "a table of SCD type 1 has no history to track")
                    .at(node, "not read")
                    .help("write `scd_type: 2`, or remove the setting"),
            );
        }
    }
    if !given(block, "sequence_by").is_some_and(Node::is_truthy) {
        report.push(
            Diagnostic::advice(&NO_SEQUENCE, "without `sequence_by` nothing says which change is the latest")
                .at(block, "no `sequence_by`")
                .help("add `sequence_by: …` with a column that orders the changes; Databricks demands it"),
        );
    }
    let read = views(action);
    let named = given(block, "source").filter(|node| node.is_truthy());
    if let Some(node) = named.filter(|node| node.as_text().is_none_or(|text| !read.contains(&text))) {
        report.push(
            Diagnostic::advice(&IGNORED_SETTING, "`cdc_config.source` does not decide what the flow reads")
                .at(node, "only puts the actions into order")
                .label(action.get("source").unwrap_or(&action.node).span, "this is read")
                .help("name the view as the `source` of the action"),
        );
    }
}

pub(super) fn generate(action: &Action, table: &Text, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
    let (block, config) = read::<CdcConfig>(action, &mut Report::default())?;
    let scd_type = config.scd_type.unwrap_or(ScdType::One);
    if scd_type == ScdType::Two {
        check_validity_columns(action, context, report)?;
    }
    let sequence = given(block, "sequence_by").filter(|node| node.is_truthy());
    let columns = sequence.and_then(Node::as_sequence);
    let values = context! {
        target => template_text(table),
        source => views(action).first().map(template_text),
        name => flow_name(&action.name),
        keys => given(block, "keys").map(template_value),
        sequence_by => sequence.filter(|_| columns.is_none()).map(string_value),
        sequence_columns => columns.map(|columns| columns.iter().map(template_value).collect::<TemplateValue>()),
        scd_type => scd_type as i64,
        arguments => arguments(action, block, scd_type),
    };
    let mut fragment = fragment("write/streaming_table_cdc.py.j2", values, action, context, report)?;
    if columns.is_some() {
        fragment.imports.push("from pyspark.sql.functions import struct".to_owned());
    }
    Some(fragment)
}

/// The keyword arguments that are there only if a setting asks for them.
fn arguments(action: &Action, block: &Node, scd_type: ScdType) -> TemplateValue {
    let set = |key: &str| given(block, key).filter(|node| node.is_truthy());
    let history = history_argument(block).filter(|_| scd_type == ScdType::Two);
    let mut arguments: Vec<TemplateValue> = history.into_iter().collect();
    if action.once() {
        arguments.push(argument("once", TemplateValue::from(true)));
    }
    for key in ["column_list", "except_column_list"] {
        arguments.extend(set(key).map(|node| argument(key, template_value(node))));
    }
    let nulls = "ignore_null_updates";
    arguments.extend(given(block, nulls).map(|node| argument(nulls, template_value(node))));
    for key in ["apply_as_deletes", "apply_as_truncates"] {
        arguments.extend(set(key).map(|node| argument(key, string_value(node))));
    }
    arguments.into_iter().collect()
}

/// The columns of a table with history, if they are written, must hold the validity of a row.
fn check_validity_columns(action: &Action, context: &Context<'_>, report: &mut Report) -> Option<()> {
    let Some(node) = action.setting("table_schema").filter(|node| node.is_truthy()) else { return Some(()) };
    let columns = ddl_text(node, context, report)?.display();
    for column in VALIDITY_COLUMNS.into_iter().filter(|column| !columns.contains(column)) {
        report.push(
            Diagnostic::error(&NO_VALIDITY_COLUMNS, format!("a table of SCD type 2 needs the column `{column}`"))
                .at(node, format!("`{column}` is missing"))
                .help(format!("add `{column}` with the type of `sequence_by`, or let the columns be inferred")),
        );
    }
    Some(())
}
