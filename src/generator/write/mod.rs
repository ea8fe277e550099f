//! Writes: each puts the rows of views into a table or a sink.

pub mod materialized_view;
pub mod sink;
pub(crate) mod source;
pub mod streaming_table;
mod table;
pub(crate) mod table_rules;

use std::sync::Arc;

use super::{Generator, row};

/// The rows of all writes.
pub(super) fn rows() -> Vec<Arc<dyn Generator>> {
    let mut rows = vec![row::<materialized_view::MaterializedView>(), row::<streaming_table::StreamingTable>()];
    rows.extend(sink::rows());
    rows
}
