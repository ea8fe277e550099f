//! Text for people inside code: descriptions go in, docstrings and comments come out.
//!
//! Secrets are named here, never read.

use super::literal::{is_hidden, push_escape, tripled};

/// A docstring literal. Its value, cleaned by `inspect.cleandoc` and stripped, equals the text cleaned alike,
/// before and after formatting.
///
/// ```
/// assert_eq!(lhp::emit::docstring("Orders of a day"), r#""""Orders of a day""""#);
/// ```
pub fn docstring(text: &str) -> String {
    let clean = cleandoc(text);
    let clean = clean.trim_matches(is_python_space);
    // Lines that are all indented deeper than the first would lose that indentation.
    if cleandoc(clean).trim_matches(is_python_space) == clean {
        return tripled(clean);
    }
    tripled(&format!("\n{clean}\n"))
}

/// Text for the inside of one `#` comment: no line break, no control or invisible character.
pub fn comment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in
        text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'])
    {
        let line = line.trim_matches([' ', '\t']);
        if !line.is_empty() && !out.is_empty() {
            out.push(' ');
        }
        for character in line.chars() {
            match character {
                '\t' => out.push(' '),
                _ if character.is_control() || is_hidden(character) => push_escape(&mut out, character),
                _ => out.push(character),
            }
        }
    }
    out
}

/// Python's `inspect.cleandoc`.
fn cleandoc(text: &str) -> String {
    if memchr::memchr2(b'\n', b'\t', text.as_bytes()).is_none() {
        return text.trim_start_matches(is_python_space).to_owned();
    }
    let expanded = expand_tabs(text);
    let mut lines: Vec<&str> = expanded.split('\n').collect();
    let margin = lines
        .iter()
        .skip(1)
        .filter_map(|line| {
            let content = line.trim_start_matches(is_python_space);
            (!content.is_empty()).then(|| line.chars().count() - content.chars().count())
        })
        .min()
        .unwrap_or(0);
    for (index, line) in lines.iter_mut().enumerate() {
        *line = match index {
            0 => line.trim_start_matches(is_python_space),
            _ => line.char_indices().nth(margin).map_or("", |(at, _)| line.get(at..).unwrap_or_default()),
        };
    }
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let start = lines.iter().position(|line| !line.is_empty()).unwrap_or(end);
    lines.get(start..end).unwrap_or_default().join("\n")
}

/// Python's `str.expandtabs()`.
fn expand_tabs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for character in text.chars() {
        match character {
            '\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            _ => {
                out.push(character);
                column = if matches!(character, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    out
}

/// Python's `str.isspace()`.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::emit::python;
    use crate::emit::testing::{awkward_text, docstring_of};

    fn cleaned(text: &str) -> String {
        cleandoc(text).trim_matches(is_python_space).to_owned()
    }

    proptest! {
        #[test]
        fn a_docstring_keeps_its_cleaned_value_through_formatting(text in awkward_text()) {
            let source = format!("def view():\n    {}\n    return 1\n", docstring(&text));
            prop_assert_eq!(cleaned(&docstring_of(&source)), cleaned(&text));
            let formatted = python::parse_and_format(&source).unwrap();
            prop_assert_eq!(cleaned(&docstring_of(&formatted)), cleaned(&text), "{}", formatted);
        }

        #[test]
        fn a_comment_is_one_line_without_control_characters(text in awkward_text()) {
            let shown = comment(&text);
            prop_assert!(!shown.chars().any(|character| character.is_control() || is_hidden(character)));
            let source = format!("# {shown}\n");
            prop_assert_eq!(python::check(&source), Ok(()));
        }
    }

    #[test]
    fn the_lines_of_a_docstring_stay_readable() {
        assert_eq!(docstring("  Orders\n\n    of a \"day\"\n  "), "\"\"\"Orders\n\nof a \"day\\\"\"\"\"");
    }

    #[test]
    fn indentation_below_the_first_line_survives() {
        assert_eq!(docstring("\n  a\n    b"), "\"\"\"\na\n  b\n\"\"\"");
    }

    #[test]
    fn a_comment_joins_lines() {
        assert_eq!(comment("a\r\n  b\u{202e}\x00"), "a b\\u202e\\x00");
    }
}
