//! The plugin table: built-in generators and plugins alike are rows of it.
//!
//! A project and its process go in; the table, its plugins and their settings come out. Finding plugins runs nothing
//! of them, and nothing outside `runtime` knows what runs a row.

pub mod cache;
pub(crate) mod collisions;
pub mod diagnosis;
pub mod discovery;
pub mod document;
pub mod events;
mod found;
pub(crate) mod generator;
pub mod golden;
pub(crate) mod host;
pub mod inspect;
mod kind;
pub(crate) mod kinds;
pub(crate) mod load;
pub mod manifest;
pub mod runtime;
pub mod scaffold;
pub mod secrets;
pub(crate) mod selection;
pub(crate) mod settings;
pub(crate) mod spec;
pub mod steps;
pub mod switch;
mod table;
pub mod trust;
pub mod unavailable;
pub mod usage;
pub(crate) mod version;

pub use discovery::Searched;
pub use found::{Named, Origin, Place, Plugin, PluginConfig, Status};
pub use kind::Kind;
pub use load::{add_references, load};
pub use table::{Missing, Row, Table};
