//! Protocol 1.0 as types: what is published as its schema, and what every runtime but that of templates exchanges.
//!
//! Fields are only ever added. Both sides ignore those that they do not know.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::methods;
use crate::plugin::Kind;
use crate::plugin::events::{EventParams, EventResult};

/// The version of the protocol.
pub const VERSION: &str = "1.0";

/// Parameters of `generate`: one action.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GenerateParams {
    /// Kind of the capability.
    pub kind: Kind,
    /// Name of the capability.
    pub key: String,
    /// The `entry` of the capability.
    pub entry: String,
    /// The whole action after presets, templates and tokens.
    pub action: Json,
    /// The settings that the schema of the capability describes. Of a load, `source` without `type`; of a write,
    /// `write_target` without `type`; of a transform or test, the keys of the action that not every action may have.
    pub spec: Json,
    /// The settings under `plugins.config`.
    pub config: Json,
    /// Where the action stands.
    pub context: ContextParams,
    /// What the action reads.
    pub upstream: Vec<Upstream>,
    /// Contents of project files by path.
    pub files: BTreeMap<String, String>,
}

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ContextParams {
    /// Name of the project.
    pub project: Option<String>,
    /// Name of the environment.
    pub env: String,
    /// Name of the pipeline.
    pub pipeline: String,
    /// Name of the flowgroup.
    pub flowgroup: String,
    /// Name of the job that the flowgroup belongs to.
    pub job_name: Option<String>,
    /// Presets that the flowgroup lists.
    pub presets: Vec<String>,
    /// How rows are to be read: `batch` or `stream`.
    pub read_mode: String,
    /// Python expressions of the operational metadata columns of the action, by name. The host adds them if the
    /// capability says `operational_metadata: true`.
    pub operational_metadata: IndexMap<String, String>,
    /// What the code runs on.
    pub target: Platform,
}

/// What generated code runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Platform {
    /// The engine of the pipelines.
    pub engine: String,
    /// Version of Spark.
    pub spark: String,
}

impl Default for Platform {
    fn default() -> Self {
        Self { engine: "lakeflow".to_owned(), spark: "4.0".to_owned() }
    }
}

/// A view or table that an action reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Upstream {
    /// Its name.
    pub name: String,
    /// The action of the same flowgroup that defines it.
    pub action: Option<String>,
}

/// Result of `generate`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GenerateResult {
    /// Top-level Python statements.
    pub body: String,
    /// Import statements.
    pub imports: Vec<String>,
    /// Statements that must run before everything else in the module.
    pub pre_pipeline: Vec<String>,
    /// Python modules beside the generated one, as `custom_python_functions/<plugin>_<name>.py`.
    pub helpers: Vec<HelperResult>,
    /// Names that the body defines; the names that are found in it by default.
    pub defines: Option<Vec<String>>,
    /// Tables that are read.
    pub reads: Vec<String>,
    /// Tables that are written.
    pub writes: Vec<String>,
    /// Other files, below `artifacts/<env>/`.
    pub files: Vec<FileResult>,
    /// What the plugin has to say about the request.
    pub diagnostics: Vec<DiagnosticResult>,
    /// Project files that the answer depends on.
    pub depends_on_files: Vec<String>,
}

/// A Python module that a plugin brings along.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct HelperResult {
    /// A Python name.
    pub name: String,
    /// Python source.
    pub content: String,
}

/// A file that a plugin writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct FileResult {
    /// Relative to `artifacts/<env>/`, with `/` between its parts.
    pub path: String,
    /// Its text.
    pub content: String,
}

/// What a plugin has to say about a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct DiagnosticResult {
    /// How bad it is; an error by default.
    #[serde(default)]
    pub severity: SeverityResult,
    /// The plugin's own code, as in `S3-001`.
    #[serde(default)]
    pub code: Option<String>,
    /// One sentence.
    pub message: String,
    /// JSON pointer into the parameters, as in `/spec/format`.
    #[serde(default)]
    pub path: Option<String>,
    /// What to change.
    #[serde(default)]
    pub help: Option<String>,
}

/// Result of `validate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ValidateResult {
    /// What the plugin has to say about the actions.
    pub diagnostics: Vec<IndexedDiagnostic>,
}

/// What a plugin has to say about one of several actions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct IndexedDiagnostic {
    /// Position of the action in `specs`. Not needed if there is one action, or if `path` begins with it.
    #[serde(default)]
    pub index: Option<usize>,
    /// A finding whose `path` begins with `/specs/<index>`.
    #[serde(flatten)]
    pub finding: DiagnosticResult,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityResult {
    /// Nothing is written.
    #[default]
    Error,
    /// It works, but is probably wrong.
    Warning,
    /// It works, and looks like a mistake.
    #[serde(alias = "info", alias = "hint", alias = "note")]
    Advice,
}

/// Parameters of `validate`: actions with their settings, for one capability.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ValidateParams {
    /// Kind of the capability.
    pub kind: Kind,
    /// Name of the capability.
    pub key: String,
    /// The `entry` of the capability.
    pub entry: String,
    /// For each action the parameters of `generate`, without `kind`, `key` and `entry`.
    pub specs: Vec<Json>,
}

/// The schema of the protocol: parameters and result of each method.
pub fn schema() -> Json {
    let method = |about: &str, params: Json, result: Json| json!({"description": about, "asked_by": "host", "params": params, "result": result});
    let generate = method(
        "The code of one action.",
        schema_for!(GenerateParams).to_value(),
        schema_for!(GenerateResult).to_value(),
    );
    let event = method(
        "What is to be done about events.",
        schema_for!(EventParams<'_>).to_value(),
        schema_for!(EventResult).to_value(),
    );
    let validate = method(
        "Rules that a schema cannot state. Optional: asked before `generate` if the answer to `initialize` lists the feature `validate`.",
        schema_for!(ValidateParams).to_value(),
        schema_for!(ValidateResult).to_value(),
    );
    let first = [("generate", generate), ("validate", validate), ("event", event)];
    let first = first.map(|(name, schema)| (name.to_owned(), schema));
    let all: serde_json::Map<String, Json> = first.into_iter().chain(methods::schemas()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Protocol between lhp and plugins",
        "description": "Messages are those of JSON-RPC 2.0. Parameters and result of each method are schemas of their own.",
        "protocol": VERSION,
        "methods": all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_names_every_field() {
        let schema = schema();
        for field in ["kind", "key", "entry", "action", "spec", "config", "context", "upstream", "files"] {
            let pointer = format!("/methods/generate/params/properties/{field}/description");
            assert!(schema.pointer(&pointer).is_some() || field == "kind" || field == "context", "{field}");
        }
        assert!(schema.pointer("/methods/generate/result/properties/depends_on_files").is_some());
    }
}
