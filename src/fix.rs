//! Fix: a project goes in; its files without outdated syntax, and what could not be rewritten, come out.
//!
//! Every change is an edit of the text at the place of a node, so comments and formatting stay. A change counts only
//! if the file still parses to the tree that it should have, and if the whole project, compiled again in memory for
//! every environment, still generates the same. Nothing is written here.

mod check;
pub(crate) mod edit;
mod family;
mod files;
pub(crate) mod layout;
mod meaning;
mod options;
mod round;
mod scope;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::plugin::Table;
use crate::project::{Environment, Project, ProjectOptions};
use crate::report::{Diagnostic, Progress, Report, Rule, rules};
use crate::source::SourceMap;

use files::Selection;
use round::Rounds;

rules! {
    /// Outdated syntax that `lhp fix` cannot rewrite without a risk.
    ///
    /// ## Why
    /// A rewrite must not change what is generated in any environment, and must keep comments and
    /// formatting. Where that cannot be guaranteed, the place is left as it is.
    ///
    /// ## Wrong
    /// ```yaml
    /// # `catalog_and_schema` is a token, so it is not known here where the catalog ends
    /// database: "${catalog_and_schema}"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// catalog: "${catalog}"
    /// schema: "${schema}"
    /// ```
    pub static NOT_REWRITTEN: Rule = Rule::new("LHP-DEPR-005", "not-rewritten").warning();
}

/// What a user asks for.
#[derive(Debug, Clone, Default)]
pub struct FixOptions {
    /// The environments in which nothing may change. At least one.
    pub environments: Vec<ProjectOptions>,
    /// Files and directories to which edits are limited, absolute and without links; all files if empty.
    pub only: Vec<PathBuf>,
}

/// A file with its edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedFile {
    /// Relative to the root of the project, with `/`.
    pub path: String,
    pub before: String,
    pub after: String,
    /// Number of places that were rewritten.
    pub places: usize,
}

/// What became of a project.
#[derive(Debug)]
pub struct Fixed {
    /// The files that change, sorted by path.
    pub files: Vec<EditedFile>,
    /// Number of places that were rewritten, by the name of the kind of rewrite.
    pub places: BTreeMap<&'static str, usize>,
    /// What could not be rewritten, and why.
    pub report: Report,
    /// The files as edited, to which the places of the report belong.
    pub sources: Arc<SourceMap>,
}

/// Rewrites the outdated syntax of the project at the root of `sources`.
///
/// # Errors
///
/// If the project cannot be read at all, for then nobody can say what an edit does to it.
pub fn fix(
    sources: &Arc<SourceMap>,
    table: &Table,
    options: &FixOptions,
    progress: &Progress,
) -> Result<Fixed, Report> {
    let mut environments: Vec<Environment> = Vec::new();
    let mut files = None;
    for environment in &options.environments {
        let mut report = Report::default();
        match Project::open(sources.clone(), environment, &mut report) {
            Some(project) => {
                environments.push(project.environment);
                files = Some(project.files);
            }
            None => return Err(report),
        }
    }
    let selection = Selection::new(sources.root(), &options.only);
    let mut rounds =
        Rounds::new(sources.clone(), (table, progress), options, environments, files.unwrap_or_default(), selection);
    rounds.run();
    let mut report = Report { diagnostics: rounds.refusals.iter().map(not_rewritten).collect() };
    report.sort(&rounds.state.sources);
    let mut places = BTreeMap::new();
    for fix in &rounds.applied {
        *places.entry(fix.name).or_default() += 1;
    }
    Ok(Fixed { files: rounds.edited(), places, report, sources: rounds.state.sources.clone() })
}

fn not_rewritten(refusal: &family::Refusal) -> Diagnostic {
    Diagnostic::warning(&NOT_REWRITTEN, format!("`{}` is not rewritten: {}", refusal.what, refusal.reason))
        .label(refusal.place, "old form")
        .help("change it by hand, and run `lhp validate` afterwards")
}
