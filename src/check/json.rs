//! Nodes as JSON, so that schemas are checked on the spanned tree itself.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node as JsonNode, NodeIdentity, Object};

use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{Entry, Mapping, Node, Value, json};

/// The JSON representation whose values are [`Node`]s.
///
/// Dates count as numbers: they are neither text nor anything else that a schema asks for.
pub(super) struct NodeJson;

/// A reusable node for property names.
pub(super) struct NameBuffer(Node);

impl Default for NameBuffer {
    fn default() -> Self {
        Self(Node::new(Value::Null, Span::start_of(unplaced())))
    }
}

/// A file id for nodes that only live during validation and are never shown.
fn unplaced() -> FileId {
    SourceMap::new("").add("", "")
}

impl Json for NodeJson {
    type Node<'a> = &'a Node;
    type PreparedKey = String;
    type StringBuffer = NameBuffer;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut NameBuffer, string: &str, f: impl FnOnce(&Node) -> T) -> T {
        buffer.0.value = Value::String(string.into());
        f(&buffer.0)
    }
}

/// A YAML number, or a date in the place of one.
pub(super) enum Number {
    Int(i64),
    Float(f64),
    Digits(String),
}

impl JsonNumber for Number {
    fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Digits(digits) => digits.parse().ok(),
        }
    }

    fn as_str(&self) -> Cow<'_, str> {
        match self {
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Digits(digits) => Cow::Borrowed(digits),
        }
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        let finite = |number: f64| serde_json::Number::from_f64(number).unwrap_or_else(|| 0.into());
        Cow::Owned(match self {
            Self::Int(number) => (*number).into(),
            Self::Float(number) => finite(*number),
            Self::Digits(digits) => finite(digits.parse().unwrap_or(0.5)),
        })
    }
}

impl<'a> JsonNode<'a, NodeJson> for &'a Node {
    type Object = &'a Mapping;
    type Array = &'a [Node];
    type Number = Number;

    fn as_object(&self) -> Option<&'a Mapping> {
        self.as_mapping()
    }

    fn as_array(&self) -> Option<&'a [Node]> {
        self.as_sequence()
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match &self.value {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Secret(text) => Some(Cow::Owned(text.display())),
            _ => None,
        }
    }

    fn as_number(&self) -> Option<Number> {
        match &self.value {
            Value::Int(number) => Some(Number::Int(*number)),
            Value::Float(number) => Some(Number::Float(*number)),
            Value::BigInt(digits) => Some(Number::Digits(digits.to_string())),
            Value::Timestamp(_) => Some(Number::Float(0.5)),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        self.as_bool()
    }

    fn is_null(&self) -> bool {
        Node::is_null(self)
    }

    fn json_type(&self) -> JsonType {
        match &self.value {
            Value::Null => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Timestamp(_) => JsonType::Number,
            Value::String(_) | Value::Secret(_) => JsonType::String,
            Value::Sequence(_) => JsonType::Array,
            Value::Mapping(_) => JsonType::Object,
        }
    }

    fn to_value(&self) -> Cow<'a, serde_json::Value> {
        Cow::Owned(json(self))
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref::<Node>(self) as usize))
    }
}

impl<'a> Object<'a, NodeJson> for &'a Mapping {
    type Node = &'a Node;
    type MemberName = Cow<'a, str>;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn get(&self, key: &String) -> Option<&'a Node> {
        Mapping::get(self, key)
    }

    fn members(&self) -> Members<'a> {
        Members(self.entries.iter())
    }
}

/// The pairs of a mapping.
pub(super) struct Members<'a>(std::slice::Iter<'a, Entry>);

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a Node);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|entry| (entry.key.plain_text(), &entry.value))
    }
}

impl<'a> Array<'a, NodeJson> for &'a [Node] {
    type Node = &'a Node;
    type ElementsIter = std::slice::Iter<'a, Node>;

    fn len(&self) -> usize {
        <[Node]>::len(self)
    }

    fn elements(&self) -> std::slice::Iter<'a, Node> {
        self.iter()
    }
}
