//! Faults in template text: an engine error goes in, a message in the author's terms comes out.

use std::error::Error as _;
use std::fmt;
use std::ops::Range;

use minijinja::{Error, ErrorKind, Value};

use crate::report::did_you_mean;

/// Why a template string could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JinjaError {
    /// One sentence in the author's terms, without a final stop.
    pub message: String,
    /// The faulty bytes of the source, if they are known.
    pub range: Option<Range<usize>>,
    /// What to change.
    pub help: Option<String>,
    /// The expression that is undefined, for example `schema` or `table.name`.
    pub undefined: Option<String>,
}

impl fmt::Display for JinjaError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for JinjaError {}

/// What to change, carried inside an engine error.
#[derive(Debug)]
struct Help(String);

impl fmt::Display for Help {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Help {}

/// An engine error that says what to change.
pub(super) fn refusal(message: impl Into<String>, help: impl Into<String>) -> Error {
    fault(message).with_source(Help(help.into()))
}

/// An engine error.
pub(super) fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// The error for the use of an undefined value; the engine adds its name.
pub(super) fn undefined(value: &Value) -> Error {
    match value.get_attr("") {
        Err(error) => error,
        Ok(_) => Error::from(ErrorKind::UndefinedError),
    }
}

/// Puts an engine error into the author's terms.
///
/// The range of the result counts bytes of the text that the engine saw.
pub(super) fn translate(error: &Error, source: &str, context: &Value) -> JinjaError {
    let chain: Vec<&Error> = std::iter::successors(Some(error), |error| cause(error)).collect();
    let help = chain.iter().find_map(|error| error.source()?.downcast_ref::<Help>()).map(|help| help.0.clone());
    let range = error.range().filter(|range| source.get(range.clone()).is_some());
    let root = chain.iter().find(|error| error.kind() == ErrorKind::UndefinedError).copied().unwrap_or(error);
    let detail = root.detail().unwrap_or_default();
    let undefined = match root.kind() {
        ErrorKind::UnknownFunction => detail.strip_suffix(" is unknown"),
        _ => undefined_expression(detail),
    };
    let (message, general_help) = explain(root, detail, undefined, context);
    JinjaError { message, range, help: help.or(general_help), undefined: undefined.map(str::to_owned) }
}

fn cause(error: &Error) -> Option<&Error> {
    error.source().and_then(|source| source.downcast_ref())
}

fn explain(error: &Error, detail: &str, undefined: Option<&str>, context: &Value) -> (String, Option<String>) {
    match error.kind() {
        ErrorKind::SyntaxError | ErrorKind::BadEscape => {
            let detail = if detail.is_empty() { "bad escape in a string" } else { detail };
            (format!("this is not valid Jinja: {detail}"), Some(syntax_help(detail)))
        }
        ErrorKind::UndefinedError => explain_undefined(undefined, context),
        ErrorKind::UnknownFilter => {
            let name = quoted_word(detail).unwrap_or(detail);
            (format!("there is no filter `{name}`"), suggestion(name, super::filters::names()))
        }
        ErrorKind::UnknownTest => {
            let name = quoted_word(detail).unwrap_or("of this name");
            (format!("there is no test `{name}`"), suggestion(name, super::predicates::names()))
        }
        ErrorKind::UnknownFunction => explain_undefined(undefined, context),
        ErrorKind::OutOfFuel => (
            "the template does not come to an end".to_owned(),
            Some("reduce the number of loop rounds, or generate the text outside the project".to_owned()),
        ),
        ErrorKind::WriteFailure => (
            "the rendered text is too long".to_owned(),
            Some(format!("keep it under {} MiB", super::OUTPUT_LIMIT / (1024 * 1024))),
        ),
        ErrorKind::TemplateNotFound | ErrorKind::BadInclude => (
            "a template string cannot include, import or extend another template".to_owned(),
            Some("write the text here, or pass it as a template parameter".to_owned()),
        ),
        ErrorKind::TooManyArguments if detail.is_empty() => ("too many arguments are given here".to_owned(), None),
        ErrorKind::MissingArgument if detail.is_empty() => ("an argument is missing here".to_owned(), None),
        _ if detail.contains("recursion limit") => (
            "the template nests calls too deeply".to_owned(),
            Some("let the macro or the recursive loop end earlier".to_owned()),
        ),
        kind if detail.is_empty() => (kind.to_string(), None),
        _ => (reworded(detail), operator_help(detail)),
    }
}

fn explain_undefined(undefined: Option<&str>, context: &Value) -> (String, Option<String>) {
    let Some(expression) = undefined else {
        return (
            "an undefined value is used here".to_owned(),
            Some("give it a value, or a default with `| default(...)`".to_owned()),
        );
    };
    let names: Vec<Value> = context.try_iter().into_iter().flatten().collect();
    let close = did_you_mean(expression, names.iter().filter_map(Value::as_str));
    let help = match close {
        Some(close) => format!("did you mean `{close}`?"),
        None if expression.contains(['.', '[']) => format!("check the keys of the value before `{expression}` is used"),
        None => format!("pass `{expression}` as a parameter, or give it a default: `{expression} | default(...)`"),
    };
    (format!("`{expression}` is undefined"), Some(help))
}

/// The expression that an engine message names as undefined.
fn undefined_expression(detail: &str) -> Option<&str> {
    let (before, _) = detail.split_once("` is undefined")?;
    before.rsplit_once('`').map(|(_, expression)| expression)
}

/// The name in a message of the form `filter NAME is unknown`.
fn quoted_word(detail: &str) -> Option<&str> {
    detail.strip_suffix(" is unknown")?.rsplit(' ').next()
}

fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    did_you_mean(name, candidates).map(|close| format!("did you mean `{close}`?"))
}

fn syntax_help(detail: &str) -> String {
    if detail.contains("splat") || detail.contains('*') {
        "write the arguments out one by one, `*` and `**` are not available".to_owned()
    } else {
        "correct the expression, or put text that only looks like Jinja between `{% raw %}` and `{% endraw %}`"
            .to_owned()
    }
}

/// An engine message about an operation, in the words of this module.
fn reworded(detail: &str) -> String {
    if let Some((operator, kinds)) =
        detail.strip_prefix("tried to use ").and_then(|rest| rest.split_once(" operator on unsupported types "))
    {
        return format!("`{operator}` does not work on these values: {kinds}");
    }
    if let Some(calculation) = detail.strip_prefix("unable to calculate ") {
        return format!("`{calculation}` has no result");
    }
    detail.to_owned()
}

fn operator_help(detail: &str) -> Option<String> {
    let help = if detail.contains("use % operator") && detail.contains("string") {
        "`%` does not format text here, write `\"...\" | format(...)` or join with `~`"
    } else if detail.contains("use + operator") && detail.contains("string") {
        "join text and other values with `~` instead of `+`"
    } else if detail == "range has too many elements" {
        "keep it under 100000 numbers"
    } else if detail.starts_with("unable to calculate") && !detail.ends_with(" 0") {
        "numbers are limited to 128 bits"
    } else {
        return None;
    };
    Some(help.to_owned())
}
