//! The steps of expansion for one flowgroup: a definition goes in, its actions with everything filled in come out.
//!
//! What is broken is set aside, so that the rest is expanded as well and every fault is found in one run.

use super::preset::Unusable;
use super::substitution::Source;
use super::variable::Variables;
use super::{Definition, SECRET_NAME, Shared, Tests, namespace};
use crate::model::ActionType;
use crate::report::{Diagnostic, Report, Severity};
use crate::source::Span;
use crate::syntax::{Node, Value};

/// A flowgroup after every step that changes its text. Its actions are still trees.
#[derive(Debug)]
pub struct Expanded {
    /// The mapping without its actions.
    pub flowgroup: Node,
    /// The flowgroup's own actions, then those of its template.
    pub actions: Vec<Node>,
    /// Actions with a fault that was reported, as far as they were expanded.
    pub broken: Vec<Node>,
    /// Test actions that are not part of this run.
    pub excluded: Vec<Node>,
    /// Operational metadata columns that presets select.
    pub preset_columns: Option<Node>,
    /// Where the flowgroup is named.
    pub place: Span,
    pub gaps: Gaps,
}

/// What a flowgroup lacks because of faults that were reported. Nothing is to be said about what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gaps {
    /// Actions that a template would bring.
    pub actions: bool,
    /// Settings that presets would merge into loads and writes.
    pub settings: bool,
}

/// Expands one flowgroup. The report says what is wrong with it.
pub fn expand(definition: Definition, shared: &Shared<'_>, report: &mut Report) -> Expanded {
    let place = definition.span();
    let Definition { node: mut flowgroup, broken, gaps } = definition;
    let actions = take_actions(&mut flowgroup);
    let mut expansion = Expansion { shared, report, flowgroup, actions, broken, gaps };
    expansion.replace_variables();
    let template_presets = expansion.add_template();
    let excluded = expansion.take_excluded();
    let preset_columns = expansion.apply_presets(&template_presets);
    expansion.substitute();
    let Expansion { flowgroup, actions, broken, gaps, .. } = expansion;
    Expanded { flowgroup, actions, broken, excluded, preset_columns, place, gaps }
}

fn take_actions(flowgroup: &mut Node) -> Vec<Node> {
    let written = flowgroup.as_mapping_mut().and_then(|mapping| mapping.remove("actions"));
    match written.map(|entry| entry.value.value) {
        Some(Value::Sequence(actions)) => actions,
        _ => Vec::new(),
    }
}

fn is_test(action: &Node) -> bool {
    action.get("type").and_then(Node::as_str) == Some(ActionType::Test.word())
}

/// A flowgroup on its way.
struct Expansion<'a> {
    shared: &'a Shared<'a>,
    report: &'a mut Report,
    flowgroup: Node,
    actions: Vec<Node>,
    broken: Vec<Node>,
    gaps: Gaps,
}

