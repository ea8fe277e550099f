//! Expansion: definitions go in, resolved flowgroups come out. One file per step, in the order of the steps:
//! blueprint, local variable, template, preset, substitution, namespace, operational metadata.
//!
//! Every value keeps the chain of steps by which it came. Nothing is printed or written here.

mod action;
pub mod blueprint;
pub mod collect;
pub mod jinja;
pub mod metadata;
pub mod namespace;
pub mod native;
pub mod preset;
pub mod substitution;
pub mod template;
pub mod variable;

pub use action::{Action, SourceName, is_true, table_name};
pub use collect::Definition;

use std::sync::Arc;

use crate::check;
use crate::model::ActionType;
use crate::plugin::Table;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, Severity, Subject};
use crate::syntax::{Node, Value};
use metadata::{ColumnContext, MetadataColumns};
use preset::Presets;
use substitution::Source;
use template::Templates;
use variable::Variables;

/// A name with a secret in it.
pub static SECRET_NAME: Rule = Rule::new("LHP-VAL-008", "secret-name");

/// Whether test actions are part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tests {
    #[default]
    Excluded,
    Included,
}

/// What all flowgroups of a project share.
pub struct Shared<'a> {
    pub project: &'a Project,
    pub presets: Presets,
    pub templates: Templates,
    pub columns: MetadataColumns,
    pub table: &'a Table,
    pub tests: Tests,
}

/// A flowgroup after every expansion step.
#[derive(Debug)]
pub struct Resolved {
    /// Name of the pipeline, tokens replaced.
    pub pipeline: Arc<str>,
    /// Name of the flowgroup, tokens replaced.
    pub flowgroup: Arc<str>,
    /// Its own actions, then those of its template.
    pub actions: Vec<Action>,
    /// Positions of the actions in the order in which they are emitted.
    pub order: Vec<usize>,
}

/// Expands one flowgroup. None if it has errors; the report says which.
pub fn resolve(definition: Definition, shared: &Shared<'_>, report: &mut Report) -> Option<Resolved> {
    let project = shared.project;
    let errors_before = report.count(Severity::Error);
    let failed = |report: &Report| report.count(Severity::Error) > errors_before;
    let place = definition.span();
    let mut flowgroup = definition.node;

    let variables = Variables::of(&flowgroup, report);
    if failed(report) {
        return None;
    }
    if let Some(variables) = variables {
        let own = flowgroup.as_mapping_mut().and_then(|mapping| mapping.remove("variables"));
        variables.substitute(&mut flowgroup, &project.sources, report);
        if let (Some(mapping), Some(entry)) = (flowgroup.as_mapping_mut(), own) {
            mapping.entries.push(entry);
        }
    }
    if failed(report) {
        return None;
    }

    let written = flowgroup.as_mapping_mut().and_then(|mapping| mapping.remove("actions"));
    let mut actions = match written.map(|entry| entry.value.value) {
        Some(Value::Sequence(actions)) => actions,
        _ => Vec::new(),
    };
    let mut template_presets = Vec::new();
    if let Some(place) = flowgroup.get("use_template").filter(|place| place.is_truthy()) {
        let template = shared.templates.find(project, place, report)?;
        actions.extend(shared.templates.expand(project, &template, &flowgroup, report));
        template_presets = template.presets.clone();
    }
    if failed(report) {
        return None;
    }

    let mut excluded = Vec::new();
    if shared.tests == Tests::Excluded {
        let is_test = |action: &Node| action.get("type").and_then(Node::as_str) == Some(ActionType::Test.word());
        (excluded, actions) = actions.into_iter().partition(is_test);
    }

    let own_presets = flowgroup.get("presets").and_then(Node::as_sequence).unwrap_or_default();
    if let Some(applied) = shared.presets.apply_list(&template_presets, report) {
        applied.apply(&mut actions, report);
    }
    let applied = shared.presets.apply_list(own_presets, report);
    if let Some(applied) = &applied {
        applied.apply(&mut actions, report);
    }
    let preset_columns = applied.as_ref().and_then(|applied| applied.metadata()).cloned();

    let source = Source { environment: &project.environment, sources: &project.sources };
    if let Some(mapping) = flowgroup.as_mapping_mut() {
        mapping.remove("template_parameters");
        mapping.remove("variables");
    }
    source.substitute(&mut flowgroup, report);
    actions.iter_mut().for_each(|action| source.substitute(action, report));
    refuse_secret_names(&flowgroup, &["pipeline", "flowgroup"], report);
    actions.iter().for_each(|action| refuse_secret_names(action, &["name", "target"], report));
    actions.iter_mut().for_each(|action| namespace::normalise(action, report));
    if failed(report) {
        return None;
    }

    if actions.is_empty() {
        if excluded.is_empty() {
            report.push(
                Diagnostic::error(&check::flowgroup::NO_ACTIONS, "this flowgroup has no actions")
                    .label(place, "nothing to do")
                    .help("add actions, or use a template"),
            );
            return None;
        }
        return Some(resolved(&flowgroup, Vec::new(), Vec::new()));
    }
    let nodes = actions.into_iter().enumerate();
    let classify = |(index, node): (usize, Node)| {
        let (from, name) = (report.diagnostics.len(), node.get("name").and_then(Node::as_str).map(Arc::from));
        let action = check::action::classify(index, node, shared.table, report);
        report.set_subject(from, &Subject { action: name, ..Subject::default() });
        action
    };
    let mut classified: Vec<Action> = nodes.filter_map(classify).collect();
    let complete = !failed(report);
    for action in &classified {
        let from = report.diagnostics.len();
        check::action::check(action, shared.table, project, report);
        report.set_subject(from, &Subject { action: Some(action.name.clone()), ..Subject::default() });
    }
    if !complete {
        return None;
    }
    let order = check::flowgroup::check(&classified, &excluded, place, report);

    let names = resolved(&flowgroup, Vec::new(), Vec::new());
    for action in &mut classified {
        add_metadata(action, &flowgroup, preset_columns.as_ref(), &names, shared, &source, report);
    }
    if failed(report) {
        return None;
    }
    Some(resolved(&flowgroup, classified, order?))
}

