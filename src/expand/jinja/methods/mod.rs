//! Methods: `value.name(…)` as Python's strings, lists, tuples and mappings have them.
//!
//! Values are immutable here: a method that would change its value is refused with a hint.

mod collection;
mod string;
mod text_case;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, State, Value};

use super::arguments::{Arguments, Signature, kind_of};
use super::error::{fault, refusal, undefined};
use crate::report::did_you_mean;

/// A method of values of one kind.
struct Method {
    signature: Signature,
    body: fn(&Value, &Arguments) -> Result<Value, Error>,
}

const fn method(
    name: &'static str,
    parameters: &'static [&'static str],
    required: usize,
    body: fn(&Value, &Arguments) -> Result<Value, Error>,
) -> Method {
    Method { signature: Signature { name, parameters, required }, body }
}

/// Methods that change a list or a mapping in Python.
const CHANGING: [&str; 11] =
    ["add", "append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "sort", "update"];

/// Calls a method. The engine asks here when the value itself has none of this name.
pub(super) fn call(_: &mut State<'_, '_>, value: &Value, name: &str, given: &[Value]) -> Result<Value, Error> {
    let methods: &[Method] = match value.kind() {
        ValueKind::Undefined => return Err(undefined(value)),
        ValueKind::String if name == "format" => return string::format(value, given),
        ValueKind::String => string::METHODS,
        ValueKind::Map => collection::OF_MAPPINGS,
        ValueKind::Seq | ValueKind::Iterable => collection::OF_LISTS,
        _ => &[],
    };
    if let Some(Method { signature, body }) = methods.iter().find(|method| method.signature.name == name) {
        return body(value, &Arguments::bind(*signature, given)?);
    }
    if matches!(value.kind(), ValueKind::Map) && value.get_attr(name).is_ok_and(|item| !item.is_undefined()) {
        // The engine then calls the item of this name.
        return Err(Error::from(ErrorKind::UnknownMethod));
    }
    let message = format!("{} has no method `{name}`", kind_of(value));
    if CHANGING.contains(&name) && matches!(value.kind(), ValueKind::Map | ValueKind::Seq | ValueKind::Iterable) {
        return Err(refusal(
            format!("`{name}` cannot change {} in a template", kind_of(value)),
            "build a new value instead: `a + [x]` for a list, `dict(a, key=x)` for a mapping, \
             and `namespace` to carry it out of a loop",
        ));
    }
    let close = did_you_mean(name, methods.iter().map(|method| method.signature.name));
    Err(close
        .map_or_else(|| fault(message.clone()), |close| refusal(message.clone(), format!("did you mean `{close}`?"))))
}
