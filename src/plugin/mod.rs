//! The plugin table: built-in generators and plugins alike are rows of it.
//!
//! A project and its process go in; the table, its plugins and their settings come out. Finding plugins runs nothing
//! of them, and nothing outside `runtime` knows what runs a row.

pub mod diagnosis;
pub mod discovery;
pub mod document;
pub mod events;
mod found;
pub(crate) mod generator;
pub mod golden;
pub mod inspect;
mod kind;
pub(crate) mod load;
pub mod manifest;
pub mod runtime;
pub mod scaffold;
pub mod switch;
mod table;
pub mod usage;

pub use found::{Origin, Plugin, PluginConfig, Status};
pub use kind::Kind;
pub use load::load;
pub use table::{Row, Table};
