//! What `generate` and `validate` share: compile, then tell how it went.

use std::path::Path;
use std::time::Instant;

use super::arguments::Common;
use super::session::Session;
use super::{Exit, output};
use crate::compile::{Compilation, CompileOptions, PIPELINES, PipelineOutcome, compile};
use crate::expand::Tests;
use crate::plugin::Table;
use crate::project::{Caching, ProjectOptions, Scope, Verification, read_diagnostic, read_documents};
use crate::report::output::{Change, Context};
use crate::report::summary::{self, Outcome, Totals, counted};
use crate::report::{Diagnostic, Progress, Report, Rule, Severity, Timings, Warnings, rules};
use crate::source::Span;

rules! {
    /// A pipeline config was given with `--pipeline-config`, and nothing that it decides is generated
    /// by this version.
    ///
    /// ## Why
    /// The file holds settings for bundle resources and wheels. Whoever passes it expects them to be
    /// written.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e dev --pipeline-config config/pipelines.yaml
    /// ```
    ///
    /// ## Right
    /// Write bundle resources and wheels with the tool that you used so far, and the Python files with
    /// ```sh
    /// lhp generate -e dev
    /// ```
    pub static CONFIG_NOT_USED: Rule = Rule::new("LHP-CFG-087", "pipeline-config-not-used").warning();
    /// The file that is named with `--pipeline-config` does not exist.
    ///
    /// ## Why
    /// The path is relative to the project root, where `lhp.yaml` stands, and not to the current
    /// directory. To go on without the file would hide a misspelt path.
    ///
    /// ## Wrong
    /// ```sh
    /// cd config && lhp generate -e dev --pipeline-config pipelines.yaml
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp generate -e dev --pipeline-config config/pipelines.yaml
    /// ```
    pub static MISSING_CONFIG: Rule = Rule::new("LHP-IO-001", "missing-pipeline-config");
    /// The command line asks for sandbox mode, which this version does not have.
    ///
    /// ## Why
    /// In sandbox mode tables get personal names. To go on without it would generate pipelines that
    /// write into the tables of everybody.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e dev --sandbox
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp generate -e dev --pipeline bronze
    /// ```
    pub static NOT_AVAILABLE: Rule = Rule::new("LHP-CFG-088", "not-available");
    /// The project is a Databricks asset bundle, with a `databricks.yml`, and this version does not
    /// write bundle resources.
    ///
    /// ## Why
    /// Whoever runs the command in a bundle expects that its resources fit the pipelines afterwards.
    /// New pipelines would not be deployed.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e dev
    /// ```
    ///
    /// ## Right
    /// Keep writing bundle resources with the tool that you used so far. If nothing about them has
    /// changed, say so:
    /// ```sh
    /// lhp generate -e dev --no-bundle
    /// ```
    pub static BUNDLE_NOT_SYNCED: Rule = Rule::new("LHP-CFG-087", "bundle-not-synced").warning();
}

/// A compile in progress.
pub struct Run<'a> {
    pub session: &'a Session,
    pub common: &'a Common,
    pub progress: Progress,
    pub timings: Timings,
    pub start: Instant,
}

impl<'a> Run<'a> {
    /// Starts the clock.
    pub fn new(session: &'a Session, common: &'a Common) -> Self {
        Self {
            session,
            common,
            progress: session.progress(common.no_progress),
            timings: if common.timings { Timings::on() } else { Timings::off() },
            start: Instant::now(),
        }
    }

    /// The options of the project that come from the process and the command line.
    pub fn project_options(&self, environment: &str) -> ProjectOptions {
        let mut options = self.session.options_with(environment, &self.common.plugins);
        if self.common.verify_plugins {
            options.plugins.verification = Verification::Twice;
        }
        if !self.common.no_cache {
            options.plugins.caching = Caching::On;
        }
        options
    }

    /// Checks what the command line names, before the project is read. Gives remarks on it.
    pub fn check_arguments(&self) -> Result<Report, Exit> {
        let mut report = Report::default();
        if let Some(path) = &self.common.pipeline_config {
            self.check_pipeline_config(path, &mut report);
        }
        if self.common.sandbox {
            report.push(
                Diagnostic::error(&NOT_AVAILABLE, "sandbox mode is not available in this version")
                    .help("run without `--sandbox`, or name a pipeline with `--pipeline`"),
            );
        }
        if report.has_errors() {
            return Err(self.session.give_up(&report));
        }
        Ok(report)
    }

    fn check_pipeline_config(&self, path: &Path, report: &mut Report) {
        let sources = &self.session.sources;
        match sources.missing(path) {
            Some(error) if error.problem.is_absence() => report.push(
                read_diagnostic(&MISSING_CONFIG, &error)
                    .help("give the path of a pipeline config, relative to the project root"),
            ),
            // What the documents say is not used, but a file that is no YAML was certainly not meant so.
            _ => drop(read_documents(sources, path, report)),
        }
    }

