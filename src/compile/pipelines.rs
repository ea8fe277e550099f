//! The parallel part of a compile: flowgroups go in, what became of each pipeline comes out, in the order of names.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::batches::{self, Ready};
use super::events::{FlowgroupTrace, Moments, PipelineTrace};
use super::files::Files;
use super::helpers::HelperFiles;
use super::module::{self, Formatting};
use super::{PipelineOutcome, resolve};
use crate::check;
use crate::check::spelling::Spelling;
use crate::expand::{Definition, Resolved};
use crate::generator::{ArtifactFile, hook};
use crate::plugin::events::now;
use crate::report::{Progress, Report, Severity, Subject};
use crate::source::Span;

/// A flowgroup before its module is built.
struct Expanded {
    resolved: Resolved,
    /// Name of the file as written, tokens included.
    file: String,
    /// Where the flowgroup is named.
    place: Span,
    subject: Subject,
    report: Report,
    /// When the work on it began (seconds since 1970); 0 if nobody wants to know.
    start: f64,
}

/// What one flowgroup became.
struct Compiled {
    resolved: Resolved,
    module: Option<module::Module>,
    /// Name of the file as written, tokens included.
    file: String,
    /// Where the flowgroup is named.
    place: Span,
    report: Report,
    trace: Option<FlowgroupTrace>,
}

/// What one pipeline became. Resolved flowgroups are not kept: they are needed by the checks of their pipeline only.
pub(super) struct CompiledPipeline {
    pub outcome: PipelineOutcome,
    pub files: BTreeMap<String, String>,
    /// Files beside the pipelines.
    pub artifacts: Vec<ArtifactFile>,
    pub spellings: Vec<Spelling>,
    pub report: Report,
    /// Whether nothing stands in the way of its output.
    pub usable: bool,
    pub trace: PipelineTrace,
}

/// The parallel part of a compile.
pub(super) struct Run<'a> {
    pub surroundings: module::Surroundings<'a>,
    pub hooks: hook::Surroundings<'a>,
    /// Whether every file of the project could be read, so that nothing is missing from a pipeline.
    pub all_read: bool,
    pub formatting: Formatting,
    pub progress: &'a Progress,
}

