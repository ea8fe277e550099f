//! DDL column lists: `id BIGINT NOT NULL, ...` goes in, columns with their places come out.
//!
//! The grammar is `grammar/ddl.pest`. Types are not checked, and duplicates are not looked for.

use std::borrow::Cow;
use std::ops::Range;

use pest::Parser;
use pest::iterators::Pair;

use super::ranged::{Ranged, unexpected};

mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/ddl.pest"]
    pub struct Grammar;
}

use grammar::{Grammar, Rule};

/// The parser recurses once for every bracket that is open; more openings than this are never given to it at once.
const MOST_BRACKETS: usize = 200;

/// One column of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column<'a> {
    /// Without backticks. Nested fields are joined by dots; the range shows the name as it is written.
    pub name: Ranged<Cow<'a, str>>,
    /// As it is written, from its first word to the last before `NOT NULL`, `COMMENT` or the comma.
    pub data_type: Ranged<&'a str>,
    /// The place of `NOT NULL`.
    pub not_null: Option<Range<usize>>,
    /// The text between the quotes, escapes resolved.
    pub comment: Option<Ranged<Cow<'a, str>>>,
    /// The whole column.
    pub range: Range<usize>,
}

/// Text that is no list of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DdlError {
    pub range: Range<usize>,
    pub message: String,
}

/// Reads a list of columns. Empty text has none, and one comma may stand at the end.
///
/// ```
/// let columns = lhp::syntax::ddl::columns("id BIGINT NOT NULL, price DECIMAL(10, 2) COMMENT 'net, EUR'")?;
/// assert_eq!(columns[1].data_type.value, "DECIMAL(10, 2)");
/// # Ok::<(), lhp::syntax::ddl::DdlError>(())
/// ```
pub fn columns(text: &str) -> Result<Vec<Column<'_>>, DdlError> {
    if brackets(text) <= MOST_BRACKETS {
        return parse(Rule::columns, text, 0);
    }
    let mut columns = Vec::new();
    for range in pieces(text) {
        let piece = text.get(range.clone()).unwrap_or_default();
        if brackets(piece) > MOST_BRACKETS {
            return Err(DdlError { range, message: format!("a column has more than {MOST_BRACKETS} brackets") });
        }
        columns.extend(parse(Rule::one, piece, range.start)?);
    }
    Ok(columns)
}

/// Splits a list into the texts of its columns, trimmed, without empty ones.
///
/// Text that is no list of columns is split at every comma outside `( )`, so that nothing is refused.
pub fn split_columns(text: &str) -> Vec<&str> {
    let parsed = || columns(text).map(|columns| columns.into_iter().map(|column| column.range).collect());
    let ranges = if is_simple(text) { pieces(text) } else { parsed().unwrap_or_else(|_| pieces(text)) };
    ranges.into_iter().filter_map(|range| text.get(range)).collect()
}

/// Whether a text has neither quotes nor remarks nor angles, which could hide a comma: it is split at the same places
/// whether the grammar takes it or not.
fn is_simple(text: &str) -> bool {
    let simple =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b',' | b'(' | b')' | b' ' | b'\n');
    text.bytes().all(simple)
}

fn brackets(text: &str) -> usize {
    memchr::memchr2_iter(b'(', b'<', text.as_bytes()).count()
}

/// The trimmed, non-empty pieces between the commas outside `( )`.
///
/// A closing bracket too many hides commas until an opening one makes up for it.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut depth = 0_i64;
    let mut start = 0;
    let mut add = |range: Range<usize>| {
        let piece = text.get(range.clone()).unwrap_or_default();
        let start = range.end - piece.trim_start().len();
        let end = start + piece.trim().len();
        pieces.extend((start < end).then_some(start..end));
    };
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                add(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    add(start..text.len());
    pieces
}

/// Reads a list or one column that starts `offset` bytes into a longer text.
fn parse(rule: Rule, text: &str, offset: usize) -> Result<Vec<Column<'_>>, DdlError> {
    let pairs = Grammar::parse(rule, text).map_err(|error| {
        let (range, message) = unexpected(&error, text, describe);
        DdlError { range: range.start + offset..range.end + offset, message }
    })?;
    let found = pairs.flat_map(Pair::into_inner).filter(|pair| pair.as_rule() == Rule::column);
    Ok(found.map(|pair| column(pair, offset)).collect())
}

fn column(pair: Pair<'_, Rule>, offset: usize) -> Column<'_> {
    let range_of = |pair: &Pair<'_, Rule>| pair.as_span().start() + offset..pair.as_span().end() + offset;
    let range = range_of(&pair);
    let mut column = Column {
        name: Ranged::new(Cow::Borrowed(""), range.start..range.start),
        data_type: Ranged::new("", range.end..range.end),
        not_null: None,
        comment: None,
        range,
    };
    for part in pair.into_inner() {
        let range = range_of(&part);
        match part.as_rule() {
            Rule::name => column.name = Ranged::new(name(part), range),
            Rule::data_type => column.data_type = Ranged::new(part.as_str(), range),
            Rule::not_null => column.not_null = Some(range),
            Rule::comment => {
                let string = part.into_inner().next();
                column.comment = string.map(|string| Ranged::new(unescape(string.as_str()), range_of(&string)));
            }
            _ => {}
        }
    }
    column
}

fn name(pair: Pair<'_, Rule>) -> Cow<'_, str> {
    let text = pair.as_str();
    if !text.contains('`') {
        return Cow::Borrowed(text);
    }
    let parts = pair.into_inner().map(|part| match part.clone().into_inner().next() {
        Some(inner) => inner.as_str().replace("``", "`"),
        None => part.as_str().to_owned(),
    });
    Cow::Owned(parts.collect::<Vec<_>>().join("."))
}

/// The value of a quoted string: `\` takes the next character as it is, except `\n`, `\r` and `\t`;
/// a doubled quote is one.
fn unescape(string: &str) -> Cow<'_, str> {
    let mut characters = string.chars();
    let quote = characters.next().unwrap_or('\'');
    let inner = characters.as_str().strip_suffix(quote).unwrap_or_default();
    if !inner.contains(['\\', quote]) {
        return Cow::Borrowed(inner);
    }
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            value.extend(characters.next().map(|escaped| match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }));
        } else {
            value.push(character);
            if character == quote {
                characters.next();
            }
        }
    }
    Cow::Owned(value)
}

fn describe(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::column | Rule::name | Rule::name_word => Some("a column name"),
        Rule::data_type | Rule::type_word => Some("a data type"),
        Rule::inner => Some("a name between the backticks"),
        Rule::not_null => Some("`NOT NULL`"),
        Rule::comment => Some("`COMMENT`"),
        Rule::closing_parenthesis => Some("`)`"),
        Rule::closing_angle => Some("`>`"),
        Rule::closing_backtick => Some("a closing backtick"),
        Rule::closing_quote | Rule::closing_double_quote => Some("a closing quote"),
        Rule::EOI => Some("the end of the list"),
        Rule::comma => Some("`,`"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "ddl_tests.rs"]
mod tests;
