//! Methods of lists, tuples and mappings.

use minijinja::value::Tuple;
use minijinja::{Error, Value};

use super::super::arguments::Arguments;
use super::super::error::fault;
use super::super::text::repr_of;
use super::string::Bounds;
use super::{Method, method};

pub(super) const OF_LISTS: &[Method] = &[
    method("copy", &[], 0, |value, _| Ok(value.clone())),
    method("count", &["value"], 1, count),
    method("index", &["value", "start", "stop"], 1, index),
];

pub(super) const OF_MAPPINGS: &[Method] = &[
    method("copy", &[], 0, |value, _| Ok(value.clone())),
    method("get", &["key", "default"], 1, get),
    method("items", &[], 0, |value, _| {
        Ok(pairs(value).map(|(key, value)| Value::from(Tuple::from([key, value]))).collect())
    }),
    method("keys", &[], 0, |value, _| Ok(pairs(value).map(|(key, _)| key).collect())),
    method("values", &[], 0, |value, _| Ok(pairs(value).map(|(_, value)| value).collect())),
];

fn pairs(mapping: &Value) -> impl Iterator<Item = (Value, Value)> + use<> {
    let pairs: Vec<_> = mapping.as_object().and_then(|object| object.try_iter_pairs()).into_iter().flatten().collect();
    pairs.into_iter()
}

fn wanted(arguments: &Arguments) -> Value {
    arguments.get("value").cloned().unwrap_or_default()
}

fn count(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let wanted = wanted(arguments);
    Ok(Value::from(value.try_iter()?.filter(|item| *item == wanted).count()))
}

fn index(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let wanted = wanted(arguments);
    let items: Vec<Value> = value.try_iter()?.collect();
    let Bounds { start, end } = Bounds::of(arguments, "start", "stop", items.len())?;
    let found = items.iter().take(end).skip(start).position(|item| *item == wanted);
    match found {
        Some(at) => Ok(Value::from(start + at)),
        None => Err(fault(format!("{} is not in the list", repr_of(&wanted)))),
    }
}

fn get(value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let key = arguments.get("key").cloned().unwrap_or_default();
    let found = value.as_object().and_then(|object| object.get_value(&key));
    Ok(found.or_else(|| arguments.get("default").cloned()).unwrap_or_else(|| Value::from(())))
}
