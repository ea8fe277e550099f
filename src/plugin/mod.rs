//! The plugin table: built-in generators and plugins alike are rows of it.
//!
//! A project and its process go in; the table, its plugins and their settings come out. Finding plugins runs nothing
//! of them, and nothing outside `runtime` knows what runs a row.

pub mod discovery;
pub mod events;
mod found;
pub(crate) mod generator;
pub(crate) mod host;
mod kind;
pub(crate) mod load;
pub mod manifest;
pub mod runtime;
pub(crate) mod spec;
mod table;

pub use found::{Origin, Plugin, PluginConfig, Status};
pub use kind::Kind;
pub use load::load;
pub use table::{Row, Table};
