//! The template environment for Python: a template and its values go in, Python text comes out.
//!
//! Every `{{ value }}` is written as a Python literal. Text becomes code only through a filter that says so,
//! and a macro or a captured block is code already.

use std::borrow::Cow;
use std::error::Error as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::{embedded, filters, placement, secret_mark, value_mark};

/// How the names of templates end whose output is YAML. Their values are marked, and put in after parsing.
pub const META_TEMPLATE: &str = ".meta.yaml.j2";

/// The name of the escape mode of such templates.
const YAML: &str = "yaml";

/// A set of templates that can include and import each other. Shared by threads; each template is parsed once.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// Most bytes of an output.
    limit: Option<usize>,
}

/// What kind of fault kept a template from being rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderCause {
    /// There is no template of this name.
    Missing,
    /// The template is wrong, or a value does not fit into it.
    Template,
    /// It did too much work.
    OutOfFuel,
    /// It wrote too much.
    TooLarge,
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
    pub cause: RenderCause,
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
        Self::loading(move |name| Ok(source(name)))
    }

    /// Templates whose source a function finds by name, or refuses with a reason.
    pub fn loading(source: impl Fn(&str) -> Result<Option<Cow<'static, str>>, String> + Send + Sync + 'static) -> Self {
        let mut environment = Environment::new();
        // A mode of our own makes the engine treat captured output as code, and join, replace and format
        // values with code through our formatter.
        environment.set_auto_escape_callback(|name| {
            AutoEscape::Custom(Cow::Borrowed(if name.ends_with(META_TEMPLATE) { YAML } else { "python" }))
        });
        environment.set_formatter(write_value);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(false);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
        if let Ok(syntax) = syntax.build() {
            environment.set_syntax(syntax);
        }
        filters::register(&mut environment);
        environment.set_loader(move |name| {
            let refused = |reason| Error::new(ErrorKind::InvalidOperation, reason);
            source(name).map_err(refused)?.map(|source| checked(name, &source)).transpose()
        });
        Self { environment, limit: None }
    }

    /// Bounds the work of every render: one instruction costs about one unit.
    #[must_use]
    pub fn with_fuel(mut self, fuel: u64) -> Self {
        self.environment.set_fuel(Some(fuel));
        self
    }

    /// Bounds the size of every output (bytes); a render that writes more stops.
    #[must_use]
    pub fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
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
    /// Unknown templates and names, values without a literal form, and text that a filter refuses.
    pub fn render(&self, name: &str, context: Value) -> Result<String, RenderError> {
        let text = self.render_marked(name, context)?;
        if secret_mark::is_marked(&text) {
            return Err(RenderError {
                template: name.to_owned(),
                line: None,
                message: secret_mark::BrokenMark.to_string(),
                cause: RenderCause::Template,
            });
        }
        Ok(text)
    }

    /// Renders a template with so much fuel, and tells how much of it was used.
    ///
    /// # Errors
    /// As for [`Templates::render`].
    pub fn render_within(&mut self, name: &str, context: Value, fuel: u64) -> Result<(String, u64), RenderError> {
        self.environment.set_fuel(Some(fuel));
        self.write(name, context)
    }

    /// Renders a template whose output may hold marks, which is what templates of YAML write in place of values.
    pub(crate) fn render_marked(&self, name: &str, context: Value) -> Result<String, RenderError> {
        self.write(name, context).map(|(text, _)| text)
    }

    /// The output of a template, and the fuel that it took.
    fn write(&self, name: &str, context: Value) -> Result<(String, u64), RenderError> {
        let template = self.environment.get_template(name).map_err(|error| {
            let cause = match error.kind() {
                ErrorKind::TemplateNotFound => RenderCause::Missing,
                _ => RenderCause::Template,
            };
            RenderError { cause, ..RenderError::new(name, &error) }
        })?;
        let Some(limit) = self.limit else {
            let rendered = template.render(context).map_err(|error| RenderError::new(name, &error))?;
            return Ok((rendered, 0));
        };
        let mut output = Bounded { text: Vec::new(), limit, full: false };
        match template.render_captured_to(context, &mut output) {
            Ok(rendered) => {
                let used = rendered.state().fuel_levels().map_or(0, |(used, _)| used);
                drop(rendered);
                Ok((String::from_utf8(output.text).unwrap_or_default(), used))
            }
            Err(error) if output.full => {
                let message = format!("the output has more than {limit} bytes");
                Err(RenderError { cause: RenderCause::TooLarge, message, ..RenderError::new(name, &error) })
            }
            Err(error) => Err(RenderError::new(name, &error)),
        }
    }
}

/// Text that does not grow beyond a size.
struct Bounded {
    text: Vec<u8>,
    limit: usize,
    full: bool,
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.text.len() + bytes.len() > self.limit {
            self.full = true;
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl RenderError {
    /// What a template engine says about a template.
    pub(crate) fn new(template: &str, error: &Error) -> Self {
        let mut innermost: (Option<&str>, Option<usize>) = (error.name(), error.line());
        let mut messages = vec![describe(error)];
        let mut cause = cause_of(error);
        let mut source = error.source();
        while let Some(next) = source {
            if let Some(error) = next.downcast_ref::<Error>() {
                innermost = if error.line().is_some() { (error.name(), error.line()) } else { innermost };
                messages.push(describe(error));
                cause = if cause == RenderCause::Template { cause_of(error) } else { cause };
            } else if let Some(fault) = next.downcast_ref::<RefusedSource>() {
                innermost = (Some(&fault.template), Some(fault.line));
            } else {
                messages.push(next.to_string());
            }
            source = next.source();
        }
        messages.dedup();
        Self {
            template: innermost.0.unwrap_or(template).to_owned(),
            line: innermost.1,
            message: messages.join(": "),
            cause,
        }
    }
}

fn cause_of(error: &Error) -> RenderCause {
    match error.kind() {
        ErrorKind::OutOfFuel => RenderCause::OutOfFuel,
        _ => RenderCause::Template,
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
    if name.ends_with(META_TEMPLATE) {
        return Ok(source);
    }
    placement::check(&source).map_err(|fault| refused_source(name, fault.line, fault.message))?;
    Ok(source)
}

/// A Python literal, or a mark in a template of YAML. Whatever else the state says, a template cannot switch it off.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    // The missing `else` of an inline `if` writes nothing.
    if value.is_undefined() {
        return Ok(());
    }
    if matches!(state.auto_escape(), AutoEscape::Custom(mode) if mode == YAML) {
        return out.write_str(&value_mark::mark(value)?).map_err(Error::from);
    }
    out.write_str(&filters::source(value)?).map_err(Error::from)
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
