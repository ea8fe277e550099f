//! Arguments of filters and methods: what a call passes goes in, values by Python's rules come out.

use std::borrow::Cow;

use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State, UndefinedBehavior, Value};

use super::error::{fault, undefined};
use super::text::{as_integer, text_of};

/// The parameters of a callable, in order, by the names under which Python knows them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [&'static str],
    /// How many of them have no default.
    pub(super) required: usize,
}

/// The arguments of one call, by parameter.
pub(super) struct Arguments {
    signature: Signature,
    values: Vec<Option<Value>>,
}

impl Arguments {
    /// Matches positional and keyword arguments with parameters.
    pub(super) fn bind(signature: Signature, given: &[Value]) -> Result<Self, Error> {
        let (positional, keywords): (&[Value], Kwargs) = from_args(given)?;
        let Signature { name, parameters, required } = signature;
        if positional.len() > parameters.len() {
            let most = match parameters.len() {
                0 => "no arguments".to_owned(),
                1 => "at most 1 argument".to_owned(),
                count => format!("at most {count} arguments"),
            };
            return Err(Error::new(
                ErrorKind::TooManyArguments,
                format!("`{name}` takes {most}, {} given", positional.len()),
            ));
        }
        let mut values: Vec<Option<Value>> = positional.iter().cloned().map(Some).collect();
        values.resize(parameters.len(), None);
        for keyword in keywords.args() {
            let slot = parameters.iter().position(|parameter| *parameter == keyword).and_then(|at| values.get_mut(at));
            match slot {
                Some(slot @ None) => *slot = Some(keywords.get(keyword)?),
                Some(Some(_)) => return Err(fault(format!("`{name}` gets the argument `{keyword}` twice"))),
                None => return Err(fault(format!("`{name}` has no argument `{keyword}`"))),
            }
        }
        let missing = parameters.iter().zip(&values).take(required).find(|(_, value)| value.is_none());
        match missing {
            Some((parameter, _)) => {
                Err(Error::new(ErrorKind::MissingArgument, format!("`{name}` needs the argument `{parameter}`")))
            }
            None => Ok(Self { signature, values }),
        }
    }

    /// The argument, if the call passes it.
    pub(super) fn get(&self, parameter: &str) -> Option<&Value> {
        let at = self.signature.parameters.iter().position(|known| *known == parameter)?;
        self.values.get(at)?.as_ref()
    }

    /// The argument, unless it is absent or `none`.
    pub(super) fn some(&self, parameter: &str) -> Option<&Value> {
        self.get(parameter).filter(|value| !value.is_none())
    }

    /// An argument that must be text.
    pub(super) fn text(&self, parameter: &str) -> Result<Option<&str>, Error> {
        match self.some(parameter) {
            None => Ok(None),
            Some(value) if value.is_undefined() => Err(undefined(value)),
            Some(value) => value.as_str().map(Some).ok_or_else(|| self.mistaken(parameter, "text", value)),
        }
    }

    /// An argument that must be an integer.
    pub(super) fn integer(&self, parameter: &str) -> Result<Option<i64>, Error> {
        match self.some(parameter) {
            None => Ok(None),
            Some(value) if value.is_undefined() => Err(undefined(value)),
            Some(value) => match as_integer(value).and_then(|number| i64::try_from(number).ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(self.mistaken(parameter, "an integer", value)),
            },
        }
    }

    /// An argument that must be a width or a count that memory can bear.
    pub(super) fn size(&self, parameter: &str) -> Result<Option<usize>, Error> {
        const LARGEST: i64 = 1_000_000;
        match self.integer(parameter)? {
            Some(number) if number > LARGEST => {
                Err(fault(format!("the argument `{parameter}` of `{}` is larger than {LARGEST}", self.signature.name)))
            }
            number => Ok(number.map(|number| usize::try_from(number).unwrap_or(0))),
        }
    }

    /// Python's truth of an argument.
    pub(super) fn flag(&self, parameter: &str, default: bool) -> bool {
        self.get(parameter).map_or(default, Value::is_true)
    }

    fn mistaken(&self, parameter: &str, wanted: &str, value: &Value) -> Error {
        fault(format!(
            "the argument `{parameter}` of `{}` must be {wanted}, not {}",
            self.signature.name,
            kind_of(value)
        ))
    }
}

/// The kind of a value, with its article.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "an undefined value",
        ValueKind::None => "none",
        ValueKind::Bool => "a boolean",
        ValueKind::Number if value.is_integer() => "an integer",
        ValueKind::Number => "a number",
        ValueKind::String => "a string",
        ValueKind::Seq if value.is_tuple() => "a tuple",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a mapping",
        _ => "an object",
    }
}

/// Fails on an undefined value where undefined values are errors.
pub(super) fn defined(state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() && state.env().undefined_behavior() == UndefinedBehavior::Strict {
        return Err(undefined(value));
    }
    Ok(())
}

/// Python's `str()` of a value that a filter works on.
pub(super) fn text<'value>(state: &State<'_, '_>, value: &'value Value) -> Result<Cow<'value, str>, Error> {
    defined(state, value)?;
    Ok(match value.as_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(text_of(value)),
    })
}

/// The items of a value that a filter works on. An undefined value has none, a string has its characters.
pub(super) fn items(state: &State<'_, '_>, value: &Value) -> Result<Vec<Value>, Error> {
    defined(state, value)?;
    if value.is_none() {
        return Err(fault("none has no items"));
    }
    let items = value.try_iter().map_err(|_| fault(format!("{} has no items", kind_of(value))))?;
    items.checked().collect()
}
