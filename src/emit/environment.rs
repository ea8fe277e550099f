//! The template environment for Python: a template and its values go in, Python text comes out.
//!
//! Every `{{ value }}` is written as a Python literal. Text becomes code only through a filter that says so,
//! and a macro or a captured block is code already.

use std::borrow::Cow;
use std::error::Error as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::{embedded, filters, placement, secret_mark};

/// A set of templates that can include and import each other. Shared by threads; each template is parsed once.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

/// A template could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{template}{}: {message}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct RenderError {
    /// The template that holds the fault, which may be an included one.
    pub template: String,
    /// 1-based.
    pub line: Option<usize>,
    pub message: String,
}

impl Templates {
    /// The templates that come with the program.
    pub fn embedded() -> Self {
        Self::new(|name| embedded::source(name).map(Cow::Borrowed))
    }

    /// Templates whose source a function finds by name, for example in the directory of a plugin.
    ///
    /// The function alone decides what a template can include.
    pub fn new(source: impl Fn(&str) -> Option<Cow<'static, str>> + Send + Sync + 'static) -> Self {
        let mut environment = Environment::new();
        // A mode of our own makes the engine treat captured output as code, and join, replace and format
        // values with code through our formatter.
        environment.set_auto_escape_callback(|_| AutoEscape::Custom(Cow::Borrowed("python")));
        environment.set_formatter(write_literal);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(false);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
        if let Ok(syntax) = syntax.build() {
            environment.set_syntax(syntax);
        }
        filters::register(&mut environment);
        environment.set_loader(move |name| source(name).map(|source| checked(name, &source)).transpose());
        Self { environment }
    }

    /// Bounds the work of every render: one instruction costs about one unit.
    #[must_use]
    pub fn with_fuel(mut self, fuel: u64) -> Self {
        self.environment.set_fuel(Some(fuel));
        self
    }

    /// Reads a template without rendering it.
    ///
    /// # Errors
    /// There is no such template, or it is none.
    pub fn check(&self, name: &str) -> Result<(), RenderError> {
        self.environment.get_template(name).map(drop).map_err(|error| RenderError::new(name, &error))
    }

    /// Renders a template.
    ///
    /// # Errors
    /// Unknown templates and names, values without a literal form, and text that a filter refuses.
    pub fn render(&self, name: &str, context: Value) -> Result<String, RenderError> {
        let text = self
            .environment
            .get_template(name)
            .and_then(|template| template.render(context))
            .map_err(|error| RenderError::new(name, &error))?;
        if secret_mark::is_marked(&text) {
            return Err(RenderError {
                template: name.to_owned(),
                line: None,
                message: secret_mark::BrokenMark.to_string(),
            });
        }
        Ok(text)
    }
}

impl RenderError {
    /// What a template engine says about a template.
    pub(crate) fn new(template: &str, error: &Error) -> Self {
        let mut innermost: (Option<&str>, Option<usize>) = (error.name(), error.line());
        let mut messages = vec![describe(error)];
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<Error>() {
                innermost = if error.line().is_some() { (error.name(), error.line()) } else { innermost };
                messages.push(describe(error));
            } else if let Some(fault) = cause.downcast_ref::<RefusedSource>() {
                innermost = (Some(&fault.template), Some(fault.line));
            } else {
                messages.push(cause.to_string());
            }
            source = cause.source();
        }
        messages.dedup();
        Self { template: innermost.0.unwrap_or(template).to_owned(), line: innermost.1, message: messages.join(": ") }
    }
}

/// Where the source of a template was refused.
#[derive(Debug, thiserror::Error)]
#[error("{template}:{line}")]
struct RefusedSource {
    template: String,
    line: usize,
}

/// An error of a template that may not be used for what stands in a line of it.
pub(crate) fn refused_source(template: &str, line: usize, message: &'static str) -> Error {
    Error::new(ErrorKind::SyntaxError, message).with_source(RefusedSource { template: template.to_owned(), line })
}

fn describe(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// Refuses a template in which a value stands inside quotes, and reads line ends as one newline.
fn checked(name: &str, source: &str) -> Result<String, Error> {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    placement::check(&source).map_err(|fault| refused_source(name, fault.line, fault.message))?;
    Ok(source)
}

/// Python whatever the state says: a template cannot switch it off.
fn write_literal(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    // The missing `else` of an inline `if` writes nothing.
    if value.is_undefined() {
        return Ok(());
    }
    out.write_str(&filters::source(value)?).map_err(Error::from)
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
