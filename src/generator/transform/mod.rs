//! Transforms: each reads views and defines one view.

pub mod data_quality;
pub(crate) mod definition_file;
pub mod python;
pub mod schema;
pub mod sql;
pub mod temp_table;

use std::sync::Arc;

use super::{Generator, row};
use crate::expand::Action;
use crate::syntax::{Node, Value};

/// The rows of all transforms.
pub(super) fn rows() -> Vec<Arc<dyn Generator>> {
    vec![
        row::<data_quality::DataQuality>(),
        row::<python::Python>(),
        row::<schema::Schema>(),
        row::<sql::Sql>(),
        row::<temp_table::TempTable>(),
    ]
}

/// The one view that a transform reads: its `source`, or the `view` or `source` in a mapping.
fn only_view(action: &Action) -> Option<&Node> {
    let source = action.setting("source")?;
    let given = |node: &&Node| node.is_truthy();
    let view = match &source.value {
        Value::Mapping(mapping) => mapping.get("view").filter(given).or_else(|| mapping.get("source").filter(given))?,
        _ => source,
    };
    view.as_text().is_some_and(|text| !text.is_empty()).then_some(view)
}
