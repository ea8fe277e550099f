//! Names that a write gives to flows, sinks and functions.
//!
//! They are known from the action alone, so that rules can compare them across actions and flowgroups.

use super::{materialized_view, streaming_table};
use crate::expand::Action;
use crate::generator::text_of;
use crate::model::ActionType;
use crate::syntax::Node;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// A flow, by which the platform remembers how far it has read.
    Flow,
    /// A sink.
    Sink,
    /// A function without a name on the platform.
    Function,
}

/// A name and what it is taken from.
#[derive(Debug, Clone)]
pub struct DefinedName<'a> {
    pub kind: NameKind,
    pub name: String,
    pub node: &'a Node,
}

/// The names that an action defines in its module and its pipeline.
pub fn defined_names(action: &Action) -> Vec<DefinedName<'_>> {
    if action.kind != ActionType::Write {
        return Vec::new();
    }
    let node = action.get("name").unwrap_or(&action.node);
    match action.key.as_ref() {
        "streaming_table" => {
            let flows = streaming_table::flow_names(action).into_iter();
            flows.map(|name| DefinedName { kind: NameKind::Flow, name, node }).collect()
        }
        "materialized_view" => {
            let node = action.setting("table").unwrap_or(node);
            vec![DefinedName { kind: NameKind::Function, name: materialized_view::function_name(action), node }]
        }
        key if key.starts_with("sink/") => {
            let sink = action.setting("sink_name");
            sink.map(|node| DefinedName { kind: NameKind::Sink, name: text_of(node).display(), node })
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}
