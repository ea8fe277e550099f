//! Generators: one resolved action goes in, a fragment of a Python module comes out.

mod fragment;

pub use fragment::{Fragment, HelperFile, Section};
