//! The project file `lhp.yaml`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::diagnostics::DiagnosticLevel;
use super::hooks::{TestReporting, UcTagging};
use super::lax::{Anything, Free, LaxBool};
use super::plugins::PluginSettings;

/// Settings of a project. Keys that nothing reads are remarked on, and otherwise left alone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProjectSettings {
    /// Name of the project.
    pub name: Option<String>,
    /// Identifier of the project; opaque.
    pub project_id: Option<String>,
    /// Version of the project; informative.
    pub version: Option<String>,
    /// What the project is for; informative.
    pub description: Option<String>,
    /// Who wrote it; informative.
    pub author: Option<String>,
    /// When it was created; informative.
    pub created_date: Option<String>,
    /// Patterns of flowgroup files, relative to `pipelines/`.
    pub include: Option<Vec<String>>,
    /// Patterns of blueprint files, relative to the project root.
    pub blueprint_include: Option<Vec<String>>,
    /// Patterns of instance files, relative to the project root.
    pub instance_include: Option<Vec<String>>,
    /// Versions of this program that may be used, as in `>=0.9,<2`.
    pub required_lhp_version: Option<String>,
    /// Columns that can be added to views.
    pub operational_metadata: Option<OperationalMetadata>,
    /// Where pipeline events are logged.
    pub event_log: Option<EventLog>,
    /// The monitoring pipeline.
    pub monitoring: Option<Free>,
    /// Where test results are reported.
    pub test_reporting: Option<TestReporting>,
    /// Tags in Unity Catalog.
    pub uc_tagging: Option<UcTagging>,
    /// Packaging as a wheel.
    pub wheel: Option<Free>,
    /// Personal copies of tables.
    pub sandbox: Option<Free>,
    /// Whether generated Python is formatted; on by default.
    pub apply_formatting: Option<LaxBool>,
    /// Levels of findings: `error`, `warn`, `advice` or `off` by code, as in `LHP-DEPR-001`, or by code and name of a
    /// rule, as in `LHP-CFG-080/unknown-key`.
    pub diagnostics: Option<IndexMap<String, DiagnosticLevel>>,
    /// Plugins that the project uses.
    pub plugins: Option<PluginSettings>,
}

/// Columns that can be added to views.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct OperationalMetadata {
    /// Column definitions by name; they replace the built-in ones.
    #[serde(default)]
    pub columns: IndexMap<String, MetadataColumn>,
    /// Named groups of columns. Cannot be selected.
    #[serde(default)]
    pub presets: IndexMap<String, MetadataPreset>,
    /// Has no effect.
    pub defaults: Option<Anything>,
}

/// The definition of a metadata column: its expression, or the expression with more settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MetadataColumn {
    /// Python expression of the column.
    Expression(String),
    /// Expression with settings.
    Full(FullMetadataColumn),
}

/// A metadata column with all settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct FullMetadataColumn {
    /// Python expression of the column.
    pub expression: String,
    /// What the column is for; informative.
    pub description: Option<String>,
    /// Kinds of target that the column may be added to; only `view` has an effect.
    #[serde(default = "tables_only")]
    pub applies_to: Vec<String>,
    /// Import statements that the expression needs.
    pub additional_imports: Option<Vec<String>>,
    /// Has no effect.
    pub enabled: Option<LaxBool>,
}

fn tables_only() -> Vec<String> {
    vec!["streaming_table".to_owned(), "materialized_view".to_owned()]
}

impl MetadataColumn {
    /// The settings, with defaults filled in.
    pub fn full(&self) -> FullMetadataColumn {
        match self {
            Self::Full(column) => column.clone(),
            Self::Expression(expression) => FullMetadataColumn {
                expression: expression.clone(),
                description: None,
                applies_to: tables_only(),
                additional_imports: None,
                enabled: None,
            },
        }
    }
}

/// A named group of metadata columns.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MetadataPreset {
    /// Names of columns.
    Columns(Vec<String>),
    /// Names of columns with a description.
    Full(FullMetadataPreset),
}

/// A group of metadata columns with a description.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FullMetadataPreset {
    /// Names of columns.
    #[serde(default)]
    pub columns: Vec<String>,
    /// What the group is for; informative.
    pub description: Option<String>,
}

impl MetadataPreset {
    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Columns(columns) | Self::Full(FullMetadataPreset { columns, .. }) => columns,
        }
    }
}

/// Where pipeline events are logged.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct EventLog {
    /// Whether events are logged; on by default.
    pub enabled: Option<LaxBool>,
    /// Catalog of the event log table.
    pub catalog: Option<String>,
    /// Schema of the event log table.
    pub schema: Option<String>,
    /// Text before the name of the pipeline.
    pub name_prefix: Option<String>,
    /// Text after the name of the pipeline.
    pub name_suffix: Option<String>,
}
