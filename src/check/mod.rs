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
mod violation;
mod words;

pub use file::{UNKNOWN_KEY, check_action_shape, check_file};
pub use schema::{CompiledSchema, file_validator};
pub use violation::{Problem, Violation};
