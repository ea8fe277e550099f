//! Transforms: each reads views and defines one view.

pub mod python;
pub mod sql;

use std::sync::Arc;

use super::{Generator, row};

/// The rows of all transforms.
pub(super) fn rows() -> Result<Vec<Arc<dyn Generator>>, String> {
    Ok(vec![row::<python::Python>()?, row::<sql::Sql>()?])
}
