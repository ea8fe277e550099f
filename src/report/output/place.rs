//! Where something is, for machines: a span goes in, a file with lines, columns and bytes comes out.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::excerpt::clamp;
use crate::source::{SourceMap, Span};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// Path relative to the project root, with `/` between its parts; absolute for files outside the project.
    pub file: String,
    /// Line on which the place starts, counted from 1.
    pub line: usize,
    /// Column of its first character, counted from 1 in Unicode characters, not in bytes and not in UTF-16 units.
    pub column: usize,
    /// Line on which the place ends.
    pub end_line: usize,
    /// Column behind its last character.
    pub end_column: usize,
    /// Number of bytes of the file, in UTF-8 and with its byte-order mark, before the place.
    pub offset: usize,
    /// Number of bytes of the file before the end of the place.
    pub end_offset: usize,
}

impl Place {
    /// The place of a span, even if the span lies outside its file or within a character.
    pub fn of(span: Span, sources: &SourceMap) -> Self {
        let file = sources.get(span.file);
        let range = clamp(&file.text, span.start, span.end);
        let (line, column) = file.line_column(range.start as u32);
        let (end_line, end_column) = file.line_column(range.end as u32);
        Self { file: file.path.clone(), line, column, end_line, end_column, offset: range.start, end_offset: range.end }
    }
}
