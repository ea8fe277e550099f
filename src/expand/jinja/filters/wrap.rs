//! Line splitting and wrapping, as Python's `str.splitlines` and `textwrap.wrap` do them.

use minijinja::{Error, State, Value};

use super::super::arguments::{Arguments, defined, kind_of};
use super::super::error::fault;
use super::strings::like;

/// The lines of a text, with or without their ends. All line ends of Unicode count.
pub(in super::super) fn split_lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((at, end)) = rest.char_indices().find(|(_, character)| is_line_end(*character)) else {
            lines.push(rest);
            break;
        };
        let length = if rest.get(at..).is_some_and(|rest| rest.starts_with("\r\n")) { 2 } else { end.len_utf8() };
        let (line, after) = rest.split_at_checked(at + length).unwrap_or((rest, ""));
        lines.push(if keep_ends { line } else { line.get(..at).unwrap_or(line) });
        rest = after;
    }
    lines
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn wordwrap(state: &mut State<'_, '_>, value: &Value, arguments: &Arguments) -> Result<Value, Error> {
    defined(state, value)?;
    if value.is_undefined() {
        return Err(super::super::error::undefined(value));
    }
    let text = value.as_str().ok_or_else(|| fault(format!("`wordwrap` needs text, not {}", kind_of(value))))?;
    let wrapping = Wrapping {
        width: arguments.size("width")?.unwrap_or(79),
        break_words: arguments.flag("break_long_words", true),
        break_hyphens: arguments.flag("break_on_hyphens", true),
    };
    if wrapping.width == 0 {
        return Err(fault("`wordwrap` needs a width of at least 1"));
    }
    let separator = arguments.text("wrapstring")?.unwrap_or("\n");
    let lines: Vec<String> =
        split_lines(text, false).into_iter().map(|line| wrapping.wrap(line).join(separator)).collect();
    Ok(like(value, lines.join(separator)))
}

struct Wrapping {
    width: usize,
    break_words: bool,
    break_hyphens: bool,
}

type Chunk = Vec<char>;

impl Wrapping {
    fn wrap(&self, text: &str) -> Vec<String> {
        let mut chunks: Vec<Chunk> = self.split(&text.chars().collect::<Vec<_>>());
        chunks.reverse();
        let mut lines = Vec::new();
        while let Some(first) = chunks.last() {
            if is_blank(first) && !lines.is_empty() {
                chunks.pop();
            }
            let mut line: Vec<Chunk> = Vec::new();
            let mut length = 0;
            while let Some(chunk) = chunks.pop_if(|chunk| length + chunk.len() <= self.width) {
                length += chunk.len();
                line.push(chunk);
            }
            if chunks.last().is_some_and(|chunk| chunk.len() > self.width) {
                self.place_long_word(&mut chunks, &mut line, self.width.saturating_sub(length));
            }
            line.pop_if(|chunk| is_blank(chunk));
            if !line.is_empty() {
                lines.push(line.concat().into_iter().collect());
            }
        }
        lines
    }

    /// Puts what fits of a word longer than a line into the line.
    fn place_long_word(&self, chunks: &mut Vec<Chunk>, line: &mut Vec<Chunk>, space: usize) {
        let Some(mut chunk) = chunks.pop() else { return };
        if !self.break_words {
            // Without breaking, the word gets a line of its own.
            if line.is_empty() {
                line.push(chunk)
            } else {
                chunks.push(chunk)
            }
            return;
        }
        let mut end = space.min(chunk.len());
        if self.break_hyphens && chunk.len() > space {
            let fitting = chunk.get(..space).unwrap_or_default();
            let hyphen = fitting.iter().rposition(|character| *character == '-');
            end = match hyphen {
                Some(at) if fitting.iter().take(at).any(|character| *character != '-') => at + 1,
                _ => end,
            };
        }
        let rest = chunk.split_off(end);
        line.push(chunk);
        chunks.push(rest);
    }

    /// Cuts text into pieces of white space and pieces of words that may not be broken.
    fn split(&self, text: &[char]) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let blank = text.get(start).copied().is_some_and(is_blank_character);
            let mut end = start + 1;
            while end < text.len() {
                let here = text.get(end).copied().is_some_and(is_blank_character);
                if here != blank || (!blank && self.break_hyphens && may_break(text, start, end)) {
                    break;
                }
                end += 1;
            }
            chunks.push(text.get(start..end).unwrap_or_default().to_vec());
            start = end;
        }
        chunks
    }
}

/// Whether a word that started at `start` may be broken before `at`: behind a hyphen between letters, and
/// before and behind a dash of several hyphens.
fn may_break(text: &[char], start: usize, at: usize) -> bool {
    let character = |index: Option<usize>| index.and_then(|index| text.get(index)).copied();
    let back = |distance: usize| character(at.checked_sub(distance));
    let is_letter = |found: Option<char>| found.is_some_and(|found| found.is_alphabetic() || found == '_');
    let is_word = |found: Option<char>| found.is_some_and(|found| found.is_alphanumeric() || found == '_');
    let hyphens = |from: usize| text.iter().skip(from).take_while(|found| **found == '-').count();
    let ahead = character(Some(at));
    if ahead == Some('-') && back(1) != Some('-') {
        let dash = hyphens(at);
        let before = back(1).is_some_and(|found| is_word(Some(found)) || "!\"'&.,?".contains(found));
        return before && dash >= 2 && is_word(character(Some(at + dash)));
    }
    if back(1) != Some('-') {
        return false;
    }
    let first = character(Some(start));
    if first == Some('-') {
        // Behind a dash that is a piece of its own.
        let before =
            character(start.checked_sub(1)).is_some_and(|found| is_word(Some(found)) || "!\"'&.,?".contains(found));
        return before && at - start >= 2 && at == start + hyphens(start) && is_word(ahead);
    }
    let letters = is_letter(back(2)) && (is_letter(back(3)) || (back(3) == Some('-') && is_letter(back(4))));
    let next = match character(Some(at + 1)) {
        Some('-') => character(Some(at + 2)),
        other => other,
    };
    letters && is_letter(ahead) && is_letter(next)
}

fn is_blank_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ')
}

fn is_blank(chunk: &Chunk) -> bool {
    chunk.iter().all(|character| is_blank_character(*character))
}
