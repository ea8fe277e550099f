//! The compiler: a project goes in; a plan, diagnostics and a summary come out. Nothing is written.

mod helpers;
mod module;
mod preflight;
mod resolve;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::check;
use crate::emit;
use crate::expand::collect::collect;
use crate::expand::metadata::MetadataColumns;
use crate::expand::preset::Presets;
use crate::expand::substitution::{COLLECTION_TOKEN, Source, UNDEFINED_VARIABLE, UNRESOLVED_TOKEN};
use crate::expand::template::Templates;
use crate::expand::{Definition, Resolved, Shared, Tests, blueprint};
use crate::generator::hook;
use crate::generator::python_module::{Layout, Modules};
use crate::plan::{OutputTree, Ownership, Plan, PlannedFile, Prune};
use crate::plugin::Table;
use crate::project::{Project, ProjectOptions};
use crate::report::{Progress, Report, Rule, Severity, Subject, Timings};
use crate::source::SourceMap;
use helpers::HelperFiles;

pub use helpers::DESTINATION_CONFLICT;
pub use module::Formatting;
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
}

/// How one pipeline went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineOutcome {
    /// The name as written.
    pub name: String,
    /// Modules that were generated.
    pub files: usize,
    pub errors: usize,
    /// Rule and message of the first error.
    pub first_error: Option<(&'static Rule, String)>,
}

/// How long a phase took and whether it found errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    pub name: &'static str,
    pub took: Duration,
    pub failed: bool,
}

/// The result of a compile.
#[derive(Debug, Default)]
pub struct Compilation {
    /// Empty if there are errors.
    pub plan: Plan,
    pub report: Report,
    pub pipelines: Vec<PipelineOutcome>,
    pub phases: Vec<Phase>,
}

impl Compilation {
    /// Pipelines without an error.
    pub fn good_pipelines(&self) -> usize {
        self.pipelines.iter().filter(|pipeline| pipeline.errors == 0).count()
    }

    /// Modules of all pipelines.
    pub fn files(&self) -> usize {
        self.pipelines.iter().map(|pipeline| pipeline.files).sum()
    }

    /// Ends a phase. It failed if there are errors and no earlier phase accounts for them.
    fn phase(&mut self, name: &'static str, start: Instant) {
        let failed = self.report.has_errors() && self.phases.iter().all(|phase| !phase.failed);
        self.phases.push(Phase { name, took: start.elapsed(), failed });
    }
}

/// What one flowgroup became.
struct Compiled {
    resolved: Option<Resolved>,
    module: Option<module::Module>,
    /// Name of the file as written, tokens included.
    file: String,
    report: Report,
}

/// What one pipeline became. Resolved flowgroups are not kept: they are needed by the checks of their pipeline only.
struct CompiledPipeline {
    outcome: PipelineOutcome,
    files: BTreeMap<String, String>,
    report: Report,
}

/// Compiles the project at the root of `sources`.
pub fn compile(
    sources: &Arc<SourceMap>,
    table: &Table,
    options: &CompileOptions,
    progress: &Progress,
    timings: &Timings,
) -> Compilation {
    let mut compilation = Compilation::default();
    let start = Instant::now();
    progress.phase("discover", None);
    let report = &mut compilation.report;
    let project = timings.stage("project", || Project::open(sources.clone(), &options.project, report));
    let Some(project) = project else {
        compilation.phase("discover", start);
        compilation.report.sort(sources);
        return compilation;
    };
    let presets = timings.stage("presets", || Presets::load(&project, report));
    let mut collected = timings.stage("read and parse", || collect(&project, report));
    let mut definitions = std::mem::take(&mut collected.flowgroups);
    definitions.extend(timings.stage("blueprints", || blueprint::expand(&collected, report)));
    compilation.phase("discover", start);

    let start = Instant::now();
    let report = &mut compilation.report;
    let chosen = timings.stage("preflight", || {
        preflight::check(&project, options, &collected, &definitions, report);
        preflight::select(options, definitions, collected.incomplete, report)
    });
    compilation.phase("preflight", start);

    let start = Instant::now();
    progress.phase("generate", Some(chosen.len()));
    let shared = Shared {
        project: &project,
        presets,
        templates: Templates::new(&project),
        columns: MetadataColumns::of(&project),
        tests: options.tests,
    };
    let all_read = !compilation.report.has_errors();
    let source = Source { environment: &project.environment, sources: &project.sources };
    let templates = emit::Templates::embedded();
    let formatted = options.formatting == Formatting::AsProject && project.formats();
    let layout = if formatted { Layout::Formatted } else { Layout::AsWritten };
    let modules = Modules::new(layout);
    let run = Run {
        surroundings: module::Surroundings {
            shared: &shared,
            table,
            templates: &templates,
            modules: &modules,
            source: &source,
            timings,
        },
        hooks: hook::Surroundings {
            project: &project,
            source: &source,
            templates: &templates,
            tests: options.tests,
            layout,
        },
        all_read,
        formatting: options.formatting,
        progress,
    };
    let pipelines = timings.stage("pipelines", || run.compile(chosen));
    let mut files = BTreeMap::new();
    for pipeline in pipelines {
        compilation.pipelines.push(pipeline.outcome);
        compilation.report.append(pipeline.report);
        files.extend(pipeline.files);
    }
    let whole_project = !compilation.report.has_errors() && options.pipeline.is_none();
    hook::check(&run.hooks, whole_project.then_some(&files), &mut compilation.report);
    compilation.phase("generate", start);

    let root = output_root(&project.root, options);
    let report = &mut compilation.report;
    // The conventional directory is ours, unless it is a link to another one or holds files that this run reads.
    let linked = std::fs::symlink_metadata(&root).is_ok_and(|metadata| metadata.is_symlink());
    let read_from = project.sources.directories().iter().any(|directory| directory.starts_with(&root));
    if (options.output.is_some() || linked || read_from)
        && let Err(diagnostic) = crate::apply::check_output_root(&root, &project.root, &source_directories(&project))
    {
        report.push(diagnostic);
    }
    timings.stage("report", || {
        compilation.report.sort(sources);
        compilation.report.gather_repeats(&[&UNRESOLVED_TOKEN, &UNDEFINED_VARIABLE, &COLLECTION_TOKEN]);
        preflight::fold_unknown_environment(&project, &mut compilation.report);
    });
    if !compilation.report.has_errors() {
        compilation.plan = plan(root, files, options);
    }
    compilation
}

