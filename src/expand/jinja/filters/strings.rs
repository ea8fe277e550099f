//! Filters on text as characters: case, trimming, replacing, counting.

use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, defined, text};
use super::super::text::text_of;

/// A result that is as safe as the value it was made from.
pub(super) fn like(value: &Value, text: String) -> Value {
    if value.is_safe() { Value::from_safe_string(text) } else { Value::from(text) }
}

pub(super) fn upper(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    Ok(like(value, text(state, value)?.to_uppercase()))
}

pub(super) fn lower(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    Ok(like(value, text(state, value)?.to_lowercase()))
}

pub(super) fn capitalize(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    Ok(like(value, capitalized(&text(state, value)?)))
}

/// The first character in upper case, all others in lower case.
pub(in super::super) fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters.as_str().to_lowercase().chars()).collect()
}

/// Jinja2's own title case: a word starts after white space, a hyphen or an opening bracket.
pub(super) fn title(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    let text = text(state, value)?;
    let starts_word = |character: char| character.is_whitespace() || "-({[<".contains(character);
    let titled: String = text.split_inclusive(starts_word).map(capitalized).collect();
    Ok(like(value, titled))
}

pub(super) fn trim(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let text = text(state, value)?;
    let trimmed = match arguments.text("chars")? {
        Some(characters) => text.trim_matches(|character| characters.contains(character)),
        None => text.trim_matches(is_space),
    };
    Ok(like(value, trimmed.to_owned()))
}

/// Python's white space: Unicode's, and four separators that Unicode does not count.
pub(in super::super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

pub(super) fn replace(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    let source = text(state, value)?;
    let part = |name| arguments.get(name).map(|part| text(state, part)).transpose().map(Option::unwrap_or_default);
    let (old, new) = (part("old")?, part("new")?);
    let replaced = match arguments.integer("count")?.and_then(|count| usize::try_from(count).ok()) {
        Some(count) => source.replacen(old.as_ref(), &new, count),
        None => source.replace(old.as_ref(), &new),
    };
    Ok(like(value, replaced))
}

pub(super) fn string(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    defined(state, value)?;
    Ok(if value.as_str().is_some() { value.clone() } else { Value::from(text_of(value)) })
}

pub(super) fn wordcount(state: &mut State<'_, '_>, value: &Value, _: &Arguments) -> Result<Value, Error> {
    let text = text(state, value)?;
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    Ok(Value::from(text.split(|character| !is_word(character)).filter(|word| !word.is_empty()).count()))
}
