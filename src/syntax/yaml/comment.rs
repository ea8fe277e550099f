//! Comments of a YAML text: text goes in, the places of its comments come out.
//!
//! A `#` in a string or in a block of text is no comment, so the parser says where the values are.

use std::ops::Range;

use memchr::memchr_iter;

use super::event::{Body, Events};
use super::extent::prefix;

/// A text with its comments and values, as far as it is YAML.
#[derive(Debug, Default)]
pub struct Comments {
    /// From the `#` to the end of the line, in the order of the text.
    pub comments: Vec<Range<usize>>,
    /// The values that are written as one piece, in the order of the text. Anchors and tags are no part of them.
    pub scalars: Vec<Range<usize>>,
}

/// Finds all comments. Behind a fault of the text there are none.
pub fn comments(text: &str) -> Comments {
    let (scalars, opaque, end) = scalars(text);
    let mut comments: Vec<Range<usize>> = Vec::new();
    let bytes = text.as_bytes().get(..end).unwrap_or_default();
    for at in memchr_iter(b'#', bytes) {
        let inside = comments.last().is_some_and(|comment| at < comment.end)
            || opaque.get(opaque.partition_point(|range| range.end <= at)).is_some_and(|range| range.start <= at);
        let before = bytes.get(..at).and_then(<[u8]>::last);
        // A byte-order mark ends in this byte, which no other character before a comment does.
        let starts = before.is_none_or(|byte| byte.is_ascii_whitespace() || (*byte == 0xbf && at == 3));
        if starts && !inside {
            let length = text.get(at..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
            comments.push(at..at + length);
        }
    }
    Comments { comments, scalars }
}

/// Values, the parts of them in which nothing is a comment, and the end of what is YAML.
fn scalars(text: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>, usize) {
    let (mut scalars, mut opaque) = (Vec::new(), Vec::new());
    let Ok(mut events) = Events::new(text) else { return (scalars, opaque, 0) };
    let mut read = 0;
    loop {
        let Ok(event) = events.next() else { return (scalars, opaque, read) };
        read = event.end.min(text.len());
        match event.body() {
            Body::StreamEnd => return (scalars, opaque, text.len()),
            Body::Scalar(scalar) => {
                let start = prefix(text, event.start, event.end).content;
                let value = start..event.end;
                if value.is_empty() {
                    continue;
                }
                // Behind the `|` or `>` of a block there may be a comment.
                let header = text.get(value.clone()).and_then(|block| block.find('\n')).filter(|_| scalar.block);
                opaque.push(start + header.unwrap_or(0)..event.end);
                scalars.push(value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        comments(text).comments.into_iter().map(|range| text.get(range).unwrap()).collect()
    }

    #[test]
    fn comments_stand_on_lines_of_their_own_and_behind_values() {
        assert_eq!(
            found("# a\nb: c # d\n  # e\nf: [g, # h\n  i] # j # k\n#"),
            ["# a", "# d", "# e", "# h", "# j # k", "#"]
        );
    }

    #[test]
    fn text_that_looks_like_a_comment_is_none() {
        assert_eq!(found("a: \"b # c\"\nd: 'e # f\n  # g'\nh: i#j\nk: &l#m n\n"), Vec::<&str>::new());
        assert_eq!(found("a: |\n  b # c\n\n  # d\ne: >-\n  # f\n"), Vec::<&str>::new());
        assert_eq!(found("a: b\n  c # d\n"), ["# d"]);
    }

    #[test]
    fn comments_around_blocks_are_found() {
        assert_eq!(found("a: |  # b\n  c # d\n# e\nf: &g !!str # h\n  i\n"), ["# b", "# e", "# h"]);
    }

    #[test]
    fn a_byte_order_mark_and_carriage_returns_do_no_harm() {
        assert_eq!(found("\u{feff}# a\r\nb: c # d\r\n"), ["# a", "# d"]);
    }

    #[test]
    fn a_text_with_a_fault_has_comments_up_to_it() {
        assert_eq!(found("# a\nb: \"c # d\n# e\n"), ["# a"]);
    }
    /// The values of a text without their places.
    fn values(text: &str) -> Option<Vec<String>> {
        let file = crate::source::SourceMap::new("/").add("a.yaml", text);
        let parsed = crate::syntax::yaml::parse(file, text, &crate::syntax::yaml::Limits::default()).ok()?;
        Some(parsed.documents.iter().map(|node| crate::emit::literal::python_str(node).display()).collect())
    }

    #[test]
    fn a_text_without_its_comments_has_the_same_values() {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut removed = 0;
        for entry in walkdir::WalkDir::new(fixtures).into_iter().filter_map(Result::ok) {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            let yaml = entry.path().extension().is_some_and(|extension| extension == "yaml");
            let Some(before) = values(&text).filter(|_| yaml) else { continue };
            let mut rest = text.clone();
            for range in comments(&text).comments.into_iter().rev() {
                rest.replace_range(range, "");
                removed += 1;
            }
            assert_eq!(values(&rest), Some(before), "{}", entry.path().display());
        }
        assert!(removed > 10, "{removed}");
    }
}
