//! Filters that apply another filter or a test to every item.

use minijinja::value::{Kwargs, Rest, ValueOrKwargs, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::super::arguments::{items, kind_of};
use super::super::error::fault;
use super::selection::at_path;

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("map", map);
    environment.add_filter("select", |state: &mut State<'_, '_>, value: &Value, given: Rest<ValueOrKwargs>| {
        choose(state, value, None, &given.into_values(), true)
    });
    environment.add_filter("reject", |state: &mut State<'_, '_>, value: &Value, given: Rest<ValueOrKwargs>| {
        choose(state, value, None, &given.into_values(), false)
    });
    environment.add_filter(
        "selectattr",
        |state: &mut State<'_, '_>, value: &Value, path: &Value, given: Rest<ValueOrKwargs>| {
            choose(state, value, Some(path), &given.into_values(), true)
        },
    );
    environment.add_filter(
        "rejectattr",
        |state: &mut State<'_, '_>, value: &Value, path: &Value, given: Rest<ValueOrKwargs>| {
            choose(state, value, Some(path), &given.into_values(), false)
        },
    );
}

/// The results of a filter, or an attribute, of every item.
fn map(state: &mut State<'_, '_>, value: &Value, given: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let given = given.into_values();
    let (positional, keywords): (&[Value], Kwargs) = from_args(&given)?;
    let items = items(state, value)?;
    if positional.is_empty() && keywords.has("attribute") {
        let path: Value = keywords.get("attribute")?;
        let default: Option<Value> = if keywords.has("default") { Some(keywords.get("default")?) } else { None };
        keywords.assert_all_used()?;
        let part = |item: &Value| -> Result<Value, Error> {
            let part = at_path(item, &path)?;
            Ok(default.clone().filter(|_| part.is_undefined()).unwrap_or(part))
        };
        return items.iter().map(part).collect::<Result<Vec<_>, _>>().map(Value::from);
    }
    let (name, rest) =
        split_name(&given).ok_or_else(|| fault("`map` needs the name of a filter, or `attribute=...`"))?;
    let name = filter_name(&name)?;
    if !super::names().any(|known| known == name) {
        return Err(Error::new(ErrorKind::UnknownFilter, format!("filter {name} is unknown")));
    }
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        let mut arguments = vec![item];
        arguments.extend_from_slice(&rest);
        results.push(state.apply_filter(&name, &arguments)?);
    }
    Ok(Value::from(results))
}

/// The items for which a test on them, or on a part of them, has the wanted result.
fn choose(
    state: &mut State<'_, '_>,
    value: &Value,
    path: Option<&Value>,
    given: &[Value],
    wanted: bool,
) -> Result<Value, Error> {
    let test = split_name(given);
    let mut chosen = Vec::new();
    for item in items(state, value)? {
        let part = match path {
            Some(path) => at_path(&item, path)?,
            None => item.clone(),
        };
        let result = match &test {
            None => {
                super::super::arguments::defined(state, &part)?;
                part.is_true()
            }
            Some((name, rest)) => {
                let name = filter_name(name)?;
                if !super::super::predicates::names().any(|known| known == name) {
                    return Err(Error::new(ErrorKind::UnknownTest, format!("test {name} is unknown")));
                }
                let mut arguments = vec![part];
                arguments.extend_from_slice(rest);
                state.perform_test(&name, &arguments)?
            }
        };
        if result == wanted {
            chosen.push(item);
        }
    }
    Ok(Value::from(chosen))
}

/// The first argument, unless there is none or it is a keyword, and those behind it.
fn split_name(given: &[Value]) -> Option<(Value, Vec<Value>)> {
    let (first, rest) = given.split_first()?;
    (!first.is_kwargs()).then(|| (first.clone(), rest.to_vec()))
}

fn filter_name(name: &Value) -> Result<String, Error> {
    name.as_str().map(str::to_owned).ok_or_else(|| fault(format!("a name is needed here, not {}", kind_of(name))))
}
