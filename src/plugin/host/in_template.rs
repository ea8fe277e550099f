//! Places in templates of plugins: a line goes in, the place that a diagnostic shows comes out.

use crate::plugin::runtime::TemplatePlace;
use crate::report::Diagnostic;
use crate::source::{SourceMap, Span};

/// An error at a line of a template, if it is known.
pub(super) fn in_template(diagnostic: Diagnostic, at: Option<&TemplatePlace>, sources: &SourceMap) -> Diagnostic {
    match at.and_then(|at| line_of(at, sources)) {
        Some(span) => diagnostic.label(span, "in this template"),
        None => diagnostic,
    }
}

/// The span of a line of a template, without the blanks around its text.
fn line_of(at: &TemplatePlace, sources: &SourceMap) -> Option<Span> {
    let file = sources.load(&at.file).ok()?;
    let text = &sources.get(file).text;
    let Some(number) = at.line else { return Some(Span::start_of(file)) };
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index + 1 == number {
            let indent = line.len() - line.trim_start().len();
            return Some(Span::new(file, start + indent, start + line.trim_end().len()));
        }
        start += line.len();
    }
    Some(Span::new(file, text.len(), text.len()))
}
