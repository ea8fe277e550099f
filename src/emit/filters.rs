//! Filters of Python templates. What they return is either a plain value, which the formatter writes as a
//! literal, or code, which the template engine calls a safe string.

use minijinja::value::{Kwargs, StringInput};
use minijinja::{Environment, Error, Value};

use super::identifier::is_identifier;
use super::literal;
use super::secret_mark::is_marked;
use super::template_value::{as_literal, as_plain_text, as_text, invalid};
use super::{prose, sql, yaml_text};

/// Adds the filters, and takes away those that would mark unchecked text as code.
pub(super) fn register(environment: &mut Environment<'static>) {
    for name in ["safe", "escape", "e", "urlencode"] {
        environment.remove_filter(name);
    }
    environment.add_filter("code", code);
    for name in ["ident", "py_ident"] {
        environment.add_filter(name, identifier);
    }
    for name in ["block", "py_block"] {
        environment.add_filter(name, block);
    }
    for name in ["comment", "py_comment"] {
        environment.add_filter(name, comment);
    }
    environment.add_filter("docstring", docstring);
    environment.add_filter("indent", indent);
    environment.add_filter("py_str", python_str);
    environment.add_filter("py_literal", python_literal);
    environment.add_filter("sql_ident", sql_identifier);
    environment.add_filter("sql_str", sql_string);
    for name in ["json", "tojson"] {
        environment.add_filter(name, json);
    }
    environment.add_filter("yaml", yaml);
}

/// Python source of a value.
pub(super) fn source(value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str().filter(|text| !value.is_safe() && !is_marked(text)) {
        return Ok(literal::string(text));
    }
    let mut out = String::new();
    as_literal(value)?.push_source(&mut out).map_err(invalid)?;
    Ok(out)
}

fn as_code(source: String) -> Value {
    Value::from_safe_string(source)
}

fn code(value: &Value) -> Result<Value, Error> {
    if value.is_safe() {
        return Ok(value.clone());
    }
    as_plain_text(value, "code").map(as_code)
}

fn identifier(value: &Value) -> Result<Value, Error> {
    let name = as_plain_text(value, "a name")?;
    if is_identifier(&name) { Ok(as_code(name)) } else { Err(invalid(format!("`{name}` is not a valid Python name"))) }
}

fn block(value: &Value) -> Result<Value, Error> {
    as_text(value).map(|text| as_code(literal::text_block(&text)))
}

fn comment(value: &Value) -> Result<Value, Error> {
    let text = if value.as_str().is_some() { as_text(value)? } else { as_literal(value)?.python_str() };
    Ok(as_code(prose::comment(&text.display())))
}

fn docstring(value: &Value) -> Result<Value, Error> {
    as_text(value).map(|text| as_code(prose::docstring(&text.display())))
}

/// Lines of a literal are part of its value, so code that holds one keeps its place.
fn indent(
    value: StringInput<'_>,
    width: Option<usize>,
    first: Option<bool>,
    blank: Option<bool>,
    kwargs: Kwargs,
) -> Result<Value, Error> {
    if value.is_safe() && value.as_str().contains("\"\"\"") {
        return Err(invalid("`indent` would change the text inside tripled quotes; indent the template instead"));
    }
    minijinja::filters::indent(value, width, first, blank, kwargs)
}

fn python_str(value: &Value) -> Result<Value, Error> {
    Ok(as_code(literal::text(&as_literal(value)?.python_str())))
}

fn python_literal(value: &Value) -> Result<Value, Error> {
    source(value).map(as_code)
}

fn sql_identifier(value: &Value) -> Result<String, Error> {
    as_plain_text(value, "a SQL name").map(|name| sql::sql_identifier(&name))
}

fn sql_string(value: &Value) -> Result<String, Error> {
    as_plain_text(value, "a SQL string").map(|text| sql::sql_string(&text))
}

/// JSON text is a value like any other text: in Python it appears as a string literal.
fn json(value: &Value) -> Result<String, Error> {
    let text = serde_json::to_string(value).map_err(invalid)?;
    as_plain_text(&Value::from(text), "JSON text")
}

/// YAML text is a value, too.
fn yaml(value: &Value) -> Result<String, Error> {
    let json = serde_json::to_value(value).map_err(invalid)?;
    as_plain_text(&Value::from(yaml_text::yaml_text(&json)), "YAML text")
}
