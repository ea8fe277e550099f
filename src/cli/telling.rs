//! How a command tells what it found: to people on standard error, to machines on standard output.

use std::path::Path;

use super::arguments::{Common, DiffFormat, Limit};
use super::session::variable;
use crate::compile::Compilation;
use crate::report::Report;
use crate::report::output::{Context, Format, document};
use crate::source::SourceMap;

/// The form of the findings of a command.
#[derive(Debug, Default)]
pub struct Telling {
    pub format: Format,
    context: Context,
}

impl Telling {
    /// For `generate` and `validate`.
    pub fn new(command: &'static str, environment: &str, common: &Common) -> Self {
        let context = Context { strict: common.strict, ..context(command, environment, &common.limit) };
        Self { format: common.format, context }
    }

    /// For `diff`.
    pub fn of_differences(environment: &str, format: DiffFormat, limit: &Limit) -> Self {
        let format = match format {
            DiffFormat::Human => Format::Human,
            DiffFormat::Json => Format::Json,
        };
        Self { format, context: context("diff", environment, limit) }
    }

    /// How many errors are shown.
    pub fn max_errors(&self) -> Option<usize> {
        self.context.max_errors
    }

    /// What is known about the run when it is over.
    pub fn context(&self, compilation: &Compilation, success: bool) -> Context {
        let pipelines = compilation.pipelines.iter();
        Context {
            success,
            pipelines: pipelines.map(|pipeline| (pipeline.name.clone(), pipeline.flowgroups.clone())).collect(),
            modules: compilation.files(),
            ..self.context.clone()
        }
    }

    /// The document for standard output of a run that ended before there was anything to tell but errors.
    pub fn early(&self, report: &Report, sources: &SourceMap) -> String {
        self.document(report, sources, Context { success: false, ..self.context.clone() })
    }

    /// The document for standard output; empty for people.
    pub fn document(&self, report: &Report, sources: &SourceMap, context: Context) -> String {
        let prefix = repository_prefix(sources.root(), variable("GITHUB_WORKSPACE").as_deref());
        document(self.format, report, sources, &Context { prefix, ..context })
    }
}

fn context(command: &'static str, environment: &str, limit: &Limit) -> Context {
    Context {
        command,
        environment: environment.to_owned(),
        max_errors: (limit.max_errors > 0).then_some(limit.max_errors),
        ..Context::default()
    }
}

/// The path from the checkout of a CI job to the project, for readers that know only the checkout.
fn repository_prefix(root: &Path, workspace: Option<&str>) -> String {
    let workspace = workspace.and_then(|path| std::fs::canonicalize(path).ok());
    let below = workspace.as_deref().and_then(|workspace| root.strip_prefix(workspace).ok());
    let parts = below.into_iter().flat_map(Path::components);
    parts.map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect()
}
