//! Where a tree does not fit its schema: what the validator found goes in, diagnostics come out.

use rustc_hash::FxHashSet;

use super::words;
use crate::report::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::Node;

/// What is wrong at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A required key is absent, null or empty; a key that nobody knows may be meant for it.
    Missing { key: String, misspelt: Option<String> },
    /// A key that the schema does not know; another one may have replaced it.
    Unknown { key: String, suggestion: Option<String>, replacement: Option<String> },
    /// A value of the wrong type or form.
    Mismatch { expected: String, suggestion: Option<String> },
}

/// A place where a tree does not fit its schema.
#[derive(Debug, Clone)]
pub struct Violation<'a> {
    /// The value, the mapping that lacks a key, or the key that is one too many or misspelt.
    pub node: &'a Node,
    /// Where to point: the value, or the unknown key.
    pub span: Span,
    /// Keys and indexes from the root of the tree, as in `actions[0].source.path`.
    pub path: String,
    /// The last key of the path, if there is one.
    pub field: Option<String>,
    pub problem: Problem,
    /// The code that the schema demands for this violation (`x-lhp-code`).
    pub code: Option<String>,
}

impl Violation<'_> {
    /// The diagnostic for this violation under a given rule. `what` names what is validated.
    pub fn diagnostic(&self, rule: &'static Rule, what: &str) -> Diagnostic {
        let field = self.field.as_deref().unwrap_or(what);
        match &self.problem {
            Problem::Missing { key, misspelt: Some(written) } => {
                Diagnostic::error(rule, format!("`{key}` is missing in this {what}"))
                    .label(self.span, "no such key")
                    .through(self.node.via.as_ref())
                    .help(format!("write `{key}` instead of `{written}`"))
            }
            Problem::Missing { key, misspelt: None } => {
                let empty = self.field.as_deref() == Some(key.as_str());
                let verb = if empty { "is empty" } else { "is missing" };
                Diagnostic::error(rule, format!("`{key}` {verb} in this {what}"))
                    .label(self.span, if empty { "needs a value" } else { "needs this key" })
                    .through(self.node.via.as_ref())
                    .help(format!("give `{key}` a value"))
            }
            Problem::Unknown { key, suggestion, replacement } => {
                Diagnostic::error(rule, format!("unknown key `{key}` in this {what}"))
                    .label(self.span, "not known here")
                    .through(self.node.via.as_ref())
                    .help(match (replacement, suggestion) {
                        (Some(new), _) => format!("write `{new}` instead, which `lhp fix` does"),
                        (None, Some(known)) => format!("did you mean `{known}`?"),
                        (None, None) => format!("remove `{key}`, or check its indentation"),
                    })
            }
            Problem::Mismatch { expected, suggestion } => {
                let found = words::found(self.node, expected);
                let subject = if self.path.ends_with(']') { "an item of " } else { "" };
                Diagnostic::error(rule, format!("{subject}`{field}` must be {expected}, {found}"))
                    .label(self.span, words::label(expected))
                    .through(self.node.via.as_ref())
                    .help(match suggestion {
                        Some(word) => format!("did you mean `{word}`?"),
                        None if expected == "a mapping" => self.help_for_mapping(),
                        None => words::help(self.node, expected),
                    })
            }
        }
    }

    /// How a mapping is written where the violation is.
    fn help_for_mapping(&self) -> String {
        let form = "write a mapping: ";
        match self.field.as_deref() {
            Some(_) if self.path.ends_with(']') => {
                format!("{form}lines of the form `key: value`, the first one after `- `")
            }
            Some(field) => format!("{form}indented lines of the form `key: value` below `{field}:`"),
            None => format!("{form}lines of the form `key: value`"),
        }
    }
}

/// Makes one violation of a missing key and an unknown one that looks like a misspelling of it.
pub(super) fn join_misspelt(found: &mut Vec<Violation<'_>>) {
    let mut at = 0;
    while let Some(unknown) = found.get(at) {
        let Problem::Unknown { key: written, suggestion: Some(meant), .. } = unknown.problem.clone() else {
            at += 1;
            continue;
        };
        let (node, span, path) = (unknown.node, unknown.span, unknown.path.clone());
        let missing = found.iter_mut().find(|other| {
            other.path == path && matches!(&other.problem, Problem::Missing { key, misspelt: None } if *key == meant)
        });
        match missing {
            Some(missing) => {
                missing.problem = Problem::Missing { key: meant, misspelt: Some(written) };
                (missing.node, missing.span) = (node, span);
                found.remove(at);
            }
            None => at += 1,
        }
    }
}

/// Keeps the last mismatch at each place: a value of the wrong type is also none of the allowed words.
pub(super) fn keep_one_mismatch(found: &mut Vec<Violation<'_>>) {
    let mut later: FxHashSet<String> = FxHashSet::default();
    let mut kept: Vec<_> = std::mem::take(found).into_iter().rev().collect();
    kept.retain(|violation| {
        !matches!(violation.problem, Problem::Mismatch { .. }) || later.insert(violation.path.clone())
    });
    kept.reverse();
    *found = kept;
}
