//! The template environment for JSON: a template and its values go in, JSON text comes out.
//!
//! Every `{{ value }}` is written as JSON, so that no text of a user can break or extend the document around it.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::Fault;
use crate::emit::{RenderError, refused_source};

/// The templates of a plugin that give JSON.
#[derive(Debug)]
pub struct JsonTemplates {
    environment: Environment<'static>,
    fuel: u64,
    /// Most bytes that a template may give.
    limit: usize,
}

impl JsonTemplates {
    /// The templates below a directory, which are all that they can include.
    pub fn new(root: PathBuf, fuel: u64, limit: usize) -> Self {
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
        environment.set_loader(move |name| source(&root, name));
        Self { environment, fuel, limit }
    }

    /// Renders a template.
    ///
    /// # Errors
    /// Unknown templates and names, too much work, and too much output.
    pub fn render(&self, name: &str, values: Value) -> Result<String, Fault> {
        let mut out = Bounded { text: Vec::new(), limit: self.limit, full: false };
        let rendered = self
            .environment
            .get_template(name)
            .and_then(|template| template.render_captured_to(values, &mut out).map(drop));
        match rendered {
            Ok(()) => Ok(String::from_utf8_lossy(&out.text).into_owned()),
            Err(_) if out.full => {
                Err(Fault::TooLarge { what: format!("an answer of more than {} KiB", self.limit / 1024) })
            }
            Err(error) if is_out_of_fuel(&error) => Err(Fault::OutOfFuel { limit: self.fuel }),
            Err(error) => Err(Fault::Template(RenderError::new(name, &error))),
        }
    }
}

fn is_out_of_fuel(error: &Error) -> bool {
    let mut source = Some(error as &dyn std::error::Error);
    while let Some(cause) = source {
        if cause.downcast_ref::<Error>().is_some_and(|error| error.kind() == ErrorKind::OutOfFuel) {
            return true;
        }
        source = cause.source();
    }
    error.source().is_none() && error.kind() == ErrorKind::OutOfFuel
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

/// The source of a template below a directory. Links may not lead out of it.
fn source(root: &std::path::Path, name: &str) -> Result<Option<String>, Error> {
    let clean = !name.contains('\\') && !name.split('/').any(|part| part.is_empty() || part == "." || part == "..");
    let real = clean.then(|| root.join(name).canonicalize().ok()).flatten();
    let inside = real.filter(|real| root.canonicalize().is_ok_and(|root| real.starts_with(root)));
    let Some(text) = inside.and_then(|path| std::fs::read_to_string(path).ok()) else { return Ok(None) };
    match value_in_quotes(&text) {
        Some(line) => Err(refused_source(
            name,
            line,
            "a value stands inside quotes; a value is written with its own: {{ \"pipeline \" ~ event.pipeline }}",
        )),
        None => Ok(Some(text)),
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

    fn render(template: &str, values: Value) -> Result<String, Fault> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("t.json.j2"), template).unwrap();
        JsonTemplates::new(root.path().to_owned(), 100_000, 1024).render("t.json.j2", values)
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
        assert!(matches!(render("{{ a|safe }}", values()), Err(Fault::Template(_))));
        assert_eq!(render("{{ a|tojson }}", values()).unwrap(), "\"\\\"\"");
        assert_eq!(render("{{ a if false }}", values()).unwrap(), "null");
        let macros = "{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(a) }}";
        assert_eq!(render(macros, values()).unwrap(), "[\"\\\"\"]");
    }

    #[test]
    fn a_value_inside_quotes_is_refused_where_it_stands() {
        let Err(Fault::Template(error)) = render("{\n\"a\": \"x {{ a }}\"}", context! { a => 1 }) else { panic!() };
        assert_eq!(error.line, Some(2));
        assert_eq!(render("{\"a\\\"\": {{ a }}}", context! { a => 1 }).unwrap(), "{\"a\\\"\": 1}");
    }

    #[test]
    fn work_and_output_are_bounded() {
        let endless = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
        assert!(matches!(render(endless, context! {}), Err(Fault::OutOfFuel { .. })));
        let long = "{% for a in range(1000) %}12345678{% endfor %}";
        assert!(matches!(render(long, context! {}), Err(Fault::TooLarge { .. })));
    }

    #[test]
    fn only_templates_of_the_plugin_can_be_included() {
        for name in ["../t", "/etc/passwd", "a/../b", "nothing.j2", "a\\\\b"] {
            let included = render(&format!("{{% include '{name}' %}}"), context! {});
            assert!(matches!(included, Err(Fault::Template(_))), "{name}");
        }
    }
}
