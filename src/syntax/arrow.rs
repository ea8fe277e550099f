//! Entries of a schema transform: `old -> new: TYPE` goes in, its parts with their places come out.
//!
//! The grammar is `grammar/arrow.pest`. Whether entries contradict each other is not decided here.

use std::borrow::Cow;
use std::ops::Range;

use pest::Parser;
use pest::iterators::Pair;

use super::ranged::{Ranged, unexpected};

mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/arrow.pest"]
    pub struct Grammar;
}

use grammar::{Grammar, Rule};

/// How an entry is written, for the help of a diagnostic.
pub const ENTRY_FORMS: &str = "write `old -> new: TYPE`, `old -> new`, `col: TYPE` or `col`; \
     put a source name with other characters than letters, digits, `_` and `$` in backticks";

/// One entry: rename and cast, rename, cast, or pass through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow<'a> {
    /// The column that is read, without backticks.
    pub source: Ranged<Cow<'a, str>>,
    /// The new name of the column.
    pub target: Option<Ranged<&'a str>>,
    /// The type that the column is cast to, as it is written.
    pub data_type: Option<Ranged<&'a str>>,
}

/// Text that is no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrowError {
    pub range: Range<usize>,
    pub message: String,
}

/// Reads one entry.
///
/// ```
/// let arrow = lhp::syntax::arrow::entry("`unit price` -> price: DOUBLE")?;
/// assert_eq!(arrow.source.value, "unit price");
/// assert_eq!(arrow.target.map(|target| target.value), Some("price"));
/// # Ok::<(), lhp::syntax::arrow::ArrowError>(())
/// ```
pub fn entry(text: &str) -> Result<Arrow<'_>, ArrowError> {
    entry_at(text, 0)
}

/// Reads text with one entry per line; blank lines are skipped. All wrong lines are reported.
///
/// Text without any entry gives an empty list.
pub fn block(text: &str) -> Result<Vec<Arrow<'_>>, Vec<ArrowError>> {
    let mut arrows = Vec::new();
    let mut errors = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            match entry_at(line, start) {
                Ok(arrow) => arrows.push(arrow),
                Err(error) => errors.push(error),
            }
        }
        start += line.len();
    }
    if errors.is_empty() { Ok(arrows) } else { Err(errors) }
}

/// Reads one entry that starts `offset` bytes into a longer text.
fn entry_at(text: &str, offset: usize) -> Result<Arrow<'_>, ArrowError> {
    let pairs = Grammar::parse(Rule::entry, text).map_err(|error| {
        let (range, message) = unexpected(&error, text, describe);
        ArrowError { range: range.start + offset..range.end + offset, message }
    })?;
    let mut arrow = Arrow { source: Ranged::new(Cow::Borrowed(""), offset..offset), target: None, data_type: None };
    for pair in pairs.flat_map(Pair::into_inner) {
        let range = pair.as_span().start() + offset..pair.as_span().end() + offset;
        match pair.as_rule() {
            Rule::source => arrow.source = Ranged::new(source_name(&pair), range),
            Rule::target => arrow.target = Some(Ranged::new(pair.as_str(), range)),
            Rule::data_type => arrow.data_type = Some(Ranged::new(pair.as_str(), range)),
            _ => {}
        }
    }
    Ok(arrow)
}

fn source_name<'a>(source: &Pair<'a, Rule>) -> Cow<'a, str> {
    match source.as_str().strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        None => Cow::Borrowed(source.as_str()),
        Some(inner) if inner.contains('`') => Cow::Owned(inner.replace("``", "`")),
        Some(inner) => Cow::Borrowed(inner),
    }
}

