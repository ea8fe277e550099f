//! Entries of a definition: text or pairs go in, columns with their places come out.

use std::borrow::Cow;

use super::written::Written;
use crate::emit::literal::python_str;
use crate::generator::Context;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;
use crate::syntax::arrow::{self, Arrow, ENTRY_FORMS};
use crate::syntax::{Node, Ranged, Value};

rules! {
    /// A line of a schema definition is not a column entry.
    ///
    /// ## Why
    /// An entry is `old -> new: TYPE`, `old -> new`, `column: TYPE` or `column`. From anything else the
    /// program cannot tell which column is meant. Names with blanks, dots or other special characters
    /// stand in backticks before the arrow; the new name has letters, digits and `_` only.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema_inline: |
    ///   id -> order_id: BIGINT
    ///   order date -> ordered_on: DATE
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema_inline: |
    ///   id -> order_id: BIGINT
    ///   `order date` -> ordered_on: DATE
    /// ```
    pub static ENTRY_SYNTAX: Rule = Rule::new("LHP-VAL-011", "schema-entry-syntax");
    /// A column entry of a schema definition is not text.
    ///
    /// ## Why
    /// YAML reads `amount: DOUBLE` as a mapping, not as text, unless it stands in quotes; so each entry
    /// below `columns` needs quotes. Below `column_mapping` and `type_casting` it is the other way
    /// round: there each line is a pair of texts without quotes.
    ///
    /// ## Wrong
    /// ```yaml
    /// columns:
    ///   - id
    ///   - amount: DECIMAL(18,2)
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// columns:
    ///   - id
    ///   - "amount: DECIMAL(18,2)"
    /// ```
    pub static ENTRY_TYPE: Rule = Rule::new("LHP-VAL-011", "schema-entry-type");
}

/// A name or a type, and where it is written.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub text: String,
    pub span: Span,
}

/// What a definition says about one column.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub source: Placed,
    /// The new name.
    pub target: Option<Placed>,
    /// The new type.
    pub data_type: Option<Placed>,
}

impl Entry {
    fn of(arrow: Arrow<'_>, written: &Written) -> Self {
        let placed =
            |part: Ranged<Cow<'_, str>>| Placed { text: part.value.into_owned(), span: written.span(part.range) };
        let plain = |part: Ranged<&str>| Placed { text: part.value.to_owned(), span: written.span(part.range) };
        Self { source: placed(arrow.source), target: arrow.target.map(plain), data_type: arrow.data_type.map(plain) }
    }
}

/// The entries of a text with one entry per line.
pub(super) fn of_lines(node: &Node, text: &str, context: &Context<'_>, report: &mut Report) -> Option<Vec<Entry>> {
    let written = Written::of(node, text, &context.project.sources);
    match arrow::block(text) {
        Ok(arrows) => Some(arrows.into_iter().map(|arrow| Entry::of(arrow, &written)).collect()),
        Err(errors) => {
            for error in errors {
                report.push(
                    Diagnostic::error(&ENTRY_SYNTAX, format!("this line is not a column entry: {}", error.message))
                        .label(written.span(error.range), "here")
                        .through(node.via.as_ref())
                        .help(ENTRY_FORMS),
                );
            }
            None
        }
    }
}

/// The entry in an item of `columns`.
pub(super) fn of_item(item: &Node, context: &Context<'_>, report: &mut Report) -> Option<Entry> {
    let Some(text) = item.as_str() else {
        let fault = Diagnostic::error(&ENTRY_TYPE, format!("a column entry must be text, not {}", item.kind()));
        report.push(fault.at(item, "not a text").help(
            match item.as_mapping().map(|mapping| mapping.entries.as_slice()) {
                Some([pair]) => {
                    let (column, data_type) = (python_str(&pair.key).display(), python_str(&pair.value).display());
                    format!("put the entry in quotes: `\"{column}: {data_type}\"`")
                }
                _ => ENTRY_FORMS.to_owned(),
            },
        ));
        return None;
    };
    let written = Written::of(item, text, &context.project.sources);
    match arrow::entry(text) {
        Ok(arrow) => Some(Entry::of(arrow, &written)),
        Err(error) => {
            report.push(
                Diagnostic::error(&ENTRY_SYNTAX, format!("this is not a column entry: {}", error.message))
                    .label(written.span(error.range), "here")
                    .through(item.via.as_ref())
                    .help(ENTRY_FORMS),
            );
            None
        }
    }
}

/// The pairs of `column_mapping` or `type_casting`: keys and values as text.
pub(super) fn of_pairs(block: &Node, key: &str, report: &mut Report) -> Option<Vec<(Placed, Placed)>> {
    let fault = |node: &Node, message: String| {
        Diagnostic::error(&ENTRY_TYPE, message).at(node, format!("this is {}", node.kind())).help(match key {
            "type_casting" => "write `column: TYPE` in each line below `type_casting:`",
            _ => "write `old: new` in each line below `column_mapping:`",
        })
    };
    let Some(mapping) = block.as_mapping() else {
        report.push(fault(block, format!("`{key}` must be a mapping")));
        return None;
    };
    let mut pairs = Vec::with_capacity(mapping.entries.len());
    for entry in &mapping.entries {
        if matches!(entry.value.value, Value::Null | Value::Sequence(_) | Value::Mapping(_)) {
            let column = python_str(&entry.key).display();
            let what = if key == "type_casting" { "a type" } else { "a new name" };
            report.push(fault(&entry.value, format!("`{key}` needs {what} for column `{column}`")));
            return None;
        }
        let placed = |node: &Node| Placed { text: python_str(node).display(), span: node.span };
        pairs.push((placed(&entry.key), placed(&entry.value)));
    }
    Some(pairs)
}
