//! Golden cases: the directory of a plugin goes in, what became of each of its cases comes out.
//!
//! A case is an action or some events with what the plugin shall make of them. It goes through the compiler as the
//! actions of a project do, in a temporary project of its own, and no project is needed around the plugin.

mod case;
mod compare;
mod finding;
mod hook;
mod project;
mod update;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use case::{Case, Input, action_key, cases, line_span};
pub use finding::Finding;

use super::Kind;
use super::host::REQUIREMENT_MISSING;
use super::manifest::{MANIFEST_FILE, Manifest, RuntimeKind, read_manifest};
use super::runtime::native;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::SourceMap;
use crate::syntax::Node;
pub use case::Expectation;
use project::Made;

rules! {
    /// A golden case of a plugin has not the form of one.
    ///
    /// A case is a directory with an `input.yaml`, which holds one action of the plugin, or for a hook an event or a
    /// list of events. Beside it may stand `config.yaml`, `files/`, and what is expected: `expected.py`,
    /// `expected.json`, `expected_files/` or `expected_diagnostics.yaml`.
    ///
    /// ## Why
    /// A case that cannot be run proves nothing, and a file that nobody reads looks like an expectation.
    ///
    /// ## Wrong
    /// ```text
    /// tests/basic/action.yaml
    /// tests/basic/expected.py
    /// ```
    ///
    /// ## Right
    /// ```text
    /// tests/basic/input.yaml
    /// tests/basic/expected.py
    /// ```
    pub static GOLDEN_CASE: Rule = Rule::new("LHP-PLG-005", "golden-case");
    /// A plugin answered the same request differently a second time.
    ///
    /// ## Why
    /// The same project must give the same files, whoever generates them and how often. Plugins that answer at random
    /// make every run look like a change.
    ///
    /// ## Wrong
    /// ```python
    /// body = f"# made at {time.time()}\n" + body
    /// ```
    ///
    /// ## Right
    /// Leave out what differs from run to run, and sort what comes out of sets and directories:
    /// ```python
    /// body = "\n".join(sorted(parts))
    /// ```
    pub static NOT_DETERMINISTIC: Rule = Rule::new("LHP-PLG-060", "answer-differs");
}

/// What to do with expectations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expectations {
    /// They are compared with what comes out.
    #[default]
    Compared,
    /// They become what comes out.
    Updated,
}

/// How golden cases are run.
#[derive(Debug, Clone, Default)]
pub struct GoldenOptions {
    pub expectations: Expectations,
    /// Only cases whose name, as `plugin/case`, has this text in it.
    pub filter: Option<String>,
}

/// How one case went.
#[derive(Debug, Clone)]
pub struct CaseOutcome {
    /// Id of the plugin.
    pub plugin: String,
    /// Name of the directory of the case.
    pub case: String,
    /// `kind/key` of what was called, if that is known.
    pub capability: Option<String>,
    pub verdict: Verdict,
    /// Time of the first call, with everything that the host does around it.
    pub took: Duration,
    /// Size of what was made.
    pub bytes: usize,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is as expected.
    Passed,
    /// Expectations were written; paths are relative to the directory of the case.
    Updated(Vec<String>),
    Failed(Vec<Failure>),
}

/// One reason why a case failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One sentence without a final stop.
    pub what: String,
    /// Lines that show it, such as a difference.
    pub detail: String,
    pub help: Option<String>,
}

impl Failure {
    fn new(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { what: what.into(), detail: detail.into(), help: None }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl CaseOutcome {
    /// `plugin/case`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.plugin, self.case)
    }

    /// Why it failed; nothing if it did not.
    pub fn failures(&self) -> &[Failure] {
        match &self.verdict {
            Verdict::Failed(failures) => failures,
            Verdict::Passed | Verdict::Updated(_) => &[],
        }
    }
}

/// A plugin about to be tested.
struct Tested<'a> {
    root: &'a Path,
    manifest: &'a Manifest,
    sources: &'a Arc<SourceMap>,
}

/// The plugins at a path: the directory itself, or those of its subdirectories that have a manifest. Sorted.
pub fn plugin_directories(path: &Path) -> Vec<PathBuf> {
    if path.join(MANIFEST_FILE).is_file() {
        return vec![path.to_path_buf()];
    }
    let listing = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = listing.map(|entry| entry.path()).collect();
    found.retain(|directory| directory.join(MANIFEST_FILE).is_file());
    found.sort();
    found
}

/// Whether golden cases can show what a capability does.
pub fn is_testable(kind: Kind) -> bool {
    kind.action_type().is_some() || kind == Kind::Hook
}

/// Whether a plugin has a capability that golden cases are for. A manifest that cannot be read is no excuse.
pub fn has_testable(sources: &Arc<SourceMap>, plugin_directory: &Path) -> bool {
    let read = read_manifest(sources, plugin_directory, &mut Report::default());
    read.is_none_or(|read| read.manifest.provides.iter().any(|row| is_testable(row.kind)))
}

