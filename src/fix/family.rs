//! The families of rewrites, one file each: a parsed file goes in; fixes, and what cannot be fixed, come out.

mod cloudfiles;
mod database;
mod delta;
mod enforcement;
mod instance;
mod prefix;
mod suffix;
#[cfg(test)]
mod testing;
mod token;

use std::path::Path;

use super::edit::Fix;
use super::layout::{Layout, Reason};
use super::scope::Kind;
use super::verify::Tolerance;
use crate::project::{Environment, TokenValue};
use crate::report::Report;
use crate::source::{FileId, Span};
use crate::syntax::Node;

/// A kind of outdated syntax and what takes its place.
pub(super) trait Family: Sync {
    /// The name in summaries.
    fn name(&self) -> &'static str;

    /// Whether a file of this kind and with this text may hold the outdated syntax. Must be quick.
    fn concerns(&self, kind: Kind, text: &str) -> bool;

    /// The fixes of a file.
    fn propose(&self, file: &Parsed<'_>, project: &Knowledge<'_>, found: &mut Proposals);

    /// Makes the same change in a tree. What a fix makes of a file must give the same tree.
    fn modernise(&self, document: &mut Node, kind: Kind, project: &Knowledge<'_>);

    /// What may be different in the generated files.
    fn tolerance(&self) -> Tolerance {
        Tolerance::Equal
    }
}

/// All families, in the order in which they are fixed.
pub(super) fn all() -> [&'static dyn Family; 8] {
    [
        &token::BareToken,
        &instance::FlatInstance,
        &suffix::DatabaseSuffix,
        &database::DatabaseField,
        &cloudfiles::CloudFilesKeys,
        &delta::DeltaKeys,
        &prefix::OptionPrefix,
        &enforcement::EnforcementInDefinition,
    ]
}

/// A file and its trees. SQL has none.
pub(super) struct Parsed<'a> {
    /// Relative to the root of the project.
    pub path: &'a Path,
    pub kind: Kind,
    pub file: FileId,
    pub text: &'a str,
    pub documents: &'a [Node],
}

impl<'a> Parsed<'a> {
    pub fn layout(&self) -> Layout<'a> {
        Layout { file: self.file, text: self.text }
    }
}

/// What is known about the whole project.
pub(super) struct Knowledge<'a> {
    pub environments: &'a [Environment],
    /// The diagnostics of each environment.
    pub reports: Vec<&'a Report>,
}

/// How much is known of a name.
pub(super) enum TokenKnowledge {
    /// Not a token of any environment.
    Unknown,
    /// A token that can stand in text, in every environment.
    Everywhere,
    /// A token, but this environment does not have it.
    NotIn(String),
}

impl Knowledge<'_> {
    /// Whether a name is a token.
    pub fn token(&self, name: &str) -> TokenKnowledge {
        let has = |environment: &&Environment| {
            matches!(environment.token(name).map(|token| &token.value), Some(TokenValue::Text(_)))
        };
        match self.environments.iter().find(|environment| !has(environment)) {
            None => TokenKnowledge::Everywhere,
            Some(_) if !self.environments.iter().any(|environment| has(&environment)) => TokenKnowledge::Unknown,
            Some(lacking) => TokenKnowledge::NotIn(lacking.name.clone()),
        }
    }
}

/// Something outdated that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub place: Span,
    /// What is outdated, as it is written.
    pub what: String,
    pub reason: Reason,
}

/// What families find.
#[derive(Default)]
pub(super) struct Proposals {
    pub fixes: Vec<Fix>,
    pub refusals: Vec<Refusal>,
}

impl Proposals {
    /// Adds a fix, or the reason why there is none.
    pub fn add(&mut self, name: &'static str, place: Span, what: &str, edits: Result<Vec<super::edit::Edit>, Reason>) {
        match edits {
            Ok(edits) if edits.is_empty() => {}
            Ok(edits) => {
                let fix = Fix { name, place, edits };
                // Aliases lead to the same place several times.
                if !self.fixes.contains(&fix) {
                    self.fixes.push(fix);
                }
            }
            Err(reason) => {
                let refusal = Refusal { place, what: what.to_owned(), reason };
                if !self.refusals.contains(&refusal) {
                    self.refusals.push(refusal);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = all().iter().map(|family| family.name()).collect();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn what_aliases_repeat_is_found_once() {
        let file = crate::source::SourceMap::new("").add("", "");
        let mut found = Proposals::default();
        for _ in 0..2 {
            let edit = super::super::edit::Edit::insert(file, 0, "x");
            found.add("name", Span::start_of(file), "old", Ok(vec![edit]));
            found.add("name", Span::start_of(file), "old", Err("because".to_owned()));
        }
        assert_eq!((found.fixes.len(), found.refusals.len()), (1, 1));
    }
}
