//! The compiler: a project goes in; a plan, diagnostics and a summary come out. Nothing is written.

mod artifacts;
mod batches;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod helpers;
pub(crate) mod module;
mod names;
mod output;
mod pipelines;
pub(crate) mod preflight;
mod proven;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};
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
use crate::model::OnError;
use crate::plan::{Plan, Prune};
use crate::plugin::cache::Gathered;
use crate::plugin::events::{Collector, Event, Hooks, Target, now};
use crate::plugin::{self, Table};
use crate::project::{Project, ProjectOptions};
use crate::report::policy::Policy;
use crate::report::{Diagnostic, Progress, Report, Rule, Severity, Timings};
use crate::source::SourceMap;

use artifacts::Artifacts;
use proven::ProvenCode;

pub use events::RunKind;
pub(crate) use events::totals;
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
    /// Which events are collected, if a hook wants some.
    pub run: RunKind,
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
    /// The hooks of the project, if it has some and the run collects events.
    pub hooks: Option<Arc<Hooks>>,
    /// What happened, in the order in which hooks are told.
    pub events: Vec<Event>,
    /// The tables that are written, if somebody wants to know.
    pub targets: Vec<Target>,
    /// What plugins answered and what can be answered without them from now on, if somebody wants to keep it.
    pub results: Option<Gathered>,
    /// What becomes of pipelines without errors if others have some.
    on_error: OnError,
    /// Whether there is an error that is not one of a pipeline.
    common_error: bool,
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
        let mut report = Report::default();
        report.push(diagnostic);
        self.add(report, sources);
    }

    /// Adds what was found after the compile, as the project takes it. A pipeline that an error is about fails, and its
    /// files are not planned any more.
    pub fn add(&mut self, report: Report, sources: &SourceMap) {
        let from = self.settled;
        self.report.append(report);
        self.settle(sources);
        let errors: Vec<(Option<Arc<str>>, &'static Rule, String)> = self
            .report
            .diagnostics
            .iter()
            .skip(from)
            .filter(|found| found.is_error())
            .map(|found| (found.subject.pipeline.clone(), found.rule, found.message.clone()))
            .collect();
        for (pipeline, rule, message) in errors {
            let outcome = self.pipelines.iter_mut().find(|outcome| Some(outcome.name.as_str()) == pipeline.as_deref());
            let Some(outcome) = outcome else {
                self.common_error = true;
                continue;
            };
            outcome.errors += 1;
            outcome.first_error.get_or_insert((rule, message));
            let name = outcome.name.clone();
            self.forget(&name);
        }
    }

    /// Takes the files of a pipeline out of the plan, so that those on disk are kept.
    fn forget(&mut self, pipeline: &str) {
        // Whose files those beside the pipelines are, is not known any more.
        self.plan.trees.truncate(1);
        for tree in &mut self.plan.trees {
            tree.files.retain(|file| file.path.split_once('/').is_none_or(|(directory, _)| directory != pipeline));
            match &mut tree.prune {
                Prune::Everything => tree.prune = Prune::AllBut([pipeline.to_owned()].into()),
                Prune::AllBut(kept) => drop(kept.insert(pipeline.to_owned())),
                Prune::Directories(directories) => drop(directories.remove(pipeline)),
            }
        }
    }

    /// Whether the plan may be applied: there is no error, or every error is one of a pipeline, and the project wants
    /// the other pipelines to be written.
    pub fn may_write(&self) -> bool {
        !self.report.has_errors() || (self.isolates() && self.good_pipelines() > 0)
    }

    fn isolates(&self) -> bool {
        self.on_error == OnError::Isolate && !self.common_error
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
    collector: &'a Collector,
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
    let start = now();
    let silent = Collector::default();
    let work = Work { sources, table, options, progress, timings, collector: &silent };
    let mut compilation = Compilation::default();
    let discovered = compilation.phase("discover", sources, |compilation| {
        let discovered = work.discover(&mut compilation.report)?;
        compilation.policy = discovered.project.policy.clone();
        let plugins = discovered.project.loaded.settings.plugins.as_ref();
        compilation.on_error = plugins.and_then(|plugins| plugins.on_error).unwrap_or_default();
        let table = discovered.table.as_ref().unwrap_or(table);
        let plugins = &options.project.plugins;
        let hooks = Hooks::of(&discovered.project, table, plugins, &mut compilation.report);
        compilation.hooks = hooks.filter(|_| options.run != RunKind::Silent).map(Arc::new);
        Some(discovered)
    });
    let Some(Discovered { project, table, presets, collected, definitions }) = discovered else {
        compilation.report.sort(sources);
        return compilation;
    };
    let collector = compilation.hooks.as_ref().map_or(silent.clone(), |hooks| hooks.collector());
    let work = Work { table: table.as_ref().unwrap_or(work.table), collector: &collector, ..work };
    let chosen = compilation.phase("preflight", sources, |compilation| {
        let report = &mut compilation.report;
        timings.stage("preflight", || {
            preflight::check(&project, options, &collected, &definitions, report);
            preflight::select(options, definitions, collected.incomplete, report)
        })
    });
    compilation.common_error = compilation.report.has_errors();
    let (files, artifacts, traces) =
        compilation.phase(PIPELINES, sources, |compilation| work.generate(&project, presets, chosen, compilation));
    compilation.results = work.table.results().map(|results| results.gathered());
    let before = compilation.report.count(Severity::Error);
    let root = output::root(&project, options, &mut compilation.report);
    compilation.common_error |= compilation.report.count(Severity::Error) > before;
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
        compilation.settled = compilation.report.diagnostics.len();
    });
    if compilation.hooks.is_some() {
        events::gather(options.run, start, traces, &mut compilation, &collector);
    }
    let failed: BTreeSet<String> = match compilation.report.has_errors() && compilation.may_write() {
        true => {
            let failed = compilation.pipelines.iter().filter(|pipeline| !compilation.is_good(pipeline));
            failed.map(|pipeline| pipeline.name.clone()).collect()
        }
        false => BTreeSet::new(),
    };
    if !compilation.may_write() {
        compilation.unplanned = files;
    } else if options.formatting != Formatting::Discarded {
        let of_failed = |path: &str| path.split_once('/').is_some_and(|(directory, _)| failed.contains(directory));
        let (unplanned, planned) = files.into_iter().partition(|(path, _)| of_failed(path));
        compilation.unplanned = unplanned;
        let tree = artifacts.tree(&project, options, failed.is_empty());
        compilation.plan = output::plan(root, planned, options, failed);
        compilation.plan.trees.extend(tree);
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

    /// Compiles the chosen flowgroups, and gives files by path and what is kept of pipelines.
    fn generate(
        &self,
        project: &Project,
        presets: Presets,
        chosen: Vec<Definition>,
        compilation: &mut Compilation,
    ) -> (BTreeMap<String, String>, Artifacts, Vec<events::PipelineTrace>) {
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
                collector: self.collector,
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
        let mut artifacts = Artifacts::default();
        let mut traces = Vec::new();
        for pipeline in compiled {
            let good = pipeline.outcome.errors == 0 && pipeline.outcome.complete;
            outcomes.push(pipeline.outcome);
            compilation.report.append(pipeline.report);
            compilation.blocked |= !pipeline.usable;
            files.extend(pipeline.files);
            if good {
                let before = compilation.report.diagnostics.len();
                artifacts.extend(pipeline.artifacts, &mut compilation.report);
                compilation.common_error |= compilation.report.diagnostics.len() > before;
            }
            spellings.extend(pipeline.spellings);
            traces.push(pipeline.trace);
        }
        // These findings were settled pipeline by pipeline.
        compilation.settled = compilation.report.diagnostics.len();
        let report = &mut compilation.report;
        compare_spellings(&spellings, &mut outcomes, report);
        let spelt_alike = report.diagnostics.iter().skip(compilation.settled).all(|found| !found.blocks());
        let whole_project = run.all_read && !compilation.blocked && spelt_alike && self.options.pipeline.is_none();
        let before = report.count(Severity::Error);
        hook::check(&run.hooks, whole_project.then_some(&files), report);
        compilation.common_error |= report.count(Severity::Error) > before;
        if self.collector.is_on() {
            traces.iter_mut().zip(&outcomes).for_each(|(trace, outcome)| trace.end(outcome, self.collector));
        }
        compilation.pipelines = outcomes;
        (files, artifacts, traces)
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
