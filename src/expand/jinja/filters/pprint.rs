//! The filter `pprint`: Python's `pprint.pformat`, up to 80 columns, mappings sorted by key.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use super::super::arguments::Arguments;
use super::super::error::refusal;
use super::super::text::repr_of;

const WIDTH: usize = 80;

pub(super) fn pprint(_: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    let mut page = String::new();
    write(&mut page, value, 0, 0)?;
    Ok(Value::from(page))
}

/// Writes a value that starts in column `indent` and is followed by `allowance` characters.
fn write(page: &mut String, value: &Value, indent: usize, allowance: usize) -> Result<(), Error> {
    let line = on_one_line(value);
    if line.chars().count() <= WIDTH.saturating_sub(indent + allowance) {
        page.push_str(&line);
        return Ok(());
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let items: Vec<Value> = value.try_iter()?.collect();
            let (open, close) = match (value.is_tuple(), items.len()) {
                (true, 1) => ("(", ",)"),
                (true, _) => ("(", ")"),
                (false, _) => ("[", "]"),
            };
            page.push_str(open);
            for (index, item) in items.iter().enumerate() {
                let last = separate(page, index, items.len(), indent + 1);
                write(page, item, indent + 1, if last { allowance + close.len() } else { 1 })?;
            }
            page.push_str(close);
        }
        ValueKind::Map => {
            let pairs = sorted_pairs(value);
            page.push('{');
            for (index, (key, value)) in pairs.iter().enumerate() {
                let last = separate(page, index, pairs.len(), indent + 1);
                let key = on_one_line(key);
                page.push_str(&key);
                page.push_str(": ");
                let column = indent + 1 + key.chars().count() + 2;
                write(page, value, column, if last { allowance + 1 } else { 1 })?;
            }
            page.push('}');
        }
        ValueKind::String if value.as_str().is_some_and(|text| text.contains([' ', '\t', '\n', '\r'])) => {
            return Err(refusal(
                format!("`pprint` cannot print text with more than {WIDTH} columns"),
                "print the value with `tojson` instead",
            ));
        }
        _ => page.push_str(&line),
    }
    Ok(())
}

/// Starts an item on its line; tells whether it is the last one.
fn separate(page: &mut String, index: usize, count: usize, indent: usize) -> bool {
    if index > 0 {
        page.push_str(",\n");
        page.push_str(&" ".repeat(indent));
    }
    index + 1 == count
}

fn on_one_line(value: &Value) -> String {
    match value.kind() {
        ValueKind::Map => {
            let pairs = sorted_pairs(value);
            let shown: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}: {}", on_one_line(key), on_one_line(value))).collect();
            format!("{{{}}}", shown.join(", "))
        }
        ValueKind::Seq | ValueKind::Iterable if !value.is_tuple() => {
            let shown: Vec<String> = value.try_iter().into_iter().flatten().map(|item| on_one_line(&item)).collect();
            format!("[{}]", shown.join(", "))
        }
        _ => repr_of(value),
    }
}

fn sorted_pairs(value: &Value) -> Vec<(Value, Value)> {
    let mut pairs: Vec<(Value, Value)> =
        value.as_object().and_then(|object| object.try_iter_pairs()).into_iter().flatten().collect();
    pairs.sort_by(|left, right| {
        super::order::compare(&left.0, &right.0).unwrap_or_else(|_| type_name(&left.0).cmp(type_name(&right.0)))
    });
    pairs
}

/// Keys of different types are sorted by the names of their Python types.
fn type_name(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if !value.is_integer() => "float",
        ValueKind::Number => "int",
        _ => "str",
    }
}
