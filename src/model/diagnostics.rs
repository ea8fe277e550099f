//! The `diagnostics` block of `lhp.yaml`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Visitor};

/// How a project takes the findings of a rule. `off` without quotes is a boolean in YAML, and is meant all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiagnosticLevel {
    Error,
    Warn,
    Advice,
    Off,
}

impl<'de> Deserialize<'de> for DiagnosticLevel {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LevelVisitor;
        impl Visitor<'_> for LevelVisitor {
            type Value = DiagnosticLevel;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("`error`, `warn`, `advice` or `off`")
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<DiagnosticLevel, E> {
                match flag {
                    false => Ok(DiagnosticLevel::Off),
                    true => Err(de::Error::invalid_value(de::Unexpected::Bool(flag), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<DiagnosticLevel, E> {
                match word {
                    "error" => Ok(DiagnosticLevel::Error),
                    "warn" => Ok(DiagnosticLevel::Warn),
                    "advice" => Ok(DiagnosticLevel::Advice),
                    "off" => Ok(DiagnosticLevel::Off),
                    other => Err(de::Error::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(LevelVisitor)
    }
}

impl JsonSchema for DiagnosticLevel {
    fn schema_name() -> Cow<'static, str> {
        "DiagnosticLevel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How the findings of a rule are taken.",
            "enum": ["error", "warn", "advice", "off", false]
        })
    }
}
