//! How values print: a template value goes in, what Python's `str()` or `repr()` would show comes out.

use std::fmt::{self, Write};

use minijinja::Value;
use minijinja::value::{ObjectRepr, ValueKind};

use super::context::Moment;
use super::filters::Group;

/// Writes a value as Python's `str()` shows it. An undefined value writes nothing.
pub(super) fn write_text(out: &mut impl Write, value: &Value) -> fmt::Result {
    if let Some(text) = value.as_str() {
        return out.write_str(text);
    }
    match value.kind() {
        ValueKind::Undefined => Ok(()),
        ValueKind::None => out.write_str("None"),
        ValueKind::Bool => out.write_str(if value.is_true() { "True" } else { "False" }),
        ValueKind::Number => write_number(out, value),
        _ => match value.downcast_object_ref::<Moment>() {
            Some(moment) => out.write_str(moment.text()),
            None => write_repr(out, value),
        },
    }
}

/// Values nested deeper than this are not printed. Parameters from YAML never are; a namespace can contain itself.
const MAX_DEPTH: usize = 200;

/// Writes a value as Python's `repr()` shows it, which is how it appears inside a list or a mapping.
///
/// Fails on values that are nested too deeply, and if the writer fails.
pub(super) fn write_repr(out: &mut impl Write, value: &Value) -> fmt::Result {
    write_nested(out, value, 0)
}

fn write_nested(out: &mut impl Write, value: &Value, depth: usize) -> fmt::Result {
    if depth > MAX_DEPTH {
        return Err(fmt::Error);
    }
    if let Some(text) = value.as_str() {
        return if value.is_safe() {
            out.write_str("Markup(")?;
            write_quoted(out, text)?;
            out.write_char(')')
        } else {
            write_quoted(out, text)
        };
    }
    let Some(object) = value.as_object() else {
        return if value.is_undefined() { out.write_str("Undefined") } else { write_text(out, value) };
    };
    if let Some(moment) = value.downcast_object_ref::<Moment>() {
        // Python would show a constructor call; the quoted text can be read back as a list item.
        return write_quoted(out, moment.text());
    }
    match object.repr() {
        ObjectRepr::Map => {
            write_items(out, ("{", "}"), object.try_iter_pairs().into_iter().flatten(), |out, (key, value)| {
                write_nested(out, &key, depth + 1)?;
                out.write_str(": ")?;
                write_nested(out, &value, depth + 1)
            })
        }
        ObjectRepr::Seq if value.downcast_object_ref::<Group>().is_some() => write!(out, "{value}"),
        ObjectRepr::Seq | ObjectRepr::Iterable => {
            let items = object.try_iter().into_iter().flatten();
            let brackets = match (value.is_tuple(), object.enumerator_len()) {
                (true, Some(1)) => ("(", ",)"),
                (true, _) => ("(", ")"),
                (false, _) => ("[", "]"),
            };
            write_items(out, brackets, items, |out, item| write_nested(out, &item, depth + 1))
        }
        _ => write!(out, "{value}"),
    }
}

/// Whether printing fails because of the value itself.
pub(super) fn is_too_deep(value: &Value) -> bool {
    write_repr(&mut String::new(), value).is_err()
}

fn write_items<W: Write, T>(
    out: &mut W,
    (open, close): (&str, &str),
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut W, T) -> fmt::Result,
) -> fmt::Result {
    out.write_str(open)?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write(out, item)?;
    }
    out.write_str(close)
}

/// What `str()` shows.
pub(super) fn text_of(value: &Value) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_text(&mut text, value);
    text
}

/// What `repr()` shows.
pub(super) fn repr_of(value: &Value) -> String {
    let mut text = String::new();
    let _ = write_repr(&mut text, value);
    text
}

/// The float behind a value that is a float and not an integer.
pub(super) fn as_float(value: &Value) -> Option<f64> {
    if value.kind() != ValueKind::Number || value.is_integer() {
        return None;
    }
    f64::try_from(value.clone()).ok()
}

/// The integer behind a value that is an integer or a boolean.
pub(super) fn as_integer(value: &Value) -> Option<i128> {
    match value.kind() {
        ValueKind::Bool => Some(i128::from(value.is_true())),
        ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok(),
        _ => None,
    }
}

fn write_number(out: &mut impl Write, value: &Value) -> fmt::Result {
    match as_float(value) {
        Some(number) => out.write_str(&float_repr(number)),
        None => write!(out, "{value}"),
    }
}

/// A float as Python shows it: the shortest digits that read back, an exponent below 1e-4 and from 1e16 on.
pub(crate) fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        return format!("{number:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.write_char(quote)?;
    for character in text.chars() {
        match character {
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\\' => out.write_str("\\\\")?,
            _ if character == quote => write!(out, "\\{character}")?,
            _ if is_printable(character) => out.write_char(character)?,
            _ => match u32::from(character) {
                code @ ..=0xff => write!(out, "\\x{code:02x}")?,
                code @ ..=0xffff => write!(out, "\\u{code:04x}")?,
                code => write!(out, "\\U{code:08x}")?,
            },
        }
    }
    out.write_char(quote)
}

/// Whether Python's `str.isprintable` holds for a character.
pub(super) fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // Debug escapes follow the same rule, except that a combining mark is escaped too when it comes first.
    let mut after_letter = String::from("a");
    after_letter.push(character);
    after_letter.escape_debug().nth(1) == Some(character)
}