/// The parallel part of a compile.
struct Run<'a> {
    surroundings: module::Surroundings<'a>,
    hooks: hook::Surroundings<'a>,
    /// Whether every file of the project could be read, so that nothing is missing from a pipeline.
    all_read: bool,
    formatting: Formatting,
    progress: &'a Progress,
}

impl Run<'_> {
    /// Compiles all pipelines, in the order of their names.
    fn compile(&self, definitions: Vec<Definition>) -> Vec<CompiledPipeline> {
        let mut pipelines: BTreeMap<String, Vec<Definition>> = BTreeMap::new();
        for definition in definitions {
            pipelines.entry(definition.pipeline().to_owned()).or_default().push(definition);
        }
        let pipelines: Vec<_> = pipelines.into_iter().collect();
        pipelines.into_par_iter().map(|(name, members)| self.pipeline(name, members)).collect()
    }

    /// Compiles the flowgroups of one pipeline and checks them together.
    fn pipeline(&self, name: String, members: Vec<Definition>) -> CompiledPipeline {
        let mut members: Vec<Compiled> = members.into_par_iter().map(|definition| self.flowgroup(definition)).collect();
        let mut report = Report::default();
        for member in &mut members {
            report.append(std::mem::take(&mut member.report));
        }
        let resolved: Vec<&Resolved> = members.iter().filter_map(|member| member.resolved.as_ref()).collect();
        let complete = self.all_read && resolved.len() == members.len();
        check::pipeline::check(&resolved, complete, &mut report);
        let mut files = BTreeMap::new();
        let hook_files = hook::files(&resolved, &self.hooks, &mut report);
        files.extend(hook_files.into_iter().map(|file| (format!("{name}/{}", file.path), file.content)));
        let mut modules = 0;
        let mut helpers = HelperFiles::default();
        for member in members {
            if let Some(module) = member.module {
                modules += 1;
                files.insert(format!("{name}/{}.py", member.file), module.text);
                helpers.extend(module.helpers, &mut report);
            }
        }
        files.extend(helpers.into_files().map(|(path, content)| (format!("{name}/{path}"), content.to_string())));
        let errors = report.count(Severity::Error);
        report.sort(&self.surroundings.shared.project.sources);
        let first = report.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        let first_error = first.map(|diagnostic| (diagnostic.rule, diagnostic.message.clone()));
        CompiledPipeline { outcome: PipelineOutcome { name, files: modules, errors, first_error }, files, report }
    }

    /// Compiles one flowgroup.
    fn flowgroup(&self, definition: Definition) -> Compiled {
        let mut report = Report::default();
        let file = definition.flowgroup().to_owned();
        let place = definition.span();
        let subject = Subject {
            pipeline: Some(definition.pipeline().into()),
            flowgroup: Some(definition.flowgroup().into()),
            action: None,
        };
        let expand = || resolve::resolve(definition, &self.surroundings, &mut report);
        let resolved = self.surroundings.timings.parallel("expand and check", expand);
        let module = resolved
            .as_ref()
            .filter(|resolved| !resolved.actions.is_empty())
            .and_then(|resolved| module::build(place, resolved, &self.surroundings, self.formatting, &mut report));
        report.set_subject(0, &subject);
        self.progress.advance(&file);
        Compiled { resolved, module, file, report }
    }
}

fn plan(root: PathBuf, files: BTreeMap<String, String>, options: &CompileOptions) -> Plan {
    let files = files.into_iter().map(|(path, text)| PlannedFile { path, content: text.into_bytes() }).collect();
    let ownership = if options.output.is_some() { Ownership::Proven } else { Ownership::Convention };
    let prune = match &options.pipeline {
        Some(pipeline) => Prune::Directories([pipeline.clone()].into()),
        None => Prune::Everything,
    };
    Plan { trees: vec![OutputTree { root, ownership, prune, files }] }
}

/// Where generated files go.
pub fn output_root(project_root: &Path, options: &CompileOptions) -> PathBuf {
    match &options.output {
        Some(output) => project_root.join(output),
        None => project_root.join("generated").join(&options.project.environment),
    }
}

/// Directories that hold what a user wrote; nothing is ever generated into them.
fn source_directories(project: &Project) -> Vec<PathBuf> {
    let conventional = [
        "pipelines",
        "presets",
        "templates",
        "blueprints",
        "substitutions",
        "schemas",
        "expectations",
        "sql",
        "schema_transforms",
        "config",
        "resources",
        "src",
    ];
    let read = project.sources.directories();
    conventional.iter().map(|name| project.root.join(name)).filter(|path| path.is_dir()).chain(read).collect()
}
