//! Jinja in project templates: template text and parameters go in, the text that Jinja2 would print comes out.
//!
//! This stage knows nothing of what the text means; `native` gives rendered text its type.

mod arguments;
mod context;
mod error;
mod filters;
mod globals;
mod methods;
mod plain;
mod predicates;
mod shape;
mod text;
mod unsupported;

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};

pub use context::context_value;
pub use error::JinjaError;
#[cfg(test)]
pub(crate) use text::float_repr;

/// Engine instructions that one rendering may take: some tenths of a second, thousands of times what real templates use.
const INSTRUCTION_LIMIT: u64 = 10_000_000;

/// Bytes that one rendering may give.
const OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

/// Depth of macro calls, loops and blocks, in the units of the engine; a macro call costs four.
const NESTING_LIMIT: usize = 400;

/// What the name of a template starts with, before its text.
const TEXT: char = '\0';

/// What an undefined value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undefined {
    /// It prints nothing, is false and is an empty list; an attribute of it is an error. For template actions.
    Empty,
    /// Every use but `is defined` and `default` is an error. For SQL files.
    Strict,
}

/// The renderer. Build it once and share it between threads.
#[derive(Debug)]
pub struct Jinja {
    empty: Environment<'static>,
    strict: Environment<'static>,
}

impl Default for Jinja {
    fn default() -> Self {
        Self::new()
    }
}

impl Jinja {
    /// A renderer with the filters, tests, globals and methods of Jinja2 3.1.
    pub fn new() -> Self {
        Self { empty: environment(UndefinedBehavior::Lenient), strict: environment(UndefinedBehavior::Strict) }
    }

    /// Renders a template text. `context` is a mapping from names to values.
    ///
    /// One newline at the end is dropped and all line ends become `\n`, as Jinja2 does. Nothing is escaped.
    /// Python's internals (`x.__class__`) are out of reach for every template.
    ///
    /// ```
    /// use lhp::expand::jinja::{Jinja, Undefined};
    /// use minijinja::context;
    ///
    /// let text = Jinja::new().render("v_{{ table | upper }}", &context! { table => "orders" }, Undefined::Empty);
    /// assert_eq!(text.as_deref(), Ok("v_ORDERS"));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails on a syntax error, on a fault while rendering, and on text that takes too long or gets too large.
    pub fn render(&self, source: &str, context: &Value, undefined: Undefined) -> Result<String, JinjaError> {
        let text = with_unix_line_ends(source);
        if let Some(rendered) = plain::render(&text, context) {
            return Ok(rendered);
        }
        let environment = match undefined {
            Undefined::Empty => &self.empty,
            Undefined::Strict => &self.strict,
        };
        // The engine overflows on a few absurd numbers; that is a fault of the template, not of the run.
        let outcome = catch_unwind(AssertUnwindSafe(|| evaluate(environment, &text, context)));
        let error = match outcome {
            Ok(Ok(rendered)) => return Ok(rendered),
            Ok(Err(error)) => error::translate(&error, &text, context),
            Err(_) => JinjaError {
                message: "the template cannot be evaluated".to_owned(),
                range: None,
                help: Some("check it for numbers that are far too large".to_owned()),
                undefined: None,
            },
        };
        Err(JinjaError { range: error.range.clone().map(|range| in_original(range, source, &text)), ..error })
    }
}

/// Whether a string value of a template action is rendered at all: it holds both `{{` and `}}`.
pub fn needs_rendering(text: &str) -> bool {
    text.contains("{{") && text.contains("}}")
}

/// Whether a SQL file is rendered: it holds `{{`, `{%` or `{#`.
pub fn has_markers(text: &str) -> bool {
    memchr::memchr_iter(b'{', text.as_bytes()).any(|at| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

fn environment(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(undefined);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(print);
    environment.set_unknown_method_callback(methods::call);
    environment.set_fuel(Some(INSTRUCTION_LIMIT));
    environment.set_recursion_limit(NESTING_LIMIT);
    // Debug information is built on errors only, and names undefined values and places.
    environment.set_debug(true);
    // The name of a template is its text, so that each is compiled once. No text reaches another one by its name.
    environment.set_loader(|name| match name.strip_prefix(TEXT) {
        Some(source) => shape::check(source).map(|()| Some(source.to_owned())),
        None => Ok(None),
    });
    filters::register(&mut environment);
    predicates::register(&mut environment);
    globals::register(&mut environment);
    environment
}

fn evaluate(environment: &Environment<'_>, source: &str, context: &Value) -> Result<String, Error> {
    let template = environment.get_template(&format!("{TEXT}{source}"))?;
    unsupported::check(source, &template)?;
    let mut output = BoundedOutput(Vec::new());
    template.render_captured_to(context, &mut output)?;
    String::from_utf8(output.0).map_err(|_| error::fault("the rendered text is not UTF-8"))
}

/// Prints the value of a `{{ … }}`.
fn print(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe() {
        output.write_str(&filters::escaped(&text::text_of(value)))?;
        return Ok(());
    }
    match text::write_text(output, value) {
        Err(_) if text::is_too_deep(value) => {
            Err(error::fault("the value is nested too deeply to be printed, or it contains itself"))
        }
        outcome => Ok(outcome?),
    }
}

/// Collects what is printed, up to the limit.
struct BoundedOutput(Vec<u8>);

impl Write for BoundedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn with_unix_line_ends(source: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', source.as_bytes()).is_none() {
        return Cow::Borrowed(source);
    }
    Cow::Owned(source.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The bytes of the original text that became a range of the text with Unix line ends.
fn in_original(range: Range<usize>, original: &str, text: &str) -> Range<usize> {
    if original.len() == text.len() {
        return range;
    }
    let (mut start, mut end) = (range.start, range.end);
    // Each carriage return before a newline was dropped: what stands behind it moved by one byte.
    for (dropped, at) in original.match_indices("\r\n").enumerate().map(|(dropped, (at, _))| (dropped, at)) {
        let new = at - dropped;
        start += usize::from(new < range.start);
        end += usize::from(new < range.end);
    }
    start..end
}

#[cfg(test)]
mod tests;
