//! `required_lhp_version`: a PEP 440 specifier set goes in, a test for versions comes out.
//!
//! `grammar/version.pest` finds the clauses, so that an error points at the wrong one;
//! the `pep440_rs` crate compares versions.

use std::ops::Range;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionPattern, VersionSpecifier};
use pest::Parser;
use pest::iterators::Pair;

mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/version.pest"]
    pub struct Grammar;
}

use grammar::{Grammar, Rule};

/// A set of clauses that a version must all meet. A set without clauses demands nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirement {
    clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Clause {
    Compared(VersionSpecifier),
    /// `===`: equal as text, in any case.
    Identical(String),
}

/// A clause that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementError {
    /// The clause, in bytes of the text.
    pub range: Range<usize>,
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Reads a specifier set.
///
/// ```
/// let requirement = lhp::project::version::requirement(">=0.9.3, <1.0")?;
/// assert!(requirement.allows("0.9.4"));
/// assert!(!requirement.allows("1.0"));
/// # Ok::<(), lhp::project::version::RequirementError>(())
/// ```
pub fn requirement(text: &str) -> Result<Requirement, RequirementError> {
    // Every text matches the grammar, so the first arm is for the type alone.
    let Ok(pairs) = Grammar::parse(Rule::requirement, text) else {
        return Err(not_a_clause(text, 0..text.len()));
    };
    let mut clauses = Vec::new();
    for pair in pairs.flat_map(Pair::into_inner) {
        let range = pair.as_span().start()..pair.as_span().end();
        match pair.as_rule() {
            Rule::clause => clauses.push(clause(pair, range)?),
            Rule::wrong => return Err(not_a_clause(pair.as_str(), range)),
            _ => {}
        }
    }
    Ok(Requirement { clauses })
}

impl Requirement {
    /// Whether a version meets all clauses.
    ///
    /// A pre-release is allowed only if some clause other than `!=` names a pre-release.
    pub fn allows(&self, version: &str) -> bool {
        if self.clauses.is_empty() {
            return true;
        }
        let parsed = Version::from_str(version.trim()).ok();
        if parsed.as_ref().is_some_and(Version::any_prerelease) && !self.clauses.iter().any(Clause::names_prerelease) {
            return false;
        }
        let padded = parsed.map(|parsed| self.padded(parsed));
        self.clauses.iter().all(|clause| match clause {
            Clause::Identical(text) => text.eq_ignore_ascii_case(version.trim()),
            Clause::Compared(specifier) => padded.as_ref().is_some_and(|version| contains(specifier, version)),
        })
    }

    /// The same version with zeros at the end of its release, as many as the longest clause has numbers.
    ///
    /// A wildcard such as `==1.2.3.*` is compared number by number and must see `1.2` as `1.2.0`.
    fn padded(&self, version: Version) -> Version {
        let numbers = |clause: &Clause| match clause {
            Clause::Compared(specifier) => specifier.version().release().len(),
            Clause::Identical(_) => 0,
        };
        let longest = self.clauses.iter().map(numbers).max().unwrap_or(0);
        let mut release = version.release().to_vec();
        release.resize(release.len().max(longest), 0);
        version.with_release(release)
    }
}

impl Clause {
    fn names_prerelease(&self) -> bool {
        match self {
            Self::Compared(specifier) => {
                *specifier.operator() != Operator::NotEqual && specifier.version().any_prerelease()
            }
            Self::Identical(text) => Version::from_str(text).is_ok_and(|version| version.any_prerelease()),
        }
    }
}

/// Whether a version lies in one specifier.
///
/// The crate shuts out more than PEP 440 does where an exclusive comparison names a pre-release, so those are done here:
/// `<1.0` excludes pre-releases of 1.0 but `<1.0rc2` does not, and `>1.0rc1` excludes post-releases of 1.0rc1
/// but not those of 1.0.
fn contains(specifier: &VersionSpecifier, version: &Version) -> bool {
    let bound = specifier.version();
    let public = version.clone().without_local();
    let release = |version: &Version| (version.epoch(), version.only_release());
    match specifier.operator() {
        Operator::LessThan => {
            let before_release = public.any_prerelease() && release(&public) == release(bound);
            public < *bound && (bound.any_prerelease() || !before_release)
        }
        Operator::GreaterThan => {
            let after_bound = public.is_post()
                && !bound.is_post()
                && !bound.is_dev()
                && public.pre() == bound.pre()
                && release(&public) == release(bound);
            public > *bound && !after_bound
        }
        _ => specifier.contains(version),
    }
}

fn clause(pair: Pair<'_, Rule>, range: Range<usize>) -> Result<Clause, RequirementError> {
    let text = pair.as_str();
    let mut parts = pair.into_inner().map(|part| part.as_str());
    let (Some(operator), Some(operand)) = (parts.next(), parts.next()) else {
        return Err(not_a_clause(text, range));
    };
    if operator == "===" {
        return Ok(Clause::Identical(operand.to_owned()));
    }
    let wrong = |message: String, help: String| RequirementError { range: range.clone(), message, help };
    let (Ok(comparison), Ok(pattern)) = (Operator::from_str(operator), VersionPattern::from_str(operand)) else {
        return Err(wrong(
            format!("`{operand}` in `{text}` is not a version"),
            "write numbers joined by dots, for example `>=0.9.3`; PEP 440 lists the other forms".to_owned(),
        ));
    };
    let wildcard = pattern.is_wildcard();
    let numbers = pattern.version().release().len();
    VersionSpecifier::from_pattern(comparison, pattern).map(Clause::Compared).map_err(|_| {
        if wildcard {
            wrong(
                format!("`{operator}` does not take a version that ends in `.*`"),
                format!("write `{operator}{}`, or use `==` or `!=`", operand.trim_end_matches(".*")),
            )
        } else if comparison == Operator::TildeEqual && numbers < 2 {
            wrong(
                format!("`~=` needs a version of at least two numbers, not `{operand}`"),
                format!("write `~={operand}.0` with the numbers you mean, or `>={operand}`"),
            )
        } else {
            wrong(
                format!("`{operator}` does not take a version with a local label"),
                format!("write `{operator}{}`", operand.split('+').next().unwrap_or(operand)),
            )
        }
    })
}

/// Says what is wrong with text that does not consist of an operator and a version.
fn not_a_clause(text: &str, range: Range<usize>) -> RequirementError {
    let version = text.trim_start_matches(['=', '!', '~', '<', '>', '^', ' ']);
    let example = if Version::from_str(version).is_ok() { version } else { "0.9.3" };
    let (message, help) = if Version::from_str(text).is_ok() {
        (
            format!("`{text}` has no comparison operator"),
            format!("write `=={text}` for exactly this version, or `>={text}` for this and later ones"),
        )
    } else if version.is_empty() {
        (format!("`{text}` is followed by no version"), format!("write a version after it, for example `>={example}`"))
    } else if version.contains(['=', '<', '>', '~', '!']) {
        (format!("`{text}` is not one clause"), "put a comma between clauses, as in `>=0.9.3, <1.0`".to_owned())
    } else {
        (
            format!("`{text}` is not a version clause"),
            format!(
                "use one of `==`, `!=`, `<=`, `>=`, `<`, `>`, `~=`, `===` and a version, for example `>={example}`"
            ),
        )
    };
    RequirementError { range, message, help }
}

#[cfg(test)]
#[path = "version_tests.rs"]
mod tests;
