//! Names that an action gives to views, flows, sinks and functions.
//!
//! They are known from the action alone, so that rules can compare them across actions and flowgroups.

use super::text_of;
use super::transform::data_quality;
use super::write::{materialized_view, sink, streaming_table};
use crate::expand::Action;
use crate::model::ActionType;
use crate::syntax::Node;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// A view, or the temporary table of a test.
    View,
    /// A flow, by which the platform remembers how far it has read.
    Flow,
    /// A sink.
    Sink,
    /// A function without a name on the platform.
    Function,
}

/// What kind of action a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    View,
    Table,
    Sink,
    Quarantine,
}

/// A name and what it is taken from.
#[derive(Debug, Clone)]
pub struct DefinedName<'a> {
    pub kind: NameKind,
    pub by: NamedBy,
    pub name: String,
    pub node: &'a Node,
}

impl DefinedName<'_> {
    /// Whether the name follows from another one, so that two of this sort are equal only if those are, too.
    pub fn follows(&self) -> bool {
        matches!((self.by, self.kind), (NamedBy::Sink, NameKind::Flow) | (NamedBy::Quarantine, _))
    }
}

/// The names that an action defines in its module and its pipeline.
pub fn defined_names(action: &Action) -> Vec<DefinedName<'_>> {
    let node = action.get("name").unwrap_or(&action.node);
    match (action.kind, action.key.as_ref()) {
        (ActionType::Load | ActionType::Transform | ActionType::Test, _) => {
            let name = if action.kind == ActionType::Test { Some(action.test_table()) } else { None };
            let name = name.or_else(|| action.target().map(str::to_owned));
            let target = action.get("target").filter(|target| target.is_truthy()).unwrap_or(node);
            let view = name.map(|name| DefinedName { kind: NameKind::View, by: NamedBy::View, name, node: target });
            view.into_iter().chain(quarantine_sinks(action)).collect()
        }
        (ActionType::Write, "streaming_table") => {
            let flows = streaming_table::flow_names(action).into_iter();
            flows.map(|name| DefinedName { kind: NameKind::Flow, by: NamedBy::Table, name, node }).collect()
        }
        (ActionType::Write, "materialized_view") => {
            let node = action.setting("table").unwrap_or(node);
            let name = materialized_view::function_name(action);
            vec![DefinedName { kind: NameKind::Function, by: NamedBy::Table, name, node }]
        }
        (ActionType::Write, key) if key.starts_with("sink/") => {
            let Some(node) = action.setting("sink_name") else { return Vec::new() };
            let named = |kind, name| DefinedName { kind, by: NamedBy::Sink, name, node };
            let sink = named(NameKind::Sink, text_of(node).display());
            let flows = sink::flow_names(action).into_iter().map(|name| named(NameKind::Flow, name));
            std::iter::once(sink).chain(flows).collect()
        }
        _ => Vec::new(),
    }
}

/// The sinks that a quarantine makes for itself.
fn quarantine_sinks(action: &Action) -> Vec<DefinedName<'_>> {
    if !data_quality::is_quarantine(action) {
        return Vec::new();
    }
    let node = action.setting("source").unwrap_or(&action.node);
    let sinks = data_quality::sink_names(action).into_iter();
    sinks.map(|name| DefinedName { kind: NameKind::Sink, by: NamedBy::Quarantine, name, node }).collect()
}
