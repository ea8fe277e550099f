//! YAML trees with spans and origins.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Part, Text, Via};
use crate::source::Span;

/// A YAML value. Strings and other leaves are shared, so cloning a tree copies no text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits, as decimal digits with an optional sign.
    BigInt(Arc<str>),
    Float(f64),
    /// A date or date-time, as Python's `str()` shows it: `2024-01-01`, `2024-01-01 10:00:00+00:00`.
    Timestamp(Arc<str>),
    String(Arc<str>),
    /// A string of which some part is a secret. Never produced by the parser, only by substitution.
    Secret(Arc<Text>),
    Sequence(Vec<Node>),
    Mapping(Mapping),
}

/// Text without secrets is a plain string.
impl From<Text> for Value {
    fn from(text: Text) -> Self {
        match text.parts.as_slice() {
            [] => Self::String("".into()),
            [Part::Literal(plain)] => Self::String(plain.clone()),
            _ => Self::Secret(Arc::new(text)),
        }
    }
}

/// What kind of value a node holds, in the words of YAML users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    String,
    Sequence,
    Mapping,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::Float => "a number",
            Self::Timestamp => "a date",
            Self::String => "a string",
            Self::Sequence => "a list",
            Self::Mapping => "a mapping",
        })
    }
}

/// A value, the place where it is written, and how it got here.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub span: Span,
    pub via: Option<Arc<Via>>,
}

/// A key and its value. Keys are scalars.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Node,
    pub value: Node,
}

/// Key-value pairs in the order of the file. No key occurs twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapping {
    pub entries: Vec<Entry>,
}

/// Where a JSON pointer leads.
#[derive(Debug, Clone, Copy)]
pub struct Pointed<'a> {
    pub node: &'a Node,
    /// Whether every step was found.
    pub exact: bool,
}

impl Node {
    /// A node written at `span`.
    pub fn new(value: Value, span: Span) -> Self {
        Self { value, span, via: None }
    }

    /// A string node written at `span`.
    pub fn string(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(Value::String(text.into()), span)
    }

    /// The same place and origin with another value.
    pub fn with_value(&self, value: Value) -> Self {
        Self { value, span: self.span, via: self.via.clone() }
    }

    /// The kind of the value.
    pub fn kind(&self) -> Kind {
        match self.value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) | Value::BigInt(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::Timestamp(_) => Kind::Timestamp,
            Value::String(_) | Value::Secret(_) => Kind::String,
            Value::Sequence(_) => Kind::Sequence,
            Value::Mapping(_) => Kind::Mapping,
        }
    }

    /// The text of a string without secrets.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string, with its secrets.
    pub fn as_text(&self) -> Option<Text> {
        match &self.value {
            Value::String(text) => Some(Text::plain(text.clone())),
            Value::Secret(text) => Some(text.as_ref().clone()),
            _ => None,
        }
    }

    /// A scalar as plain text, as JSON would show it in the place of a key; a list or mapping has none.
    pub fn plain_text(&self) -> Cow<'_, str> {
        match &self.value {
            Value::String(text) | Value::BigInt(text) | Value::Timestamp(text) => Cow::Borrowed(text),
            Value::Null => Cow::Borrowed("null"),
            Value::Bool(flag) => Cow::Owned(flag.to_string()),
            Value::Int(number) => Cow::Owned(number.to_string()),
            Value::Float(number) => Cow::Owned(number.to_string()),
            Value::Secret(text) => Cow::Owned(text.display()),
            Value::Sequence(_) | Value::Mapping(_) => Cow::Borrowed(""),
        }
    }

    /// The boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The mapping.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The mapping, to be changed.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value under a string key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// The value at a JSON pointer.
    pub fn pointer(&self, pointer: &str) -> Option<&Node> {
        let Pointed { node, exact } = self.follow(pointer);
        exact.then_some(node)
    }

    /// The value at a JSON pointer, or the last one on the way that exists.
    pub fn follow(&self, pointer: &str) -> Pointed<'_> {
        let mut node = self;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let next = match &node.value {
                Value::Sequence(items) => step.parse::<usize>().ok().and_then(|at| items.get(at)),
                Value::Mapping(mapping) => mapping
                    .entries
                    .iter()
                    .find(|entry| entry.key.plain_text() == step.as_str())
                    .map(|entry| &entry.value),
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => return Pointed { node, exact: false },
            }
        }
        Pointed { node, exact: true }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Python's truth of the value: empty text, zero, null and empty collections are false.
    pub fn is_truthy(&self) -> bool {
        match &self.value {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::BigInt(_) | Value::Timestamp(_) => true,
            Value::String(text) => !text.is_empty(),
            Value::Secret(text) => !text.is_empty(),
            Value::Sequence(items) => !items.is_empty(),
            Value::Mapping(mapping) => !mapping.entries.is_empty(),
        }
    }

    /// Puts a step on top of the origin chain of this node and of everything below it.
    ///
    /// Nodes that shared a chain before share one afterwards.
    pub fn add_step(&mut self, step: &super::Step, span: Span) {
        let mut known: Vec<(Option<Arc<Via>>, Arc<Via>)> = Vec::new();
        self.visit_mut(&mut |node| {
            let same = |earlier: &Option<Arc<Via>>| match (earlier, &node.via) {
                (None, None) => true,
                (Some(left), Some(right)) => Arc::ptr_eq(left, right),
                _ => false,
            };
            let link = match known.iter().find(|(earlier, _)| same(earlier)) {
                Some((_, link)) => link.clone(),
                None => {
                    let link = Via::new(step.clone(), span, node.via.clone());
                    known.push((node.via.clone(), link.clone()));
                    link
                }
            };
            node.via = Some(link);
        });
    }

    /// Calls a function on this node, on every key and on every value below it, outermost first.
    pub fn visit_mut(&mut self, change: &mut impl FnMut(&mut Node)) {
        change(self);
        match &mut self.value {
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.visit_mut(change)),
            Value::Mapping(mapping) => {
                for entry in &mut mapping.entries {
                    change(&mut entry.key);
                    entry.value.visit_mut(change);
                }
            }
            _ => {}
        }
    }
}

impl Mapping {
    /// The value under a string key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Key and value under a string key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.as_str() == Some(key))
    }

    /// The value under a string key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| entry.key.as_str() == Some(key)).map(|entry| &mut entry.value)
    }

    /// Whether a string key is present.
    pub fn contains(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Replaces the value under a string key in place, or appends the pair.
    pub fn insert(&mut self, key: Node, value: Node) {
        match self.entries.iter_mut().find(|entry| entry.key.value == key.value) {
            Some(entry) => entry.value = value,
            None => self.entries.push(Entry { key, value }),
        }
    }

    /// Takes a pair out.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key.as_str() == Some(key))?;
        Some(self.entries.remove(at))
    }
}
