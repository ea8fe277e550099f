//! The plugin table: built-in generators and plugins alike are rows of it.

mod table;

pub use table::Table;