impl Expansion<'_> {
    /// Takes every action through a step that tells whether the action came through whole.
    fn each_action(&mut self, mut step: impl FnMut(&mut Node, &mut Report) -> bool) {
        for mut action in std::mem::take(&mut self.actions) {
            let whole = step(&mut action, self.report);
            if whole { self.actions.push(action) } else { self.broken.push(action) }
        }
    }

    /// Takes every key of the flowgroup through such a step. What does not come through is dropped.
    fn each_key(&mut self, mut step: impl FnMut(&mut Node, &mut Report) -> bool) {
        let (report, gaps) = (&mut *self.report, &mut self.gaps);
        let Some(mapping) = self.flowgroup.as_mapping_mut() else { return };
        mapping.entries.retain_mut(|entry| {
            let whole = step(&mut entry.value, report);
            if !whole {
                gaps.note(entry.key.as_str().unwrap_or_default());
            }
            whole
        });
    }

    fn replace_variables(&mut self) {
        let Some(variables) = Variables::of(&self.flowgroup, self.report) else { return };
        // The definitions themselves are expanded already, and a variable in them is not a use.
        if let Some(mapping) = self.flowgroup.as_mapping_mut() {
            mapping.remove("variables");
        }
        let sources = &self.shared.project.sources;
        self.each_key(|value, report| variables.substitute(value, sources, report));
        self.each_action(|action, report| variables.substitute(action, sources, report));
    }

    /// Adds the actions of the template, if one is used, and gives the presets that the template lists.
    fn add_template(&mut self) -> Vec<Node> {
        let (templates, project) = (&self.shared.templates, self.shared.project);
        let place = self.flowgroup.get("use_template").filter(|place| place.is_truthy() && !self.gaps.actions);
        let Some(place) = place else { return Vec::new() };
        let Some(template) = templates.find(project, place, self.report) else {
            self.gaps.actions = true;
            return Vec::new();
        };
        let rendered = templates.expand(project, &template, &self.flowgroup, self.report);
        self.gaps.actions |= !rendered.complete;
        self.actions.extend(rendered.actions);
        template.presets.clone()
    }

    /// Takes out the test actions, unless they are part of this run.
    fn take_excluded(&mut self) -> Vec<Node> {
        if self.shared.tests == Tests::Included {
            return Vec::new();
        }
        let mut excluded = Vec::new();
        for actions in [&mut self.actions, &mut self.broken] {
            excluded.extend(actions.extract_if(.., |action| is_test(action)));
        }
        excluded
    }

    /// Merges the presets of the template, then those of the flowgroup. Gives the columns that the latter select.
    fn apply_presets(&mut self, template_presets: &[Node]) -> Option<Node> {
        let presets = &self.shared.presets;
        let own = self.flowgroup.get("presets").and_then(Node::as_sequence).unwrap_or_default();
        let mut columns = None;
        for list in [template_presets, own] {
            match presets.apply_list(list, self.report) {
                Ok(None) => {}
                Ok(Some(applied)) => {
                    applied.apply(&mut self.actions, self.report);
                    columns = applied.metadata().filter(|_| std::ptr::eq(list, own)).cloned();
                }
                Err(Unusable) => self.gaps.settings = true,
            }
        }
        columns
    }

    /// Replaces tokens and secrets, and brings namespaces into their modern form.
    fn substitute(&mut self) {
        let project = self.shared.project;
        let source = Source { environment: &project.environment, sources: &project.sources };
        if let Some(mapping) = self.flowgroup.as_mapping_mut() {
            mapping.remove("template_parameters");
            mapping.remove("variables");
        }
        self.each_key(|value, report| source.substitute(value, report));
        let names = [("pipeline", "the name of the pipeline"), ("flowgroup", "the name of the flowgroup")];
        refuse_secret_names(&self.flowgroup, names, self.report);
        let settings_known = !self.gaps.settings;
        self.each_action(|action, report| {
            let errors = report.count(Severity::Error);
            let whole = source.substitute(action, report);
            refuse_secret_names(action, [("name", "the name of an action"), ("target", "`target`")], report);
            if settings_known {
                namespace::normalise(action, report);
            }
            whole && report.count(Severity::Error) == errors
        });
    }
}

impl Gaps {
    /// Notes what is missing when a key of a flowgroup cannot be used.
    pub fn note(&mut self, key: &str) {
        match key {
            "use_template" | "template_parameters" => self.actions = true,
            "presets" => self.settings = true,
            _ => {}
        }
    }
}

/// Names become file, function and view names, which cannot be secret.
fn refuse_secret_names(node: &Node, names: [(&str, &str); 2], report: &mut Report) {
    for (key, name) in names {
        if let Some(place) = node.get(key).filter(|place| matches!(place.value, Value::Secret(_))) {
            report.push(
                Diagnostic::error(&SECRET_NAME, format!("{name} cannot contain a secret"))
                    .at(place, "contains a secret")
                    .help("write the name, or use a token whose value is not a secret"),
            );
        }
    }
}
