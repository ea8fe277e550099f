//! `lhp` compiles YAML pipeline definitions into Python for Spark declarative pipelines.
//!
//! Everything is a stage that turns one value into the next: text → nodes → project → resolved
//! flowgroups → fragments → modules → files.

// Unit tests share files with the integration tests, which know this library by its name.
#[cfg(test)]
extern crate self as lhp;

pub mod apply;
pub mod check;
pub mod cli;
pub mod compile;
pub mod difference;
pub mod docs;
pub mod emit;
pub mod expand;
pub mod fix;
pub mod generator;
pub mod graph;
pub mod model;
pub mod plan;
pub mod plugin;
pub mod project;
pub mod report;
pub mod source;
pub mod syntax;
