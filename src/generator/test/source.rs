//! What a test reads: views and tables by name, and the columns on which two tables are joined.

use super::{concat, joined};
use crate::expand::Action;
use crate::generator::text_of;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Mapping, Node, Text, Value};

rules! {
    /// The source of a test names no view or table.
    ///
    /// ## Why
    /// The generated query would have nothing after `FROM`, and the update would fail.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: uniqueness
    /// source: []
    /// columns: [order_id]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: uniqueness
    /// source: v_orders
    /// columns: [order_id]
    /// ```
    pub static UNUSABLE_SOURCE: Rule = Rule::new("LHP-VAL-007", "unusable-test-source");
    /// A test needs the full name of a table, `catalog.schema.table`, and gets another one.
    ///
    /// ## Why
    /// The test reads a table that may lie outside of the pipeline, or looks it up in the information
    /// schema of its catalog. Neither works with a part of the name.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: schema_match
    /// source: bronze.orders
    /// reference: main.sales.orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: schema_match
    /// source: main.bronze.orders
    /// reference: main.sales.orders
    /// ```
    pub static NOT_A_FULL_NAME: Rule = Rule::new("LHP-VAL-007", "not-a-full-name");
    /// The two lists of columns on which a test joins two tables have different lengths.
    ///
    /// ## Why
    /// Columns are paired by position: the first with the first, and so on. A column without a partner
    /// would be left out of the comparison.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_type: referential_integrity
    /// source: v_orders
    /// source_columns: [shop, customer]
    /// reference: main.sales.customers
    /// reference_columns: [shop]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_type: referential_integrity
    /// source: v_orders
    /// source_columns: [shop, customer]
    /// reference: main.sales.customers
    /// reference_columns: [shop, customer_id]
    /// ```
    pub static UNEQUAL_COLUMNS: Rule = Rule::new("LHP-VAL-007", "unequal-columns");
}

/// The items of `source`: the items of a list, or the one that is written.
fn items(action: &Action) -> &[Node] {
    let source = action.setting("source");
    source.and_then(Node::as_sequence).or_else(|| source.map(std::slice::from_ref)).unwrap_or_default()
}

/// The view or table that an item names.
fn name_of(item: &Node) -> Option<Text> {
    match &item.value {
        Value::Mapping(mapping) => match mapping.get("view") {
            Some(view) => view.as_text(),
            None => table_name(mapping),
        },
        Value::Null | Value::Sequence(_) => None,
        _ => Some(text_of(item)),
    }
    .filter(|name| !name.is_empty())
}

/// `catalog.schema.table`, or the bare table.
fn table_name(mapping: &Mapping) -> Option<Text> {
    let part = |key: &str| mapping.get(key).and_then(Node::as_text).filter(|text| !text.is_empty());
    let table = part("table")?;
    match (part("catalog"), part("schema")) {
        (Some(catalog), Some(schema)) => Some(joined([catalog, schema, table], ".")),
        _ => Some(table),
    }
}

/// The view or table at a position of `source`.
pub(super) fn source(action: &Action, position: usize) -> Text {
    items(action).get(position).and_then(name_of).unwrap_or_default()
}

/// Checks the first `count` items of `source`; a test reads no more.
pub(super) fn check_source(action: &Action, count: usize, report: &mut Report) {
    let Some(place) = action.setting("source") else { return };
    let unusable = |node: &Node| {
        Diagnostic::error(&UNUSABLE_SOURCE, format!("test `{}` names no view or table to read", action.name))
            .at(node, "no view or table")
            .help("write the name of a view, or `catalog.schema.table`")
    };
    let items = items(action);
    if items.is_empty() {
        report.push(unusable(place));
    }
    for item in items.iter().take(count).filter(|item| name_of(item).is_none()) {
        report.push(unusable(item));
    }
}

/// Checks that a name has three parts. Anything but text without secrets is not looked at.
pub(super) fn check_full_name(action: &Action, key: &str, report: &mut Report) {
    let Some(node) = action.setting(key) else { return };
    let Some(name) = node.as_str().filter(|name| name.matches('.').count() != 2) else { return };
    report.push(
        Diagnostic::error(&NOT_A_FULL_NAME, format!("`{key}` must be the full name of a table, not `{name}`"))
            .at(node, "expected `catalog.schema.table`")
            .help("write catalog, schema and table with dots between them"),
    );
}

/// Checks that two lists of columns have one length.
pub(super) fn check_pairs(action: &Action, left: &str, right: &str, report: &mut Report) {
    let (Some(left_node), Some(right_node)) = (action.setting(left), action.setting(right)) else { return };
    let length = |node: &Node| node.as_sequence().map_or(0, <[Node]>::len);
    let (one, other) = (length(left_node), length(right_node));
    if one != other {
        report.push(
            Diagnostic::error(&UNEQUAL_COLUMNS, format!("`{left}` and `{right}` must have the same length"))
                .at(right_node, format!("{other} here"))
                .label(left_node.span, format!("{one} here"))
                .help("columns are paired by position: add the missing ones"),
        );
    }
}

/// The condition of a join: columns of two tables are equal, pair by pair.
pub(super) fn join_condition(left: (&str, &[Text]), right: (&str, &[Text])) -> Text {
    let pairs = left.1.iter().zip(right.1).map(|(one, other)| {
        let (from, to) = (format!("{}.", left.0).into(), format!(" = {}.", right.0).into());
        concat(&[&from, one, &to, other])
    });
    joined(pairs, " AND ")
}
