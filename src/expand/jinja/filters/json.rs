//! The filter `tojson`: JSON with sorted keys, in ASCII, safe inside HTML.

use std::fmt::Write;

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, kind_of};
use super::super::context::Moment;
use super::super::error::{fault, undefined};
use super::super::text::{as_float, float_repr, text_of};
use super::order::compare;

pub(super) fn tojson(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let indent = match arguments.some("indent").and_then(Value::as_str) {
        Some(indent) => Some(indent.to_owned()),
        None => arguments.size("indent")?.map(|width| " ".repeat(width)),
    };
    let mut writer = Writer { json: String::new(), indent, depth: 0 };
    writer.value(value)?;
    Ok(Value::from_safe_string(writer.json))
}

struct Writer {
    json: String,
    indent: Option<String>,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        if let Some(text) = value.as_str() {
            self.string(text);
            return Ok(());
        }
        match value.kind() {
            ValueKind::Undefined => return Err(undefined(value)),
            ValueKind::None => self.json.push_str("null"),
            ValueKind::Bool => self.json.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.json.push_str(&number(value)),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.checked().collect::<Result<_, _>>()?;
                self.members("[", "]", items.into_iter(), |writer, item| writer.value(&item))?;
            }
            ValueKind::Map => {
                let pairs = value.as_object().and_then(|object| object.try_iter_pairs());
                let pairs = sorted(pairs.into_iter().flatten().collect())?;
                self.members("{", "}", pairs.into_iter(), |writer, (key, value)| {
                    writer.string(&key_text(&key)?);
                    writer.json.push_str(": ");
                    writer.value(&value)
                })?;
            }
            _ => match value.downcast_object_ref::<Moment>() {
                Some(moment) => self.string(moment.text()),
                None => return Err(fault(format!("{} cannot be written as JSON", kind_of(value)))),
            },
        }
        Ok(())
    }

    fn members<T>(
        &mut self,
        open: &str,
        close: &str,
        members: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let empty = members.len() == 0;
        self.json.push_str(open);
        self.depth += 1;
        for (index, member) in members.enumerate() {
            if index > 0 {
                self.json.push_str(if self.indent.is_some() { "," } else { ", " });
            }
            self.break_line();
            write(self, member)?;
        }
        self.depth -= 1;
        if !empty {
            self.break_line();
        }
        self.json.push_str(close);
        Ok(())
    }

    fn break_line(&mut self) {
        if let Some(indent) = &self.indent {
            self.json.push('\n');
            self.json.extend(std::iter::repeat_n(indent.as_str(), self.depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.json.push('"');
        for character in text.chars() {
            match character {
                '"' => self.json.push_str("\\\""),
                '\\' => self.json.push_str("\\\\"),
                '\n' => self.json.push_str("\\n"),
                '\r' => self.json.push_str("\\r"),
                '\t' => self.json.push_str("\\t"),
                '\x08' => self.json.push_str("\\b"),
                '\x0c' => self.json.push_str("\\f"),
                ' '..='~' if !"<>&'".contains(character) => self.json.push(character),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        // Writing into a string cannot fail.
                        let _ = write!(self.json, "\\u{unit:04x}");
                    }
                }
            }
        }
        self.json.push('"');
    }
}

fn number(value: &Value) -> String {
    match as_float(value) {
        Some(float) if float.is_nan() => "NaN".to_owned(),
        Some(float) if float.is_infinite() => if float > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        Some(float) => float_repr(float),
        None => text_of(value),
    }
}

fn key_text(key: &Value) -> Result<String, Error> {
    Ok(match key.kind() {
        ValueKind::String => text_of(key),
        ValueKind::None => "null".to_owned(),
        ValueKind::Bool => if key.is_true() { "true" } else { "false" }.to_owned(),
        ValueKind::Number => number(key),
        _ => return Err(fault(format!("{} cannot be a key in JSON", kind_of(key)))),
    })
}

fn sorted(mut pairs: Vec<(Value, Value)>) -> Result<Vec<(Value, Value)>, Error> {
    let mut failure = None;
    pairs.sort_by(|left, right| {
        compare(&left.0, &right.0).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            std::cmp::Ordering::Equal
        })
    });
    failure.map_or(Ok(pairs), Err)
}
