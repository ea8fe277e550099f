//! Hooks: modules that belong to a pipeline as a whole and react to the events of its updates.
//!
//! In: the resolved flowgroups of a pipeline and the project. Out: files for the directory of the pipeline.
//! The generated code needs the Python standard library, Spark, and what the platform brings with it.

pub(crate) mod provider;
pub(crate) mod tag_file;
pub(crate) mod tags;
pub mod test_reporting;
pub mod uc_tagging;

use std::collections::BTreeMap;

use minijinja::Value as TemplateValue;

use super::python_module::Layout;
use crate::emit::{Templates, normalise, python};
use crate::expand::substitution::Source;
use crate::expand::{Action, Resolved, Tests};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, Subject, rules};
use crate::source::Span;

rules! {
    /// A module that lhp writes for a pipeline as a whole, to report tests or to set tags, is not valid
    /// Python. Your project is not to blame.
    ///
    /// ## Why
    /// The pipeline could not import the module, so nothing is generated rather than something broken.
    ///
    /// ## Right
    /// Report the message. Until this is corrected, switch the feature off in `lhp.yaml`: remove
    /// `test_reporting`, or set `enabled: false` under `uc_tagging`.
    pub static INTERNAL_HOOK: Rule = Rule::new("LHP-CFG-031", "internal-hook");
}

/// What the hooks of all pipelines share.
pub struct Surroundings<'a> {
    pub project: &'a Project,
    pub source: &'a Source<'a>,
    pub templates: &'a Templates,
    pub tests: Tests,
    pub layout: Layout,
}

/// A pipeline as hooks see it.
pub struct Pipeline<'a> {
    /// Name of the pipeline, tokens replaced.
    pub name: &'a str,
    /// Sorted by name.
    pub flowgroups: Vec<&'a Resolved>,
}

/// A file beside the modules of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFile {
    /// Relative to the directory of the pipeline, parts joined by `/`.
    pub path: String,
    pub content: String,
    /// Where the project asks for the file, if it does so in one place.
    pub span: Option<Span>,
}

/// Makes modules for a pipeline as a whole.
pub trait Hook: Sync {
    /// What the hook writes into the directory of a pipeline: names of modules and packages.
    fn modules(&self) -> &'static [&'static str];

    /// Rules for the project. `files` are all generated files by path, if the whole project was generated.
    fn check(&self, _: &Surroundings<'_>, _files: Option<&BTreeMap<String, String>>, _: &mut Report) {}

    /// The files of a pipeline; none if the hook has nothing to do there.
    fn files(&self, pipeline: &Pipeline<'_>, surroundings: &Surroundings<'_>, report: &mut Report) -> Vec<HookFile>;
}

/// The hooks that come with the program.
pub fn built_in() -> [&'static dyn Hook; 2] {
    [&test_reporting::TestReportingHook, &uc_tagging::UcTaggingHook]
}

/// The names of everything that hooks write into the directory of a pipeline.
pub fn modules() -> impl Iterator<Item = &'static str> {
    built_in().into_iter().flat_map(|hook| hook.modules()).copied()
}

/// Checks the project for all hooks.
pub fn check(surroundings: &Surroundings<'_>, files: Option<&BTreeMap<String, String>>, report: &mut Report) {
    for hook in built_in() {
        hook.check(surroundings, files, report);
    }
}

/// The files of all hooks for the pipeline of some flowgroups.
pub fn files(flowgroups: &[&Resolved], surroundings: &Surroundings<'_>, report: &mut Report) -> Vec<HookFile> {
    let Some(first) = flowgroups.first() else { return Vec::new() };
    let mut pipeline = Pipeline { name: &first.pipeline, flowgroups: flowgroups.to_vec() };
    pipeline.flowgroups.sort_by(|left, right| left.flowgroup.cmp(&right.flowgroup));
    let before = report.diagnostics.len();
    let files = built_in().into_iter().flat_map(|hook| hook.files(&pipeline, surroundings, report)).collect();
    report.set_subject(before, &Subject { pipeline: Some(first.pipeline.clone()), ..Subject::default() });
    files
}

impl<'a> Pipeline<'a> {
    /// All actions, each flowgroup in the order of its definition.
    pub fn actions(&self) -> impl Iterator<Item = &'a Action> {
        self.flowgroups.iter().flat_map(|flowgroup| &flowgroup.actions)
    }
}

impl Surroundings<'_> {
    /// Renders a module and brings it into its final form.
    fn module(&self, name: &str, template: &str, values: TemplateValue, report: &mut Report) -> Option<HookFile> {
        let path = format!("{name}.py");
        let finished = self.templates.render(template, values).map_err(|error| error.to_string()).and_then(|text| {
            let outcome = match self.layout {
                Layout::Formatted => python::parse_and_format(&text),
                Layout::AsWritten => python::check(&text).map(|()| normalise(&text)),
            };
            outcome.map_err(|error| error.to_string())
        });
        match finished {
            Ok(content) => Some(HookFile { path, content, span: None }),
            Err(message) => {
                report.push(
                    Diagnostic::error(&INTERNAL_HOOK, format!("`{path}` cannot be generated: {message}"))
                        .help("this is a fault of lhp; please report it"),
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::project::ProjectOptions;
    use crate::source::SourceMap;

    #[test]
    fn a_module_that_cannot_be_made_is_a_fault_of_the_program() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("lhp.yaml"), "name: orders\n").unwrap();
        let options = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
        let mut report = Report::default();
        let project = Project::open(Arc::new(SourceMap::new(directory.path())), &options, &mut report).unwrap();
        let surroundings = Surroundings {
            project: &project,
            source: &Source { environment: &project.environment, sources: &project.sources },
            templates: &Templates::new(|_| Some("def broken(:\n".into())),
            tests: Tests::Included,
            layout: Layout::AsWritten,
        };
        assert_eq!(surroundings.module("_hook", "hook.py.j2", TemplateValue::default(), &mut report), None);
        let found: Vec<_> = report.diagnostics.iter().map(|found| (found.rule, found.message.as_str())).collect();
        assert_eq!(found.len(), 1);
        assert!(
            found[0].0 == &INTERNAL_HOOK && found[0].1.starts_with("`_hook.py` cannot be generated: "),
            "{found:?}"
        );
    }
}
