//! The name of a table, as loads and writes take it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::lax::{Anything, Scalar};

/// The three parts of the name of a table.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct TableName {
    /// Catalog of the table.
    #[schemars(extend("minLength" = 1))]
    pub catalog: Scalar,
    /// Schema of the table.
    #[schemars(extend("minLength" = 1))]
    pub schema: Scalar,
    /// Name of the table.
    #[schemars(extend("minLength" = 1))]
    pub table: Scalar,
    /// Old form of `catalog` and `schema`.
    pub database: Option<Anything>,
}
