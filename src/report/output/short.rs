//! One line per finding, in the form that editors and scripts know from compilers.

use super::{Context, Place, limited};
use crate::report::prose::one_line;
use crate::report::{Diagnostic, Report, summary};
use crate::source::SourceMap;

/// `file:line:column: severity[CODE/rule]: message`, without the place if there is none.
pub(super) fn document(report: &Report, sources: &SourceMap, context: &Context) -> String {
    let (told, hidden) = limited(report, context.max_errors);
    let mut text: String = told.into_iter().map(|diagnostic| line(diagnostic, sources)).collect();
    text.push_str(&summary::more_errors(hidden));
    text
}

fn line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let place = diagnostic.labels.first().map(|label| {
        let Place { file, line, column, .. } = Place::of(label.span, sources);
        format!("{}:{line}:{column}: ", one_line(&file))
    });
    let Diagnostic { rule, severity, message, detail, .. } = diagnostic;
    let own = detail.as_deref().map(|code| format!(" ({})", one_line(code))).unwrap_or_default();
    format!("{}{}[{rule}{own}]: {}\n", place.unwrap_or_default(), severity.word(), one_line(message))
}
