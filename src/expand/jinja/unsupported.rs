//! What Jinja2 offers and this renderer does not: found before it could print something else, and explained.
//!
//! The engine shows no syntax tree, so statements and expressions are found in the text. What is refused here
//! is rare; a false alarm would need the same words inside a string.

use minijinja::{Error, Template};

use super::error::refusal;

/// Refuses constructs that the engine would accept with another meaning.
pub(super) fn check(source: &str, template: &Template<'_, '_>) -> Result<(), Error> {
    if let Some(name) = internal_attribute(source) {
        return Err(refusal(
            format!("the attribute `{name}` is not available"),
            "use filters and tests instead of Python's internals",
        ));
    }
    if !source.contains("macro") {
        return Ok(());
    }
    let words = ["varargs", "kwargs"];
    if words.iter().any(|word| source.contains(word)) {
        let unknown = template.undeclared_variables(false);
        if let Some(name) = words.into_iter().find(|word| unknown.contains(*word)) {
            return Err(refusal(
                format!("`{name}` is not available in macros"),
                "name every argument of the macro, or pass a list or a mapping",
            ));
        }
    }
    match macro_headers(source).find_map(default_from_parameter) {
        Some((parameter, other)) => Err(refusal(
            format!("the default of the macro argument `{parameter}` cannot use the argument `{other}`"),
            format!("set it inside the macro: `{{% set {parameter} = {parameter} | default({other}) %}}`"),
        )),
        None => Ok(()),
    }
}

/// The first attribute like `.__class__` or `['__class__']` inside an expression or a statement.
fn internal_attribute(source: &str) -> Option<&str> {
    let starts = source.match_indices("__").filter(|(at, _)| {
        let before = source.get(..*at).unwrap_or_default();
        let opened = before.rfind("{{").max(before.rfind("{%"));
        let closed = before.rfind("}}").max(before.rfind("%}"));
        before.ends_with(['.', '\'', '"']) && opened.is_some() && opened > closed
    });
    starts.filter_map(|(at, _)| source.get(at..)).find_map(|rest| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
        rest.get(..end).filter(|name| name.len() > 4 && name.ends_with("__"))
    })
}

/// The parameter lists of all macros: what stands between the name and the end of the statement.
fn macro_headers(source: &str) -> impl Iterator<Item = &str> {
    source.split("{%").skip(1).filter_map(|statement| {
        let statement = statement.trim_start_matches(['-', '+']).trim_start();
        let header = statement.strip_prefix("macro").filter(|rest| rest.starts_with(char::is_whitespace))?;
        header.split("%}").next()?.split_once('(').map(|(_, parameters)| parameters)
    })
}

/// A parameter whose default names an earlier parameter: the engine sets defaults from the last to the first.
fn default_from_parameter(parameters: &str) -> Option<(&str, &str)> {
    let mut earlier: Vec<&str> = Vec::new();
    for parameter in parameters.split(',') {
        let (name, default) = parameter.split_once('=').unwrap_or((parameter, ""));
        // Every second piece between quotes is the inside of a string.
        let mut used = default
            .split(['\'', '"'])
            .step_by(2)
            .flat_map(|code| code.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
            .filter(|word| !word.is_empty());
        if let Some(other) = used.find(|word| earlier.contains(word)) {
            return Some((name.trim(), other));
        }
        earlier.push(name.trim());
    }
    None
}
