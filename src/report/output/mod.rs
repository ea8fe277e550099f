//! Findings for machines: a sorted report goes in, a document for standard output comes out.
//!
//! One file per format. The format for people is `report::terminal`. Nothing here prints.

mod github;
mod json;
mod junit;
mod place;
mod sarif;
mod short;

use schemars::JsonSchema;
use serde::Serialize;

pub use json::{Document, Finding, Note, SubjectNames, Summary, Tool};
pub use place::Place;

use super::{Diagnostic, Report};
use crate::source::SourceMap;

/// How findings are told on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Only for people, on standard error.
    #[default]
    Human,
    /// One line per finding: `file:line:column: severity[CODE/rule]: message`.
    Short,
    /// One JSON document.
    Json,
    /// A SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A JUnit report with a test case for each flowgroup.
    Junit,
}

/// What is known about a run besides its findings.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// `validate`, `generate` or `diff`.
    pub command: &'static str,
    /// Name of the environment.
    pub environment: String,
    /// Whether the exit code is 0.
    pub success: bool,
    /// Whether warnings are failures.
    pub strict: bool,
    /// So many errors are told, where the format can count the rest.
    pub max_errors: Option<usize>,
    /// Path from the root of the repository to that of the project; empty or with a slash at its end.
    pub prefix: String,
    /// Pipelines of the run with the names of their flowgroups.
    pub pipelines: Vec<(String, Vec<String>)>,
    /// Number of modules that were generated or, for `validate`, could be.
    pub modules: usize,
    /// What was, or would be, done to files on disk.
    pub changes: Vec<Change>,
}

/// A generated file that differs from what is on disk.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Change {
    /// Path relative to the project root where possible.
    pub file: String,
    pub change: ChangeKind,
    /// The changed lines as a unified diff, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// What becomes of a generated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// `diff`: it does not exist yet.
    Created,
    /// `diff`: it would get another content.
    Modified,
    /// `generate`: it is new or has a new content.
    Written,
    /// It is no longer generated, and was or would be removed.
    Removed,
}

/// The document for standard output; empty for people.
pub fn document(format: Format, report: &Report, sources: &SourceMap, context: &Context) -> String {
    match format {
        Format::Human => String::new(),
        Format::Short => short::document(report, sources, context),
        Format::Json => json::document(report, sources, context),
        Format::Sarif => sarif::document(report, sources, context),
        Format::Github => github::document(report, sources, context),
        Format::Junit => junit::document(report, sources, context),
    }
}

/// The findings that are told, and the number of errors that are not.
pub(super) fn limited(report: &Report, max_errors: Option<usize>) -> (Vec<&Diagnostic>, usize) {
    let mut errors = 0;
    let most = max_errors.unwrap_or(usize::MAX);
    let mut told: Vec<&Diagnostic> = report.diagnostics.iter().collect();
    told.retain(|diagnostic| {
        errors += usize::from(diagnostic.is_error());
        !diagnostic.is_error() || errors <= most
    });
    (told, errors.saturating_sub(most))
}
