//! Values for templates: YAML nodes and texts go in, template values come out, and literals come back.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, Value};

use super::literal::Literal;
use super::secret_mark::{is_marked, mark, unmark};
use crate::syntax::{Node, Text, Value as Yaml};

/// A date inside a template. It prints as text where text is asked for, and has no literal form.
#[derive(Debug)]
struct Date(Arc<str>);

impl Object for Date {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The value of a YAML tree for templates. Keys of mappings are strings, as [`super::literal::value`] writes them.
pub fn template_value(node: &Node) -> Value {
    match &node.value {
        Yaml::Null => Value::from(()),
        Yaml::Bool(flag) => Value::from(*flag),
        Yaml::Int(number) => Value::from(*number),
        Yaml::BigInt(digits) => match digits.parse::<i128>() {
            Ok(number) => Value::from(number),
            Err(_) => Value::from_safe_string(digits.strip_prefix('+').unwrap_or(digits).to_owned()),
        },
        Yaml::Float(number) => Value::from(*number),
        Yaml::Timestamp(date) => Value::from_object(Date(date.clone())),
        Yaml::String(text) => Value::from(text.clone()),
        Yaml::Secret(text) => template_text(text),
        Yaml::Sequence(items) => items.iter().map(template_value).collect(),
        Yaml::Mapping(mapping) => Value::from_pairs(
            mapping.entries.iter().map(|entry| (template_key(&entry.key), template_value(&entry.value))),
        ),
    }
}

/// The value of a text for templates. Its secrets survive concatenation, trimming and replacement.
pub fn template_text(text: &Text) -> Value {
    match text.as_plain() {
        Some(plain) => Value::from(plain),
        None => Value::from(mark(text)),
    }
}

fn template_key(node: &Node) -> Value {
    match &node.value {
        Yaml::String(text) => Value::from(text.clone()),
        Yaml::Timestamp(date) => Value::from_object(Date(date.clone())),
        _ => Literal::from(node).key_text().map_or_else(|error| Value::from(error.0), |key| template_text(&key)),
    }
}

/// The text behind a template value that is a string.
pub(super) fn as_text(value: &Value) -> Result<Text, Error> {
    match value.as_str() {
        Some(text) => unmark(text).map_err(invalid),
        None => Err(invalid(format!("expected text, found {}", value.kind()))),
    }
}

/// The text behind a template value that is a string without secrets; `place` says what it would become.
pub(super) fn as_plain_text(value: &Value, place: &str) -> Result<String, Error> {
    if let Some(text) = value.as_str().filter(|text| !is_marked(text)) {
        return Ok(text.to_owned());
    }
    let text = as_text(value)?;
    text.as_plain().map(str::to_owned).ok_or_else(|| invalid(format!("a secret cannot be part of {place}")))
}

/// The literal behind a template value.
pub(super) fn as_literal(value: &Value) -> Result<Literal, Error> {
    Ok(match value.kind() {
        ValueKind::None => Literal::None,
        ValueKind::Bool => Literal::Bool(value.is_true()),
        ValueKind::Number if value.is_integer() => Literal::Int(value.to_string()),
        ValueKind::Number => Literal::Float(f64::try_from(value.clone())?),
        ValueKind::String if value.is_safe() => Literal::Code(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::String => Literal::Text(as_text(value)?),
        ValueKind::Seq | ValueKind::Iterable => {
            Literal::List(value.try_iter()?.map(|item| as_literal(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => {
            let pairs = value.as_object().and_then(|object| object.try_iter_pairs());
            let pair = |(key, value): (Value, Value)| Ok((as_literal(&key)?, as_literal(&value)?));
            Literal::Map(pairs.into_iter().flatten().map(pair).collect::<Result<_, Error>>()?)
        }
        kind => match value.downcast_object_ref::<Date>() {
            Some(Date(date)) => Literal::Date(date.clone()),
            None => return Err(invalid(format!("a value of kind `{kind}` cannot be written as a Python literal"))),
        },
    })
}

/// An error of a template expression.
pub(super) fn invalid(message: impl ToString) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.to_string())
}