/// Names become file, function and view names, which cannot be secret.
fn refuse_secret_names(node: &Node, keys: &[&str], report: &mut Report) {
    for key in keys {
        if let Some(place) = node.get(key).filter(|place| matches!(place.value, Value::Secret(_))) {
            report.push(
                Diagnostic::error(&SECRET_NAME, format!("the {key} cannot be a secret"))
                    .at(place, "contains a secret")
                    .help("write the name, or use a token whose value is not a secret"),
            );
        }
    }
}

fn resolved(flowgroup: &Node, actions: Vec<Action>, order: Vec<usize>) -> Resolved {
    let name = |key: &str| match flowgroup.get(key).map(|node| &node.value) {
        Some(Value::String(text)) => text.clone(),
        _ => Arc::from(""),
    };
    Resolved { pipeline: name("pipeline"), flowgroup: name("flowgroup"), actions, order }
}

/// Selects the metadata columns of an action and resolves their expressions.
fn add_metadata(
    action: &mut Action,
    flowgroup: &Node,
    preset_columns: Option<&Node>,
    names: &Resolved,
    shared: &Shared<'_>,
    source: &Source<'_>,
    report: &mut Report,
) {
    let adds = shared.table.get(action.kind, &action.key).is_some_and(|row| row.capability().adds_metadata);
    let own = action.get("operational_metadata");
    if !adds || own.and_then(Node::as_bool) == Some(false) {
        return;
    }
    let selections = [preset_columns, flowgroup.get("operational_metadata"), own];
    if selections.iter().all(Option::is_none) {
        return;
    }
    let source_table = match (action.kind, action.key.as_ref()) {
        (ActionType::Load, "delta") => action.settings.as_mapping().and_then(table_name),
        (ActionType::Load, "jdbc") => {
            let table = action.setting("table").and_then(Node::as_str).filter(|table| !table.is_empty());
            Some(table.unwrap_or("unknown_table").to_owned())
        }
        _ => None,
    };
    let context =
        ColumnContext { pipeline: names.pipeline.clone(), flowgroup: names.flowgroup.clone(), source_table, source };
    let chosen = shared.columns.select(&selections, report);
    let columns = chosen.iter().filter_map(|(name, place)| shared.columns.column(name, place, &context, report));
    action.metadata = columns.collect();
}
