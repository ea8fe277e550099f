//! Globals: the functions that every template has beside its parameters.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use minijinja::value::{Kwargs, Object, ObjectRepr, Rest, ValueKind, ValueOrKwargs, from_args};
use minijinja::{Environment, Error, State, Value};

use super::error::{fault, refusal, undefined};

/// Puts the globals of Jinja2 in the place of the engine's own.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.remove_global("debug");
    environment.add_function("dict", dict);
    environment.add_function("cycler", |items: Rest<Value>| match items.0.is_empty() {
        true => Err(fault("`cycler` needs at least one item")),
        false => Ok(Value::from_object(Cycler { items: items.0, at: AtomicUsize::new(0) })),
    });
    environment.add_function("joiner", |separator: Option<Value>| {
        let separator = separator.unwrap_or_else(|| Value::from(", "));
        Value::from_object(Joiner { separator, used: AtomicBool::new(false) })
    });
    environment.add_function("lipsum", |_: Rest<Value>| -> Result<Value, Error> {
        Err(refusal("the function `lipsum` is not available", "generated code must be the same in every run"))
    });
}

/// A mapping from a mapping or from pairs, and from keyword arguments.
fn dict(given: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let given = given.into_values();
    let (positional, keywords): (&[Value], Kwargs) = from_args(&given)?;
    let mut pairs: Vec<(Value, Value)> = match positional {
        [] => Vec::new(),
        [source] if source.is_undefined() => return Err(undefined(source)),
        [source] => match source.as_object().filter(|_| source.kind() == ValueKind::Map) {
            Some(mapping) => mapping.try_iter_pairs().into_iter().flatten().collect(),
            None => source.try_iter()?.map(|pair| pair_of(&pair)).collect::<Result<_, _>>()?,
        },
        _ => return Err(fault(format!("`dict` takes at most 1 positional argument, {} given", positional.len()))),
    };
    for name in keywords.args() {
        pairs.push((Value::from(name), keywords.get(name)?));
    }
    Ok(Value::from_pairs(pairs))
}

fn pair_of(pair: &Value) -> Result<(Value, Value), Error> {
    match pair.try_iter()?.collect::<Vec<_>>().as_slice() {
        [key, value] => Ok((key.clone(), value.clone())),
        items => Err(fault(format!("`dict` needs pairs of a key and a value, an item has {} parts", items.len()))),
    }
}

/// Gives its items in turn.
#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    at: AtomicUsize,
}

impl Cycler {
    fn current(&self) -> Value {
        self.items.get(self.at.load(Ordering::Relaxed) % self.items.len().max(1)).cloned().unwrap_or_default()
    }
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("current")).then(|| self.current())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let () = from_args(arguments)?;
        match method {
            "next" => {
                let current = self.current();
                self.at.fetch_add(1, Ordering::Relaxed);
                Ok(current)
            }
            "reset" => {
                self.at.store(0, Ordering::Relaxed);
                Ok(Value::from(()))
            }
            _ => Err(fault(format!("a cycler has no method `{method}`, only `next` and `reset`"))),
        }
    }
}

/// Gives nothing at its first call and its separator at every later one.
#[derive(Debug)]
struct Joiner {
    separator: Value,
    used: AtomicBool,
}

impl Object for Joiner {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let () = from_args(arguments)?;
        Ok(if self.used.swap(true, Ordering::Relaxed) { self.separator.clone() } else { Value::from("") })
    }
}
