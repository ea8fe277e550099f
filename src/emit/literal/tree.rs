//! Values of any shape: a tree goes in, Python source or Python's `str()` of it comes out.
//!
//! Trees are built from YAML nodes and from template values; both are written by the same rules.

use std::sync::Arc;

use super::date::date_repr;
use super::escape::{Braces, Lines, Place, Quoting, is_unprintable, push_body};
use super::number::{float_json, float_repr, float_source};
use super::{string, text};
use crate::syntax::{Node, Part, Text, Value};

/// A value that can be written as Python, unless it holds a date.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    None,
    Bool(bool),
    /// Decimal digits with an optional sign.
    Int(String),
    Float(f64),
    /// A date, as Python's `str()` shows it.
    Date(Arc<str>),
    Text(Text),
    /// Python source by contract.
    Code(String),
    List(Vec<Literal>),
    Map(Vec<(Literal, Literal)>),
}

/// A date has no literal form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the date {0} cannot be written as a Python literal; quote it to make it a string")]
pub(crate) struct DateLiteral(pub Arc<str>);

impl From<&Node> for Literal {
    fn from(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::None,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) => Self::Int(number.to_string()),
            Value::BigInt(digits) => Self::Int(digits.to_string()),
            Value::Float(number) => Self::Float(*number),
            Value::Timestamp(date) => Self::Date(date.clone()),
            Value::String(plain) => Self::Text(Text::plain(plain.clone())),
            Value::Secret(secret) => Self::Text(secret.as_ref().clone()),
            Value::Sequence(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Mapping(mapping) => Self::Map(
                mapping.entries.iter().map(|entry| (Self::from(&entry.key), Self::from(&entry.value))).collect(),
            ),
        }
    }
}

impl Literal {
    /// Appends Python source with this value.
    pub(crate) fn push_source(&self, out: &mut String) -> Result<(), DateLiteral> {
        match self {
            Self::None => out.push_str("None"),
            Self::Bool(flag) => out.push_str(python_bool(*flag)),
            Self::Int(digits) => out.push_str(digits.strip_prefix('+').unwrap_or(digits)),
            Self::Float(number) => out.push_str(&float_source(*number)),
            Self::Date(date) => return Err(DateLiteral(date.clone())),
            Self::Text(value) => out.push_str(&text(value)),
            Self::Code(source) => out.push_str(source),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.push_source(out)?;
                }
                out.push(']');
            }
            Self::Map(pairs) => {
                out.push('{');
                for (index, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    out.push_str(&key.key_source()?);
                    out.push_str(": ");
                    value.push_source(out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    }

    /// The key of a mapping as text: what JSON would write for it.
    pub(crate) fn key_text(&self) -> Result<Text, DateLiteral> {
        Ok(match self {
            Self::None => "null".into(),
            Self::Bool(flag) => if *flag { "true" } else { "false" }.into(),
            Self::Int(digits) => digits.strip_prefix('+').unwrap_or(digits).into(),
            Self::Float(number) => float_json(*number).into(),
            Self::Date(date) => return Err(DateLiteral(date.clone())),
            Self::Text(key) => key.clone(),
            Self::Code(_) | Self::List(_) | Self::Map(_) => self.python_str(),
        })
    }

    fn key_source(&self) -> Result<String, DateLiteral> {
        match self {
            Self::Code(source) => Ok(source.clone()),
            Self::Text(key) => Ok(key.as_plain().map_or_else(|| text(key), string)),
            _ => Ok(text(&self.key_text()?)),
        }
    }

    /// Python's `str()` of this value.
    pub(crate) fn python_str(&self) -> Text {
        match self {
            Self::Text(text) => text.clone(),
            Self::Date(date) => Text::plain(date.clone()),
            _ => {
                let mut out = Text::default();
                self.push_repr(&mut out);
                out
            }
        }
    }

    /// Appends Python's `repr()` of this value.
    fn push_repr(&self, out: &mut Text) {
        match self {
            Self::None => out.push_str("None"),
            Self::Bool(flag) => out.push_str(python_bool(*flag)),
            Self::Int(digits) => out.push_str(digits.strip_prefix('+').unwrap_or(digits)),
            Self::Float(number) => out.push_str(&float_repr(*number)),
            Self::Date(date) => out.push_str(&date_repr(date)),
            Self::Code(source) => out.push_str(source),
            Self::Text(value) => push_text_repr(out, value),
            Self::List(items) => {
                out.push_str("[");
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.push_repr(out);
                }
                out.push_str("]");
            }
            Self::Map(pairs) => {
                out.push_str("{");
                for (index, (key, value)) in pairs.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    key.push_repr(out);
                    out.push_str(": ");
                    value.push_repr(out);
                }
                out.push_str("}");
            }
        }
    }
}

fn python_bool(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

/// The literal parts decide on the quotes: what a secret holds is not known before the pipeline runs.
fn push_text_repr(out: &mut Text, value: &Text) {
    let has = |quote| value.parts.iter().any(|part| matches!(part, Part::Literal(text) if text.contains(quote)));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let quoting = Quoting { quote, lines: Lines::One, braces: Braces::Plain, hidden: is_unprintable };
    let mut quoted = Text::plain(quote.to_string());
    quoted.push(&value.map_literals(|literal| {
        let mut body = String::with_capacity(literal.len());
        push_body(&mut body, literal, quoting, Place::WHOLE);
        body
    }));
    quoted.push_str(quote.encode_utf8(&mut [0; 4]));
    out.push(&quoted);
}
