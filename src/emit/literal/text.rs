//! String literals: text goes in, a Python expression with exactly that value comes out.
//!
//! Secrets become `dbutils.secrets.get(...)` calls. Every expression is an atom: it can stand as an
//! argument, in front of a method call, or beside an operator without parentheses.

use super::escape::{Braces, Lines, Place, Quoting, is_hidden, preferred_quote, push_body};
use crate::syntax::{Part, SecretRef, Text};

/// A literal on one line, double quotes preferred.
///
/// ```
/// assert_eq!(lhp::emit::literal::string("it's"), r#""it's""#);
/// assert_eq!(lhp::emit::literal::string("a\nb\u{202e}"), r#""a\nb\u202e""#);
/// ```
pub fn string(text: &str) -> String {
    literal(text, Lines::One)
}

/// A literal that keeps the lines of a text of several lines readable; one line otherwise.
///
/// Blanks at the end of a line are written as escapes: right-stripping the source does not change the value.
pub fn block(text: &str) -> String {
    if text.contains('\n') { tripled(text) } else { string(text) }
}

/// A literal between tripled double quotes.
pub(crate) fn tripled(text: &str) -> String {
    literal(text, Lines::Kept)
}

/// A literal, a secret call, or an f-string on one line.
pub fn text(text: &Text) -> String {
    expression(text, Lines::One)
}

/// Like [`text`], with the lines of a text of several lines kept as in [`block`].
pub fn text_block(text: &Text) -> String {
    let several = text.parts.iter().any(|part| matches!(part, Part::Literal(literal) if literal.contains('\n')));
    expression(text, if several { Lines::Kept } else { Lines::One })
}

/// The expression that reads a secret.
pub fn secret(secret: &SecretRef) -> String {
    format!("dbutils.secrets.get(scope={}, key={})", string(&secret.scope), string(&secret.key))
}

fn literal(text: &str, lines: Lines) -> String {
    let quote = match lines {
        Lines::One => preferred_quote(std::iter::once(text)),
        Lines::Kept => '"',
    };
    let quoting = Quoting { quote, lines, braces: Braces::Plain, hidden: is_hidden };
    let mut out = String::with_capacity(text.len() + 6);
    push_quotes(&mut out, quoting);
    push_body(&mut out, text, quoting, Place::WHOLE);
    push_quotes(&mut out, quoting);
    out
}

fn push_quotes(out: &mut String, quoting: Quoting) {
    let count = if quoting.lines == Lines::Kept { 3 } else { 1 };
    out.extend(std::iter::repeat_n(quoting.quote, count));
}

fn expression(text: &Text, lines: Lines) -> String {
    if let Some(plain) = text.as_plain() {
        return literal(plain, lines);
    }
    let parts = merged(text);
    match parts.as_slice() {
        [] => literal("", Lines::One),
        [Part::Literal(only)] => literal(only, lines),
        [Part::Secret(only)] => secret(only),
        _ if secrets(&parts).all(|secret| fits_in_braces(&secret.scope) && fits_in_braces(&secret.key)) => {
            f_string(&parts, lines)
        }
        _ => joined(&parts, lines),
    }
}

/// The parts without empty literals and without two literals side by side.
fn merged(text: &Text) -> Vec<Part> {
    let mut merged = Text { parts: Vec::with_capacity(text.parts.len()) };
    merged.push(text);
    merged.parts
}

fn literals(parts: &[Part]) -> impl Iterator<Item = &str> + Clone {
    parts.iter().filter_map(|part| match part {
        Part::Literal(text) => Some(text.as_ref()),
        Part::Secret(_) => None,
    })
}

fn secrets(parts: &[Part]) -> impl Iterator<Item = &SecretRef> {
    parts.iter().filter_map(|part| match part {
        Part::Literal(_) => None,
        Part::Secret(secret) => Some(secret),
    })
}

/// Before Python 3.12, an expression in an f-string may hold no backslash and no quote of the f-string itself.
fn fits_in_braces(name: &str) -> bool {
    name.chars().all(|character| character.is_alphanumeric() || "-_./@: ".contains(character))
}

fn f_string(parts: &[Part], lines: Lines) -> String {
    let quote = match lines {
        Lines::One => preferred_quote(literals(parts)),
        Lines::Kept => '"',
    };
    let inner = if quote == '"' { '\'' } else { '"' };
    let quoting = Quoting { quote, lines, braces: Braces::Doubled, hidden: is_hidden };
    let mut out = String::from("f");
    push_quotes(&mut out, quoting);
    for (index, part) in parts.iter().enumerate() {
        let place = Place { first: index == 0, last: index + 1 == parts.len() };
        match part {
            Part::Literal(text) => push_body(&mut out, text, quoting, place),
            Part::Secret(SecretRef { scope, key }) => {
                out.push_str(&format!("{{dbutils.secrets.get(scope={inner}{scope}{inner}, key={inner}{key}{inner})}}"))
            }
        }
    }
    push_quotes(&mut out, quoting);
    out
}

fn joined(parts: &[Part], lines: Lines) -> String {
    let items: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => literal(text, if text.contains('\n') { lines } else { Lines::One }),
            Part::Secret(reference) => secret(reference),
        })
        .collect();
    format!("\"\".join([{}])", items.join(", "))
}
