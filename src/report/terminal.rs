//! Diagnostics for people: a header, the labelled lines, the way the value came, and help.
//!
//! In: a sorted report and the source map. Out: text in the given style. Prints nothing itself.

use std::fmt;

use super::excerpt::{Excerpt, Frame, clamp, excerpts};
use super::output::limited;
use super::prose::{one_line, visible, wrap};
use super::snippet::draw;
use super::style::{Role, Style};
use super::summary::{counts, grouped_warnings, more_errors};
use super::{Diagnostic, Label, Report, Severity, Subject};
use crate::source::{FileId, Location, SourceMap, Span};

/// Characters of a source line that are shown where the width is unknown.
const DEFAULT_COLUMNS: usize = 160;

/// How warnings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Warnings {
    /// One line per code, with the number of warnings.
    #[default]
    Grouped,
    /// Each like an error.
    Detailed,
}

/// A report ready to be written; `Display` does the work. Write it to a buffered stream.
#[derive(Debug, Clone, Copy)]
pub struct Rendering<'a> {
    report: &'a Report,
    sources: &'a SourceMap,
    style: Style,
    max: Option<usize>,
    warnings: Warnings,
}

/// Renders diagnostics in full, but at most `max` errors, then says how many there are.
pub fn render_all<'a>(report: &'a Report, sources: &'a SourceMap, style: Style, max: Option<usize>) -> Rendering<'a> {
    Rendering { report, sources, style, max, warnings: Warnings::default() }
}

impl Rendering<'_> {
    /// Chooses how warnings are shown.
    #[must_use]
    pub fn warnings(self, warnings: Warnings) -> Self {
        Self { warnings, ..self }
    }
}

impl fmt::Display for Rendering<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detailed = self.warnings == Warnings::Detailed;
        let (told, hidden) = limited(self.report, self.max);
        let mut total = hidden;
        for diagnostic in told.into_iter().filter(|diagnostic| detailed || diagnostic.is_error()) {
            writeln!(formatter, "{}", render(diagnostic, self.sources, self.style))?;
            total += 1;
        }
        if hidden > 0 {
            writeln!(formatter, "{}", more_errors(hidden))?;
        }
        if !detailed {
            let groups = grouped_warnings(self.report, self.style);
            let blank = if groups.is_empty() || total == 0 { "" } else { "\n" };
            write!(formatter, "{groups}{blank}")?;
        }
        if total > 0 {
            let errors = self.report.count(Severity::Error);
            let warnings = self.report.count(Severity::Warning);
            let advice = self.report.count(Severity::Advice);
            let role = match (errors, warnings) {
                (0, 0) => Role::Muted,
                (0, _) => Role::Warning,
                _ => Role::Error,
            };
            writeln!(formatter, "{}", self.style.paint(role, &counts(errors, warnings, advice)))?;
        }
        Ok(())
    }
}

/// Renders one diagnostic in full; the text ends in a line end.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let mut out = String::new();
    let (word, role) = severity(diagnostic.severity);
    let title = format!("{word}[{}]", title(diagnostic));
    out.push_str(&style.paint(role, &title));
    out.push_str(": ");
    wrap(&mut out, &visible(&diagnostic.message), title.chars().count() + 2, 2, style.width);
    for (file, labels) in by_file(&diagnostic.labels) {
        let frame = Frame { context: 1, ..frame(style) };
        snippets(&mut out, sources, file, &labels, frame, style);
    }
    for origin in &diagnostic.origins {
        note(&mut out, "note: ", &origin.text, Role::Muted, style);
        let unlabelled = Label { span: origin.span, text: String::new() };
        snippets(&mut out, sources, origin.span.file, &[&unlabelled], frame(style), style);
    }
    if let Some(subject) = subject(&diagnostic.subject) {
        note(&mut out, "in: ", &subject, Role::Muted, style);
    }
    if let Some(help) = &diagnostic.help {
        note(&mut out, "help: ", help, Role::Help, style);
    }
    out
}

/// The short form: `path:line:column: error[CODE/name]: message` on one line, without a line end.
pub fn line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let (word, _) = severity(diagnostic.severity);
    let place = diagnostic.labels.first().map(|label| place(sources, label.span)).unwrap_or_default();
    let blank = if place.is_empty() { "" } else { ": " };
    format!("{place}{blank}{word}[{}]: {}", title(diagnostic), one_line(&diagnostic.message))
}

/// `CODE/name`, followed by the code of the family, or that of a plugin, in parentheses.
fn title(diagnostic: &Diagnostic) -> String {
    let rule = diagnostic.rule;
    let other = rule.family.or(diagnostic.detail.as_deref());
    let family = other.map(|code| format!(" ({})", one_line(code))).unwrap_or_default();
    format!("{}/{}{family}", rule.code, rule.name)
}

fn severity(severity: Severity) -> (&'static str, Role) {
    let role = match severity {
        Severity::Error => Role::Error,
        Severity::Warning => Role::Warning,
        Severity::Advice => Role::Muted,
    };
    (severity.word(), role)
}

/// Where a span starts, even if it lies outside its file or within a character.
fn place(sources: &SourceMap, span: Span) -> String {
    let file = sources.get(span.file);
    let range = clamp(&file.text, span.start, span.end);
    let start = Span::new(span.file, range.start, range.end);
    let Location { path, line, column } = sources.location(start);
    format!("{}:{line}:{column}", one_line(&path))
}

fn subject(subject: &Subject) -> Option<String> {
    let parts = [("pipeline", &subject.pipeline), ("flowgroup", &subject.flowgroup), ("action", &subject.action)];
    let known: Vec<String> =
        parts.into_iter().filter_map(|(kind, name)| Some(format!("{kind} `{}`", name.as_deref()?))).collect();
    if known.is_empty() { None } else { Some(known.join(", ")) }
}

fn frame(style: Style) -> Frame {
    let columns = style.width.map_or(DEFAULT_COLUMNS, |width| width.saturating_sub(10).max(40));
    Frame { context: 0, columns, ellipsis: if style.unicode { "…" } else { "..." } }
}

/// The labels of each file; files and labels keep the order of the diagnostic.
fn by_file(labels: &[Label]) -> Vec<(FileId, Vec<&Label>)> {
    let mut files: Vec<(FileId, Vec<&Label>)> = Vec::new();
    for label in labels {
        match files.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, members)) => members.push(label),
            None => files.push((label.span.file, vec![label])),
        }
    }
    files
}

fn snippets(out: &mut String, sources: &SourceMap, id: FileId, labels: &[&Label], frame: Frame, style: Style) {
    let file = sources.get(id);
    let texts: Vec<String> = labels.iter().map(|label| visible(&label.text)).collect();
    let spans: Vec<(u32, u32, &str)> =
        labels.iter().zip(&texts).map(|(label, text)| (label.span.start, label.span.end, text.as_str())).collect();
    let path = one_line(&file.path);
    excerpts(&file, &spans, frame).iter().for_each(|excerpt: &Excerpt| draw(out, &path, excerpt, style));
}

fn note(out: &mut String, lead: &str, text: &str, role: Role, style: Style) {
    out.push_str("  ");
    out.push_str(&style.paint(role, lead.trim_end()));
    out.push(' ');
    wrap(out, &visible(text), lead.len() + 2, lead.len() + 2, style.width);
}

#[cfg(test)]
mod tests;
