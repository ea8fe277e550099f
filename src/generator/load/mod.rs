//! Loads: each reads from somewhere and defines one temporary view.

pub mod cloudfiles;
mod cloudfiles_options;
pub mod custom_datasource;
pub mod delta;
pub mod jdbc;
pub mod kafka;
pub mod python;
pub mod sql;

use std::sync::Arc;

use super::{Generator, row};

pub(crate) use cloudfiles_options::{LEGACY_KEYS, UNPREFIXED};
pub(crate) use delta::REMOVED_KEYS;

/// The rows of all loads.
pub(super) fn rows() -> Vec<Arc<dyn Generator>> {
    vec![
        row::<cloudfiles::CloudFiles>(),
        row::<custom_datasource::CustomSource>(),
        row::<delta::Delta>(),
        row::<jdbc::Jdbc>(),
        row::<kafka::Kafka>(),
        row::<python::Python>(),
        row::<sql::Sql>(),
    ]
}
