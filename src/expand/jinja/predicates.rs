//! Tests (`x is …`): those of Jinja2 where the engine has none or another.

use minijinja::value::{ObjectRepr, ValueKind};
use minijinja::{Environment, Error, State, Value};

use super::arguments::{defined, kind_of};
use super::error::{fault, undefined};
use super::text::as_integer;

/// Tests that only the engine has.
const FOREIGN: [&str; 3] = ["endingwith", "safe", "startingwith"];

const NAMES: [&str; 37] = [
    "!=",
    "<",
    "<=",
    "==",
    ">",
    ">=",
    "boolean",
    "callable",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "string",
    "true",
    "upper",
];

/// The names of all tests.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(["test", "undefined"])
}

/// Puts the tests of Jinja2 in the place of the engine's own.
pub(super) fn register(environment: &mut Environment<'static>) {
    for name in FOREIGN {
        environment.remove_test(name);
    }
    environment.remove_test("int");
    environment.add_test("callable", is_callable);
    environment
        .add_test("divisibleby", |value: &Value, divisor: &Value| Ok::<_, Error>(remainder(value, divisor)? == 0));
    environment.add_test("even", |value: &Value| Ok::<_, Error>(remainder(value, &Value::from(2))? == 0));
    environment.add_test("odd", |value: &Value| Ok::<_, Error>(remainder(value, &Value::from(2))? != 0));
    environment.add_test("iterable", |state: &State<'_, '_>, value: &Value| {
        defined(state, value).map(|()| !value.is_none() && value.try_iter().is_ok())
    });
    environment.add_test("sequence", |state: &State<'_, '_>, value: &Value| {
        defined(state, value).map(|()| is_sequence(value))
    });
    environment.add_test("lower", |state: &State<'_, '_>, value: &Value| {
        super::arguments::text(state, value).map(|text| has_case(&text, char::is_lowercase, char::is_uppercase))
    });
    environment.add_test("upper", |state: &State<'_, '_>, value: &Value| {
        super::arguments::text(state, value).map(|text| has_case(&text, char::is_uppercase, char::is_lowercase))
    });
}

/// Anything with a length and items by index; in Jinja2 that includes text and mappings.
fn is_sequence(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Undefined | ValueKind::String | ValueKind::Seq | ValueKind::Map)
        || (value.kind() == ValueKind::Iterable && value.len().is_some())
}

fn is_callable(value: &Value) -> bool {
    // An undefined value has a call operator, if only to complain.
    value.is_undefined()
        || value.as_object().is_some_and(|object| {
            let type_name = object.type_name();
            object.repr() == ObjectRepr::Plain && !type_name.contains("Moment") && !type_name.contains("LongInteger")
                || type_name.contains("macro_object")
        })
}

fn remainder(value: &Value, divisor: &Value) -> Result<i128, Error> {
    if value.is_undefined() {
        return Err(undefined(value));
    }
    match (as_integer(value), as_integer(divisor)) {
        (Some(_), Some(0)) => Err(fault("a number is not divisible by zero")),
        (Some(value), Some(divisor)) => Ok(value.checked_rem(divisor).unwrap_or(0)),
        _ => match (f64::try_from(value.clone()), f64::try_from(divisor.clone())) {
            (Ok(_), Ok(0.0)) => Err(fault("a number is not divisible by zero")),
            (Ok(value), Ok(divisor)) => Ok(i128::from(value % divisor != 0.0)),
            _ => Err(fault(format!("{} has no remainder", kind_of(value)))),
        },
    }
}

/// Whether text has letters of one case and none of the other.
pub(super) fn has_case(text: &str, wanted: fn(char) -> bool, other: fn(char) -> bool) -> bool {
    text.chars().any(wanted) && !text.chars().any(other)
}
