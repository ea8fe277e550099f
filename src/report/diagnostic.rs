//! What a user is told: a rule, a message, labelled places, the way the value came, and help.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Rule, Severity};
use crate::source::{SourceMap, Span};
use crate::syntax::{Node, Step, Via};

/// A place in a file and what it has to do with the fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// The part of the project a diagnostic is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    pub pipeline: Option<Arc<str>>,
    pub flowgroup: Option<Arc<str>>,
    pub action: Option<Arc<str>>,
}

impl Subject {
    /// Forgets the parts in which another subject differs.
    fn keep_common(&mut self, other: &Self) {
        let common = |own: &mut Option<Arc<str>>, other: &Option<Arc<str>>| {
            if own != other {
                *own = None;
            }
        };
        common(&mut self.pipeline, &other.pipeline);
        common(&mut self.flowgroup, &other.flowgroup);
        common(&mut self.action, &other.action);
    }
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub rule: &'static Rule,
    pub severity: Severity,
    /// One sentence in the user's terms, without a final stop.
    pub message: String,
    /// The first label is where the fault is; the others explain it.
    pub labels: Vec<Label>,
    /// How the value at the first label got into the flowgroup, latest step first.
    pub origins: Vec<Label>,
    /// What to change.
    pub help: Option<String>,
    pub subject: Subject,
    /// A code of somebody else that stands behind the rule, as the one that a plugin gave.
    pub detail: Option<Arc<str>>,
}

impl Diagnostic {
    /// An error that has no place yet.
    pub fn error(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            origins: Vec::new(),
            help: None,
            subject: Subject::default(),
            detail: None,
        }
    }

    /// A warning that has no place yet.
    pub fn warning(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, message) }
    }

    /// A remark that has no place yet.
    pub fn advice(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, ..Self::error(rule, message) }
    }

    /// The same diagnostic with another severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds a labelled place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds the place of a node, and the steps by which the node got there.
    #[must_use]
    pub fn at(self, node: &Node, text: impl Into<String>) -> Self {
        self.label(node.span, text).through(node.via.as_ref())
    }

    /// Adds the steps of an origin chain.
    #[must_use]
    pub fn through(mut self, via: Option<&Arc<Via>>) -> Self {
        self.origins.extend(via.into_iter().flat_map(Via::chain).map(|via| Label {
            span: via.span,
            text: match &via.step {
                Step::Template(name) => format!("through template `{name}`, used here"),
                Step::TemplateParameter(name) => format!("through template parameter `{name}`, given here"),
                Step::Preset(name) => format!("merged from preset `{name}`, listed here"),
                Step::Blueprint(name) => format!("through blueprint `{name}`, instantiated here"),
                Step::Variable(name) => format!("variable `{name}` is defined here"),
                Step::Token(name) => format!("token `{name}` is defined here"),
                Step::Document => "inherited by the flowgroups of this document".to_owned(),
            },
        }));
        self
    }

    /// Says what to change.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says more about what to change, on lines of its own, if there is more to say.
    #[must_use]
    pub fn more_help(mut self, text: Option<String>) -> Self {
        self.help = match (self.help, text) {
            (Some(help), Some(text)) => Some(format!("{help}\n{text}")),
            (help, text) => help.or(text),
        };
        self
    }

    /// Says what to change, if there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Whether this is an error as the checks made it, after which the output would be broken.
    pub fn blocks(&self) -> bool {
        self.is_error() && !self.rule.tolerable
    }
}

/// So many further places of a repeated diagnostic get a label.
const REPEATS_SHOWN: usize = 2;

/// All diagnostics of a run or of a part of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Adds one diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds all diagnostics of another report.
    pub fn append(&mut self, mut other: Report) {
        self.diagnostics.append(&mut other.diagnostics);
    }

    /// Whether something is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Number of errors after which the output would be broken, before levels were changed.
    pub fn blocking(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.blocks()).count()
    }

    /// Number of diagnostics of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Fills the gaps of every subject that was added since `from`.
    pub fn set_subject(&mut self, from: usize, subject: &Subject) {
        for diagnostic in self.diagnostics.iter_mut().skip(from) {
            let own = &mut diagnostic.subject;
            own.pipeline = own.pipeline.take().or_else(|| subject.pipeline.clone());
            own.flowgroup = own.flowgroup.take().or_else(|| subject.flowgroup.clone());
            own.action = own.action.take().or_else(|| subject.action.clone());
        }
    }

    /// Makes one diagnostic of those that have one cause: the same rule and message at several places.
    ///
    /// The first one stays, with labels at the places of some others and the number of the rest. Expects sorted
    /// diagnostics.
    pub fn gather_repeats(&mut self, rules: &[&'static Rule]) {
        let mut kept: Vec<Diagnostic> = Vec::with_capacity(self.diagnostics.len());
        let mut known: FxHashMap<(&str, &str, String), (usize, usize)> = FxHashMap::default();
        for diagnostic in self.diagnostics.drain(..) {
            if !rules.contains(&diagnostic.rule) {
                kept.push(diagnostic);
                continue;
            }
            let key = (diagnostic.rule.code, diagnostic.rule.name, diagnostic.message.clone());
            match known.get_mut(&key) {
                None => {
                    known.insert(key, (kept.len(), 0));
                    kept.push(diagnostic);
                }
                Some((first, repeats)) => {
                    *repeats += 1;
                    let Some(first) = kept.get_mut(*first) else { continue };
                    first.subject.keep_common(&diagnostic.subject);
                    if *repeats <= REPEATS_SHOWN {
                        first.labels.extend(
                            diagnostic
                                .labels
                                .first()
                                .map(|label| Label { text: "and here".to_owned(), ..label.clone() }),
                        );
                    }
                }
            }
        }
        for (first, repeats) in known.into_values() {
            let hidden = repeats.saturating_sub(REPEATS_SHOWN);
            if let (Some(help), true) = (kept.get_mut(first).and_then(|first| first.help.as_mut()), hidden > 0) {
                help.push_str(&format!(" ({hidden} more places not shown)"));
            }
        }
        self.diagnostics = kept;
    }

    /// Brings the diagnostics into the order of files and places, and drops repetitions.
    ///
    /// The order depends on the project alone, never on how work was scheduled.
    pub fn sort(&mut self, sources: &SourceMap) {
        let mut keyed: Vec<_> = self
            .diagnostics
            .drain(..)
            .map(|diagnostic| {
                let place = diagnostic.labels.first().map(|label| sources.location(label.span));
                let key = (
                    place,
                    diagnostic.severity,
                    diagnostic.rule.code,
                    diagnostic.rule.name,
                    diagnostic.message.clone(),
                );
                (key, diagnostic)
            })
            .collect();
        keyed.sort_by(|left, right| left.0.cmp(&right.0));
        keyed.dedup_by(|next, kept| next.0 == kept.0);
        self.diagnostics = keyed.into_iter().map(|(_, diagnostic)| diagnostic).collect();
    }
}

/// The candidate closest to a misspelt word, if one is close enough.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let score = strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase());
        let close = score >= 0.6 || (word.len() >= 3 && candidate.starts_with(word));
        let better = best.is_none_or(|(known, word)| score > known || (score == known && candidate < word));
        if close && better {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
