//! From a definition to a resolved flowgroup: expand, check, order, and select metadata columns.

use std::sync::Arc;

use super::Flowgroups;
use super::module::Surroundings;
use crate::check;
use crate::check::action::Extent;
use crate::check::flowgroup::Others;
use crate::expand::metadata::ColumnContext;
use crate::expand::{Action, Definition, Expanded, Gaps, Resolved, expand, table_name};
use crate::model::ActionType;
use crate::report::{Diagnostic, Report, Subject};
use crate::source::Span;
use crate::syntax::{Node, Value};

/// Resolves one flowgroup. What is wrong with it is in the report, and left out of the result.
pub(super) fn resolve(definition: Definition, surroundings: &Surroundings<'_>, report: &mut Report) -> Resolved {
    let errors_before = report.blocking();
    let mut expanded = expand(definition, surroundings.shared, report);
    expanded.excluded.iter().for_each(|action| surroundings.shared.project.policy.skip(action.span));
    let declared = if surroundings.collector.is_on() { declared(&expanded) } else { Vec::new() };
    for action in &expanded.excluded {
        let name = action.get("name").and_then(Node::as_str).map(Arc::from);
        watch(name, report, |report| check::action::check_excluded_test(action, surroundings.table, report));
    }
    let nodes = std::mem::take(&mut expanded.actions);
    let (actions, order) = if nodes.is_empty() && expanded.broken.is_empty() {
        if expanded.excluded.is_empty() && !expanded.gaps.actions {
            report.push(check::flowgroup::no_actions(&expanded.flowgroup, expanded.place));
        }
        (Vec::new(), Some(Vec::new()))
    } else {
        check_actions(nodes, &mut expanded, surroundings, report)
    };
    let whole = expanded.broken.is_empty() && expanded.gaps == Gaps::default();
    let complete = whole && order.is_some() && report.blocking() == errors_before;
    let order = order.filter(|_| complete).unwrap_or_else(|| (0..actions.len()).collect());
    let name = |key: &str| name_of(&expanded.flowgroup, key);
    let presets = expanded.flowgroup.get("presets").and_then(Node::as_sequence).unwrap_or_default();
    Resolved {
        pipeline: name("pipeline"),
        flowgroup: name("flowgroup"),
        job_name: expanded.flowgroup.get("job_name").and_then(Node::as_str).map(Arc::from),
        presets: presets.iter().filter_map(Node::as_str).map(Arc::from).collect(),
        actions,
        order,
        declared,
        complete,
    }
}

/// Names and places of all actions. Those that are broken stand where they were written, if that can be told.
fn declared(expanded: &Expanded) -> Vec<(Arc<str>, Span)> {
    let named = |node: &Node| Some((node.get("name").and_then(Node::as_str)?.into(), node.span));
    let mut all: Vec<(Arc<str>, Span)> = expanded.actions.iter().chain(&expanded.broken).filter_map(named).collect();
    let one_file = all.windows(2).all(|pair| matches!(pair, [(_, first), (_, second)] if first.file == second.file));
    if one_file {
        all.sort_by_key(|(_, span)| span.start);
    }
    all
}

/// An action and whether something is wrong with it.
struct Judged {
    action: Action,
    faulty: bool,
}

/// Turns trees into actions and checks them, one by one and together. Gives those without a fault, and the order of
/// all if they have one.
fn check_actions(
    nodes: Vec<Node>,
    expanded: &mut Expanded,
    surroundings: &Surroundings<'_>,
    report: &mut Report,
) -> (Vec<Action>, Option<Vec<usize>>) {
    let mut judged = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        let name = node.get("name").and_then(Node::as_str).map(Arc::from);
        let (action, faulty) =
            watch(name, report, |report| check::action::classify(index, node, surroundings.table, report));
        match action {
            Ok(action) => judged.push(Judged { action, faulty }),
            Err(node) => expanded.broken.push(node),
        }
    }
    let extent = |action: &Action| match action.kind {
        ActionType::Load | ActionType::Write if expanded.gaps.settings => Extent::Partial,
        _ => Extent::Whole,
    };
    for Judged { action, faulty } in &mut judged {
        let name = Some(action.name.clone());
        let ((), failed) = watch(name, report, |report| {
            check::action::check(action, extent(action), surroundings.table, surroundings.shared.project, report);
        });
        *faulty |= failed;
    }
    let (mut actions, mut faulty): (Vec<Action>, Vec<bool>) =
        judged.into_iter().map(|judged| (judged.action, judged.faulty)).unzip();
    let others = Others {
        excluded: &expanded.excluded,
        broken: &expanded.broken,
        incomplete: expanded.gaps.actions || surroundings.flowgroups == Flowgroups::Parts,
        partial: expanded.gaps.settings,
    };
    let verdict = check::flowgroup::check(&actions, &others, expanded.place, report);
    for (position, (action, faulty)) in actions.iter_mut().zip(&mut faulty).enumerate() {
        let ((), failed) = watch(None, report, |report| add_metadata(action, expanded, surroundings, report));
        *faulty |= failed || verdict.duplicates.contains(&position) || extent(action) == Extent::Partial;
    }
    let mut faulty = faulty.into_iter();
    actions.retain(|_| !faulty.next().unwrap_or(false));
    (actions, verdict.order)
}

/// Runs a check of an action, says in its findings which action they are about, and tells whether there is an error.
fn watch<T>(name: Option<Arc<str>>, report: &mut Report, check: impl FnOnce(&mut Report) -> T) -> (T, bool) {
    let from = report.diagnostics.len();
    let outcome = check(report);
    report.set_subject(from, &Subject { action: name, ..Subject::default() });
    (outcome, report.diagnostics.iter().skip(from).any(Diagnostic::blocks))
}

/// A name of the flowgroup, tokens replaced.
fn name_of(flowgroup: &Node, key: &str) -> Arc<str> {
    match flowgroup.get(key).map(|node| &node.value) {
        Some(Value::String(text)) => text.clone(),
        _ => Arc::from(""),
    }
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
