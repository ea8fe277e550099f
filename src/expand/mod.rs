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
mod secret;
pub mod substitution;
pub mod template;
pub mod variable;

pub use action::{Action, SourceName, is_true, table_name};
pub use collect::Definition;

use std::sync::Arc;

use crate::model::ActionType;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, Severity};
use crate::source::Span;
use crate::syntax::{Node, Value};
use metadata::MetadataColumns;
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
    pub tests: Tests,
}

/// A flowgroup after every step that changes its text. Its actions are still trees.
#[derive(Debug)]
pub struct Expanded {
    /// The mapping without its actions.
    pub flowgroup: Node,
    /// The flowgroup's own actions, then those of its template.
    pub actions: Vec<Node>,
    /// Test actions that are not part of this run.
    pub excluded: Vec<Node>,
    /// Operational metadata columns that presets select.
    pub preset_columns: Option<Node>,
    /// Where the flowgroup is named.
    pub place: Span,
}

/// A flowgroup that passed the checks of its actions.
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
pub fn expand(definition: Definition, shared: &Shared<'_>, report: &mut Report) -> Option<Expanded> {
    let errors_before = report.count(Severity::Error);
    let failed = |report: &Report| report.count(Severity::Error) > errors_before;
    let place = definition.span();
    let mut flowgroup = definition.node;

    replace_variables(&mut flowgroup, shared, report);
    if failed(report) {
        return None;
    }
    let mut actions = take_actions(&mut flowgroup);
    let template_presets = add_template(&flowgroup, &mut actions, shared, report);
    if failed(report) {
        return None;
    }
    let mut excluded = Vec::new();
    if shared.tests == Tests::Excluded {
        let is_test = |action: &Node| action.get("type").and_then(Node::as_str) == Some(ActionType::Test.word());
        (excluded, actions) = actions.into_iter().partition(is_test);
    }
    let preset_columns = apply_presets(&flowgroup, &template_presets, &mut actions, shared, report);
    substitute(&mut flowgroup, &mut actions, shared, report);
    (!failed(report)).then_some(Expanded { flowgroup, actions, excluded, preset_columns, place })
}

fn replace_variables(flowgroup: &mut Node, shared: &Shared<'_>, report: &mut Report) {
    let errors_before = report.count(Severity::Error);
    let variables = Variables::of(flowgroup, report);
    let Some(variables) = variables.filter(|_| report.count(Severity::Error) == errors_before) else { return };
    // The definitions themselves are expanded already, and a variable in them is not a use.
    let own = flowgroup.as_mapping_mut().and_then(|mapping| mapping.remove("variables"));
    variables.substitute(flowgroup, &shared.project.sources, report);
    if let (Some(mapping), Some(entry)) = (flowgroup.as_mapping_mut(), own) {
        mapping.entries.push(entry);
    }
}

fn take_actions(flowgroup: &mut Node) -> Vec<Node> {
    let written = flowgroup.as_mapping_mut().and_then(|mapping| mapping.remove("actions"));
    match written.map(|entry| entry.value.value) {
        Some(Value::Sequence(actions)) => actions,
        _ => Vec::new(),
    }
}

/// Adds the actions of the template, if one is used, and gives the presets that the template lists.
fn add_template(flowgroup: &Node, actions: &mut Vec<Node>, shared: &Shared<'_>, report: &mut Report) -> Vec<Node> {
    let Some(place) = flowgroup.get("use_template").filter(|place| place.is_truthy()) else { return Vec::new() };
    let Some(template) = shared.templates.find(shared.project, place, report) else { return Vec::new() };
    actions.extend(shared.templates.expand(shared.project, &template, flowgroup, report));
    template.presets.clone()
}

/// Merges the presets of the template, then those of the flowgroup. Gives the columns that the latter select.
fn apply_presets(
    flowgroup: &Node,
    template_presets: &[Node],
    actions: &mut [Node],
    shared: &Shared<'_>,
    report: &mut Report,
) -> Option<Node> {
    if let Some(applied) = shared.presets.apply_list(template_presets, report) {
        applied.apply(actions, report);
    }
    let own = flowgroup.get("presets").and_then(Node::as_sequence).unwrap_or_default();
    let applied = shared.presets.apply_list(own, report)?;
    applied.apply(actions, report);
    applied.metadata().cloned()
}

/// Replaces tokens and secrets, and brings namespaces into their modern form.
fn substitute(flowgroup: &mut Node, actions: &mut [Node], shared: &Shared<'_>, report: &mut Report) {
    let source = Source { environment: &shared.project.environment, sources: &shared.project.sources };
    if let Some(mapping) = flowgroup.as_mapping_mut() {
        mapping.remove("template_parameters");
        mapping.remove("variables");
    }
    source.substitute(flowgroup, report);
    refuse_secret_names(flowgroup, &["pipeline", "flowgroup"], report);
    for action in actions {
        source.substitute(action, report);
        refuse_secret_names(action, &["name", "target"], report);
        namespace::normalise(action, report);
    }
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