fn describe(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::source | Rule::plain | Rule::quoted => Some("a column name"),
        Rule::inner => Some("a name between the backticks"),
        Rule::closing => Some("a closing backtick"),
        Rule::arrow => Some("`->`"),
        Rule::colon => Some("`:`"),
        Rule::target => Some("a new name of letters, digits and `_`"),
        Rule::data_type => Some("a data type"),
        Rule::EOI => Some("the end of the entry"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::string_slice, reason = "a wrong range must fail the test")]

    use super::*;

    type Parts<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

    fn assert_parts(text: &str, expected: Parts<'_>) {
        let arrow = entry(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        let parts: Parts<'_> = (
            arrow.source.value.as_ref(),
            arrow.target.as_ref().map(|target| target.value),
            arrow.data_type.as_ref().map(|data_type| data_type.value),
        );
        assert_eq!(parts, expected, "{text:?}");
    }

    #[test]
    fn an_entry_renames_casts_both_or_neither() {
        for (text, expected) in [
            ("a -> b: INT", ("a", Some("b"), Some("INT"))),
            ("a->b:INT", ("a", Some("b"), Some("INT"))),
            ("a\n-> b\n: INT\n", ("a", Some("b"), Some("INT"))),
            ("a\u{a0}->\u{a0}b", ("a", Some("b"), None)),
            ("$a -> b", ("$a", Some("b"), None)),
            ("a:INT", ("a", None, Some("INT"))),
            ("  a$1  ", ("a$1", None, None)),
        ] {
            assert_parts(text, expected);
        }
    }

    #[test]
    fn a_type_is_the_rest_of_the_line() {
        for (text, data_type) in [
            ("a: DECIMAL(10, 2) ", "DECIMAL(10, 2)"),
            ("a: MAP<STRING, ARRAY<INT>>", "MAP<STRING, ARRAY<INT>>"),
            ("a: INT # c", "INT # c"),
            ("a: x -> y", "x -> y"),
            ("a: \nINT", "INT"),
            ("a :: INT", ": INT"),
        ] {
            assert_parts(text, ("a", None, Some(data_type)));
        }
    }

    #[test]
    fn backticks_allow_any_source_name() {
        for (text, source) in [
            ("`a b`", "a b"),
            ("`a``b`", "a`b"),
            ("```a`", "`a"),
            ("`a```", "a`"),
            ("````", "`"),
            ("` `", " "),
            ("`*`", "*"),
            ("`a -> b: c`", "a -> b: c"),
            ("`a\nb`", "a\nb"),
        ] {
            assert_parts(text, (source, None, None));
            assert_parts(&format!("{text} -> c: INT"), (source, Some("c"), Some("INT")));
        }
    }

    #[test]
    fn what_is_no_entry_is_reported_where_it_goes_wrong() {
        for (text, place, message) in [
            ("", "", "expected a column name, but the text ends here"),
            ("``->b", "`->b", "expected a name between the backticks, found ``->b`"),
            ("`a", "", "expected a closing backtick, but the text ends here"),
            ("1a", "1a", "expected a column name, found `1a`"),
            ("é", "é", "expected a column name, found `é`"),
            ("-> b", "->", "expected a column name, found `->`"),
            ("a.b -> c", ".b", "expected `->`, `:` or the end of the entry, found `.b`"),
            ("a b", "b", "expected `->`, `:` or the end of the entry, found `b`"),
            ("a => b", "=>", "expected `->`, `:` or the end of the entry, found `=>`"),
            ("a -> `b`", "`b`", "expected a new name of letters, digits and `_`, found ``b``"),
            ("a -> $b", "$b", "expected a new name of letters, digits and `_`, found `$b`"),
            ("a ->", "", "expected a new name of letters, digits and `_`, but the text ends here"),
            ("a -> b -> c", "->", "expected `:` or the end of the entry, found `->`"),
            ("a -> b: ", "", "expected a data type, but the text ends here"),
            ("a:", "", "expected a data type, but the text ends here"),
            ("a: IN\nT", "T", "expected the end of the entry, found `T`"),
        ] {
            let error = entry(text).expect_err(text);
            assert_eq!((&text[error.range], error.message.as_str()), (place, message), "{text:?}");
        }
    }

    #[test]
    fn ranges_point_into_the_text_of_the_block() {
        let text = "\n  `a b` -> c: INT\r\n\n d\n";
        let arrows = block(text).expect("two entries");
        let first = arrows.first().expect("an entry");
        assert_eq!(arrows.len(), 2);
        assert_eq!(&text[first.source.range.clone()], "`a b`");
        assert_eq!(first.target.as_ref().map(|target| &text[target.range.clone()]), Some("c"));
        assert_eq!(first.data_type.as_ref().map(|data_type| &text[data_type.range.clone()]), Some("INT"));
        assert_eq!(arrows.last().map(|arrow| &text[arrow.source.range.clone()]), Some("d"));
    }

    #[test]
    fn every_wrong_line_of_a_block_is_reported() {
        let text = "a -> b\nc d\ne\n-> f\n";
        let places: Vec<_> = block(text).expect_err("two errors").into_iter().map(|error| error.range).collect();
        assert_eq!(places, [9..10, 13..15]);
        assert_eq!(block("\n \n"), Ok(vec![]));
    }
}
