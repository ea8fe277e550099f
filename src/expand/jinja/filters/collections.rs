//! Filters on lists and mappings as a whole.

use minijinja::value::Tuple;
use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, defined, items as items_of, kind_of, text};
use super::super::error::fault;
use super::selection::{at_path, pairs};
use super::strings::like;

pub(super) fn length(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    defined(state, value)?;
    if value.is_undefined() {
        return Ok(Value::from(0));
    }
    match value.len() {
        Some(length) => Ok(Value::from(length)),
        None if value.as_object().is_some() => Ok(Value::from(items_of(state, value)?.len())),
        None => Err(fault(format!("{} has no length", kind_of(value)))),
    }
}

pub(super) fn list(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    Ok(Value::from(items_of(state, value)?))
}

pub(super) fn items(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    if value.is_undefined() {
        return Ok(Value::from(Vec::<Value>::new()));
    }
    Ok(pairs(state, value, "items")?.into_iter().map(|(key, value)| Tuple::from([key, value])).collect())
}

pub(super) fn reverse(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return Ok(like(value, text.chars().rev().collect()));
    }
    let mut items = items_of(state, value)?;
    items.reverse();
    Ok(Value::from(items))
}

pub(super) fn join(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let separator = arguments.get("d").map(|separator| text(state, separator)).transpose()?.unwrap_or_default();
    let mut joined = String::new();
    for (index, item) in items_of(state, value)?.iter().enumerate() {
        if index > 0 {
            joined.push_str(&separator);
        }
        match arguments.some("attribute") {
            Some(path) => joined.push_str(&text(state, &at_path(item, path)?)?),
            None => joined.push_str(&text(state, item)?),
        }
    }
    Ok(Value::from(joined))
}

pub(super) fn batch(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let size = count(arguments, "linecount")?;
    let mut rows: Vec<Vec<Value>> = items_of(state, value)?.chunks(size).map(<[Value]>::to_vec).collect();
    if let (Some(filler), Some(last)) = (arguments.some("fill_with"), rows.last_mut()) {
        last.resize(size, filler.clone());
    }
    Ok(rows.into_iter().map(Value::from).collect())
}

pub(super) fn slice(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let columns = count(arguments, "slices")?;
    let items = items_of(state, value)?;
    let (size, longer) = (items.len() / columns, items.len() % columns);
    let mut rest = items.into_iter();
    let slice = |index: usize| -> Value {
        let mut slice: Vec<Value> = rest.by_ref().take(size + usize::from(index < longer)).collect();
        if index >= longer {
            slice.extend(arguments.some("fill_with").cloned());
        }
        Value::from(slice)
    };
    Ok((0..columns).map(slice).collect())
}

fn count(arguments: &Arguments, parameter: &str) -> Result<usize, Error> {
    match arguments.size(parameter)? {
        Some(count) if count > 0 => Ok(count),
        _ => Err(fault(format!("the argument `{parameter}` must be at least 1"))),
    }
}
