//! `mode: snapshot_cdc` — snapshots, one after the other, whose differences are applied by key.
//!
//! The snapshots are a table, or come from a function of the user whose module is copied beside the generated one.

use minijinja::{Value as TemplateValue, context};

use super::block::{
    EXCLUSIVE_SETTINGS, HISTORY_KEYS, ScdType, check_exclusive, check_misplaced_type, given, history_argument, read,
};
use super::mode::IGNORED_SETTING;
use super::{SnapshotCdcConfig, fragment, source_function};
use crate::emit::{template_text, template_value};
use crate::expand::Action;
use crate::generator::{Context, Fragment, string_value};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A table in mode `snapshot_cdc` has no snapshot to compare with.
    ///
    /// ## Why
    /// Each update compares a snapshot with the table and applies the differences. The snapshot is a
    /// table or view, under `source`, or comes from a function, under `source_function`, both in
    /// `snapshot_cdc_config`; the `source` of the action does not count.
    ///
    /// ## Wrong
    /// ```yaml
    /// keys: [id]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// keys: [id]
    /// source: v_orders
    /// ```
    pub static NO_SNAPSHOT: Rule = Rule::new("LHP-VAL-007", "snapshot-without-source");
}

pub(super) fn check(action: &Action, report: &mut Report) {
    let Some((block, config)) = read::<SnapshotCdcConfig>(action, report) else { return };
    let scd_type = config.stored_as_scd_type.unwrap_or(ScdType::One);
    match (given(block, "source"), given(block, "source_function")) {
        (Some(source), Some(function)) => report.push(
            Diagnostic::error(&EXCLUSIVE_SETTINGS, "a snapshot comes from a table or from a function, not from both")
                .at(source, "a table")
                .label(function.span, "a function")
                .help("keep one of them"),
        ),
        (Some(source), None) if source.is_truthy() => {}
        (None, Some(_)) => {}
        (empty, None) => report.push(
            Diagnostic::error(&NO_SNAPSHOT, format!("write `{}` has no snapshot to compare with", action.name))
                .at(empty.unwrap_or(block), "needs `source` or `source_function`")
                .help("add `source: …` with a table, or `source_function:` with `file` and `function`"),
        ),
    }
    check_exclusive(block, HISTORY_KEYS[0], HISTORY_KEYS[1], report);
    check_misplaced_type(block, scd_type, "stored_as_scd_type", "scd_type", report);
    remark(action, block, report);
}

/// Remarks on settings of the action that do not reach the snapshots.
fn remark(action: &Action, block: &Node, report: &mut Report) {
    let snapshot = given(block, "source").and_then(Node::as_text);
    let other = |node: &&Node| node.is_truthy() && (node.as_text().is_none() || node.as_text() != snapshot);
    let ignored = [
        ("source", action.get("source").filter(other), "the snapshot is what `snapshot_cdc_config` names"),
        ("once", action.get("once").filter(|node| node.is_truthy()), "snapshots have no flow that could run once"),
    ];
    for (key, node, why) in ignored {
        let Some(node) = node else { continue };
        report.push(
            Diagnostic::advice(&IGNORED_SETTING, format!("`{key}` of the action has no effect in mode `snapshot_cdc`"))
                .at(node, why)
                .help(format!("remove `{key}`")),
        );
    }
}

pub(super) fn generate(action: &Action, table: &Text, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
    let (block, config) = read::<SnapshotCdcConfig>(action, &mut Report::default())?;
    let set = |key: &str| given(block, key).filter(|node| node.is_truthy());
    let function = match given(block, "source_function") {
        Some(node) => Some(source_function::read(node, context, report)?),
        None => None,
    };
    let values = context! {
        target => template_text(table),
        source => set("source").map(string_value),
        alias => function.as_ref().map(|function| function.alias.as_str()),
        function => function.as_ref().map(|function| function.name.as_str()),
        parameters => function.as_ref().map(|function| function.parameters.clone()),
        keys => given(block, "keys").map(template_value),
        scd_type => config.stored_as_scd_type.unwrap_or(ScdType::One) as i64,
        arguments => history_argument(block).into_iter().collect::<TemplateValue>(),
    };
    let mut fragment = fragment("write/streaming_table_snapshot_cdc.py.j2", values, action, context, report)?;
    if let Some(function) = function {
        fragment.imports = function.imports;
        fragment.preamble = function.preamble;
        fragment.helpers = function.helpers;
    }
    Some(fragment)
}
