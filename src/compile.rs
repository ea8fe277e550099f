//! The compiler: a project goes in; a plan, diagnostics and a summary come out. Nothing is written.

pub(crate) mod files;
pub(crate) mod helpers;
pub(crate) mod module;
mod output;
mod pipelines;
pub(crate) mod preflight;
mod proven;
mod resolve;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::check::spelling::{self, Spelling};
use crate::emit;
use crate::expand::collect::{Collected, collect};
use crate::expand::metadata::MetadataColumns;
use crate::expand::preset::Presets;
use crate::expand::substitution::{COLLECTION_TOKEN, Source, UNDEFINED_VARIABLE, UNRESOLVED_TOKEN};
use crate::expand::template::Templates;
use crate::expand::{Definition, Shared, Tests, blueprint};
use crate::generator::hook;
use crate::generator::python_module::{Layout, Modules};
use crate::plan::Plan;
use crate::plugin::{self, Table};
use crate::project::{Project, ProjectOptions};
use crate::report::policy::Policy;
use crate::report::{Diagnostic, Progress, Report, Rule, Severity, Timings};
use crate::source::SourceMap;

use proven::ProvenCode;

pub use files::OCCUPIED_PATH;
pub use helpers::DESTINATION_CONFLICT;
pub use module::Formatting;
pub use output::output_root;
pub use preflight::{EMPTY_PROJECT, UNKNOWN_PIPELINE};

/// What to do with a project without flowgroups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyProject {
    /// There is nothing to do, and that is fine.
    #[default]
    Accepted,
    /// An error: whoever generates expects files.
    Refused,
}

/// Whether flowgroups are expected to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flowgroups {
    /// Each of them loads and writes something, and nothing in it is left unused.
    #[default]
    Whole,
    /// They may consist of any actions, for these are looked at by themselves.
    Parts,
}

/// What a user asks for.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    pub project: ProjectOptions,
    /// Only this pipeline.
    pub pipeline: Option<String>,
    pub tests: Tests,
    /// Output directory, relative to the root or absolute; `generated/<env>` by default.
    pub output: Option<PathBuf>,
    pub formatting: Formatting,
    pub empty: EmptyProject,
    pub flowgroups: Flowgroups,
}

/// How one pipeline went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineOutcome {
    /// The name as written.
    pub name: String,
    /// The names of its flowgroups as written, in the order of the project's files.
    pub flowgroups: Vec<String>,
    /// Modules that were generated.
    pub files: usize,
    pub errors: usize,
    /// Rule and message of the first error.
    pub first_error: Option<(&'static Rule, String)>,
    /// Whether nothing was left out for a fault that was reported before.
    pub complete: bool,
}

/// The phase in which pipelines are compiled.
pub const PIPELINES: &str = "generate";

/// How long a phase took and whether it found errors.
///
/// A phase goes on after one that failed, for the sake of its own findings. What it made is not used then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    pub name: &'static str,
    pub took: Duration,
    pub failed: bool,
}

/// The result of a compile.
#[derive(Debug, Default)]
pub struct Compilation {
    /// Empty if there are errors, or if modules were to be discarded.
    pub plan: Plan,
    /// The files that could be generated although there are errors, which are never written. Empty without errors.
    pub unplanned: BTreeMap<String, String>,
    pub report: Report,
    pub pipelines: Vec<PipelineOutcome>,
    pub phases: Vec<Phase>,
    /// What the project says about findings.
    policy: Arc<Policy>,
    /// So many diagnostics are as they are told.
    settled: usize,
    /// Whether something was found that leaves no usable output.
    blocked: bool,
}

impl Compilation {
    /// Whether nothing is wrong with a pipeline. If not even the project could be read as a whole, nobody knows.
    pub fn is_good(&self, pipeline: &PipelineOutcome) -> bool {
        let readable = self.phases.iter().all(|phase| phase.name == PIPELINES || !phase.failed);
        readable && pipeline.errors == 0 && pipeline.complete
    }

