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
    /// Text that is not an entry of a schema definition.
    pub static ENTRY_SYNTAX: Rule = Rule::new("LHP-VAL-011", "schema-entry-syntax");
    /// An entry of a schema definition that is not a text.
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
            "type_casting" => "write `column: TYPE` in each line below it",
            _ => "write `old: new` in each line below it",
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
            report.push(fault(&entry.value, format!("`{key}` needs a text for column `{column}`")));
            return None;
        }
        let placed = |node: &Node| Placed { text: python_str(node).display(), span: node.span };
        pairs.push((placed(&entry.key), placed(&entry.value)));
    }
    Some(pairs)
}
