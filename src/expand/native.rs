//! Native types of rendered template strings: text comes in, the value that the text spells goes out.
//!
//! The rules are tried in order and the first match wins; nothing is trimmed. Text that looks like a
//! list or a mapping must be one, as JSON or as a Python literal: it is never silently kept as text.

mod digits;
mod json;
mod python;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use digits::{decimal_value, to_decimal};

use crate::syntax::{Entry, Mapping, Node, Value};

/// Lists and mappings deeper than this are refused: no project nests so deep, and recursion stays bounded.
const MAX_DEPTH: usize = 100;

/// What a rendered string spells.
#[derive(Debug, Clone, PartialEq)]
pub enum Native {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits, as decimal digits with an optional minus sign and no leading zero.
    BigInt(Arc<str>),
    Float(f64),
    String(Arc<str>),
    List(Vec<Native>),
    /// Pairs in order of first appearance. Keys are scalars, and no two are equal in Python's sense.
    Map(Vec<(Native, Native)>),
}

/// Which shape a text has that is neither JSON nor a Python literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    List,
    Map,
}

/// Text that looks like a list or a mapping and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeError {
    pub shape: Shape,
    /// One sentence in the user's terms, without a final stop.
    pub message: String,
    /// What to change.
    pub help: String,
}

impl NativeError {
    fn new(shape: Shape, reason: &str) -> Self {
        let (noun, first, last) = match shape {
            Shape::List => ("list", '[', ']'),
            Shape::Map => ("mapping", '{', '}'),
        };
        Self {
            shape,
            message: format!("the rendered text looks like a {noun} but cannot be read as one: {reason}"),
            help: format!(
                "write it as JSON or as a Python literal, or put other text before `{first}` or after `{last}` if it is meant as text"
            ),
        }
    }
}

/// Converts a whole rendered string.
///
/// Empty text stays text; `None` is null; `true` and `false` in any case are booleans; an optional minus
/// sign and decimal digits of any script are an integer; `[…]` and `{…}` (with a colon and a quote) are
/// read as JSON, else as a Python literal. Everything else, decimal fractions included, stays text.
///
/// ```
/// use lhp::expand::native::{Native, convert};
///
/// assert_eq!(convert("0012"), Ok(Native::Int(12)));
/// assert_eq!(convert("1.5"), Ok(Native::String("1.5".into())));
/// assert_eq!(convert("['a']"), Ok(Native::List(vec![Native::String("a".into())])));
/// ```
pub fn convert(rendered: &str) -> Result<Native, NativeError> {
    let enclosed = |first, last| rendered.len() >= 2 && rendered.starts_with(first) && rendered.ends_with(last);
    match rendered {
        "None" => return Ok(Native::Null),
        "{}" => return Ok(Native::Map(Vec::new())),
        "[]" => return Ok(Native::List(Vec::new())),
        _ => {}
    }
    if enclosed('[', ']') {
        return collection(rendered, Shape::List);
    }
    if enclosed('{', '}') && rendered.contains(':') && rendered.contains(['"', '\'']) {
        return collection(rendered, Shape::Map);
    }
    if rendered.eq_ignore_ascii_case("true") || rendered.eq_ignore_ascii_case("false") {
        return Ok(Native::Bool(rendered.eq_ignore_ascii_case("true")));
    }
    Ok(digits::integer(rendered).unwrap_or_else(|| Native::String(rendered.into())))
}

fn collection(text: &str, shape: Shape) -> Result<Native, NativeError> {
    match json::read(text) {
        Some(native) => Ok(native),
        None => python::read(text).map_err(|reason| NativeError::new(shape, &reason)),
    }
}

/// Turns the value into nodes; each takes the place and the origin of the text it came from.
pub fn into_node(native: Native, like: &Node) -> Node {
    let value = match native {
        Native::Null => Value::Null,
        Native::Bool(flag) => Value::Bool(flag),
        Native::Int(number) => Value::Int(number),
        Native::BigInt(digits) => Value::BigInt(digits),
        Native::Float(number) => Value::Float(number),
        Native::String(text) => Value::String(text),
        Native::List(items) => Value::Sequence(items.into_iter().map(|item| into_node(item, like)).collect()),
        Native::Map(pairs) => {
            let entry = |(key, value)| Entry { key: into_node(key, like), value: into_node(value, like) };
            Value::Mapping(Mapping { entries: pairs.into_iter().map(entry).collect() })
        }
    };
    like.with_value(value)
}

/// The pairs of a mapping that is being read.
#[derive(Default)]
struct Pairs {
    pairs: Vec<(Native, Native)>,
    places: HashMap<Identity, usize>,
}

impl Pairs {
    /// Adds a pair. As in a Python `dict`, an equal key keeps its place and its spelling and takes the new value.
    fn insert(&mut self, key: Native, value: Native) -> Result<(), String> {
        let identity = Identity::of(&key).ok_or("a key must be a string, a number, a boolean or None")?;
        let place = *self.places.entry(identity).or_insert(self.pairs.len());
        match self.pairs.get_mut(place) {
            Some(pair) => pair.1 = value,
            None => self.pairs.push((key, value)),
        }
        Ok(())
    }
}

/// What makes two keys of a Python `dict` equal: `1`, `1.0` and `True` are one key.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Null,
    Text(Arc<str>),
    Int(i64),
    BigInt(Arc<str>),
    Float(u64),
}

impl Identity {
    fn of(key: &Native) -> Option<Self> {
        Some(match key {
            Native::Null => Self::Null,
            Native::Bool(flag) => Self::Int(i64::from(*flag)),
            Native::Int(number) => Self::Int(*number),
            Native::BigInt(digits) => Self::BigInt(digits.clone()),
            Native::Float(number) => Self::of_float(*number),
            Native::String(text) => Self::Text(text.clone()),
            Native::List(_) | Native::Map(_) => return None,
        })
    }

    fn of_float(number: f64) -> Self {
        // Printing without an exponent is exact for whole numbers, so equal numbers get equal digits.
        if number.fract() != 0.0 || !number.is_finite() {
            return Self::Float(number.to_bits());
        }
        let digits = format!("{number:.0}");
        match digits.parse() {
            Ok(number) => Self::Int(number),
            Err(_) => Self::BigInt(digits.into()),
        }
    }
}

#[cfg(test)]
mod tests;