    /// Number of pipelines with which nothing is wrong.
    pub fn good_pipelines(&self) -> usize {
        self.pipelines.iter().filter(|pipeline| self.is_good(pipeline)).count()
    }

    /// Modules of all pipelines.
    pub fn files(&self) -> usize {
        self.pipelines.iter().map(|pipeline| pipeline.files).sum()
    }

    /// Adds a diagnostic, as the project takes it.
    pub fn push(&mut self, diagnostic: Diagnostic, sources: &SourceMap) {
        self.report.push(diagnostic);
        self.settle(sources);
    }

    /// Puts another report in the place of the one that was found, for example one of several compiles.
    pub fn replace_report(&mut self, report: Report) {
        self.settled = report.diagnostics.len();
        self.report = report;
    }

    /// Takes what was found since the last call as the project wants it.
    fn settle(&mut self, sources: &SourceMap) {
        self.blocked |= self.report.diagnostics.iter().skip(self.settled).any(Diagnostic::blocks);
        self.policy.apply(&mut self.report, self.settled, sources);
        self.settled = self.report.diagnostics.len();
    }

    /// Runs a phase.
    fn phase<T>(&mut self, name: &'static str, sources: &SourceMap, work: impl FnOnce(&mut Self) -> T) -> T {
        let (start, errors) = (Instant::now(), self.report.count(Severity::Error));
        let outcome = work(self);
        self.settle(sources);
        let failed = self.report.count(Severity::Error) > errors;
        self.phases.push(Phase { name, took: start.elapsed(), failed });
        outcome
    }
}

/// The work on a project with everything that it needs.
struct Work<'a> {
    sources: &'a Arc<SourceMap>,
    table: &'a Table,
    options: &'a CompileOptions,
    progress: &'a Progress,
    timings: &'a Timings,
}

/// What was found before anything is expanded.
struct Discovered {
    project: Project,
    /// The table of the project, if it is not the built-in one.
    table: Option<Table>,
    presets: Presets,
    collected: Collected,
    definitions: Vec<Definition>,
}

/// Compiles the project at the root of `sources`.
pub fn compile(
    sources: &Arc<SourceMap>,
    table: &Table,
    options: &CompileOptions,
    progress: &Progress,
    timings: &Timings,
) -> Compilation {
    let work = Work { sources, table, options, progress, timings };
    let mut compilation = Compilation::default();
    let discovered = compilation.phase("discover", sources, |compilation| {
        let discovered = work.discover(&mut compilation.report)?;
        compilation.policy = discovered.project.policy.clone();
        Some(discovered)
    });
    let Some(Discovered { project, table, presets, collected, definitions }) = discovered else {
        compilation.report.sort(sources);
        return compilation;
    };
    let work = Work { table: table.as_ref().unwrap_or(work.table), ..work };
    let chosen = compilation.phase("preflight", sources, |compilation| {
        let report = &mut compilation.report;
        timings.stage("preflight", || {
            preflight::check(&project, options, &collected, &definitions, report);
            preflight::select(options, definitions, collected.incomplete, report)
        })
    });
    let files =
        compilation.phase(PIPELINES, sources, |compilation| work.generate(&project, presets, chosen, compilation));
    let root = output::root(&project, options, &mut compilation.report);
    timings.stage("report", || {
        compilation.settle(sources);
        let everything = options.pipeline.is_none() && project.files.complete;
        if everything && !compilation.blocked {
            compilation.report.append(project.policy.faults(sources));
        }
        let report = &mut compilation.report;
        report.sort(sources);
        report.gather_repeats(&[&UNRESOLVED_TOKEN, &UNDEFINED_VARIABLE, &COLLECTION_TOKEN]);
        preflight::fold_unknown_environment(&project, report);
    });
    if compilation.report.has_errors() {
        compilation.unplanned = files;
    } else if options.formatting != Formatting::Discarded {
        compilation.plan = output::plan(root, files, options);
    }
    compilation
}

