//! Trees as runtimes are given them, and places that they answer with.

use crate::syntax::{Node, Part, Value};
pub use crate::syntax::{Pointed, json, json_with};

/// The node that a JSON pointer leads to, or the last one on the way that exists.
pub fn at_pointer<'a>(root: &'a Node, pointer: &str) -> Pointed<'a> {
    root.follow(pointer)
}

/// Whether there is a secret in a tree.
pub fn holds_secret(node: &Node) -> bool {
    match &node.value {
        Value::Secret(text) => text.parts.iter().any(|part| matches!(part, Part::Secret(_))),
        Value::Sequence(items) => items.iter().any(holds_secret),
        Value::Mapping(mapping) => mapping.entries.iter().any(|entry| holds_secret(&entry.value)),
        _ => false,
    }
}
