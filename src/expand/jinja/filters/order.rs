//! Filters that compare: sorting, grouping, removing repetitions, least and greatest.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, items, kind_of};
use super::super::error::{fault, refusal, undefined};
use super::super::text::write_repr;
use super::selection::{at_path, pairs};

/// Python's `<`: numbers with numbers, text with text, lists item by item; everything else is an error.
pub(super) fn compare(left: &Value, right: &Value) -> Result<Ordering, Error> {
    if let Some(value) = [left, right].into_iter().find(|value| value.is_undefined()) {
        return Err(undefined(value));
    }
    match (rank(left), rank(right)) {
        (Some(one), Some(other)) if one == other && one == "sequence" => {
            let all = |value: &Value| value.try_iter().map(|items| items.collect::<Vec<_>>());
            let (one, other) = (all(left)?, all(right)?);
            for (one, other) in one.iter().zip(&other) {
                if one != other {
                    return compare(one, other);
                }
            }
            Ok(one.len().cmp(&other.len()))
        }
        (Some(one), Some(other)) if one == other => Ok(left.cmp(right)),
        _ => Err(refusal(
            format!("{} and {} cannot be compared", kind_of(left), kind_of(right)),
            "compare values of one kind, for example by `| map('string')` before",
        )),
    }
}

fn rank(value: &Value) -> Option<&'static str> {
    match value.kind() {
        ValueKind::Bool | ValueKind::Number => Some("number"),
        ValueKind::String => Some("text"),
        ValueKind::Seq | ValueKind::Iterable => Some("sequence"),
        ValueKind::Plain => Some("object"),
        _ => None,
    }
}

/// A stable sort by key. The first failing comparison fails the sort.
fn sorted_by_key<T>(mut keyed: Vec<(Value, T)>, reverse: bool) -> Result<Vec<(Value, T)>, Error> {
    let mut failure = None;
    keyed.sort_by(|left, right| match compare(&left.0, &right.0) {
        Ok(order) if reverse => order.reverse(),
        Ok(order) => order,
        Err(error) => {
            failure.get_or_insert(error);
            Ordering::Equal
        }
    });
    failure.map_or(Ok(keyed), Err)
}

/// What a filter compares of an item: a part of it, in lower case unless case matters.
fn key_of(item: &Value, path: Option<&Value>, default: Option<&Value>, case_sensitive: bool) -> Result<Value, Error> {
    let mut key = match path {
        Some(path) => at_path(item, path)?,
        None => item.clone(),
    };
    if let Some(default) = default.filter(|_| key.is_undefined()) {
        key = default.clone();
    }
    Ok(match key.as_str() {
        Some(text) if !case_sensitive => Value::from(text.to_lowercase()),
        _ => key,
    })
}

fn keyed(state: &State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Vec<(Value, Value)>, Error> {
    let case_sensitive = arguments.flag("case_sensitive", false);
    let path = arguments.some("attribute");
    items(state, value)?.into_iter().map(|item| Ok((key_of(&item, path, None, case_sensitive)?, item))).collect()
}

pub(super) fn sort(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let case_sensitive = arguments.flag("case_sensitive", false);
    let paths: Option<Vec<Value>> = arguments.some("attribute").map(|path| {
        path.as_str().map_or_else(|| vec![path.clone()], |path| path.split(',').map(Value::from).collect())
    });
    let key = |item: &Value| -> Result<Value, Error> {
        match &paths {
            None => key_of(item, None, None, case_sensitive),
            Some(paths) => {
                let parts: Result<Vec<Value>, Error> =
                    paths.iter().map(|path| key_of(item, Some(path), None, case_sensitive)).collect();
                Ok(Value::from(parts?))
            }
        }
    };
    let keyed: Result<Vec<_>, Error> = items(state, value)?.into_iter().map(|item| Ok((key(&item)?, item))).collect();
    Ok(sorted_by_key(keyed?, arguments.flag("reverse", false))?.into_iter().map(|(_, item)| item).collect())
}

pub(super) fn dictsort(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let by_value = match arguments.text("by")? {
        None | Some("key") => false,
        Some("value") => true,
        Some(_) => return Err(fault("`dictsort` sorts by \"key\" or by \"value\"")),
    };
    let case_sensitive = arguments.flag("case_sensitive", false);
    let keyed: Result<Vec<_>, Error> = pairs(state, value, "dictsort")?
        .into_iter()
        .map(|(key, value)| {
            let sorted_by = key_of(if by_value { &value } else { &key }, None, None, case_sensitive)?;
            Ok((sorted_by, Tuple::from([key, value])))
        })
        .collect();
    Ok(sorted_by_key(keyed?, arguments.flag("reverse", false))?.into_iter().map(|(_, pair)| pair).collect())
}

pub(super) fn unique(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let mut seen = std::collections::HashSet::new();
    let keyed = keyed(state, value, arguments)?;
    let identity = |key: &Value| match key.kind() {
        // To Python, true and 1 are the same key.
        ValueKind::Bool => Value::from(i64::from(key.is_true())),
        _ => key.clone(),
    };
    Ok(keyed.into_iter().filter(|(key, _)| seen.insert(identity(key))).map(|(_, item)| item).collect())
}

pub(super) fn min(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    extreme(keyed(state, value, arguments)?, Ordering::Less)
}

pub(super) fn max(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    extreme(keyed(state, value, arguments)?, Ordering::Greater)
}

fn extreme(keyed: Vec<(Value, Value)>, wanted: Ordering) -> Result<Value, Error> {
    let mut best: Option<(Value, Value)> = None;
    for (key, item) in keyed {
        match &best {
            Some((known, _)) if compare(&key, known)? != wanted => {}
            _ => best = Some((key, item)),
        }
    }
    Ok(best.map(|(_, item)| item).unwrap_or_default())
}

pub(super) fn groupby(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let path = arguments.get("attribute");
    let default = arguments.some("default");
    let case_sensitive = arguments.flag("case_sensitive", false);
    let keyed: Result<Vec<_>, Error> = items(state, value)?
        .into_iter()
        .map(|item| Ok((key_of(&item, path, default, case_sensitive)?, item)))
        .collect();
    let sorted = sorted_by_key(keyed?, false)?;
    sorted
        .chunk_by(|left, right| left.0 == right.0)
        .map(|group| {
            let items: Vec<Value> = group.iter().map(|(_, item)| item.clone()).collect();
            let grouper = match items.first() {
                Some(first) => key_of(first, path, default, true)?,
                None => Value::UNDEFINED,
            };
            Ok(Value::from_object(Group { grouper, items: Value::from(items) }))
        })
        .collect::<Result<Vec<Value>, Error>>()
        .map(Value::from)
}

/// A pair of a key and its items, which also have the names `grouper` and `list`.
#[derive(Debug)]
pub(in super::super) struct Group {
    grouper: Value,
    items: Value,
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_usize(), key.as_str()) {
            (Some(0), _) | (_, Some("grouper")) => Some(self.grouper.clone()),
            (Some(1), _) | (_, Some("list")) => Some(self.items.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(2)
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(")?;
        write_repr(formatter, &self.grouper)?;
        formatter.write_str(", ")?;
        write_repr(formatter, &self.items)?;
        formatter.write_str(")")
    }
}