impl Work<'_> {
    /// Reads the project. None if nothing can be said about it.
    fn discover(&self, report: &mut Report) -> Option<Discovered> {
        let timings = self.timings;
        self.progress.phase("discover", None);
        let project =
            timings.stage("project", || Project::open(self.sources.clone(), &self.options.project, report))?;
        let plugins = &self.options.project.plugins;
        let table = timings.stage("plugins", || plugin::load(&project, self.table, plugins, report));
        let presets = timings.stage("presets", || Presets::load(&project, report));
        let mut collected = timings.stage("read and parse", || collect(&project, report));
        let mut definitions = std::mem::take(&mut collected.flowgroups);
        definitions.extend(timings.stage("blueprints", || blueprint::expand(&collected, report)));
        Some(Discovered { project, table, presets, collected, definitions })
    }

    /// Compiles the chosen flowgroups, and gives files by path.
    fn generate(
        &self,
        project: &Project,
        presets: Presets,
        chosen: Vec<Definition>,
        compilation: &mut Compilation,
    ) -> BTreeMap<String, String> {
        self.progress.phase("generate", Some(chosen.len()));
        let shared = Shared {
            project,
            presets,
            templates: Templates::new(project),
            columns: MetadataColumns::of(project),
            tests: self.options.tests,
        };
        let source = Source { environment: &project.environment, sources: &project.sources };
        let templates = emit::Templates::embedded();
        let formatted = self.options.formatting == Formatting::AsProject && project.formats();
        let layout = if formatted { Layout::Formatted } else { Layout::AsWritten };
        let modules = Modules::new(layout);
        let proven = ProvenCode::default();
        let run = pipelines::Run {
            surroundings: module::Surroundings {
                shared: &shared,
                table: self.table,
                templates: &templates,
                modules: &modules,
                source: &source,
                proven: &proven,
                flowgroups: self.options.flowgroups,
                timings: self.timings,
            },
            hooks: hook::Surroundings {
                project,
                source: &source,
                templates: &templates,
                tests: self.options.tests,
                layout,
            },
            all_read: !compilation.blocked && project.files.complete && self.options.flowgroups == Flowgroups::Whole,
            formatting: self.options.formatting,
            progress: self.progress,
        };
        let compiled = self.timings.stage("pipelines", || run.compile(chosen));
        let (mut outcomes, mut files, mut spellings) = (Vec::new(), BTreeMap::new(), Vec::new());
        for pipeline in compiled {
            outcomes.push(pipeline.outcome);
            compilation.report.append(pipeline.report);
            compilation.blocked |= !pipeline.usable;
            files.extend(pipeline.files);
            spellings.extend(pipeline.spellings);
        }
        // These findings were settled pipeline by pipeline.
        compilation.settled = compilation.report.diagnostics.len();
        let report = &mut compilation.report;
        compare_spellings(&spellings, &mut outcomes, report);
        let spelt_alike = report.diagnostics.iter().skip(compilation.settled).all(|found| !found.blocks());
        let whole_project = run.all_read && !compilation.blocked && spelt_alike && self.options.pipeline.is_none();
        hook::check(&run.hooks, whole_project.then_some(&files), report);
        compilation.pipelines = outcomes;
        files
    }
}

/// Compares pipelines whose names are written in several ways, and makes what is found count against them.
fn compare_spellings(spellings: &[Spelling], outcomes: &mut [PipelineOutcome], report: &mut Report) {
    let from = report.diagnostics.len();
    let faulty = spelling::check(spellings, report);
    let first = report.diagnostics.iter().skip(from).find(|found| found.is_error());
    let first = first.map(|found| (found.rule, found.message.clone()));
    for outcome in outcomes.iter_mut().filter(|outcome| faulty.contains(&outcome.name.as_str())) {
        outcome.errors += 1;
        outcome.first_error = outcome.first_error.take().or_else(|| first.clone());
    }
}
