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
pub mod spelling;
mod violation;
mod words;

pub use file::{FlowgroupShape, UNKNOWN_KEY, check_action_shape, check_file, check_flowgroup};
pub use schema::{CompiledSchema, file_validator};
pub use violation::{Problem, Violation};
