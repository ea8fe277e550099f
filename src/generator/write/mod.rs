//! Writes: each puts the rows of views into a table.

pub mod materialized_view;
pub mod streaming_table;
mod table;
mod tags;

use std::sync::Arc;

use super::{Generator, row};

/// The rows of all writes.
pub(super) fn rows() -> Result<Vec<Arc<dyn Generator>>, String> {
    Ok(vec![row::<materialized_view::MaterializedView>()?, row::<streaming_table::StreamingTable>()?])
}
