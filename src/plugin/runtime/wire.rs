//! Trees as JSON: nodes go in, the values that leave the program come out.

use serde_json::{Map, Number, Value as Json};

use crate::syntax::{Node, Part, SecretRef, Text, Value};

/// A tree as JSON; secrets are shown as `${secret:scope/key}`, which is for schemas and messages only.
///
/// Dates, and numbers that JSON cannot hold, become text.
pub fn json(node: &Node) -> Json {
    json_with(node, &mut |secret| format!("${{secret:{}/{}}}", secret.scope, secret.key))
}

/// A tree as JSON in which a function writes the secrets.
pub(super) fn json_with(node: &Node, secret: &mut dyn FnMut(&SecretRef) -> String) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::from(*number),
        Value::BigInt(digits) => digits.parse::<u64>().map_or_else(|_| Json::from(digits.as_ref()), Json::from),
        Value::Float(number) => {
            Number::from_f64(*number).map_or_else(|| Json::from(node.plain_text().as_ref()), Json::Number)
        }
        Value::Timestamp(text) | Value::String(text) => Json::from(text.as_ref()),
        Value::Secret(text) => Json::from(flat(text, secret)),
        Value::Sequence(items) => items.iter().map(|item| json_with(item, secret)).collect(),
        Value::Mapping(mapping) => {
            let mut object = Map::with_capacity(mapping.entries.len());
            for entry in &mapping.entries {
                object.insert(entry.key.plain_text().into_owned(), json_with(&entry.value, secret));
            }
            Json::Object(object)
        }
    }
}

fn flat(text: &Text, secret: &mut dyn FnMut(&SecretRef) -> String) -> String {
    let mut out = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => out.push_str(literal),
            Part::Secret(reference) => out.push_str(&secret(reference)),
        }
    }
    out
}

/// The node that a JSON pointer leads to, or the last one on the way that exists.
pub fn at_pointer<'a>(root: &'a Node, pointer: &str) -> Pointed<'a> {
    let mut node = root;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let next = match &node.value {
            Value::Sequence(items) => step.parse::<usize>().ok().and_then(|at| items.get(at)),
            Value::Mapping(mapping) => {
                mapping.entries.iter().find(|entry| entry.key.plain_text() == step.as_str()).map(|entry| &entry.value)
            }
            _ => None,
        };
        match next {
            Some(next) => node = next,
            None => return Pointed { node, exact: false },
        }
    }
    Pointed { node, exact: true }
}

/// Where a JSON pointer leads.
#[derive(Debug, Clone, Copy)]
pub struct Pointed<'a> {
    pub node: &'a Node,
    /// Whether every step was found.
    pub exact: bool,
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
