//! Trees as JSON: nodes go in, the values that leave the program come out.

use serde_json::{Map, Number, Value as Json};

use super::{Node, Part, SecretRef, Text, Value};

/// A tree as JSON; secrets are shown as `${secret:scope/key}`, which is for schemas and messages only.
///
/// Dates, and numbers that JSON cannot hold, become text.
pub fn json(node: &Node) -> Json {
    json_with(node, &mut |secret| format!("${{secret:{}/{}}}", secret.scope, secret.key))
}

/// A tree as JSON in which a function writes the secrets.
pub fn json_with(node: &Node, secret: &mut dyn FnMut(&SecretRef) -> String) -> Json {
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
