//! Rules: resolved flowgroups and raw trees go in, diagnostics come out. Nothing is changed.

pub mod action;
pub mod environments;
pub(crate) mod fan_in;
pub(crate) mod file;
pub mod flowgroup;
mod json;
pub(crate) mod names;
pub mod pipeline;
pub(crate) mod project_file;
pub mod quarantine;
mod schema;
pub mod spelling;
pub(crate) mod views;
mod violation;
mod words;

pub use file::{
    COLUMN_SCHEMA_SHAPE, FlowgroupShape, SUBSTITUTION_SHAPE, UNKNOWN_KEY, check_action_shape, check_file,
    check_flowgroup,
};
pub use schema::{CompiledSchema, file_validator};
pub use violation::{Problem, Violation};
