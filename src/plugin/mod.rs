//! The plugin table: built-in generators and plugins alike are rows of it.
//!
//! A project and its process go in; the table, its plugins and their settings come out. Finding plugins runs nothing
//! of them, and nothing outside `runtime` knows what runs a row.

pub(crate) mod collisions;
pub mod discovery;
mod found;
pub(crate) mod generator;
pub(crate) mod host;
pub(crate) mod kinds;
mod kind;
pub(crate) mod load;
pub mod manifest;
pub mod runtime;
pub(crate) mod spec;
pub(crate) mod selection;
pub(crate) mod settings;
pub mod steps;
mod table;
pub mod trust;
pub mod unavailable;
pub mod version;

pub use discovery::Searched;
pub use found::{Named, Origin, Place, Plugin, PluginConfig, Status};
pub use kind::Kind;
pub use load::load;
pub use table::{Missing, Row, Table};
