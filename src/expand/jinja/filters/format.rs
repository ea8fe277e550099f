//! The filter `format`: Python's `%` formatting.

use minijinja::formatting::{FormatStyle, format as format_text};
use minijinja::value::{Kwargs, Rest, ValueOrKwargs, from_args};
use minijinja::{Error, State, Value};

use super::super::arguments::text;
use super::super::error::fault;
use super::super::text::{as_float, repr_of, text_of};

/// Formats with the arguments of the filter, which are either all positional or all by name.
pub(super) fn format(state: &mut State<'_, '_>, value: &Value, given: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let template = text(state, value)?;
    let given = given.into_values();
    let (positional, keywords): (&[Value], Kwargs) = from_args(&given)?;
    if keywords.args().next().is_some() {
        return format_text(FormatStyle::Printf, &template, &given).map(Value::from);
    }
    for argument in positional {
        super::super::arguments::defined(state, argument)?;
    }
    let (template, arguments) = as_the_engine_needs(&template, positional)?;
    format_text(FormatStyle::Printf, &template, &arguments).map(Value::from)
}

/// Does what the engine does not: shows values as Python does, cuts floats to integers, and minds superfluous arguments.
fn as_the_engine_needs(template: &str, given: &[Value]) -> Result<(String, Vec<Value>), Error> {
    let mut prepared = String::with_capacity(template.len());
    let mut arguments = Vec::with_capacity(given.len());
    let mut given = given.iter();
    let mut rest = template;
    while let Some((literal, field)) = rest.split_once('%') {
        prepared.push_str(literal);
        prepared.push('%');
        let end = field.find(|letter: char| !"0123456789#-+ .*hlL".contains(letter)).unwrap_or(field.len());
        let (options, conversion) = field.split_at_checked(end).unwrap_or((field, ""));
        prepared.push_str(options);
        for _ in options.matches('*') {
            arguments.extend(given.next().cloned());
        }
        let mut letters = conversion.chars();
        let letter = letters.next();
        rest = letters.as_str();
        let argument = if letter == Some('%') { None } else { given.next() };
        arguments.extend(argument.map(|argument| match letter {
            Some('r') => Value::from(repr_of(argument)),
            Some('s') => Value::from(text_of(argument)),
            Some('d' | 'i' | 'u') => match as_float(argument) {
                Some(number) if number.is_finite() => super::numbers::truncated(number).unwrap_or_default(),
                _ => argument.clone(),
            },
            _ => argument.clone(),
        }));
        prepared.extend(letter.map(|letter| if letter == 'r' { 's' } else { letter }));
    }
    prepared.push_str(rest);
    match given.next() {
        Some(_) => Err(fault("`format` gets more arguments than the text has places for")),
        None => Ok((prepared, arguments)),
    }
}
