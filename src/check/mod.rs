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

pub use file::{COLUMN_SCHEMA_SHAPE, SUBSTITUTION_SHAPE, UNKNOWN_KEY, check_action_shape, check_file};
pub use schema::{CompiledSchema, Problem, Violation, file_validator};