/// Runs the golden cases of a plugin, in the order of their names. What keeps them from running is in the report.
pub fn run(
    sources: &Arc<SourceMap>,
    plugin_directory: &Path,
    options: &GoldenOptions,
    report: &mut Report,
) -> Vec<CaseOutcome> {
    let Some(read) = read_manifest(sources, plugin_directory, report) else { return Vec::new() };
    let tested = Tested { root: plugin_directory, manifest: &read.manifest, sources };
    let wanted = |case: &&Case| {
        let name = format!("{}/{}", read.manifest.id, case.name);
        options.filter.as_deref().is_none_or(|text| name.contains(text))
    };
    let found = cases(sources, plugin_directory, &read.manifest);
    let unbuilt = unbuilt(&tested, &read.node);
    found.iter().filter(wanted).map(|case| run_case(&tested, case, options.expectations, unbuilt.as_ref())).collect()
}

/// What keeps all cases of a plugin from being run: its library for this machine must be built first.
fn unbuilt(tested: &Tested<'_>, manifest: &Node) -> Option<Failure> {
    let runtime = &tested.manifest.runtime;
    let library = runtime.libraries.get(native::PLATFORM).filter(|_| runtime.kind == RuntimeKind::Native)?;
    if tested.root.join(library).exists() || native::build_help(tested.root).is_none() {
        return None;
    }
    let named = manifest.get("runtime").and_then(|runtime| runtime.get("libraries"));
    let place = named.and_then(|libraries| libraries.get(native::PLATFORM)).unwrap_or(manifest);
    let directory = match tested.sources.display_path(tested.root) {
        directory if directory.is_empty() || directory == "." => "the directory of the plugin".to_owned(),
        directory => format!("`{directory}`"),
    };
    let missing = Diagnostic::error(&REQUIREMENT_MISSING, format!("`{library}` was not built yet"))
        .label(place.span, "named here")
        .help(format!("run `{}` in {directory}", native::BUILD_COMMAND));
    Some(Failure::new("this case was not run", finding::of(&missing, tested.sources).show()))
}

fn run_case(tested: &Tested<'_>, case: &Case, expectations: Expectations, unbuilt: Option<&Failure>) -> CaseOutcome {
    let outcome = |verdict, made: Option<&Made>| CaseOutcome {
        plugin: tested.manifest.id.clone(),
        case: case.name.clone(),
        capability: case.capability.clone(),
        verdict,
        took: made.map(|made| made.took).unwrap_or_default(),
        bytes: made.map(Made::bytes).unwrap_or_default(),
    };
    if !case.faults.is_empty() {
        let shown: String = case.faults.iter().map(|fault| finding::of(fault, tested.sources).show()).collect();
        return outcome(Verdict::Failed(vec![Failure::new("this is no golden case", shown)]), None);
    }
    if let Some(failure) = unbuilt {
        return outcome(Verdict::Failed(vec![failure.clone()]), None);
    }
    let call = || match &case.input {
        Some(Input::Events(events)) => hook::call(tested, case, events),
        _ => project::call(tested, case),
    };
    let made = match call() {
        Ok(made) => made,
        Err(error) => {
            let failure = Failure::new(format!("the temporary project cannot be set up: {error}"), "");
            return outcome(Verdict::Failed(vec![failure]), None);
        }
    };
    let again = call().ok();
    let mut failures = Vec::new();
    if let Some(difference) = again.as_ref().and_then(|again| compare::repetition(&made, again)) {
        failures.push(
            Failure::new(format!("error[{NOT_DETERMINISTIC}]: a second call gave something else"), difference)
                .help("leave out what differs from call to call, such as times and random names"),
        );
    }
    if expectations == Expectations::Updated && failures.is_empty() {
        if let Some(failure) = compare::regression(case, &made) {
            return outcome(Verdict::Failed(vec![failure]), Some(&made));
        }
        return match update::update(case, &made) {
            Ok(written) if written.is_empty() => outcome(Verdict::Passed, Some(&made)),
            Ok(written) => outcome(Verdict::Updated(written), Some(&made)),
            Err(error) => {
                let failure = Failure::new(format!("the expectations cannot be written: {error}"), "");
                outcome(Verdict::Failed(vec![failure]), Some(&made))
            }
        };
    }
    failures.extend(compare::compare(case, &made));
    let verdict = if failures.is_empty() { Verdict::Passed } else { Verdict::Failed(failures) };
    outcome(verdict, Some(&made))
}

/// The diagnostic for a path without a plugin.
pub fn no_plugin(path: &Path) -> Diagnostic {
    Diagnostic::error(
        &super::manifest::MANIFEST_MISSING,
        format!("there is no `{MANIFEST_FILE}` in `{}` or directly below it", path.display()),
    )
    .help("give the directory of a plugin, or a directory of such directories")
}
