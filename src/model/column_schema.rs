//! Column-schema files: the columns of a table, used for schemas, hints and tags.

use schemars::JsonSchema;
use serde::Deserialize;

use super::lax::{Anything, Free};

/// The columns of a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnSchema {
    /// Name of the table; informative.
    pub name: Option<Anything>,
    /// Full name of the table; informative.
    pub table: Option<Anything>,
    /// Tags of the table.
    pub tags: Option<Free>,
    /// The columns.
    pub columns: Option<Vec<ColumnDefinition>>,
    /// Informative.
    pub version: Option<Anything>,
    /// Informative.
    pub description: Option<Anything>,
    /// Informative.
    pub primary_key: Option<Anything>,
}

/// One column.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnDefinition {
    /// Name of the column.
    pub name: Option<Anything>,
    /// Spark SQL type.
    #[serde(rename = "type")]
    pub data_type: Option<Anything>,
    /// Whether the column may be null; true by default.
    pub nullable: Option<Anything>,
    /// What the column holds.
    pub comment: Option<Anything>,
    /// Tags of the column.
    pub tags: Option<Anything>,
}
