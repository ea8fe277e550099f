//! Handlers of batches: the Python statements of an action go in, the indented body of a function comes out.
//!
//! Statements come from the action or from a file. Tokens and secrets in them are resolved, and nothing else changes.

use crate::emit::python::PythonError;
use crate::emit::{BodyError, function_body};
use crate::expand::Action;
use crate::expand::substitution::Place;
use crate::generator::{Context, python_module};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{SourceMap, Span};
use crate::syntax::{Node, Text};

rules! {
    /// The handler of a batch sink cannot be the body of a Python function.
    ///
    /// ## Why
    /// The statements are placed inside a function with the arguments `df` and `batch_id`. If they are
    /// not valid Python, or use what only a module may, such as `from x import *`, the generated file
    /// could not be loaded.
    ///
    /// ## Wrong
    /// ```yaml
    /// batch_handler: |
    ///   if df.isEmpty()
    ///       return
    ///   df.write.saveAsTable("main.ops.audit")
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// batch_handler: |
    ///   if df.isEmpty():
    ///       return
    ///   df.write.saveAsTable("main.ops.audit")
    /// ```
    pub static INVALID_HANDLER: Rule = Rule::new("LHP-CFG-031", "invalid-handler");
    /// The handler of a batch sink holds nothing but comments.
    ///
    /// ## Why
    /// A batch that has been handled counts as written. With a handler that does nothing, its rows are
    /// lost, and the next run goes on behind them.
    ///
    /// ## Wrong
    /// ```yaml
    /// type: sink
    /// sink_type: foreachbatch
    /// sink_name: audit
    /// batch_handler: |
    ///   # df.write.saveAsTable("main.ops.audit")
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// type: sink
    /// sink_type: foreachbatch
    /// sink_name: audit
    /// batch_handler: |
    ///   df.write.mode("append").saveAsTable("main.ops.audit")
    /// ```
    pub static EMPTY_HANDLER: Rule = Rule::new("LHP-CFG-080", "empty-handler").advice();
}

/// The handler of an action as it was written, tokens and secrets resolved.
struct Handler<'a> {
    code: Text,
    place: Place<'a>,
    /// The text itself: the value of the action, or the whole file.
    written: Span,
    /// The key that holds the statements, or names the file.
    node: &'a Node,
}

/// The body of the function of a batch sink; empty if the handler has no statement.
pub(super) fn body(action: &Action, context: &Context<'_>, report: &mut Report) -> Option<String> {
    let handler = match action.setting("module_path").filter(|path| path.is_truthy()) {
        Some(path) => from_file(path, context, report)?,
        None => {
            let node = action.setting("batch_handler")?;
            Handler { code: node.as_text()?, place: Place::Node(node), written: node.span, node }
        }
    };
    let mut faults = Vec::new();
    let code = python_module::code_with_calls(&handler.code, handler.place, context.source, &mut faults);
    if !faults.is_empty() {
        report.diagnostics.extend(faults.into_iter().map(|fault| handler.named(fault)));
        return None;
    }
    match function_body(&code) {
        Ok(body) => {
            if body.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
                report.push(
                    Diagnostic::advice(&EMPTY_HANDLER, "this handler has no statement, so its batches are lost")
                        .at(handler.node, "does nothing")
                        .help("write what is to happen to `df`"),
                );
            }
            Some(body)
        }
        Err(error) => {
            report.push(handler.refused(&code, error, &context.project.sources));
            None
        }
    }
}

fn from_file<'a>(path: &'a Node, context: &Context<'_>, report: &mut Report) -> Option<Handler<'a>> {
    let written = context.load(path, report)?;
    let before = report.diagnostics.len();
    let text = python_module::with_bare_tokens(written.file, context.source, report);
    let code = context.source.code(&text, Place::File(written), report);
    let failed = report.diagnostics.iter().skip(before).any(Diagnostic::is_error);
    (!failed).then_some(Handler { code, place: Place::File(written), written, node: path })
}

impl Handler<'_> {
    /// A diagnostic inside a file also shows where the file is named.
    fn named(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self.place {
            Place::Node(_) => diagnostic,
            Place::File(_) => diagnostic.at(self.node, "the handler is named here"),
        }
    }

    fn refused(&self, code: &str, error: BodyError, sources: &SourceMap) -> Diagnostic {
        let (message, at) = match &error {
            BodyError::Syntax(fault) => (format!("this handler is not valid Python: {}", fault.message), Some(fault)),
            BodyError::ModuleOnly(fault) => (fault.message.clone(), Some(fault)),
            BodyError::Changed => ("this handler cannot become the body of a function".to_owned(), None),
        };
        let line = at.and_then(|fault| code.lines().nth(fault.line.saturating_sub(1))).unwrap_or_default();
        let help = match (&error, at) {
            (BodyError::ModuleOnly(_), _) => "import single names, or move the code into a module and import that",
            (BodyError::Changed, _) => "use no form feeds, and the same indentation in all lines",
            _ if line.contains("${secret:") => "put the reference to the secret in quotes",
            (_, Some(PythonError { line: 1, .. })) if line.starts_with([' ', '\t']) => {
                "the handler is the body of a function: begin its first line without blanks"
            }
            _ => "correct the handler; it holds the statements of a function, without a `def` around them",
        };
        let diagnostic = Diagnostic::error(&INVALID_HANDLER, message);
        let place = at.and_then(|fault| self.line(line, fault.line, sources));
        let diagnostic = match place {
            Some(place) => self.named(diagnostic.label(place, "in this line")),
            None => diagnostic.at(self.node, "in this handler"),
        };
        diagnostic.help(help)
    }

    /// Where a line of the code was written: of the lines with its text, the one closest to its number.
    fn line(&self, text: &str, number: usize, sources: &SourceMap) -> Option<Span> {
        let text = text.trim();
        let source = sources.get(self.written.file);
        let region = source.text.get(self.written.start as usize..self.written.end as usize)?;
        let mut start = self.written.start as usize;
        let mut best: Option<(usize, Span)> = None;
        for (index, line) in region.split_inclusive('\n').enumerate() {
            if let Some(at) = line.find(text).filter(|_| !text.is_empty() && line.trim().ends_with(text)) {
                let distance = (index + 1).abs_diff(number);
                let span = Span::new(self.written.file, start + at, start + at + text.len());
                if best.is_none_or(|(known, _)| distance < known) {
                    best = Some((distance, span));
                }
            }
            start += line.len();
        }
        best.map(|(_, span)| span)
    }
}