    /// Compiles, and tells about phases and pipelines.
    pub fn compile(&self, table: &Table, mut options: CompileOptions, remarks: Report) -> Compilation {
        if self.common.include_tests {
            options.tests = Tests::Included;
        }
        let mut compilation = compile(&self.session.sources, table, &options, &self.progress, &self.timings);
        // A file that is being typed has many states that nobody asks for again.
        if options.project.scope == Scope::Project {
            self.keep_results(&mut compilation);
        }
        compilation.report.append(remarks);
        if !self.common.no_bundle && self.session.sources.root().join("databricks.yml").is_file() {
            let warning = Diagnostic::warning(&BUNDLE_NOT_SYNCED, "the resources of the asset bundle were not synced")
                .help("this version does not write bundle resources; pass `--no-bundle` if that is fine");
            let bundle = self.session.sources.load(Path::new("databricks.yml"));
            compilation.push(
                match bundle {
                    Ok(file) => warning.label(Span::start_of(file), "this makes the project a bundle"),
                    Err(_) => warning,
                },
                &self.session.sources,
            );
        }
        if self.common.pipeline_config.is_some() {
            compilation.push(
                Diagnostic::warning(&CONFIG_NOT_USED, "the settings of pipelines are not used by this version").help(
                    "it writes neither bundle resources nor wheels; generate those with the tool that you used so far",
                ),
                &self.session.sources,
            );
        }
        self.progress.finish();
        compilation
    }

    /// Writes down what plugins answered, for the next run.
    fn keep_results(&self, compilation: &mut Compilation) {
        let Some(results) = compilation.results.take() else { return };
        if results.hits > 0 {
            self.session.debug(&format!("{} answered without plugins", counted(results.hits, "request")));
        }
        if !results.is_empty() {
            // The next run does without them.
            if let Err(error) = self.timings.stage("keep results of plugins", || results.write()) {
                let told = format!("results of plugins are not kept: {error}");
                match error.kind() {
                    // A directory that cannot be written is no mistake; a link out of the project is one.
                    std::io::ErrorKind::Other => self.session.line(&format!("warning: {told}")),
                    _ => self.session.debug(&told),
                }
            }
        }
    }

    /// The lines about phases and pipelines. `work` is what compiling the pipelines is called, and `files` says with
    /// how many files a good pipeline is listed; none if it is not.
    ///
    /// After a phase that failed, another one counts only for what it found; what it made is not used.
    pub fn print_progress(
        &self,
        compilation: &Compilation,
        work: &str,
        files: impl Fn(&PipelineOutcome) -> Option<usize>,
    ) {
        let style = self.session.style;
        let mut failed = false;
        for phase in compilation.phases.iter() {
            let outcome = if phase.failed { Outcome::Failed } else { Outcome::Done };
            if phase.failed || !failed {
                let name = if phase.name == PIPELINES { work } else { phase.name };
                self.session.line(&summary::phase(name, outcome, phase.took, style));
            }
            failed |= phase.failed;
        }
        for pipeline in &compilation.pipelines {
            if let Some((rule, message)) = &pipeline.first_error {
                self.session.line(&summary::pipeline_failed(&pipeline.name, rule, message, style));
            } else if let Some(files) = files(pipeline).filter(|_| compilation.is_good(pipeline)) {
                self.session.line(&summary::pipeline_done(&pipeline.name, files, style));
            }
        }
    }

    /// Numbers for the closing line.
    pub fn totals(&self, compilation: &Compilation) -> Totals {
        Totals {
            pipelines: compilation.good_pipelines(),
            files: compilation.files(),
            warnings: compilation.report.count(Severity::Warning),
            failed: compilation.report.count(Severity::Error),
            took: self.start.elapsed(),
        }
    }

    /// Diagnostics, the table of stages, and the exit code. `changes` says what was done to the disk.
    pub fn finish(&self, compilation: &mut Compilation, changes: Vec<Change>) -> Exit {
        compilation.report.sort(&self.session.sources);
        let report = &compilation.report;
        let warnings = if self.common.show_details { Warnings::Detailed } else { Warnings::Grouped };
        self.session.print_report(report, warnings);
        if self.common.timings {
            self.session.line(self.timings.render().trim_end());
        }
        let strict = self.common.strict && report.count(Severity::Warning) > 0;
        if strict && !report.has_errors() {
            self.session.line("warnings count as errors because of --strict");
        }
        let exit = if report.has_errors() || strict { Exit::Findings } else { Exit::Success };
        let telling = &self.session.telling;
        let context = Context { changes, ..telling.context(compilation, exit == Exit::Success) };
        output::stdout(&telling.document(report, &self.session.sources, context));
        exit
    }
}

/// A path for people: relative to the root where it lies below it.
pub fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
