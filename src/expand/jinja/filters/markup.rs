//! Filters for HTML, XML and URLs.

use std::fmt::Write;

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Error, State, Value};

use super::super::arguments::{Arguments, defined, items, kind_of, text};
use super::super::error::{fault, refusal};
use super::super::text::text_of;

/// Text with the five characters replaced that HTML gives a meaning.
pub(in super::super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&#34;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

pub(super) fn escape(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    if value.is_safe() {
        return Ok(value.clone());
    }
    Ok(Value::from_safe_string(escaped(&text(state, value)?)))
}

pub(super) fn forceescape(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    Ok(Value::from_safe_string(escaped(&text(state, value)?)))
}

pub(super) fn xmlattr(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    defined(state, value)?;
    let pairs = value.as_object().filter(|_| value.kind() == ValueKind::Map).and_then(|object| object.try_iter_pairs());
    let pairs = pairs.ok_or_else(|| fault(format!("`xmlattr` needs a mapping, not {}", kind_of(value))))?;
    let mut attributes = Vec::new();
    for (key, value) in pairs {
        if value.is_none() || value.is_undefined() {
            continue;
        }
        let key = text_of(&key);
        if key.contains([' ', '\t', '\n', '\r', '\x0b', '\x0c', '/', '>', '=']) {
            return Err(fault(format!("`{key}` cannot be the name of an attribute")));
        }
        attributes.push(format!("{}=\"{}\"", escaped(&key), escaped(&text_of(&value))));
    }
    let mut joined = attributes.join(" ");
    if arguments.flag("autospace", true) && !joined.is_empty() {
        joined.insert(0, ' ');
    }
    let escaping = matches!(state.auto_escape(), AutoEscape::Html);
    Ok(if escaping { Value::from_safe_string(joined) } else { Value::from(joined) })
}

pub(super) fn striptags(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    let mut text = text(state, value)?.into_owned();
    for (open, close) in [("<!--", "-->"), ("<", ">")] {
        while let Some(start) = text.find(open) {
            let Some(end) = text.get(start..).and_then(|rest| rest.find(close)) else { break };
            text.replace_range(start..start + end + close.len(), "");
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    Ok(Value::from(without_references(&words.join(" "))?))
}

/// Replaces character references by their characters.
fn without_references(text: &str) -> Result<String, Error> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| {
            let digits = name.strip_prefix('#').unwrap_or(name);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        match reference {
            Some((name, behind)) => {
                plain.push(character_of(name).ok_or_else(|| {
                    refusal(format!("`striptags` does not know the reference `&{name};`"), "write the character itself")
                })?);
                rest = behind;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Ok(plain)
}

fn character_of(name: &str) -> Option<char> {
    if let Some(hexadecimal) = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
        return u32::from_str_radix(hexadecimal, 16).ok().and_then(char::from_u32);
    }
    if let Some(decimal) = name.strip_prefix('#') {
        return decimal.parse().ok().and_then(char::from_u32);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => return None,
    })
}

pub(super) fn urlencode(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    if value.as_str().is_some() || !matches!(value.kind(), ValueKind::Map | ValueKind::Seq | ValueKind::Iterable) {
        return Ok(Value::from(quoted(&text(state, value)?, Part::Path)));
    }
    let pairs: Vec<(Value, Value)> = match value.as_object().filter(|_| value.kind() == ValueKind::Map) {
        Some(object) => object.try_iter_pairs().into_iter().flatten().collect(),
        None => items(state, value)?
            .iter()
            .map(|pair| match items(state, pair)?.as_slice() {
                [key, value] => Ok((key.clone(), value.clone())),
                _ => Err(fault("`urlencode` needs pairs of a name and a value")),
            })
            .collect::<Result<_, Error>>()?,
    };
    let encoded: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", quoted(&text_of(key), Part::Query), quoted(&text_of(value), Part::Query)))
        .collect();
    Ok(Value::from(encoded.join("&")))
}

/// The part of a URL that text is written into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Query,
}

fn quoted(text: &str, part: Part) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => quoted.push(char::from(byte)),
            b'/' if part == Part::Path => quoted.push('/'),
            b' ' if part == Part::Query => quoted.push('+'),
            // Writing into a string cannot fail.
            _ => {
                let _ = write!(quoted, "%{byte:02X}");
            }
        }
    }
    quoted
}
