//! Where values stand in a template: source goes in, the first misplaced value comes out.
//!
//! A value is written as a complete literal. Inside quotes it would end the author's string and begin code,
//! and inside a comment only text without line breaks is harmless; both places are refused when a template
//! is loaded. Tags are taken as they stand in the file; every branch is expected to close its own quotes.

/// A value stands where its literal would not be read as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misplaced {
    /// 1-based.
    pub line: usize,
    pub message: &'static str,
}

const IN_QUOTES: &str = "a value stands inside quotes; build the text in the expression: {{ \"prefix_\" ~ name }}";
const IN_COMMENT: &str = "a value in a comment needs the filter `comment`";
const NOT_IN_COMMENT: &str = "the filter `comment` is for comments only";

/// What surrounds a position in the Python text of a template.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Code,
    Comment,
    Quotes(char),
    TripledQuotes(char),
}

/// Checks every `{{ value }}` of a template.
pub(super) fn check(source: &str) -> Result<(), Misplaced> {
    let mut around = Around::Code;
    let mut line = 1;
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let taken = match tag(rest) {
            Some((Tag::Value, length)) => {
                let value = rest.get(..length).unwrap_or(rest);
                if let Some(message) = misplaced(around, value) {
                    return Err(Misplaced { line, message });
                }
                length
            }
            Some((Tag::Other, length)) => length,
            None => step(rest, character, &mut around),
        };
        let (done, remaining) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        line += done.matches('\n').count();
        rest = remaining;
    }
    Ok(())
}

fn misplaced(around: Around, value: &str) -> Option<&'static str> {
    let inner = value.trim_matches(['{', '}', '-', '+', ' ', '\n', '\t']);
    let filter = inner.rsplit('|').next().map(str::trim).filter(|_| inner.contains('|'));
    let comments = matches!(filter, Some("comment" | "py_comment"));
    match around {
        Around::Quotes(_) | Around::TripledQuotes(_) => Some(IN_QUOTES),
        Around::Comment if !comments => Some(IN_COMMENT),
        Around::Code if comments => Some(NOT_IN_COMMENT),
        Around::Comment | Around::Code => None,
    }
}

enum Tag {
    Value,
    Other,
}

/// The template tag at the start of a text, and its length in bytes.
fn tag(rest: &str) -> Option<(Tag, usize)> {
    let (kind, end) = match rest.get(..2)? {
        "{{" => return Some((Tag::Value, expression_end(rest, "}}"))),
        "{%" => (Tag::Other, expression_end(rest, "%}")),
        "{#" => (Tag::Other, rest.find("#}").map_or(rest.len(), |at| at + 2)),
        _ => return None,
    };
    Some((kind, end))
}

/// The end of a tag; quotes inside the tag hide its closing characters.
fn expression_end(rest: &str, close: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(2) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if rest.get(at..).is_some_and(|tail| tail.starts_with(close)) => return at + 2,
            None => {}
        }
    }
    rest.len()
}

/// Reads one piece of Python text and gives its length in bytes.
fn step(rest: &str, character: char, around: &mut Around) -> usize {
    let tripled = |quote: char| rest.chars().take(3).filter(|&next| next == quote).count() == 3;
    let width = character.len_utf8();
    match *around {
        Around::Code => match character {
            '#' => *around = Around::Comment,
            '"' | '\'' if tripled(character) => {
                *around = Around::TripledQuotes(character);
                return 3;
            }
            '"' | '\'' => *around = Around::Quotes(character),
            _ => {}
        },
        Around::Comment if character == '\n' => *around = Around::Code,
        Around::Comment => {}
        Around::Quotes(_) | Around::TripledQuotes(_) if character == '\\' => {
            return width + rest.chars().nth(1).map_or(0, char::len_utf8);
        }
        Around::Quotes(quote) if character == quote || character == '\n' => *around = Around::Code,
        Around::TripledQuotes(quote) if tripled(quote) => {
            *around = Around::Code;
            return 3;
        }
        Around::Quotes(_) | Around::TripledQuotes(_) => {}
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_stand_in_code() {
        for source in [
            "x = {{ a }}\n",
            "f(\"a\", {{ a }}, '''b''', {{ b }})",
            "{# it's #}{{ a }}",
            "\"{% if a %}\"{{ a }}",
            "# it's {{ a | comment }}\n{{ b }}",
            "{{ \"}}\" ~ a }}\"\"",
        ] {
            assert_eq!(check(source), Ok(()), "{source}");
        }
    }

    #[test]
    fn values_may_not_stand_in_quotes_or_bare_in_comments() {
        for (source, line, message) in [
            ("\nx = \"a {{ b }}\"", 2, IN_QUOTES),
            ("'''\n\n{{ b }}'''", 3, IN_QUOTES),
            ("'\\'{{ b }}'", 1, IN_QUOTES),
            ("# {{ b }}", 1, IN_COMMENT),
            ("{{ b | comment }}", 1, NOT_IN_COMMENT),
        ] {
            assert_eq!(check(source), Err(Misplaced { line, message }), "{source}");
        }
    }
}
