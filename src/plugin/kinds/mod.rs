//! Kinds whose capabilities are wrapped instead of asked for code: a class or a library and an action go in, the modules
//! that go along with the pipeline and the code that uses them come out.

pub(crate) mod adapter;
mod class;
pub(crate) mod columns;
mod emitted;
pub(crate) mod reader;
pub(crate) mod writer;

#[cfg(test)]
mod tests;

pub(crate) use emitted::camel;
