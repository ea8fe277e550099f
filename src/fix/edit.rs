//! Edits of a text: places and replacements go in, the edited text comes out. Nothing else of the text changes.

use crate::source::{FileId, Span};

/// Puts other text in the place of a part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub replacement: String,
}

impl Edit {
    /// Replaces what stands at a span.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }

    /// Adds text in front of a byte offset.
    pub fn insert(file: FileId, at: usize, text: impl Into<String>) -> Self {
        Self::replace(Span::new(file, at, at), text)
    }

    /// Takes a part away.
    pub fn remove(file: FileId, start: usize, end: usize) -> Self {
        Self::replace(Span::new(file, start, end), "")
    }
}

/// Edits of one file that belong together: all of them are made or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The name of the kind of fix.
    pub name: &'static str,
    /// What is outdated.
    pub place: Span,
    /// At least one edit; none overlaps another.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Whether both change the same place.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.edits.iter().any(|own| other.edits.iter().any(|edit| overlap(own.span, edit.span)))
    }
}

/// Whether two spans share a byte, or one is an insertion inside or at the start of the other.
fn overlap(left: Span, right: Span) -> bool {
    if left.file != right.file {
        return false;
    }
    if left.start == right.start {
        return true;
    }
    let (first, second) = if left.start < right.start { (left, right) } else { (right, left) };
    second.start < first.end
}

/// The text of a file after its edits; none if two of them overlap or one lies outside of the text.
pub fn apply<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.into_iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let overlapping = |pair: &[&Edit]| matches!(pair, [left, right] if overlap(left.span, right.span));
    if sorted.windows(2).any(overlapping) {
        return None;
    }
    let mut edited = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for edit in sorted {
        edited.push_str(text.get(from..edit.span.start as usize)?);
        edited.push_str(&edit.replacement);
        from = edit.span.end as usize;
    }
    edited.push_str(text.get(from..)?);
    Some(edited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn edit(start: usize, end: usize, replacement: &str) -> Edit {
        Edit::replace(Span::new(SourceMap::new("").add("a", ""), start, end), replacement)
    }

    #[test]
    fn edits_are_made_in_the_order_of_the_text() {
        let edits = [edit(4, 5, "E"), edit(0, 1, ""), edit(2, 2, "+")];
        assert_eq!(apply("abcde", &edits).as_deref(), Some("b+cdE"));
        assert_eq!(apply("a\u{e4}", &[edit(1, 3, "b")]).as_deref(), Some("ab"));
    }

    #[test]
    fn edits_that_touch_are_fine_and_edits_that_overlap_are_refused() {
        assert_eq!(apply("abc", &[edit(0, 1, "x"), edit(1, 2, "y")]).as_deref(), Some("xyc"));
        assert_eq!(apply("abc", &[edit(0, 2, "x"), edit(1, 3, "y")]), None);
        assert_eq!(apply("abc", &[edit(1, 1, "x"), edit(1, 2, "y")]), None, "the order would be a guess");
        assert_eq!(apply("abc", &[edit(0, 4, "x")]), None, "beyond the end");
        assert_eq!(apply("\u{e4}", &[edit(1, 2, "x")]), None, "inside of a character");
    }
}
