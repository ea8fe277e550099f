//! Values inside YAML that a template writes: a value goes in as a mark, and comes out after the YAML was parsed.
//!
//! A mark is made of characters that mean nothing to YAML, so no value can change the structure around it. Marks start
//! and end with characters drawn anew for every process, so no text of a project can look like one.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Error, Value};
use serde_json::Value as Json;

use super::filters;
use super::secret_mark;
use super::template_value::invalid;

/// First character of private use plane 15.
const PLANE: u32 = 0xf_0000;
/// Offset of the characters that stand for bytes.
const BYTES: u32 = 0xf000;

/// First byte inside the mark of a value.
const VALUE: u8 = b'v';
/// First byte inside the mark of code, which may hold marks itself.
const CODE: u8 = b'c';

static DELIMITERS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let random = RandomState::new();
    [0u8, 1].map(|seed| {
        let bits = random.hash_one(seed);
        (0..4).map(|index| plane((bits >> (16 * index)) as u32 & 0x7fff)).collect()
    })
});

/// The mark of a value.
pub(super) fn mark(value: &Value) -> Result<String, Error> {
    match value.as_str().filter(|_| value.is_safe()) {
        Some(code) => Ok(wrap(CODE, code)),
        None => serde_json::to_string(value).map(|json| wrap(VALUE, &json)).map_err(invalid),
    }
}

fn wrap(kind: u8, content: &str) -> String {
    let [open, close] = &*DELIMITERS;
    let mut out = open.clone();
    out.extend(std::iter::once(kind).chain(content.bytes()).map(|byte| plane(BYTES + u32::from(byte))));
    out.push_str(close);
    out
}

/// A piece of text with marks.
enum Piece<'a> {
    Text(&'a str),
    Value(Json),
    Code(String),
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Error> {
    let [open, close] = &*DELIMITERS;
    let broken = || invalid("a value was cut in pieces");
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open.as_str()) {
        let (inside, after) = after.split_once(close.as_str()).ok_or_else(broken)?;
        found.push(Piece::Text(before));
        let bytes: Option<Vec<u8>> = inside
            .chars()
            .map(|character| u32::from(character).checked_sub(PLANE + BYTES).and_then(|byte| u8::try_from(byte).ok()))
            .collect();
        let bytes = bytes.ok_or_else(broken)?;
        let (kind, content) = bytes.split_first().ok_or_else(broken)?;
        found.push(match *kind {
            VALUE => Piece::Value(serde_json::from_slice(content).map_err(invalid)?),
            _ => Piece::Code(String::from_utf8(content.to_vec()).map_err(invalid)?),
        });
        rest = after;
    }
    found.push(Piece::Text(rest));
    found.retain(|piece| !matches!(piece, Piece::Text("")));
    Ok(found)
}

/// The value behind a text that is nothing but its mark.
pub(crate) fn whole(text: &str) -> Option<Json> {
    match pieces(text).ok()?.as_slice() {
        [Piece::Value(value)] => Some(value.clone()),
        _ => None,
    }
}

/// A text that is certainly a value, for items of a value that was taken apart.
pub(crate) fn remark(text: &str) -> String {
    wrap(VALUE, &Json::from(text).to_string())
}

/// Python code: values become literals in it.
pub(crate) fn as_code(text: &str) -> Result<String, Error> {
    let mut out = String::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Value(value) => out.push_str(&filters::source(&Value::from(Serde(value)))?),
            Piece::Code(code) => out.push_str(&as_code(&code)?),
        }
    }
    without_secrets(out)
}

/// Plain text: values become what they print as.
pub(crate) fn as_text(text: &str) -> Result<String, Error> {
    let mut out = String::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Value(Json::String(value)) => out.push_str(&value),
            Piece::Value(value) => out.push_str(&value.to_string()),
            Piece::Code(code) => out.push_str(&as_text(&code)?),
        }
    }
    without_secrets(out)
}

fn without_secrets(text: String) -> Result<String, Error> {
    match secret_mark::is_marked(&text) {
        true => Err(invalid("a secret cannot be part of this text")),
        false => Ok(text),
    }
}

fn plane(offset: u32) -> char {
    char::from_u32(PLANE + offset).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_text_in_text_and_a_literal_in_code() {
        let text = format!("from {} import x", mark(&Value::from("a\"\nb")).unwrap());
        assert_eq!(as_text(&text).unwrap(), "from a\"\nb import x");
        assert_eq!(as_code(&text).unwrap(), "from 'a\"\\nb' import x");
    }

    #[test]
    fn code_stays_code_and_the_values_in_it_become_literals() {
        let inner = format!("x = {}", mark(&Value::from(1)).unwrap());
        let outer = mark(&Value::from_safe_string(inner)).unwrap();
        assert_eq!(as_code(&outer).unwrap(), "x = 1");
        assert_eq!(whole(&outer), None);
        assert_eq!(whole(&mark(&Value::from(vec![1, 2])).unwrap()), Some(serde_json::json!([1, 2])));
    }
}
