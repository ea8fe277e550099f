//! Characters inside quotes: text goes in, the body of a Python string literal comes out.
//!
//! The body evaluates to exactly the text. Characters that a reader cannot see, or that turn the
//! direction of the line, are shown as escapes, so that source always reads as it runs.

use std::fmt::Write as _;

/// How the literal around a body is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoting {
    pub quote: char,
    pub lines: Lines,
    pub braces: Braces,
    /// Which characters beside control characters are shown as escapes.
    pub hidden: fn(char) -> bool,
}

/// Whether line breaks are kept or escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// One physical line between single quote characters.
    One,
    /// Real line breaks between tripled quote characters.
    Kept,
}

/// Whether braces are doubled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Braces {
    Plain,
    Doubled,
}

/// Where a body stands between its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The body follows the opening quotes directly.
    pub first: bool,
    /// The closing quotes follow the body directly.
    pub last: bool,
}

impl Place {
    /// A body that is the whole literal.
    pub const WHOLE: Self = Self { first: true, last: true };
}

/// The quote character that needs the fewest escapes, double quotes preferred.
pub(super) fn preferred_quote<'a>(mut literals: impl Iterator<Item = &'a str> + Clone) -> char {
    let double = literals.clone().any(|text| text.contains('"'));
    if double && !literals.any(|text| text.contains('\'')) { '\'' } else { '"' }
}

/// Appends the body of a literal.
pub(super) fn push_body(out: &mut String, text: &str, quoting: Quoting, place: Place) {
    let kept = quoting.lines == Lines::Kept;
    let mut quotes_in_a_row = 0;
    let mut at_start = place.first;
    let mut rest = text;
    loop {
        let (plain, special) = rest.split_at_checked(plain_length(rest, quoting)).unwrap_or(("", rest));
        out.push_str(plain);
        if !plain.is_empty() {
            quotes_in_a_row = 0;
            at_start = false;
        }
        let mut characters = special.chars();
        let Some(character) = characters.next() else { return };
        rest = characters.as_str();
        let next = characters.next();
        let mut quote_open = false;
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' if kept => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' if kept && next != Some('\n') => out.push('\t'),
            '\t' => out.push_str("\\t"),
            // A blank at the end of a physical line does not survive editors and right-stripping.
            ' ' if kept && next == Some('\n') => out.push_str("\\x20"),
            '{' | '}' if quoting.braces == Braces::Doubled => {
                out.push(character);
                out.push(character);
            }
            _ if character == quoting.quote => {
                quote_open = kept && !at_start && quotes_in_a_row < 2 && !(place.last && next.is_none());
                if !quote_open {
                    out.push('\\');
                }
                out.push(character);
            }
            _ if character.is_ascii() && !character.is_ascii_control() => out.push(character),
            _ if character.is_control() || (quoting.hidden)(character) => push_escape(out, character),
            _ => out.push(character),
        }
        quotes_in_a_row = if quote_open { quotes_in_a_row + 1 } else { 0 };
        at_start = false;
    }
}

/// How many bytes at the start of a text stand for themselves, whatever surrounds them.
fn plain_length(text: &str, quoting: Quoting) -> usize {
    let bytes = text.as_bytes();
    let is_special = |byte: &u8| match byte {
        b'"' | b'\'' => char::from(*byte) == quoting.quote,
        b'{' | b'}' => quoting.braces == Braces::Doubled,
        b'\\' => true,
        b' '..=b'~' => false,
        _ => true,
    };
    let length = bytes.iter().position(is_special).unwrap_or(bytes.len());
    // Whether a blank needs an escape depends on what follows it.
    let ends_in_blank = length > 0 && bytes.get(length - 1) == Some(&b' ') && bytes.get(length) == Some(&b'\n');
    length - usize::from(ends_in_blank)
}

/// Appends a character as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
pub(crate) fn push_escape(out: &mut String, character: char) {
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Whether a character is invisible, blank without being the ASCII space, or steers the text around it.
pub(crate) fn is_hidden(character: char) -> bool {
    is_format_or_separator(character)
        || matches!(character,
            '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether Python's `repr()` escapes a character that is not a control character.
pub(super) fn is_unprintable(character: char) -> bool {
    is_format_or_separator(character) || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The Unicode categories Cf, Zl, Zp and Zs, without the ASCII space.
fn is_format_or_separator(character: char) -> bool {
    matches!(character,
        '\u{a0}' | '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}')
}
