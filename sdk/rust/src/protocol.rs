//! The messages of protocol 1.0. Fields that a later version adds are ignored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// An action that code is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Generate {
    /// `load`, `transform`, `write` or `test`.
    pub kind: String,
    /// Name of the capability.
    pub key: String,
    /// The `entry` of the manifest.
    pub entry: String,
    /// The whole action, after presets, templates and tokens.
    pub action: Json,
    /// The settings that the schema of the capability describes.
    pub spec: Json,
    /// The settings under `plugins.config`.
    pub config: Json,
    pub context: Context,
    pub upstream: Vec<Upstream>,
    /// Contents of the project files that the manifest asks for, by path.
    pub files: BTreeMap<String, String>,
}

impl Generate {
    /// The name that the code must define.
    pub fn target(&self) -> Option<&str> {
        self.action.get("target").and_then(Json::as_str)
    }

    /// A setting that is text.
    pub fn spec_text(&self, key: &str) -> Option<&str> {
        self.spec.get(key).and_then(Json::as_str)
    }
}

/// Where an action stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    pub project: Option<String>,
    pub env: String,
    pub pipeline: String,
    pub flowgroup: String,
    pub job_name: Option<String>,
    pub presets: Vec<String>,
    /// `batch` or `stream`.
    pub read_mode: String,
    /// Python expressions by column.
    pub operational_metadata: Map<String, Json>,
    pub target: Target,
}

/// What the code runs on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    pub engine: String,
    pub spark: String,
}

/// A view or table that an action reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upstream {
    pub name: String,
    /// The action of the same flowgroup that defines it.
    pub action: Option<String>,
}

/// The code of an action, and what belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Top-level Python statements.
    pub body: String,
    /// Import statements.
    pub imports: Vec<String>,
    /// Statements that must run before everything else in the module.
    pub pre_pipeline: Vec<String>,
    pub helpers: Vec<Helper>,
    /// Names that the body defines; the host looks for them if there are none here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defines: Option<Vec<String>>,
    /// Tables that are read and written.
    pub reads: Vec<String>,
    pub writes: Vec<String>,
    pub files: Vec<ArtifactFile>,
    pub diagnostics: Vec<Diagnostic>,
    /// Project files that the answer depends on.
    pub depends_on_files: Vec<String>,
}

impl Answer {
    /// Code without anything else.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// Adds an import statement.
    #[must_use]
    pub fn import(mut self, statement: impl Into<String>) -> Self {
        self.imports.push(statement.into());
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn remark(mut self, diagnostic: Diagnostic) -> Self {
        self.diagnostics.push(diagnostic);
        self
    }
}

/// A Python module beside the generated one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helper {
    pub name: String,
    pub content: String,
}

/// A file below the artifact root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactFile {
    pub path: String,
    pub content: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    #[default]
    Error,
    Warning,
    Advice,
}

/// What a plugin has to say about a request. The host shows it at the line of the project that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    #[serde(default)]
    pub severity: Severity,
    /// A code of the plugin's own, as in `S3-001`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// One sentence.
    pub message: String,
    /// JSON pointer into the request, as in `/spec/format`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error; the action gets no code.
    pub fn error(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Says which part of the request it is about.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>) -> Self {
        Self { path: Some(pointer.into()), ..self }
    }

    /// Gives it a code.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// Says what to change.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Something that happened in a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    pub version: String,
    pub seq: u64,
    #[serde(rename = "type")]
    pub kind: String,
    pub timestamp: f64,
    pub env: String,
    pub pipeline: Option<String>,
    pub flowgroup: Option<String>,
    pub action: Option<String>,
    pub metadata: Map<String, Json>,
    pub tags: Map<String, Json>,
    pub error: Option<Json>,
    /// Fields of the family of the event.
    #[serde(flatten)]
    pub more: Map<String, Json>,
}

/// What a hook wants to be done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventAnswer {
    pub effects: Vec<Effect>,
    pub diagnostics: Vec<Diagnostic>,
}

/// One thing that the host does for a hook, if it is granted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    Log {
        #[serde(default)]
        level: Option<String>,
        message: String,
    },
    WriteFile {
        path: String,
        content: String,
    },
    HttpPost {
        url: String,
        json: Json,
        #[serde(default)]
        headers: Map<String, Json>,
    },
    Metric {
        name: String,
        value: f64,
        #[serde(default)]
        unit: Option<String>,
    },
    Fail {
        message: String,
    },
}
