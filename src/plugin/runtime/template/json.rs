//! The template environment for JSON: a template and its values go in, JSON text comes out.
//!
//! Every `{{ value }}` is written as JSON, so that no text of a user can break or extend the document around it.

use std::borrow::Cow;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use crate::emit::{RenderCause, RenderError, refused_source};

/// How the names of templates end whose output is JSON.
pub(super) const ENDING: &str = ".json.j2";

/// The templates of a plugin that give JSON.
#[derive(Debug)]
pub struct JsonTemplates {
    environment: Environment<'static>,
    /// Most bytes that a template may give.
    limit: usize,
}

impl JsonTemplates {
    /// Templates whose source a function finds by name, or refuses with a reason.
    pub fn new(
        source: impl Fn(&str) -> Result<Option<Cow<'static, str>>, String> + Send + Sync + 'static,
        fuel: u64,
        limit: usize,
    ) -> Self {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        environment.set_formatter(write_json);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(false);
        environment.set_fuel(Some(fuel));
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        if let Ok(syntax) = syntax.build() {
            environment.set_syntax(syntax);
        }
        // These would mark unchecked text as JSON.
        for name in ["safe", "escape", "e"] {
            environment.remove_filter(name);
        }
        // A value is written as JSON anyway.
        for name in ["tojson", "json"] {
            environment.add_filter(name, |value: Value| value);
        }
        environment.set_loader(move |name| {
            let refused = |reason| Error::new(ErrorKind::InvalidOperation, reason);
            source(name).map_err(refused)?.map(|source| checked(name, &source)).transpose()
        });
        Self { environment, limit }
    }

    /// Whether there is a template of this name.
    ///
    /// # Errors
    /// The template is there, and is none.
    pub fn has(&self, name: &str) -> Result<bool, RenderError> {
        match self.environment.get_template(name) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::TemplateNotFound => Ok(false),
            Err(error) => Err(RenderError::new(name, &error)),
        }
    }

    /// Renders a template.
    ///
    /// # Errors
    /// Unknown templates and names, too much work, and too much output.
    pub fn render(&self, name: &str, values: Value) -> Result<String, RenderError> {
        let mut out = Bounded { text: Vec::new(), limit: self.limit, full: false };
        let rendered = self
            .environment
            .get_template(name)
            .and_then(|template| template.render_captured_to(values, &mut out).map(drop));
        match rendered {
            Ok(()) => Ok(String::from_utf8_lossy(&out.text).into_owned()),
            Err(_) if out.full => Err(RenderError {
                template: name.to_owned(),
                line: None,
                message: format!("an answer of more than {} KiB", self.limit / 1024),
                cause: RenderCause::TooLarge,
            }),
            Err(error) => Err(RenderError::new(name, &error)),
        }
    }
}

/// JSON whatever the state says: a template cannot switch it off. What a macro or block captured is JSON already.
fn write_json(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    // The missing `else` of an inline `if`.
    if value.is_undefined() {
        return out.write_str("null").map_err(Error::from);
    }
    if let Some(text) = value.as_str().filter(|_| value.is_safe()) {
        return out.write_str(text).map_err(Error::from);
    }
    let text = serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::BadSerialization, format!("the value cannot be written as JSON: {error}"))
    })?;
    out.write_str(&text).map_err(Error::from)
}

/// Refuses a template in which a value stands inside quotes.
fn checked(name: &str, source: &str) -> Result<String, Error> {
    match value_in_quotes(source) {
        Some(line) => Err(refused_source(
            name,
            line,
            "a value stands inside quotes; a value is written with its own: {{ \"pipeline \" ~ event.pipeline }}",
        )),
        None => Ok(source.to_owned()),
    }
}

/// The line of the first `{{ value }}` inside a JSON string.
fn value_in_quotes(source: &str) -> Option<usize> {
    let (mut line, mut quoted) = (1, false);
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let tag = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")].into_iter().find(|(open, _)| rest.starts_with(open));
        let taken = match tag {
            Some(("{{", _)) if quoted => return Some(line),
            Some((_, close)) => rest.find(close).map_or(rest.len(), |end| end + close.len()),
            None if quoted && character == '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            None => {
                quoted ^= character == '"';
                character.len_utf8()
            }
        };
        let (done, remaining) = rest.split_at_checked(taken)?;
        line += done.matches('\n').count();
        rest = remaining;
    }
    None
}

/// Takes so many bytes and no more.
struct Bounded {
    text: Vec<u8>,
    limit: usize,
    full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.limit {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn render(template: &str, values: Value) -> Result<String, RenderError> {
        let text = template.to_owned();
        let source = move |name: &str| Ok((name == "t.json.j2").then(|| Cow::Owned(text.clone())));
        JsonTemplates::new(source, 100_000, 1024).render("t.json.j2", values)
    }

    #[test]
    fn no_text_can_leave_its_place() {
        let evil = "\"}, {\"kind\": \"fail\"\n\\";
        let text = render("{\"text\": {{ a ~ '!' }}, {{ a }}: [{{ b }}]}", context! { a => evil, b => 1.5 }).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["text"], format!("{evil}!"));
        assert_eq!(value[evil], serde_json::json!([1.5]));
    }

    #[test]
    fn nothing_switches_the_writing_of_json_off() {
        let values = || context! { a => "\"" };
        assert_eq!(render("{% autoescape false %}{{ a }}{% endautoescape %}", values()).unwrap(), "\"\\\"\"");
        assert!(render("{{ a|safe }}", values()).is_err());
        assert_eq!(render("{{ a|tojson }}", values()).unwrap(), "\"\\\"\"");
        assert_eq!(render("{{ a if false }}", values()).unwrap(), "null");
        let macros = "{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(a) }}";
        assert_eq!(render(macros, values()).unwrap(), "[\"\\\"\"]");
    }

    #[test]
    fn a_value_inside_quotes_is_refused_where_it_stands() {
        let error = render("{\n\"a\": \"x {{ a }}\"}", context! { a => 1 }).unwrap_err();
        assert_eq!(error.line, Some(2));
        assert_eq!(render("{\"a\\\"\": {{ a }}}", context! { a => 1 }).unwrap(), "{\"a\\\"\": 1}");
    }

    #[test]
    fn work_and_output_are_bounded() {
        let endless = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
        assert_eq!(render(endless, context! {}).unwrap_err().cause, RenderCause::OutOfFuel);
        let long = "{% for a in range(1000) %}12345678{% endfor %}";
        assert_eq!(render(long, context! {}).unwrap_err().cause, RenderCause::TooLarge);
    }
}
