//! Text for people: invisible characters are made visible, and prose is wrapped.
//!
//! In: text that may quote anything a user wrote. Out: text that cannot steer a terminal or
//! reorder what is shown.

use std::fmt::Write;

/// Whether a character would steer the terminal, reorder text or hide itself.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Appends a character; one that would deceive is written as `\u{…}`.
pub(super) fn push_visible(out: &mut String, character: char) {
    if is_deceptive(character) {
        out.extend(character.escape_unicode());
    } else {
        out.push(character);
    }
}

/// A text of several lines with everything but its line ends and tabs made visible.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\t' => out.push(character),
            other => push_visible(&mut out, other),
        }
    }
    out
}

/// The text as one visible line: runs of white space that hold a line end become one space.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        line.chars().map(|character| if character == '\t' { ' ' } else { character }).for_each(|character| {
            push_visible(&mut out, character);
        });
    }
    out
}

/// At most `limit` characters; what is cut is marked by `…`.
pub(super) fn ellipsise(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(limit.saturating_sub(1)).collect();
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// Lays out prose after `taken` columns that are already used; further lines are indented. Lines break between words only, and only if there is a width.
pub(super) fn wrap(out: &mut String, text: &str, taken: usize, indent: usize, width: Option<usize>) {
    let width = width.map_or(usize::MAX, |width| width.max(40));
    let mut column = taken;
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            column = indent;
            let _ = write!(out, "\n{:indent$}", "");
        }
        if width == usize::MAX {
            out.push_str(line);
            continue;
        }
        let kept = line.len() - line.trim_start().len();
        out.extend(line.chars().take(kept));
        column += kept;
        for (position, word) in line.split_whitespace().enumerate() {
            let length = word.chars().count();
            if position > 0 && column + 1 + length > width {
                let _ = write!(out, "\n{:indent$}", "");
                column = indent;
            } else if position > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_deceive_are_spelled_out() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\t\r\nc"), "a\\u{1b}[31m\\u{202e}b\t\nc");
    }

    #[test]
    fn one_line_has_no_line_end() {
        assert_eq!(one_line("a\n  b\r\n\n\tc\td"), "a b c d");
    }

    #[test]
    fn a_cut_text_ends_in_an_ellipsis() {
        assert_eq!(ellipsise("abc", 3), "abc");
        assert_eq!(ellipsise("ab cd", 4), "ab…");
    }

    #[test]
    fn prose_breaks_between_words_and_never_within() {
        let mut out = String::new();
        wrap(&mut out, "the file a/very/long/path/that/is/longer/than/the/width.yaml is empty", 0, 2, Some(40));
        assert_eq!(out, "the file\n  a/very/long/path/that/is/longer/than/the/width.yaml\n  is empty\n");
    }

    #[test]
    fn prose_without_a_width_keeps_its_lines() {
        let mut out = String::new();
        wrap(&mut out, &format!("{}\n  b", "word ".repeat(50)), 0, 2, None);
        assert_eq!(out.lines().count(), 2);
    }
}
