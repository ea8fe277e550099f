//! Python source for values: text or a YAML tree goes in, an expression with exactly that value comes out.
//!
//! No other module writes quotes around a user's text.

mod date;
mod escape;
mod number;
mod text;
mod tree;

#[cfg(test)]
mod tests;

pub use number::float_repr;
pub use text::{block, secret, string, text, text_block};

pub(super) use escape::is_hidden;
pub(crate) use escape::push_escape;
pub(super) use text::tripled;
pub(super) use tree::Literal;

use crate::syntax::{Node, Text, Value};

/// A date stands where a Python literal is needed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a date cannot be written as a Python literal")]
pub struct NotLiteral<'a> {
    /// The date, which may be the key of a mapping.
    pub node: &'a Node,
}

/// A Python literal with the value of a YAML tree.
///
/// Keys of mappings become strings: `true`, `null` and numbers turn into their JSON text.
///
/// # Errors
/// A date has no literal form; the error names the first one.
pub fn value(node: &Node) -> Result<String, NotLiteral<'_>> {
    if let Value::String(plain) = &node.value {
        return Ok(string(plain));
    }
    let mut out = String::new();
    match Literal::from(node).push_source(&mut out) {
        Ok(()) => Ok(out),
        Err(_) => Err(NotLiteral { node: first_date(node).unwrap_or(node) }),
    }
}

/// A Python literal like that of [`value`], but keys of mappings keep their kind: `{1: "a", None: "b"}`.
///
/// # Errors
/// A date has no literal form; the error names the first one.
pub fn exact(node: &Node) -> Result<String, NotLiteral<'_>> {
    Ok(match &node.value {
        Value::Mapping(mapping) => {
            let pairs =
                mapping.entries.iter().map(|pair| Ok(format!("{}: {}", value(&pair.key)?, exact(&pair.value)?)));
            format!("{{{}}}", pairs.collect::<Result<Vec<_>, _>>()?.join(", "))
        }
        Value::Sequence(items) => format!("[{}]", items.iter().map(exact).collect::<Result<Vec<_>, _>>()?.join(", ")),
        _ => value(node)?,
    })
}

/// Python's `str()` of a YAML value: `True`, `None`, `1e-07`, `[1, 'a']`, `2024-01-01`.
pub fn python_str(node: &Node) -> Text {
    Literal::from(node).python_str()
}

/// The first date in a tree, which is the only kind of value without a literal form.
pub(crate) fn first_date(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Timestamp(_) => Some(node),
        Value::Sequence(items) => items.iter().find_map(first_date),
        Value::Mapping(mapping) => {
            mapping.entries.iter().find_map(|entry| first_date(&entry.key).or_else(|| first_date(&entry.value)))
        }
        _ => None,
    }
}