impl Run<'_> {
    /// Compiles all pipelines, in the order of their names.
    pub fn compile(&self, definitions: Vec<Definition>) -> Vec<CompiledPipeline> {
        let mut pipelines: BTreeMap<String, Vec<Definition>> = BTreeMap::new();
        for definition in definitions {
            pipelines.entry(definition.pipeline().to_owned()).or_default().push(definition);
        }
        let pipelines: Vec<_> = pipelines.into_iter().collect();
        pipelines.into_par_iter().map(|(name, members)| self.pipeline(name, members)).collect()
    }

    /// Compiles the flowgroups of one pipeline and checks them together.
    fn pipeline(&self, name: String, members: Vec<Definition>) -> CompiledPipeline {
        let collector = self.surroundings.collector;
        let mut trace = PipelineTrace::start(&name, collector);
        let flowgroups = members.iter().map(|member| member.flowgroup().to_owned()).collect();
        let members: Vec<Expanded> = members.into_par_iter().map(|definition| self.resolve(definition)).collect();
        let resolved: Vec<&Resolved> = members.iter().map(|member| &member.resolved).collect();
        let ready = batches::generate(&resolved, &self.surroundings);
        let mut members: Vec<Compiled> =
            members.into_par_iter().zip(ready).map(|(member, ready)| self.build(member, ready)).collect();
        let mut report = Report::default();
        let mut traces: Vec<FlowgroupTrace> = Vec::new();
        for member in &mut members {
            report.append(std::mem::take(&mut member.report));
            traces.extend(member.trace.take());
        }
        // Of flowgroups with one name, which were reported, only the first is compared with the others.
        let mut names = FxHashSet::default();
        let distinct: Vec<&Compiled> = members.iter().filter(|member| names.insert(member.file.as_str())).collect();
        let resolved: Vec<&Resolved> = distinct.iter().map(|member| &member.resolved).collect();
        let complete =
            self.all_read && distinct.len() == members.len() && resolved.iter().all(|flowgroup| flowgroup.complete);
        check::pipeline::check(&resolved, complete, &mut report);
        let whole = members.iter().all(|member| member.resolved.complete);
        let spelling = |member: &&Compiled| Spelling::of(&name, &member.file, member.place, &member.resolved);
        let spellings = distinct.iter().map(spelling).collect();
        let finished: Vec<&Resolved> = resolved.into_iter().filter(|flowgroup| flowgroup.complete).collect();
        trace.keep(&finished, collector);
        let hook_files = hook::files(&finished, &self.hooks, &mut report);
        let modules = members.iter().filter(|member| member.module.is_some()).count();
        let artifacts = members.iter_mut().filter_map(|member| member.module.as_mut());
        let artifacts = artifacts.flat_map(|module| std::mem::take(&mut module.artifacts)).collect();
        let files = self.files(&name, hook_files, members, &mut report);
        let usable = report.blocking() == 0;
        let project = self.surroundings.shared.project;
        project.policy.apply(&mut report, 0, &project.sources);
        let errors = report.count(Severity::Error);
        report.sort(&project.sources);
        trace.close(&traces, &report, project, collector);
        let first = report.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        let first_error = first.map(|diagnostic| (diagnostic.rule, diagnostic.message.clone()));
        let outcome = PipelineOutcome { name, flowgroups, files: modules, errors, first_error, complete: whole };
        CompiledPipeline { outcome, files, artifacts, spellings, report, usable, trace }
    }

    /// The files of one pipeline by path, from what its hooks and flowgroups became.
    fn files(
        &self,
        pipeline: &str,
        hook_files: Vec<hook::HookFile>,
        members: Vec<Compiled>,
        report: &mut Report,
    ) -> BTreeMap<String, String> {
        let mut files = Files::default();
        let mut helpers = HelperFiles::default();
        let mut clashes = Vec::new();
        let mut insert = |path: &str, content: String, place: Option<Span>| {
            clashes.extend(files.insert(format!("{pipeline}/{path}"), content, place).err());
        };
        for file in hook_files {
            insert(&file.path, file.content, file.span);
        }
        for member in members {
            if let Some(module) = member.module {
                insert(&format!("{}.py", member.file), module.text, Some(member.place));
                helpers.extend(module.helpers, report);
            }
        }
        for file in helpers.into_files() {
            insert(&file.path, file.content.to_string(), file.span);
        }
        // A flowgroup that is defined twice was reported with the definitions.
        if self.all_read {
            clashes.into_iter().for_each(|clash| report.push(*clash));
        }
        files.into_contents()
    }

    /// Resolves one flowgroup.
    fn resolve(&self, definition: Definition) -> Expanded {
        let mut report = Report::default();
        let start = if self.surroundings.collector.is_on() { now() } else { 0.0 };
        let file = definition.flowgroup().to_owned();
        let place = definition.span();
        let subject = Subject {
            pipeline: Some(definition.pipeline().into()),
            flowgroup: Some(definition.flowgroup().into()),
            action: None,
        };
        let expand = || resolve::resolve(definition, &self.surroundings, &mut report);
        let resolved = self.surroundings.timings.parallel("expand and check", expand);
        Expanded { resolved, file, place, subject, report, start }
    }

    /// Builds the module of one flowgroup, of whose actions some may be ready.
    fn build(&self, expanded: Expanded, ready: Ready) -> Compiled {
        let Expanded { resolved, file, place, subject, mut report, start } = expanded;
        let collector = self.surroundings.collector;
        let mut moments = Moments::new(collector);
        let module = Some(&resolved).filter(|resolved| !resolved.actions.is_empty()).and_then(|resolved| {
            module::build(place, resolved, &self.surroundings, self.formatting, ready, &mut moments, &mut report)
        });
        report.set_subject(0, &subject);
        let usable = module.is_some() || resolved.actions.is_empty();
        let trace = FlowgroupTrace::of(&file, start, &resolved, moments, usable, collector);
        self.progress.advance(&file);
        Compiled { resolved, module, file, place, report, trace }
    }
}
