//! Expansion: definitions go in, resolved flowgroups come out.
//!
//! Each step has its own file; a step keeps the place and the origin of every value and touches no disk.

pub mod jinja;
pub mod native;
