//! Finding: a directory goes in, the files and settings of a project come out.
//!
//! This stage decides which files count; it does not parse their bodies.

mod fnmatch;
pub mod pattern;
pub mod version;
