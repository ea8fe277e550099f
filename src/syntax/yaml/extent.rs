//! Where a node is really written: offsets of parser events go in, exact byte offsets come out.
//!
//! Events include anchors and tags at their start and blank lines at their end; a reader wants the value.

use std::ops::Range;

use crate::source::{FileId, Span};

/// The parts in front of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix {
    /// The anchor as written, with its `&`.
    pub anchor: Option<Range<usize>>,
    /// The tag as written, with its `!`.
    pub tag: Option<Range<usize>>,
    /// The first byte of the value itself.
    pub content: usize,
}

/// Reads anchor and tag between the start of an event and its end.
pub(super) fn prefix(text: &str, start: usize, end: usize) -> Prefix {
    let bytes = text.as_bytes().get(..end).unwrap_or_default();
    let (mut anchor, mut tag) = (None, None);
    let mut at = start;
    while let Some(mark @ (b'&' | b'!')) = bytes.get(at).copied() {
        let from = at;
        let verbatim = bytes.get(at + 1) == Some(&b'<');
        while let Some(byte) = bytes.get(at)
            && !byte.is_ascii_whitespace()
            && (verbatim || *byte != b',')
        {
            at += 1;
        }
        match mark {
            b'!' => tag = Some(from..at),
            _ => anchor = Some(from..at),
        }
        at = skip_blank(bytes, at);
    }
    Prefix { anchor, tag, content: at.min(end) }
}

/// The end of a `|` or `>` block without the blank lines after it.
pub(super) fn block_scalar_end(text: &str, start: usize, end: usize) -> usize {
    let is_blank = |character| matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    text.get(start..end).map_or(end, |block| start + block.trim_end_matches(is_blank).len())
}

/// Where an absent value belongs: right behind the `:` if there is one, else right behind the key.
pub(super) fn absent_value(text: &str, key_end: usize, mark: usize) -> usize {
    let bytes = text.as_bytes().get(..mark).unwrap_or_default();
    match skip_blank(bytes, key_end) {
        colon if bytes.get(colon) == Some(&b':') => colon + 1,
        _ => key_end.min(mark),
    }
}

/// The value that starts a piece of a line: up to a comment or to a bracket that closes something before it.
pub(super) fn unquoted(line: &str) -> &str {
    let mut open = 0_usize;
    let mut blank = false;
    let end = line.find(|character| {
        let ends = match character {
            '{' | '[' => {
                open += 1;
                false
            }
            '}' | ']' if open == 0 => true,
            '}' | ']' => {
                open -= 1;
                false
            }
            '#' => blank,
            _ => false,
        };
        blank = character.is_whitespace();
        ends
    });
    line.get(..end.unwrap_or(line.len())).unwrap_or(line).trim_end()
}

/// The character at an offset; empty at the end of the text.
pub(super) fn character(file: FileId, text: &str, at: usize) -> Span {
    let rest = text.get(at..).unwrap_or_default();
    let width = rest.chars().next().filter(|character| *character != '\n').map_or(0, char::len_utf8);
    Span::new(file, at.min(text.len()), at.min(text.len()) + width)
}

fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    let mut in_comment = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' | b'\r' => in_comment = false,
            b'#' => in_comment = true,
            byte if in_comment || byte.is_ascii_whitespace() => {}
            _ => break,
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchor_tag_and_comments_are_no_part_of_a_value() {
        let text = "&a !!str # why\n  value";
        let prefix = prefix(text, 0, text.len());
        assert_eq!((prefix.anchor, prefix.tag), (Some(0..2), Some(3..8)));
        assert_eq!(text.get(prefix.content..), Some("value"));
    }

    #[test]
    fn a_verbatim_tag_may_hold_commas() {
        let text = "!<tag:a,b:c> v";
        assert_eq!(prefix(text, 0, text.len()), Prefix { anchor: None, tag: Some(0..12), content: 13 });
    }

    #[test]
    fn a_value_of_tag_alone_is_empty_behind_it() {
        assert_eq!(prefix("[!!str, a]", 1, 6).content, 6);
    }

    #[test]
    fn text_without_quotes_ends_at_a_comment_or_at_a_foreign_bracket() {
        assert_eq!(unquoted("%{x}/b # c"), "%{x}/b");
        assert_eq!(unquoted("%{x}#1"), "%{x}#1");
        assert_eq!(unquoted("%{x}, b]"), "%{x}, b");
    }

    #[test]
    fn an_absent_value_stands_behind_the_colon_or_the_key() {
        assert_eq!(absent_value("{a: , b}", 2, 5), 3);
        assert_eq!(absent_value("{a , b}", 2, 3), 2);
        assert_eq!(absent_value("? a # c\n? b", 3, 8), 3);
    }
}
