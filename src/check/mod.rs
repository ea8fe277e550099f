//! Rules: resolved flowgroups and raw trees go in, diagnostics come out. Nothing is changed.

pub mod action;
mod fan_in;
mod file;
pub mod flowgroup;
mod json;
mod names;
pub mod pipeline;
pub mod quarantine;
mod schema;

pub use file::{COLUMN_SCHEMA_SHAPE, SUBSTITUTION_SHAPE, UNKNOWN_KEY, check_action_shape, check_file};
pub use schema::{CompiledSchema, Problem, Violation, file_validator};
