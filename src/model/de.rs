//! From nodes to typed values: a serde deserializer over [`Node`].
//!
//! Schema validation runs before, so an error here is rare; it still names the place.

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::source::Span;
use crate::syntax::{Entry, Node, Part, Text, Value};

/// The name by which [`Text`] asks for the secret parts of a string.
pub(super) const TEXT_TOKEN: &str = "$lhp::Text";

/// A value that does not fit its type.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeError {
    pub message: String,
    /// The innermost node that was being read; absent for errors above every node.
    pub span: Option<Span>,
}

impl std::fmt::Display for ShapeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ShapeError {}

impl de::Error for ShapeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format!("expected {}, found {}", wanted(&expected.to_string()), written(found)))
    }
}

/// What a type expects, in the words of YAML.
fn wanted(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" | "u8" | "u16" | "u32" | "u64" | "usize" => "an integer",
        "f32" | "f64" => "a number",
        "a map" => "a mapping",
        "a sequence" => "a list",
        other => other,
    }
}

/// What was found, in the words of YAML.
fn written(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(flag) => format!("the boolean `{flag}`"),
        Unexpected::Unsigned(number) => format!("the number `{number}`"),
        Unexpected::Signed(number) => format!("the number `{number}`"),
        Unexpected::Float(number) => format!("the number `{number:?}`"),
        Unexpected::Str(text) => format!("the string `{text}`"),
        Unexpected::Unit => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// Reads a typed value from a tree.
pub fn from_node<'de, T: de::Deserialize<'de>>(node: &'de Node) -> Result<T, ShapeError> {
    T::deserialize(NodeDeserializer(node)).map_err(|error| error.within(node.span))
}

impl ShapeError {
    fn within(self, span: Span) -> Self {
        Self { span: self.span.or(Some(span)), ..self }
    }
}

#[derive(Clone, Copy)]
struct NodeDeserializer<'de>(&'de Node);

impl<'de> de::Deserializer<'de> for NodeDeserializer<'de> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        let outcome = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Int(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::BigInt(text) | Value::Timestamp(text) | Value::String(text) => visitor.visit_borrowed_str(text),
            // Types that flatten others keep the value until they know for whom it is.
            Value::Secret(text) => visitor
                .visit_newtype_struct(SeqAccessDeserializer::new(TextParts(text.parts.iter())))
                .map_err(|_: ShapeError| de::Error::custom("a secret cannot be used here")),
            Value::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Value::Mapping(mapping) => visitor.visit_map(Pairs { entries: mapping.entries.iter(), value: None }),
        };
        outcome.map_err(|error| error.within(self.0.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match &self.0.value {
            Value::Secret(text) if name == TEXT_TOKEN => visitor.visit_seq(TextParts(text.parts.iter())),
            _ if name == TEXT_TOKEN => self.deserialize_any(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match &self.0.value {
            Value::String(text) => visitor.visit_enum(text.as_ref().into_deserializer()),
            _ => Err(de::Error::custom(format!("expected one of the allowed words, found {}", self.0.kind()))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ShapeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ShapeError> {
        self.0.next().map(|node| seed.deserialize(NodeDeserializer(node))).transpose()
    }
}

struct Pairs<'de> {
    entries: std::slice::Iter<'de, Entry>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Pairs<'de> {
    type Error = ShapeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ShapeError> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        seed.deserialize(KeyDeserializer(&entry.key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ShapeError> {
        match self.value.take() {
            Some(node) => seed.deserialize(NodeDeserializer(node)),
            None => Err(de::Error::custom("a value was read before its key")),
        }
    }
}

/// The key of a pair. A number or date is a key that no field has; where keys are free, only text is a key.
struct KeyDeserializer<'de>(&'de Node);

impl<'de> de::Deserializer<'de> for KeyDeserializer<'de> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_str(&self.0.plain_text()).map_err(|error: ShapeError| error.within(self.0.span))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0.value {
            Value::String(_) => self.deserialize_any(visitor),
            _ => Err(ShapeError {
                message: format!("the key `{}` must be a string, not {}", self.0.plain_text(), self.0.kind()),
                span: Some(self.0.span),
            }),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_str(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The parts of a text: literals and secrets alternate as `[literal]` and `[scope, key]`.
struct TextParts<'de>(std::slice::Iter<'de, Part>);

impl<'de> SeqAccess<'de> for TextParts<'de> {
    type Error = ShapeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ShapeError> {
        let Some(part) = self.0.next() else { return Ok(None) };
        let words: Vec<&str> = match part {
            Part::Literal(text) => vec![text],
            Part::Secret(secret) => vec![&secret.scope, &secret.key],
        };
        seed.deserialize(words.into_deserializer()).map(Some)
    }
}

impl<'de> de::Deserialize<'de> for Text {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::plain(text))
            }

            fn visit_newtype_struct<D: de::Deserializer<'de>>(self, inner: D) -> Result<Text, D::Error> {
                inner.deserialize_any(self)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text, A::Error> {
                let mut text = Text::default();
                while let Some(words) = parts.next_element::<Vec<String>>()? {
                    match words.as_slice() {
                        [literal] => text.push_str(literal),
                        [scope, key] => text.parts.push(Part::Secret(crate::syntax::SecretRef {
                            scope: scope.as_str().into(),
                            key: key.as_str().into(),
                        })),
                        _ => return Err(de::Error::custom("a text part has one or two words")),
                    }
                }
                Ok(text)
            }
        }
        deserializer.deserialize_newtype_struct(TEXT_TOKEN, TextVisitor)
    }
}
