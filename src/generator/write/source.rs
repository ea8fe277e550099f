//! The source views of a write: which names they have, and whether there are enough and not too many.

use crate::expand::Action;
use crate::generator::text_of;
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A write into a streaming table names no view to read.
    ///
    /// ## Why
    /// The flow that fills the table reads the view which `source` names. Without one there is nothing
    /// to write.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   write_target: {type: streaming_table, …}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: {type: streaming_table, …}
    /// ```
    pub static NO_SOURCE: Rule = Rule::new("LHP-VAL-007", "write-without-source");
    /// The source of a write is neither the name of a view nor a list of names.
    ///
    /// ## Why
    /// A write reads views and tables by name. A mapping with settings, as loads have it, is not known
    /// here; an item of a list may be a mapping that names a table.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   view: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// ```
    pub static SOURCE_SHAPE: Rule = Rule::new("LHP-VAL-007", "write-source-shape");
    /// A write in mode `cdc` or `replace` has several sources.
    ///
    /// ## Why
    /// The flow of these modes reads one view. Several views are brought together in a transform, or
    /// each gets a write of its own into the same table, of which only one creates it.
    ///
    /// ## Wrong
    /// ```yaml
    /// source: [v_orders, v_returns]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// ```
    pub static SEVERAL_SOURCES: Rule = Rule::new("LHP-VAL-007", "several-sources");
    /// An item in the source of a write names no view or table.
    ///
    /// ## Why
    /// Each item becomes a flow that reads what it names: a name, or a mapping with `view` or `table`,
    /// and `catalog` and `schema` if it is elsewhere. A misspelt key or an empty item would give a flow
    /// that reads nothing.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   - tabel: orders
    ///     catalog: main
    ///     schema: bronze
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   - table: orders
    ///     catalog: main
    ///     schema: bronze
    /// ```
    pub static UNUSABLE_SOURCE: Rule = Rule::new("LHP-VAL-007", "unusable-source").or_advice();
}

/// The keys of an item that name what is read.
const NAME_KEYS: [&str; 3] = ["table", "view", "name"];

/// How many views a write can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sources {
    /// Exactly one.
    One,
    /// One flow for each view.
    Many,
}

/// Checks the source of a write that must have one.
pub(super) fn check(action: &Action, allowed: Sources, report: &mut Report) {
    let Some(source) = action.get("source").filter(|source| source.is_truthy()) else {
        report.push(
            Diagnostic::error(&NO_SOURCE, format!("write `{}` has no source", action.name))
                .at(action.get("source").unwrap_or(&action.node), "no view to read")
                .help("add `source: …` with the name of a view"),
        );
        return;
    };
    let Some(items) = source.as_sequence() else {
        if source.as_text().is_none() {
            report.push(
                Diagnostic::error(
                    &SOURCE_SHAPE,
                    format!("the source of a write must be a name or a list of names, not {}", source.kind()),
                )
                .at(source, format!("this is {}", source.kind()))
                .help("write the name of a view or table"),
            );
        }
        return;
    };
    if let (Sources::One, [first, second, ..]) = (allowed, items) {
        report.push(
            Diagnostic::error(&SEVERAL_SOURCES, format!("write `{}` can read only one source", action.name))
                .at(second, "a second source")
                .label(first.span, "the first source")
                .help("bring the views together in a transform, or write one action for each of them"),
        );
    }
    check_items(items, report);
}

/// Items that name nothing are passed over; that is an error if nothing remains, or if the name is empty.
fn check_items(items: &[Node], report: &mut Report) {
    let none_usable = items.iter().all(|item| view_name(item).is_none());
    for item in items.iter().filter(|item| view_name(item).is_none()) {
        let passed_over = item.as_mapping().is_some() && !none_usable;
        let diagnostic = match passed_over {
            true => Diagnostic::advice(&UNUSABLE_SOURCE, "this source names no view and is passed over"),
            false => Diagnostic::error(&UNUSABLE_SOURCE, "this source names no view"),
        };
        report.push(at_item(diagnostic, item));
    }
}

/// A diagnostic about an item that names nothing: at the key that is misspelt, or at all of the item.
pub(super) fn at_item(diagnostic: Diagnostic, item: &Node) -> Diagnostic {
    let entries = item.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let close = |key: &Node| did_you_mean(key.as_str()?, NAME_KEYS).filter(|close| key.as_str() != Some(close));
    match entries.iter().find_map(|entry| Some((&entry.key, close(&entry.key)?))) {
        Some((key, close)) => diagnostic.at(key, "nothing reads this").help(format!("did you mean `{close}`?")),
        None => diagnostic
            .at(item, "no view or table")
            .help("write the name of a view, or a mapping with `view` or `table`"),
    }
}

/// The views that an action reads, in the order in which they are written.
pub(super) fn views(action: &Action) -> Vec<Text> {
    let Some(source) = action.get("source") else { return Vec::new() };
    source.as_sequence().unwrap_or(std::slice::from_ref(source)).iter().filter_map(view_name).collect()
}

/// The view or table that an item of `source` names.
pub(super) fn view_name(item: &Node) -> Option<Text> {
    let Some(mapping) = item.as_mapping() else { return item.as_text().filter(|text| !text.is_empty()) };
    let part = |key: &str| mapping.get(key).filter(|node| node.is_truthy()).map(text_of);
    let name = || part("table").or_else(|| part("view")).or_else(|| part("name"));
    match (part("catalog"), part("schema")) {
        (Some(mut full), Some(schema)) => {
            full.push_str(".");
            full.push(&schema);
            full.push_str(".");
            full.push(&name()?);
            Some(full)
        }
        _ => name(),
    }
}
