//! Secrets inside template values: text with secrets goes in, a marked string comes out, and back.
//!
//! Template expressions work on strings: they concatenate, trim and replace. A mark travels through all of
//! that, and the formatter turns it into a secret again. Marks start and end with characters drawn anew
//! for every process, so no text of a project can look like one.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use crate::syntax::{Part, SecretRef, Text};

/// First character of private use plane 16; letters of a mark have no case and are no white space.
const PLANE: u32 = 0x10_0000;
/// Offset of the characters that stand for the bytes of scope and key.
const BYTES: u32 = 0xf000;
/// Stands between scope and key.
const SEPARATOR: u32 = 0xf100;
/// Every character of plane 16 starts with this byte.
const LEAD: u8 = 0xf4;

struct Delimiters {
    open: String,
    close: String,
}

static DELIMITERS: LazyLock<Delimiters> = LazyLock::new(|| {
    let random = RandomState::new();
    let draw = |seed: u8| {
        let bits = random.hash_one(seed);
        (0..4).map(|index| plane((bits >> (16 * index)) as u32 & 0x7fff)).collect()
    };
    Delimiters { open: draw(0), close: draw(1) }
});

/// A mark was cut by a template expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("text with a secret was cut in pieces; take the pieces before the secret is part of the text")]
pub(super) struct BrokenMark;

/// The text as one string, its secrets as marks.
pub(super) fn mark(text: &Text) -> String {
    let mut out = String::new();
    for part in &text.parts {
        match part {
            Part::Literal(literal) => out.push_str(literal),
            Part::Secret(SecretRef { scope, key }) => {
                out.push_str(&DELIMITERS.open);
                out.extend(scope.bytes().map(|byte| plane(BYTES + u32::from(byte))));
                out.push(plane(SEPARATOR));
                out.extend(key.bytes().map(|byte| plane(BYTES + u32::from(byte))));
                out.push_str(&DELIMITERS.close);
            }
        }
    }
    out
}

/// The text of a string that may hold marks.
pub(super) fn unmark(marked: &str) -> Result<Text, BrokenMark> {
    if !is_suspect(marked) {
        return Ok(Text::plain(marked));
    }
    let mut text = Text::default();
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once(&DELIMITERS.open) {
        let (inside, after) = after.split_once(&DELIMITERS.close).ok_or(BrokenMark)?;
        text.push_str(before);
        text.parts.push(Part::Secret(read(inside).ok_or(BrokenMark)?));
        rest = after;
    }
    text.push_str(rest);
    let whole = !text.parts.iter().any(|part| matches!(part, Part::Literal(literal) if is_marked(literal)));
    if whole { Ok(text) } else { Err(BrokenMark) }
}

/// Whether a string holds a mark or a piece of one.
pub(super) fn is_marked(text: &str) -> bool {
    is_suspect(text) && (text.contains(&DELIMITERS.open) || text.contains(&DELIMITERS.close))
}

fn is_suspect(text: &str) -> bool {
    memchr::memchr(LEAD, text.as_bytes()).is_some()
}

fn read(inside: &str) -> Option<SecretRef> {
    let (scope, key) = inside.split_once(plane(SEPARATOR))?;
    Some(SecretRef { scope: read_bytes(scope)?, key: read_bytes(key)? })
}

fn read_bytes(text: &str) -> Option<Arc<str>> {
    let bytes: Option<Vec<u8>> = text
        .chars()
        .map(|character| u32::from(character).checked_sub(PLANE + BYTES).and_then(|byte| u8::try_from(byte).ok()))
        .collect();
    String::from_utf8(bytes?).ok().map(Arc::from)
}

fn plane(offset: u32) -> char {
    char::from_u32(PLANE + offset).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Text {
        let secret = SecretRef { scope: "größe".into(), key: "k".into() };
        Text { parts: vec![Part::Literal("a\u{100000}".into()), Part::Secret(secret), Part::Literal("b".into())] }
    }

    #[test]
    fn marks_read_back() {
        assert_eq!(unmark(&mark(&secret())), Ok(secret()));
        assert_eq!(unmark("plain"), Ok(Text::plain("plain")));
    }

    #[test]
    fn marks_survive_changes_of_case() {
        assert!(unmark(&mark(&secret()).to_uppercase()).unwrap().has_secret());
    }

    #[test]
    fn cut_marks_are_noticed() {
        let marked = mark(&secret());
        let characters: Vec<char> = marked.chars().collect();
        let front: String = characters.iter().take(8).collect();
        let back: String = characters.iter().skip(8).collect();
        assert_eq!(unmark(&front), Err(BrokenMark));
        assert_eq!(unmark(&back), Err(BrokenMark));
    }
}
