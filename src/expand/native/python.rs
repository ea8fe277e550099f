//! Python literals as `ast.literal_eval` reads them, as far as YAML can hold the result.
//!
//! Text goes in, a value comes out, or the reason why the text is none. Tuples become lists; sets, bytes
//! and complex numbers are refused.

use ruff_python_ast::{Expr, Number, UnaryOp};

use crate::emit::python;

use super::{MAX_DEPTH, Native, Pairs, digits};

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Native, String> {
    // Refusing everything but literals first bounds the depth of the syntax tree by the depth of the brackets.
    only_literals(text)?;
    let parsed = python::expression(text).map_err(|error| error.message.to_lowercase())?;
    value(&parsed.syntax().body, text)
}

fn value(expression: &Expr, text: &str) -> Result<Native, String> {
    let values = |items: &[Expr]| items.iter().map(|item| value(item, text)).collect::<Result<Vec<_>, _>>();
    Ok(match expression {
        Expr::NoneLiteral(_) => Native::Null,
        Expr::BooleanLiteral(literal) => Native::Bool(literal.value),
        Expr::NumberLiteral(literal) => number(&literal.value, false)?,
        Expr::StringLiteral(literal) => string(literal.value.to_str(), text)?,
        Expr::List(list) => Native::List(values(&list.elts)?),
        Expr::Tuple(tuple) => Native::List(values(&tuple.elts)?),
        Expr::Dict(dict) => {
            let mut pairs = Pairs::default();
            for item in &dict.items {
                let key = item.key.as_ref().ok_or("`**` is not allowed in it")?;
                pairs.insert(value(key, text)?, value(&item.value, text)?)?;
            }
            Native::Map(pairs.pairs)
        }
        Expr::UnaryOp(unary) => match (unary.op, unary.operand.as_ref()) {
            (UnaryOp::USub, Expr::NumberLiteral(literal)) => number(&literal.value, true)?,
            (UnaryOp::UAdd, Expr::NumberLiteral(literal)) => number(&literal.value, false)?,
            _ => return Err("a sign may only stand before a number".to_owned()),
        },
        Expr::BytesLiteral(_) => return Err("it holds bytes, which YAML has not".to_owned()),
        Expr::Set(_) => return Err("it holds a set, write a list instead".to_owned()),
        _ => return Err("it holds something that is not a literal".to_owned()),
    })
}

fn number(number: &Number, negative: bool) -> Result<Native, String> {
    Ok(match number {
        Number::Int(integer) => {
            let written = integer.to_string();
            let lower = written.to_ascii_lowercase();
            let decimal = match lower.get(..2) {
                Some("0x") => digits::to_decimal(lower.trim_start_matches("0x"), 16),
                Some("0o") => digits::to_decimal(lower.trim_start_matches("0o"), 8),
                Some("0b") => digits::to_decimal(lower.trim_start_matches("0b"), 2),
                _ => Some(written),
            };
            digits::from_ascii(negative, &decimal.ok_or("it holds a number that cannot be read")?)
        }
        Number::Float(float) => Native::Float(if negative { -float } else { *float }),
        Number::Complex { .. } => return Err("it holds a complex number".to_owned()),
    })
}

fn string(value: &str, text: &str) -> Result<Native, String> {
    // The parser puts this character where an escape names half of a surrogate pair.
    if value.contains(char::REPLACEMENT_CHARACTER) && !text.contains(char::REPLACEMENT_CHARACTER) {
        return Err("it holds half of a surrogate pair".to_owned());
    }
    Ok(Native::String(value.into()))
}

/// Checks that the text holds nothing but brackets, commas, colons, signs, numbers, strings and the names of
/// constants, without looking at how they are arranged.
fn only_literals(text: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    let mut after_sign = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let word = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
        let taken = match character {
            ' ' | '\t' | '\n' | '\r' | '\x0c' | ',' | ':' | '.' | '\\' => 1,
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => string_length(rest).ok_or("a string has no end")?,
            '[' | '{' | '(' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(format!("it is nested more than {MAX_DEPTH} levels deep"));
                }
                1
            }
            ']' | '}' | ')' => {
                depth = depth.saturating_sub(1);
                1
            }
            '+' | '-' if after_sign => return Err("a number has more than one sign".to_owned()),
            '+' | '-' => 1,
            '0'..='9' => word.len(),
            _ if matches!(word, "True" | "False" | "None") => word.len(),
            _ if is_string_prefix(word) && rest.get(word.len()..).is_some_and(|rest| rest.starts_with(['"', '\''])) => {
                word.len()
            }
            _ if word.is_empty() => return Err(format!("it holds `{character}`")),
            _ => return Err(format!("it holds the word `{word}` without quotes")),
        };
        if !matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0c' | '\\' | '#') {
            after_sign = matches!(character, '+' | '-');
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(())
}

fn is_string_prefix(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "r" | "u" | "b" | "br" | "rb")
}

/// The length of the string at the start of the text, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let quote = text.get(..1)?;
    let triple = quote.repeat(3);
    let delimiter = if text.starts_with(&triple) { triple.as_str() } else { quote };
    let mut at = delimiter.len();
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(delimiter) {
            return Some(at + delimiter.len());
        }
        let mut characters = rest.chars();
        at += match characters.next()? {
            '\\' => 1 + characters.next()?.len_utf8(),
            other => other.len_utf8(),
        };
    }
}
