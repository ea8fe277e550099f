//! From a definition to a resolved flowgroup: expand, check, order, and select metadata columns.

use std::sync::Arc;

use super::module::Surroundings;
use crate::check;
use crate::expand::metadata::ColumnContext;
use crate::expand::{Action, Definition, Expanded, Resolved, expand, table_name};
use crate::model::ActionType;
use crate::report::{Report, Severity, Subject};
use crate::syntax::{Node, Value};

/// Resolves one flowgroup. None if it has errors; the report says which.
pub(super) fn resolve(
    definition: Definition,
    surroundings: &Surroundings<'_>,
    report: &mut Report,
) -> Option<Resolved> {
    let errors_before = report.count(Severity::Error);
    let mut expanded = expand(definition, surroundings.shared, report)?;
    if expanded.actions.is_empty() {
        if expanded.excluded.is_empty() {
            report.push(check::flowgroup::no_actions(&expanded.flowgroup, expanded.place));
            return None;
        }
        return Some(resolved(&expanded.flowgroup, Vec::new(), Vec::new()));
    }
    let nodes = std::mem::take(&mut expanded.actions);
    let (mut actions, complete) = check_actions(nodes, surroundings, report);
    if !complete {
        return None;
    }
    let order = check::flowgroup::check(&actions, &expanded.excluded, expanded.place, report);
    for action in &mut actions {
        add_metadata(action, &expanded, surroundings, report);
    }
    let failed = report.count(Severity::Error) > errors_before;
    order.filter(|_| !failed).map(|order| resolved(&expanded.flowgroup, actions, order))
}

/// Turns trees into actions and checks each of them. The flag says whether every tree is an action.
fn check_actions(nodes: Vec<Node>, surroundings: &Surroundings<'_>, report: &mut Report) -> (Vec<Action>, bool) {
    let errors_before = report.count(Severity::Error);
    let classify = |(index, node): (usize, Node)| {
        let (from, name) = (report.diagnostics.len(), node.get("name").and_then(Node::as_str).map(Arc::from));
        let action = check::action::classify(index, node, surroundings.table, report);
        report.set_subject(from, &Subject { action: name, ..Subject::default() });
        action
    };
    let actions: Vec<Action> = nodes.into_iter().enumerate().filter_map(classify).collect();
    let complete = report.count(Severity::Error) == errors_before;
    for action in &actions {
        let from = report.diagnostics.len();
        check::action::check(action, surroundings.table, surroundings.shared.project, report);
        report.set_subject(from, &Subject { action: Some(action.name.clone()), ..Subject::default() });
    }
    (actions, complete)
}

/// A name of the flowgroup, tokens replaced.
fn name_of(flowgroup: &Node, key: &str) -> Arc<str> {
    match flowgroup.get(key).map(|node| &node.value) {
        Some(Value::String(text)) => text.clone(),
        _ => Arc::from(""),
    }
}

fn resolved(flowgroup: &Node, actions: Vec<Action>, order: Vec<usize>) -> Resolved {
    let (pipeline, flowgroup) = (name_of(flowgroup, "pipeline"), name_of(flowgroup, "flowgroup"));
    Resolved { pipeline, flowgroup, actions, order }
}

/// Selects the metadata columns of an action and resolves their expressions.
fn add_metadata(action: &mut Action, expanded: &Expanded, surroundings: &Surroundings<'_>, report: &mut Report) {
    let adds = surroundings.table.get(action.kind, &action.key).is_some_and(|row| row.capability().adds_metadata);
    let own = action.get("operational_metadata");
    if !adds || own.and_then(Node::as_bool) == Some(false) {
        return;
    }
    let flowgroup = &expanded.flowgroup;
    let selections = [expanded.preset_columns.as_ref(), flowgroup.get("operational_metadata"), own];
    if selections.iter().all(Option::is_none) {
        return;
    }
    let context = ColumnContext {
        pipeline: name_of(flowgroup, "pipeline"),
        flowgroup: name_of(flowgroup, "flowgroup"),
        source_table: source_table(action),
        source: surroundings.source,
    };
    let columns = &surroundings.shared.columns;
    let chosen = columns.select(&selections, report);
    let chosen = chosen.iter().filter_map(|(name, place)| columns.column(name, place, &context, report));
    action.metadata = chosen.collect();
}

/// What `${source_table}` stands for in the expressions of an action.
fn source_table(action: &Action) -> Option<String> {
    match (action.kind, action.key.as_ref()) {
        (ActionType::Load, "delta") => action.settings.as_mapping().and_then(table_name),
        (ActionType::Load, "jdbc") => {
            let table = action.setting("table").and_then(Node::as_str).filter(|table| !table.is_empty());
            Some(table.unwrap_or("unknown_table").to_owned())
        }
        _ => None,
    }
}
