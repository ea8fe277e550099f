//! Scalars of YAML 1.1: the text of a scalar and its tag go in, a typed value comes out.
//!
//! The rules are those of PyYAML's safe loader. This module knows nothing about places in files.

use super::{number, timestamp};
use crate::syntax::Value;

/// What an untagged plain scalar is.
#[derive(Debug, PartialEq)]
pub(super) enum Resolved {
    Value(Value),
    /// `<<`, which merges other mappings when it is a key.
    Merge,
    /// `=`, which YAML 1.1 reserves; as a key it is the text `=`.
    Default,
}

/// Why the text of a scalar has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invalid {
    pub message: String,
    pub help: String,
}

impl Invalid {
    /// Text that was taken for a number but is none.
    pub fn number(text: &str, kind: &str) -> Self {
        Self {
            message: format!("`{}` is not {kind}", shortened(text)),
            help: format!("write {kind}, or put the value in quotes if it is text"),
        }
    }

    /// An integer beyond what Python converts.
    pub fn too_long(text: &str) -> Self {
        Self {
            message: format!("the integer `{}` has too many digits", shortened(text)),
            help: "put the value in quotes if it is text".to_owned(),
        }
    }
}

/// The tags that a scalar may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScalarTag {
    Str,
    Int,
    Float,
    Bool,
    Null,
    Timestamp,
}

impl ScalarTag {
    /// The tag with this name below `tag:yaml.org,2002:`.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "str" => Self::Str,
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            "null" => Self::Null,
            "timestamp" => Self::Timestamp,
            _ => return None,
        })
    }
}

/// The value of a plain scalar without a tag.
pub(super) fn plain(text: &str) -> Result<Resolved, Invalid> {
    let value = match text.as_bytes().first() {
        None => Value::Null,
        Some(b'0'..=b'9' | b'-' | b'+' | b'.') => return number_or_timestamp(text).map(Resolved::Value),
        Some(b'~' | b'<' | b'=' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O')
            if text.len() <= 5 =>
        {
            match text {
                "~" | "null" | "Null" | "NULL" => Value::Null,
                "<<" => return Ok(Resolved::Merge),
                "=" => return Ok(Resolved::Default),
                "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
                "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
                _ => Value::String(text.into()),
            }
        }
        Some(_) => Value::String(text.into()),
    };
    Ok(Resolved::Value(value))
}

/// The value of a scalar with a tag, whatever its quotes.
pub(super) fn tagged(tag: ScalarTag, text: &str) -> Result<Value, Invalid> {
    match tag {
        ScalarTag::Str => Ok(Value::String(text.into())),
        ScalarTag::Null => Ok(Value::Null),
        ScalarTag::Int => number::integer(text),
        ScalarTag::Float => number::float(text).map(Value::Float),
        ScalarTag::Bool => match text.to_lowercase().as_str() {
            "yes" | "true" | "on" => Ok(Value::Bool(true)),
            "no" | "false" | "off" => Ok(Value::Bool(false)),
            _ => Err(Invalid {
                message: format!("`{}` is not a boolean", shortened(text)),
                help: "write `true` or `false`, or remove the tag `!!bool`".to_owned(),
            }),
        },
        ScalarTag::Timestamp => match timestamp::read(text) {
            Some(timestamp) => timestamp.display(text).map(|shown| Value::Timestamp(shown.into())),
            None => Err(Invalid {
                message: format!("`{}` is not a date", shortened(text)),
                help: "write a date like `2024-01-31` or a time like `2024-01-31 10:00:00`, or remove the tag \
                       `!!timestamp`"
                    .to_owned(),
            }),
        },
    }
}

fn number_or_timestamp(text: &str) -> Result<Value, Invalid> {
    if number::is_float(text) {
        return number::float(text).map(Value::Float);
    }
    if number::is_integer(text) {
        return number::integer(text);
    }
    match timestamp::read(text).filter(timestamp::Timestamp::is_implicit) {
        Some(timestamp) => timestamp.display(text).map(|shown| Value::Timestamp(shown.into())),
        None => Ok(Value::String(text.into())),
    }
}

/// At most 40 characters of a text, for a message.
pub(super) fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut characters = line.chars();
    let mut shown: String = characters.by_ref().take(40).collect();
    if characters.next().is_some() || line.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        match plain(text) {
            Ok(Resolved::Value(value)) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn booleans_have_three_spellings_of_case_each() {
        for text in ["yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"] {
            assert_eq!(value(text), Value::Bool(true), "{text}");
        }
        for text in ["no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"] {
            assert_eq!(value(text), Value::Bool(false), "{text}");
        }
        for text in ["y", "n", "Y", "N", "tRUE", "oN", "yES", "truee"] {
            assert_eq!(value(text), Value::String(text.into()), "{text}");
        }
    }

    #[test]
    fn null_is_empty_a_tilde_or_the_word() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(value(text), Value::Null, "{text}");
        }
        for text in ["nULL", "~~", "none", "None"] {
            assert_eq!(value(text), Value::String(text.into()), "{text}");
        }
    }

    #[test]
    fn dates_numbers_and_text_are_told_apart() {
        assert_eq!(value("2024-01-01"), Value::Timestamp("2024-01-01".into()));
        assert_eq!(value("2024-1-1"), Value::String("2024-1-1".into()));
        assert_eq!(value("12"), Value::Int(12));
        assert_eq!(value("1.5"), Value::Float(1.5));
        assert_eq!(value("1.2.3"), Value::String("1.2.3".into()));
        assert_eq!(value("-"), Value::String("-".into()));
        assert_eq!(value("10.0.0.1"), Value::String("10.0.0.1".into()));
        assert!(plain("2024-13-01").is_err());
    }

    #[test]
    fn merge_and_default_are_special_only_when_alone() {
        assert_eq!(plain("<<"), Ok(Resolved::Merge));
        assert_eq!(plain("="), Ok(Resolved::Default));
        assert_eq!(value("<"), Value::String("<".into()));
        assert_eq!(value("=="), Value::String("==".into()));
    }

    #[test]
    fn tags_override_what_the_text_looks_like() {
        assert_eq!(tagged(ScalarTag::Str, "12"), Ok(Value::String("12".into())));
        assert_eq!(tagged(ScalarTag::Int, "12"), Ok(Value::Int(12)));
        assert_eq!(tagged(ScalarTag::Int, "0o17"), Ok(Value::Int(15)));
        assert_eq!(tagged(ScalarTag::Float, "1e5"), Ok(Value::Float(1e5)));
        assert_eq!(tagged(ScalarTag::Float, "12"), Ok(Value::Float(12.0)));
        assert_eq!(tagged(ScalarTag::Bool, "tRuE"), Ok(Value::Bool(true)));
        assert_eq!(tagged(ScalarTag::Null, "x"), Ok(Value::Null));
        assert_eq!(tagged(ScalarTag::Timestamp, "2024-1-2"), Ok(Value::Timestamp("2024-01-02".into())));
        for (tag, text) in [
            (ScalarTag::Int, ""),
            (ScalarTag::Int, "x"),
            (ScalarTag::Float, "x"),
            (ScalarTag::Float, ""),
            (ScalarTag::Bool, "1"),
            (ScalarTag::Timestamp, "now"),
        ] {
            assert!(tagged(tag, text).is_err(), "{tag:?} {text}");
        }
    }

    #[test]
    fn long_text_is_shortened_in_messages() {
        assert_eq!(shortened("abc"), "abc");
        assert_eq!(shortened(&"ä".repeat(41)), format!("{}…", "ä".repeat(40)));
        assert_eq!(shortened("a\nb"), "a…");
    }
}
