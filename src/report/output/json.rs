//! One JSON document, whose types are the published schema `diagnostics`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Change, Context, Place, limited};
use crate::report::{Diagnostic, Label, Report, Severity, Subject};
use crate::source::SourceMap;

/// The version of the document. A field that goes or changes its meaning raises it; a new field does not.
const VERSION: u32 = 1;

/// What a run of `lhp validate`, `lhp generate` or `lhp diff` found, as printed with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Diagnostics of lhp")]
pub struct Document {
    /// Version of this form. New fields may appear without a new version.
    #[schemars(extend("const" = 1))]
    pub version: u32,
    pub tool: Tool,
    /// The command that was run: `validate`, `generate` or `diff`.
    pub command: String,
    /// Name of the environment.
    pub environment: String,
    pub summary: Summary,
    /// The findings in the order of files and places; those without a place come first.
    pub diagnostics: Vec<Finding>,
    /// Files that `generate` wrote or removed, or that `diff` says it would. In the order of their paths.
    pub changes: Vec<Change>,
}

/// The program.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// Numbers of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// Whether the exit code is 0.
    pub success: bool,
    /// All errors, those that are not listed included.
    pub errors: usize,
    pub warnings: usize,
    pub advice: usize,
    /// Errors that are not listed because of `--max-errors`.
    pub errors_not_listed: usize,
    /// Pipelines that were looked at.
    pub pipelines: usize,
    /// Flowgroups that were looked at.
    pub flowgroups: usize,
    /// Python modules that were generated or, for `validate`, could be.
    pub modules: usize,
}

/// One finding. Without a place, `file` and the numbers are absent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// The stable code, such as `LHP-CFG-010`.
    pub code: String,
    /// The name of the rule, unique within the code, such as `unresolved-token`.
    pub rule: String,
    /// A second code, under which Lakehouse Plumber reports the same fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The code that the plugin gave which found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin_code: Option<String>,
    pub severity: Severity,
    /// One sentence without a final stop.
    pub message: String,
    /// What to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The labelled places. The first one is the place of the finding.
    pub labels: Vec<Note>,
    /// How the value came to that place, latest step first.
    pub origins: Vec<Note>,
    pub subject: SubjectNames,
}

/// A place with what there is to say about it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Note {
    pub text: String,
    #[serde(flatten)]
    pub place: Place,
}

/// What a finding is about, as far as it is known.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SubjectNames {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flowgroup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

pub(super) fn document(report: &Report, sources: &SourceMap, context: &Context) -> String {
    let (told, hidden) = limited(report, context.max_errors);
    let document = Document {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        command: context.command.to_owned(),
        environment: context.environment.clone(),
        summary: Summary {
            success: context.success,
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            advice: report.count(Severity::Advice),
            errors_not_listed: hidden,
            pipelines: context.pipelines.len(),
            flowgroups: context.pipelines.iter().map(|(_, flowgroups)| flowgroups.len()).sum(),
            modules: context.modules,
        },
        diagnostics: told.into_iter().map(|diagnostic| finding(diagnostic, sources)).collect(),
        changes: context.changes.clone(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn finding(diagnostic: &Diagnostic, sources: &SourceMap) -> Finding {
    let notes = |labels: &[Label]| labels.iter().map(|label| note(label, sources)).collect();
    Finding {
        code: diagnostic.rule.code.to_owned(),
        rule: diagnostic.rule.name.to_owned(),
        family: diagnostic.rule.family.map(str::to_owned),
        plugin_code: diagnostic.detail.as_deref().map(str::to_owned),
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        place: diagnostic.labels.first().map(|label| Place::of(label.span, sources)),
        labels: notes(&diagnostic.labels),
        origins: notes(&diagnostic.origins),
        subject: names(&diagnostic.subject),
    }
}

fn note(label: &Label, sources: &SourceMap) -> Note {
    Note { text: label.text.clone(), place: Place::of(label.span, sources) }
}

fn names(subject: &Subject) -> SubjectNames {
    let name = |part: &Option<std::sync::Arc<str>>| part.as_deref().map(str::to_owned);
    SubjectNames {
        pipeline: name(&subject.pipeline),
        flowgroup: name(&subject.flowgroup),
        action: name(&subject.action),
    }
}
