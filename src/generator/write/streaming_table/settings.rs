//! What an author may write about a streaming table, and about each of its modes.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;

use super::block::{Block, BlockSettings, OneOrMany, ScdType};
use super::mode::Mode;
use crate::check::CompiledSchema;
use crate::generator::write::table::{Publication, TableProperties};
use crate::model::lax::{Anything, Free, LaxBool, Scalar};
use crate::model::{TableName, schema_of};
use crate::syntax::Text;

/// Each source view gets a flow of its own, and `mode` says how its rows get into the table. Several actions may write
/// into one table, also from several flowgroups; exactly one of them creates it.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StreamingTableTarget {
    #[serde(flatten)]
    pub name: TableName,
    /// How rows get into the table: `standard` (default) appends them, `cdc` applies them as changes,
    /// `snapshot_cdc` compares whole snapshots, `replace` replaces the rows of a key.
    pub mode: Option<Anything>,
    /// Whether this action creates the table; on by default. The modes `snapshot_cdc` and `replace` always do.
    pub create_table: Option<LaxBool>,
    /// Comment of the table; `Streaming table: <table>` by default.
    pub comment: Option<Scalar>,
    /// Has no effect.
    pub description: Option<Anything>,
    #[serde(flatten)]
    pub properties: TableProperties,
    #[serde(flatten)]
    pub publication: Publication,
    /// Settings of `mode: cdc`, which needs them; other modes ignore them.
    pub cdc_config: Option<Block<CdcConfig>>,
    /// Settings of `mode: snapshot_cdc`, which needs them; other modes ignore them.
    pub snapshot_cdc_config: Option<Block<SnapshotCdcConfig>>,
    /// Settings of `mode: replace`, which needs them; other modes ignore them.
    pub replace_config: Option<Block<ReplaceConfig>>,
}

/// Applies the rows of a view as changes to a table.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CdcConfig {
    /// Columns that identify a row.
    #[schemars(length(min = 1))]
    pub keys: Vec<Text>,
    /// Column that orders the changes of a row, or a list of columns that do so together. Databricks needs it.
    pub sequence_by: Option<OneOrMany>,
    /// 1 (default) keeps the latest version of a row, 2 keeps its history.
    pub scd_type: Option<ScdType>,
    /// Let a null in a change leave the old value in place; off by default.
    pub ignore_null_updates: Option<bool>,
    /// Condition by which a row is a deletion.
    pub apply_as_deletes: Option<Text>,
    /// Condition by which a row truncates the table. Only for SCD type 1.
    pub apply_as_truncates: Option<Text>,
    /// Columns to keep; all by default. Excludes `except_column_list`.
    pub column_list: Option<Vec<Text>>,
    /// Columns to leave out. Excludes `column_list`.
    pub except_column_list: Option<Vec<Text>>,
    /// Columns whose changes make a new version; all by default. Only for SCD type 2.
    pub track_history_column_list: Option<Vec<Text>>,
    /// Columns whose changes make no new version. Excludes `track_history_column_list`.
    pub track_history_except_column_list: Option<Vec<Text>>,
    /// View that counts as the source when actions are put into order. The flow reads the `source` of the action.
    pub source: Option<Anything>,
    /// Not a setting of this mode: write `scd_type`.
    pub stored_as_scd_type: Option<Anything>,
}

/// Compares snapshots with a table and applies the differences. Needs `source` or `source_function`, not both.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SnapshotCdcConfig {
    /// Table or view that is the snapshot.
    pub source: Option<Text>,
    /// Function that gives one snapshot after the other.
    pub source_function: Option<SourceFunction>,
    /// Columns that identify a row.
    #[schemars(length(min = 1))]
    pub keys: Vec<Text>,
    /// 1 (default) keeps the latest version of a row, 2 keeps its history.
    pub stored_as_scd_type: Option<ScdType>,
    /// Columns whose changes make a new version; all by default.
    pub track_history_column_list: Option<Vec<Text>>,
    /// Columns whose changes make no new version. Excludes `track_history_column_list`.
    pub track_history_except_column_list: Option<Vec<Text>>,
    /// Not a setting of this mode: write `stored_as_scd_type`.
    pub scd_type: Option<Anything>,
}

/// A Python function that takes the latest version and gives the next snapshot with its version, or None.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SourceFunction {
    /// Python file that defines the function, relative to the project root. It is copied into the pipeline.
    #[schemars(length(min = 1))]
    pub file: String,
    /// Name of the function, which stands at the top of the file.
    #[schemars(length(min = 1))]
    pub function: String,
    /// Values for keyword-only arguments of the function; none by default.
    pub parameters: Option<Free>,
}

/// Replaces all rows that have a key of the new rows.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReplaceConfig {
    /// Columns that make the key.
    #[schemars(length(min = 1))]
    pub replace_using: Vec<Text>,
    /// Column that orders the rows of a key.
    #[schemars(extend("minLength" = 1))]
    pub sequence_by: Text,
}

/// The schema of a block is compiled once per process.
macro_rules! block_settings {
    ($settings:ty, $mode:expr) => {
        impl BlockSettings for $settings {
            const MODE: Mode = $mode;

            fn schema() -> &'static CompiledSchema {
                static SCHEMA: LazyLock<CompiledSchema> =
                    LazyLock::new(|| CompiledSchema::new(|| schema_of::<$settings>().to_value()));
                &SCHEMA
            }
        }
    };
}

block_settings!(CdcConfig, Mode::Cdc);
block_settings!(SnapshotCdcConfig, Mode::SnapshotCdc);
block_settings!(ReplaceConfig, Mode::Replace);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_of_blocks_are_schemas() {
        for schema in [CdcConfig::schema(), SnapshotCdcConfig::schema(), ReplaceConfig::schema()] {
            assert_eq!(schema.fault(), None);
        }
    }
}
