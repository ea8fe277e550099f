//! Typed definitions of everything a user writes. Schemas are derived from them.
//!
//! In: nodes that passed their schema. Out: typed values. This stage reads no files.

mod column_schema;
mod de;
mod definitions;
mod diagnostics;
mod flowgroup;
mod hooks;
pub mod lax;
mod plugins;
mod project;
mod schema;
mod table;

pub use column_schema::{ColumnDefinition, ColumnSchema};
pub use de::{ShapeError, from_node};
pub use definitions::{Blueprint, Instance, Parameter, Preset, PresetDefaults, Secrets, Substitution, Template};
pub use diagnostics::DiagnosticLevel;
pub use flowgroup::{Action, ActionType, Flowgroup, FlowgroupArray, FlowgroupEntry, Quarantine};
pub use hooks::{TestReporting, UcTagging};
pub use plugins::{
    BuiltInHooks, EntryPoints, EventSelection, LoggingHook, MetricsHook, OnError, PluginDiscovery, PluginLimits,
    PluginPermissions, PluginSettings, RequireLock, TrustSettings, UsedPlugin,
};
pub use project::{EventLog, FullMetadataColumn, MetadataColumn, OperationalMetadata, ProjectSettings};
pub use schema::{FileKind, file_schema, schema_of, schema_of_output};
pub use table::TableName;
