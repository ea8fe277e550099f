//! Where the text of a scalar stands in its file: a range of the value goes in, a span comes out.

use std::ops::Range;

use crate::source::{SourceMap, Span};
use crate::syntax::Node;

/// The lines of a value and their places. Lines that the file does not show as they are, because of escapes,
/// folding or tokens, have no place of their own.
pub(super) struct Written {
    whole: Span,
    lines: Vec<Line>,
}

struct Line {
    /// Where the line starts in the value, and how long it is without the line break.
    start: usize,
    length: usize,
    /// Where it starts in the file.
    place: Option<usize>,
}

impl Written {
    /// Finds the lines of `text`, the value of `node`.
    pub fn of(node: &Node, text: &str, sources: &SourceMap) -> Self {
        let whole = node.span;
        let file = sources.get(whole.file);
        let slice = file.text.get(whole.start as usize..whole.end as usize).unwrap_or_default();
        // The header of a block scalar may hold a comment.
        let header = if slice.starts_with(['|', '>']) { slice.find('\n').map_or(slice.len(), |at| at + 1) } else { 0 };
        let (mut from, mut start) = (header, 0);
        let mut lines = Vec::new();
        for line in text.split_inclusive('\n') {
            let content = line.trim_end();
            let bare = content.trim_start();
            let mut place = None;
            if !bare.is_empty()
                && let Some(at) = slice.get(from..).and_then(|rest| rest.find(bare))
            {
                place = (whole.start as usize + from + at).checked_sub(content.len() - bare.len());
                from += at + bare.len();
            }
            lines.push(Line { start, length: content.len(), place });
            start += line.len();
        }
        Self { whole, lines }
    }

    /// The span of a range of the value: of the part in its first line, or of the whole scalar.
    pub fn span(&self, range: Range<usize>) -> Span {
        let line = self.lines.iter().rfind(|line| line.start <= range.start);
        let placed = line.and_then(|line| Some((line, line.place?)));
        let Some((line, place)) = placed else { return self.whole };
        let within = |offset: usize| place + offset.saturating_sub(line.start).min(line.length);
        Span::new(self.whole.file, within(range.start), within(range.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::{Limits, parse};

    /// The text of the file at the span of `part` of the value under `k`.
    fn shown(yaml: &str, part: &str) -> String {
        let sources = SourceMap::new("");
        let file = sources.add("a.yaml", yaml);
        let parsed = parse(file, yaml, &Limits::default()).expect("valid YAML");
        let node = parsed.documents.first().and_then(|document| document.get("k")).expect("a key").clone();
        let text = node.as_str().expect("a text");
        let at = text.find(part).expect("a part of the text");
        let span = Written::of(&node, text, &sources).span(at..at + part.len());
        yaml.get(span.start as usize..span.end as usize).expect("a span in the text").to_owned()
    }

    #[test]
    fn lines_of_block_scalars_are_found_behind_their_header() {
        let yaml = "k: | # b -> c: INT\n  a -> b\n\n    b -> c: INT\nz: 1\n";
        assert_eq!(shown(yaml, "c: INT"), "c: INT");
        let sources = SourceMap::new("");
        let file = sources.add("a.yaml", yaml);
        let parsed = parse(file, yaml, &Limits::default()).expect("valid YAML");
        let node = parsed.documents.first().and_then(|document| document.get("k")).expect("a key").clone();
        let span = Written::of(&node, node.as_str().expect("a text"), &sources).span(10..11);
        assert_eq!(sources.location(span).line, 4);
    }

    #[test]
    fn parts_of_plain_and_quoted_scalars_are_found() {
        assert_eq!(shown("k: a -> -> b", "-> b"), "-> b");
        assert_eq!(shown("k: 'a -> -> b'", "-> b"), "-> b");
        assert_eq!(shown("k: |\n  a\n  c d\n", "d"), "d");
    }

    #[test]
    fn escapes_hide_the_parts() {
        assert_eq!(shown("k: \"a\\tb\"", "b"), "\"a\\tb\"");
    }
}
