//! Field types that accept what the language accepts: more than JSON Schema's own types do.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, IgnoredAny, Visitor};

use crate::syntax::Text;

/// A boolean, or one of the words and numbers that stand for one.
///
/// Accepted, in any case: `true t yes y on 1`, `false f no n off 0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaxBool(pub bool);

/// The words that stand for a boolean, true ones first.
const TRUE_WORDS: [&str; 6] = ["true", "t", "yes", "y", "on", "1"];
const FALSE_WORDS: [&str; 6] = ["false", "f", "no", "n", "off", "0"];

impl LaxBool {
    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        let is = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        if is(&TRUE_WORDS) {
            Some(Self(true))
        } else if is(&FALSE_WORDS) {
            Some(Self(false))
        } else {
            None
        }
    }
}

impl<'de> Deserialize<'de> for LaxBool {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoolVisitor;
        impl Visitor<'_> for BoolVisitor {
            type Value = LaxBool;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("true or false")
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<LaxBool, E> {
                Ok(LaxBool(flag))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<LaxBool, E> {
                match number {
                    0 | 1 => Ok(LaxBool(number == 1)),
                    _ => Err(de::Error::invalid_value(de::Unexpected::Signed(number), &self)),
                }
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<LaxBool, E> {
                if number == 0.0 || number == 1.0 {
                    Ok(LaxBool(number == 1.0))
                } else {
                    Err(de::Error::invalid_value(de::Unexpected::Float(number), &self))
                }
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<LaxBool, E> {
                LaxBool::parse(word).ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(word), &self))
            }
        }
        deserializer.deserialize_any(BoolVisitor)
    }
}

impl JsonSchema for LaxBool {
    fn schema_name() -> Cow<'static, str> {
        "LaxBool".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A boolean, or a word or number that stands for one.",
            "x-lhp-expects": "true or false",
            "anyOf": [
                {"type": "boolean"},
                {"type": "number", "enum": [0, 1]},
                {"type": "string", "pattern": "^([Tt][Rr][Uu][Ee]|[Tt]|[Yy][Ee][Ss]|[Yy]|[Oo][Nn]|1|[Ff][Aa][Ll][Ss][Ee]|[Ff]|[Nn][Oo]|[Nn]|[Oo][Ff][Ff]|0)$"}
            ]
        })
    }
}

/// An integer, or text, a boolean or an integral number that stands for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaxInt(pub i64);

impl<'de> Deserialize<'de> for LaxInt {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntVisitor;
        impl Visitor<'_> for IntVisitor {
            type Value = LaxInt;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an integer of at most 64 bits")
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<LaxInt, E> {
                Ok(LaxInt(i64::from(flag)))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<LaxInt, E> {
                Ok(LaxInt(number))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<LaxInt, E> {
                if number.fract() == 0.0 && number.abs() < 9.0e15 {
                    Ok(LaxInt(number as i64))
                } else {
                    Err(de::Error::invalid_value(de::Unexpected::Float(number), &self))
                }
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<LaxInt, E> {
                let digits = word.trim().replace('_', "");
                digits.parse().map(LaxInt).map_err(|_| de::Error::invalid_value(de::Unexpected::Str(word), &self))
            }
        }
        deserializer.deserialize_any(IntVisitor)
    }
}

impl JsonSchema for LaxInt {
    fn schema_name() -> Cow<'static, str> {
        "LaxInt".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An integer, or text that stands for one.",
            "x-lhp-expects": "an integer",
            "anyOf": [
                {"type": "integer"},
                {"type": "boolean"},
                {"type": "string", "pattern": "^\\s*[-+]?[0-9][0-9_]*\\s*$"}
            ]
        })
    }
}

/// A scalar that ends up as text: numbers and booleans are written as Python shows them.
///
/// The value itself is read from the node, which keeps its YAML type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scalar;

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text; numbers and booleans are taken as the text that Python prints for them.",
            "type": ["string", "number", "boolean"]
        })
    }
}

/// A mapping with free keys and values. The content is read from the node, which keeps order and spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Free;

impl<'de> Deserialize<'de> for Free {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Free {
    fn schema_name() -> Cow<'static, str> {
        "Free".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object"})
    }
}

/// Any value at all. The content is read from the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Anything {
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

/// The column selection of `operational_metadata`: a switch, or a list of column names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MetadataSelection;

impl<'de> Deserialize<'de> for MetadataSelection {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for MetadataSelection {
    fn schema_name() -> Cow<'static, str> {
        "MetadataSelection".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Names of operational metadata columns, or `false` to add none.",
            "x-lhp-expects": "a list of column names, or false",
            "type": ["boolean", "string", "number", "array", "null"],
            "items": {"type": "string"}
        })
    }
}

/// Where an action reads from: a view name, a list of them, or a mapping whose shape depends on the sub-type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceShape;

impl<'de> Deserialize<'de> for SourceShape {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for SourceShape {
    fn schema_name() -> Cow<'static, str> {
        "Source".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A view or table name, a list of them, or the settings of a load.",
            "type": ["string", "array", "object", "null"],
            "items": {"type": ["string", "object"]}
        })
    }
}
