//! Template parameters: nodes go in, values that behave like their Python counterparts come out.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr, from_args};
use minijinja::{Error, ErrorKind, State, Value};

use crate::syntax::{self, Node};

/// The template value of a node. Lists and mappings keep their order, keys keep their types.
///
/// A date prints as its text. A string with secrets prints them as `${secret:scope/key}`, the form in which a
/// later stage finds them again.
pub fn context_value(node: &Node) -> Value {
    match &node.value {
        syntax::Value::Null => Value::from(()),
        syntax::Value::Bool(flag) => Value::from(*flag),
        syntax::Value::Int(number) => Value::from(*number),
        syntax::Value::BigInt(digits) => long_integer(digits),
        syntax::Value::Float(number) => Value::from(*number),
        syntax::Value::Timestamp(text) => Value::from_object(Moment(text.clone())),
        syntax::Value::String(text) => Value::from(text.clone()),
        syntax::Value::Secret(text) => Value::from(text.display()),
        syntax::Value::Sequence(items) => items.iter().map(context_value).collect(),
        syntax::Value::Mapping(mapping) => Value::from_pairs(
            mapping.entries.iter().map(|entry| (context_value(&entry.key), context_value(&entry.value))),
        ),
    }
}

pub(super) fn long_integer(digits: &Arc<str>) -> Value {
    match digits.parse::<i128>() {
        Ok(number) => Value::from(number),
        Err(_) => Value::from_object(LongInteger(digits.clone())),
    }
}

/// An integer beyond 128 bits: it prints, and takes part in nothing else.
#[derive(Debug)]
pub(super) struct LongInteger(Arc<str>);

impl Object for LongInteger {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A date or a date-time, as the text that Python's `str()` shows.
#[derive(Debug)]
pub(super) struct Moment(Arc<str>);

impl Moment {
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The number between two byte offsets of the text.
    fn number(&self, from: usize, to: usize) -> Option<Value> {
        self.0.get(from..to)?.parse::<i64>().ok().map(Value::from)
    }

    fn microsecond(&self) -> Option<Value> {
        self.number(17, 19)?;
        let fraction = self.0.get(19..).and_then(|rest| rest.strip_prefix('.')).and_then(|rest| rest.get(..6));
        Some(Value::from(fraction.and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0)))
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "year" => self.number(0, 4),
            "month" => self.number(5, 7),
            "day" => self.number(8, 10),
            "hour" => self.number(11, 13),
            "minute" => self.number(14, 16),
            "second" => self.number(17, 19),
            "microsecond" => self.microsecond(),
            _ => None,
        }
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "isoformat" => {
                let () = from_args(arguments)?;
                Ok(Value::from(self.0.replacen(' ', "T", 1)))
            }
            _ => Err(Error::new(
                ErrorKind::UnknownMethod,
                format!("a date has no method `{method}` here, only `isoformat`"),
            )),
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
