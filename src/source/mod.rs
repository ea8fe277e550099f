//! Reading: paths go in, text with stable file ids comes out.
//!
//! Every file of a compile is read once. This module knows nothing about pipelines.

mod kind;
mod map;
mod span;

pub use kind::PathKind;
pub use map::{MAX_FILE_BYTES, ReadError, ReadProblem, SourceFile, SourceMap};
pub use span::{FileId, Location, Span};
