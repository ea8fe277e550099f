//! Filters that pick one value: defaults, attributes, first and last items.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, defined, items, kind_of};
use super::super::error::fault;

pub(super) fn default(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    if value.is_undefined() || (arguments.flag("boolean", false) && !value.is_true()) {
        return Ok(arguments.get("default_value").cloned().unwrap_or_else(|| Value::from("")));
    }
    Ok(value.clone())
}

/// An attribute, never an item: as in Jinja2, the keys of a mapping are out of its reach.
pub(super) fn attr(_: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let name = arguments.text("name")?.unwrap_or_default();
    if value.kind() == ValueKind::Map {
        return Ok(Value::UNDEFINED);
    }
    value.get_attr(name)
}

pub(super) fn first(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    Ok(items(state, value)?.into_iter().next().unwrap_or_default())
}

pub(super) fn last(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    Ok(items(state, value)?.pop().unwrap_or_default())
}

/// The value at a path like `name` or `address.0.city`, or at an index.
pub(super) fn at_path(value: &Value, path: &Value) -> Result<Value, Error> {
    let Some(path) = path.as_str() else {
        return value.get_item(path);
    };
    path.split('.').try_fold(value.clone(), |value, part| match part.parse::<usize>() {
        Ok(index) => value.get_item(&Value::from(index)),
        Err(_) => value.get_item(&Value::from(part)),
    })
}

/// The items of a mapping.
pub(super) fn pairs(state: &State<'_, '_>, value: &Value, filter: &str) -> Result<Vec<(Value, Value)>, Error> {
    defined(state, value)?;
    if value.kind() != ValueKind::Map {
        return Err(fault(format!("`{filter}` needs a mapping, not {}", kind_of(value))));
    }
    Ok(value.as_object().and_then(|object| object.try_iter_pairs()).into_iter().flatten().collect())
}
