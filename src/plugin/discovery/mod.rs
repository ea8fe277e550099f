//! Discovery: the places where plugins can be go in, plugins come out. Nothing of a plugin runs.

pub mod directories;
pub(crate) mod interpreter;
