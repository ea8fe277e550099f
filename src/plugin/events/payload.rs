//! An event as hooks see it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::EventType;
use crate::report::{Diagnostic, Severity};
use crate::source::SourceMap;

/// Version of the payload. Its second number grows when keys are added.
pub const PAYLOAD_VERSION: &str = "1.0";

fn version() -> Cow<'static, str> {
    PAYLOAD_VERSION.into()
}

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Version of this object.
    #[serde(default = "version")]
    #[schemars(with = "String")]
    pub version: Cow<'static, str>,
    /// Number of the event within the run, from 1.
    #[serde(default)]
    pub seq: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Seconds since 1970 (UTC).
    #[serde(default)]
    pub timestamp: f64,
    /// Name of the environment.
    #[serde(default)]
    pub env: Arc<str>,
    /// The pipeline that the event is about.
    #[serde(default)]
    pub pipeline: Option<Arc<str>>,
    /// The flowgroup that the event is about.
    #[serde(default)]
    pub flowgroup: Option<Arc<str>>,
    /// The action that the event is about.
    #[serde(default)]
    pub action: Option<Arc<str>>,
    /// Counts, durations in milliseconds, and what else is known.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// What went wrong.
    #[serde(default)]
    pub error: Option<EventError>,
    /// Words by which hooks choose events.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What only events of a family have.
    #[serde(flatten)]
    pub family: Family,
}

/// What only events of a family have.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Family {
    /// `table.*`, and actions that write: the table, as `catalog.schema.table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_key: Option<String>,
    /// `lineage.edges`: the tables that the edges connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_keys: Option<Vec<String>>,
    /// `lineage.edges`: pairs of what is read and what is made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<(String, String)>>,
    /// `telemetry.*`: what is measured, or the code and name of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `telemetry.metric`: the measured value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// `telemetry.metric`: the unit of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Cow<'static, str>>,
    /// `telemetry.log`: how bad it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
}

/// How bad something is, in the words of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only for the curious.
    Debug,
    /// Good to know.
    #[default]
    Info,
    /// Probably wrong.
    Warning,
    /// Wrong.
    Error,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Advice => Self::Info,
        }
    }
}

/// What went wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventError {
    /// Code of the diagnostic.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Path of the file, relative to the project root.
    #[serde(default)]
    pub file: Option<String>,
    /// Line in the file, from 1.
    #[serde(default)]
    pub line: Option<usize>,
}

impl EventError {
    /// What a diagnostic says.
    pub fn of(diagnostic: &Diagnostic, sources: &SourceMap) -> Self {
        let place = diagnostic.labels.first().map(|label| sources.location(label.span));
        Self {
            code: diagnostic.rule.code.to_owned(),
            message: diagnostic.message.clone(),
            file: place.as_ref().map(|place| place.path.clone()),
            line: place.map(|place| place.line),
        }
    }
}

impl Event {
    /// An event without a subject, now. Its number is given when it is delivered.
    pub fn new(kind: EventType, env: Arc<str>) -> Self {
        Self {
            version: version(),
            seq: 0,
            kind,
            timestamp: now(),
            env,
            pipeline: None,
            flowgroup: None,
            action: None,
            metadata: Map::new(),
            error: None,
            tags: BTreeMap::new(),
            family: Family::default(),
        }
    }

    /// Says which unit the event is about.
    #[must_use]
    pub fn about(mut self, pipeline: &Arc<str>, flowgroup: Option<&Arc<str>>, action: Option<&Arc<str>>) -> Self {
        self.pipeline = Some(pipeline.clone());
        self.flowgroup = flowgroup.cloned();
        self.action = action.cloned();
        self
    }

    /// Says when it happened.
    #[must_use]
    pub fn at(mut self, timestamp: f64) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// Says what went wrong.
    #[must_use]
    pub fn with_error(mut self, error: Option<EventError>) -> Self {
        self.error = error;
        self
    }

    /// Adds an entry of the metadata.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: &str, value: impl Into<String>) -> Self {
        self.tags.insert(key.to_owned(), value.into());
        self
    }
}

/// Seconds since 1970.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Milliseconds between two moments, to a thousandth.
pub fn milliseconds(start: f64, end: f64) -> f64 {
    ((end - start).max(0.0) * 1e6).round() / 1e3
}
