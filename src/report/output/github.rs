//! Annotations of GitHub Actions: workflow commands, which the runner takes from standard output.
//!
//! Escapes are those of the runner: `%`, line ends, and in properties also `:` and `,`.

use super::{Context, Place, limited};
use crate::report::prose::visible;
use crate::report::{Diagnostic, Report, Severity, summary};
use crate::source::SourceMap;

/// One command per finding.
pub(super) fn document(report: &Report, sources: &SourceMap, context: &Context) -> String {
    let (told, hidden) = limited(report, context.max_errors);
    let mut text: String = told.into_iter().map(|diagnostic| annotation(diagnostic, sources, context)).collect();
    if hidden > 0 {
        text.push_str(&format!("::error title=lhp::{}", summary::more_errors(hidden)));
    }
    text
}

fn annotation(diagnostic: &Diagnostic, sources: &SourceMap, context: &Context) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let place = diagnostic.labels.first().map(|label| Place::of(label.span, sources));
    let place = place.map(|place| properties(&place, &context.prefix)).unwrap_or_default();
    let title = property(&diagnostic.rule.to_string());
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}")).collect::<String>();
    format!("::{command} {place}title={title}::{}\n", escape(&visible(&format!("{}{help}", diagnostic.message))))
}

/// `file=…,line=…,endLine=…,`, with columns if the place lies within one line: the runner refuses others.
fn properties(place: &Place, prefix: &str) -> String {
    let Place { file, line, column, end_line, end_column, .. } = place;
    let columns = if line == end_line { format!("col={column},endColumn={end_column},") } else { String::new() };
    format!("file={},line={line},endLine={end_line},{columns}", property(&format!("{prefix}{file}")))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}
