//! What a plugin provides: one entry of `provides` per capability.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::lax::Free;
use crate::plugin::Kind;

/// What keys are made of, in words.
pub(crate) const KEY: &str = "a word of at most 64 letters, digits, `_`, `-` and `.` that begins with a letter or `_`";

/// Whether a text can be the key of a capability or of settings.
pub(crate) fn is_key(text: &str) -> bool {
    let may_begin = |first: char| first.is_ascii_alphabetic() || first == '_';
    let may_follow = |other: char| other.is_ascii_alphanumeric() || matches!(other, '_' | '-' | '.');
    text.len() <= 64 && text.starts_with(may_begin) && text.chars().all(may_follow)
}

/// One capability of a plugin. Which keys count depends on its kind.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Provision {
    /// What the capability is for.
    pub kind: Kind,
    /// The name by which a project asks for it. That of a `write` may begin with `sink/`, before the word that stands under
    /// `sink_type`.
    #[schemars(length(max = 64), pattern(r"^(sink/)?[A-Za-z_][A-Za-z0-9_.-]*$"), extend("x-lhp-expects" = KEY))]
    pub key: String,
    /// What the runtime starts with: a template, a function, a class or a symbol.
    pub entry: Option<String>,
    /// Name to show.
    pub title: Option<String>,
    /// What it does, in one line.
    pub description: Option<String>,
    /// Version of the plugin that first had it.
    pub since: Option<String>,
    /// What to use instead.
    pub deprecated: Option<Deprecation>,
    /// JSON Schema of the settings, inline or the name of a file.
    pub schema: Option<SchemaSource>,
    /// Files with examples.
    #[serde(default)]
    pub examples: Vec<String>,
    /// `load`: how rows can be read; the first one is the default.
    #[serde(default)]
    pub modes: Vec<ReadMode>,
    /// `load`: whether `source` may be plain text.
    #[serde(default)]
    pub source_string: bool,
    /// Whether operational metadata columns are added to the generated function.
    #[serde(default)]
    pub operational_metadata: bool,
    /// Whether the generated code may hold statements outside functions.
    #[serde(default)]
    pub raw: bool,
    /// JSON pointers of settings that name project files whose content is passed.
    #[serde(default)]
    pub files: Vec<String>,
    /// JSON pointers of settings that name tables that are read.
    #[serde(default)]
    pub reads: Vec<String>,

    /// `hook`: when it runs.
    pub phase: Option<HookPhase>,
    /// `hook`: names of events, or `prefix.*`.
    #[serde(default)]
    pub events: Vec<String>,
    /// `hook`: which of these events.
    #[serde(default)]
    pub filters: EventFilters,
    /// `hook`: lower ones run first; 100 by default.
    pub priority: Option<i64>,
    /// `hook`: what becomes of the run when it fails.
    pub failure_policy: Option<FailurePolicy>,
    /// `hook`: whether the run waits for it.
    pub mode: Option<EventMode>,
    /// `hook`: how many events it takes at once.
    pub batch: Option<Batch>,

    /// `reader`, `writer`: the interface of the class.
    pub contract: Option<String>,
    /// `reader`: what is generated.
    pub emit: Option<String>,
    /// `reader`: columns with their types.
    #[serde(default)]
    pub output_schema: IndexMap<String, String>,
    /// `reader`: what else the class can do.
    #[serde(default)]
    pub supports: Vec<String>,
    /// `reader`: JSON pointer of a list; each element is read by a task of its own.
    pub partition_by: Option<String>,
    /// `writer`: rows per batch.
    pub batch_size: Option<u64>,
    /// `quality_check`: `expression`, `sql` or `python`. `form`: the file that describes the form.
    pub form: Option<String>,
    /// `quality_check`: JSON Schema of the parameters.
    pub params: Option<SchemaSource>,
    /// `quality_check`: SQL predicate of a bad row.
    pub violation: Option<String>,
    /// `quality_check`: JSON pointer of the columns.
    pub columns: Option<String>,
    /// `quality_check`: `error` or `warn`.
    pub severity: Option<String>,
    /// `service`: the file that describes the container.
    pub definition: Option<String>,
    /// `semantic_model`: files with models.
    pub models: Option<String>,
    /// `cli`: JSON Schema of the arguments.
    pub args: Option<SchemaSource>,
    /// `orchestrator`: files that it writes.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// `form`: the table that the settings are stored in.
    pub table: Option<Free>,
    /// `catalog`: engines that it is written for.
    #[serde(default)]
    pub targets: Vec<String>,
    /// `catalog`: file with the properties.
    pub properties: Option<String>,
}

/// A JSON Schema, inline or in a file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SchemaSource {
    /// Name of a file in the directory of the plugin.
    File(String),
    /// The schema itself.
    Inline(Free),
}

/// What to use instead of a capability.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Deprecation {
    /// Version of the plugin since which it should not be used.
    pub since: Option<String>,
    /// What to use instead.
    #[serde(rename = "use")]
    pub replacement: Option<String>,
    /// Version of the plugin that will not have it any more.
    pub remove_in: Option<String>,
}

/// How rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReadMode {
    /// Once, as they are.
    Batch,
    /// As they come.
    Stream,
}

impl ReadMode {
    /// The value of `readMode`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Stream => "stream",
        }
    }
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookPhase {
    /// While code is generated.
    #[default]
    Compile,
    /// While the pipeline runs.
    Runtime,
}

/// Which events a hook is given. An empty list lets everything through.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EventFilters {
    /// Patterns of pipelines.
    #[serde(default)]
    pub pipelines: Vec<String>,
    /// Patterns of flowgroups.
    #[serde(default)]
    pub flowgroups: Vec<String>,
    /// Names of environments.
    #[serde(default)]
    pub envs: Vec<String>,
    /// Patterns of tables.
    #[serde(default)]
    pub asset_keys: Vec<String>,
    /// Tags, all of which an event must have.
    #[serde(default)]
    pub tags: IndexMap<String, String>,
}

/// What becomes of the run when a hook fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailurePolicy {
    /// Nothing.
    Ignore,
    /// A warning.
    #[default]
    Log,
    /// An error.
    Fail,
    /// Another word for `fail`.
    Raise,
}

/// Whether the run waits for a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventMode {
    /// It does.
    #[default]
    Sync,
    /// It goes on, and waits at its end.
    Async,
}

/// How many events a hook takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Batch {
    /// At most so many.
    #[schemars(range(min = 1))]
    pub max: usize,
    /// How long events may wait for others (ms).
    pub wait_ms: Option<u64>,
}
