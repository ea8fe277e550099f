//! What a project says about findings: the levels of `lhp.yaml`, and comments that silence single ones.
//!
//! In: a report as the checks made it. Out: the report as it is told. An error without which the output would be broken
//! stays what it is.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::rules::matches;
use super::suppression::Suppressions;
use super::{Diagnostic, Report, Rule, Severity};
use crate::source::{FileId, SourceMap, Span};

/// What a project says about findings. Shared by all threads of a run.
#[derive(Debug, Default)]
pub struct Policy {
    levels: Vec<(String, Option<Severity>)>,
    suppressions: RwLock<FxHashMap<FileId, Arc<Suppressions>>>,
    /// Parts of files that this run does not look at.
    skipped: Mutex<Vec<Span>>,
}

impl Policy {
    /// With the levels of rules: a code or a code with a name, and its severity, `None` to switch it off.
    pub fn new(levels: Vec<(String, Option<Severity>)>) -> Self {
        Self { levels, ..Self::default() }
    }

    /// Notes a part of a file that is not checked in this run, so that it may have unused comments.
    pub fn skip(&self, span: Span) {
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }

    /// Sets levels and drops what is silenced, from the diagnostic `from` on. Not to be repeated for a diagnostic.
    pub fn apply(&self, report: &mut Report, from: usize, sources: &SourceMap) {
        let rest = report.diagnostics.split_off(from.min(report.diagnostics.len()));
        report.diagnostics.extend(rest.into_iter().filter_map(|diagnostic| self.judge(diagnostic, sources)));
    }

    /// What is wrong with the comments of all files, once all findings are known.
    pub fn faults(&self, sources: &SourceMap) -> Report {
        let mut report = Report::default();
        let skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        for file in sources.ids() {
            let here = skipped.iter().filter(|span| span.file == file).map(|span| lines(*span, sources));
            report.diagnostics.extend(self.suppressions(file, sources).faults(&here.collect::<Vec<_>>()));
        }
        self.apply(&mut report, 0, sources);
        report
    }

    /// The diagnostic as it is told, if it is.
    fn judge(&self, mut diagnostic: Diagnostic, sources: &SourceMap) -> Option<Diagnostic> {
        let fixed = diagnostic.blocks();
        if let Some(level) = self.level(diagnostic.rule) {
            if fixed && level != Some(Severity::Error) {
                diagnostic = explain(diagnostic, "`diagnostics` in `lhp.yaml` cannot change this error");
            } else {
                diagnostic.severity = level?;
            }
        }
        let silenced = diagnostic.labels.first().is_some_and(|label| {
            let line = sources.location(label.span).line;
            self.suppressions(label.span.file, sources).silence(diagnostic.rule, line)
        });
        match (silenced, fixed) {
            (true, true) => Some(explain(diagnostic, "a comment cannot suppress this error")),
            (true, false) => None,
            (false, _) => Some(diagnostic),
        }
    }

    /// The level of a rule: that of its name, else that of its code, else that of the code it is gathered under.
    fn level(&self, rule: &Rule) -> Option<Option<Severity>> {
        let precision = |selector: &str| match selector {
            selector if selector.contains('/') => 2,
            selector => usize::from(selector == rule.code),
        };
        let fitting = self.levels.iter().filter(|(selector, _)| matches(selector, rule));
        fitting.max_by_key(|(selector, _)| precision(selector)).map(|(_, level)| *level)
    }

    fn suppressions(&self, file: FileId, sources: &SourceMap) -> Arc<Suppressions> {
        let known = self.suppressions.read().unwrap_or_else(PoisonError::into_inner).get(&file).cloned();
        known.unwrap_or_else(|| {
            let read = Arc::new(Suppressions::of(file, &sources.get(file)));
            let mut all = self.suppressions.write().unwrap_or_else(PoisonError::into_inner);
            // Another thread may have been faster; both must see the same marks of use.
            all.entry(file).or_insert(read).clone()
        })
    }
}

fn lines(span: Span, sources: &SourceMap) -> RangeInclusive<usize> {
    let file = sources.get(span.file);
    file.line_column(span.start).0..=file.line_column(span.end.saturating_sub(1)).0
}

/// Says why somebody's wish was not granted.
fn explain(diagnostic: Diagnostic, wish: &str) -> Diagnostic {
    let why = format!("{wish}, for the output would be broken");
    let help = match &diagnostic.help {
        Some(help) => format!("{help}\n{why}"),
        None => why,
    };
    diagnostic.help(help)
}
