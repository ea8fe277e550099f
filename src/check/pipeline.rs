//! Rules across the flowgroups of a pipeline: who creates which table, and which writes can share one.

use std::collections::{BTreeMap, BTreeSet};

use super::{fan_in, names, views};
use crate::expand::{Action, Resolved};
use crate::generator::write::streaming_table::Mode;
use crate::report::{Diagnostic, Report, Rule, Subject, rules};
use crate::source::Span;
use crate::syntax::Node;

rules! {
    /// Several actions of a pipeline create the same table.
    ///
    /// ## Why
    /// A pipeline that defines a table twice is refused when it starts. Where several actions append to
    /// one table or apply changes to it, one of them creates it, and the others say `create_table:
    /// false`.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// - name: write_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: &orders {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// - name: write_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target:
    ///     <<: *orders
    ///     create_table: false
    /// ```
    pub static SEVERAL_CREATORS: Rule = Rule::new("LHP-CFG-004", "several-creators");
    /// Actions of a pipeline write into a table that none of them creates.
    ///
    /// ## Why
    /// `create_table: false` leaves it to another action of the same pipeline to create the table. If
    /// there is none, the pipeline is refused when it starts. A table of another pipeline does not
    /// count: a pipeline writes only into its own.
    ///
    /// ## Wrong
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: shop
    ///   schema: bronze
    ///   table: orders
    ///   create_table: false
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: shop
    ///   schema: bronze
    ///   table: orders
    /// ```
    pub static NO_CREATOR: Rule = Rule::new("LHP-VAL-009", "no-creator");
    /// Actions of a pipeline write into one table in ways that exclude each other: by appending rows,
    /// applying changes, following snapshots, replacing rows, or as a materialized view.
    ///
    /// ## Why
    /// The table is created for one way of writing. Rows that are written in another way would be
    /// refused or lost.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target:
    ///     {type: streaming_table, catalog: shop, schema: bronze, table: orders,
    ///      mode: cdc, cdc_config: {keys: [order_id], sequence_by: changed_at}}
    /// - name: write_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target:
    ///     {type: streaming_table, catalog: shop, schema: bronze, table: orders, create_table: false}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target:
    ///     {type: streaming_table, catalog: shop, schema: bronze, table: orders,
    ///      mode: cdc, cdc_config: {keys: [order_id], sequence_by: changed_at}}
    /// - name: write_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: returns}
    /// ```
    pub static MIXED_WRITES: Rule = Rule::new("LHP-VAL-010", "mixed-writes");
}

/// A write and the flowgroup it belongs to.
pub(super) struct Write<'a> {
    pub flowgroup: &'a Resolved,
    pub action: &'a Action,
}

impl Write<'_> {
    /// The node that names the table.
    pub fn place(&self) -> &Node {
        self.action.setting("table").unwrap_or(&self.action.node)
    }

    /// The action for messages, with its flowgroup.
    pub fn title(&self) -> String {
        format!("{}.{}", self.flowgroup.flowgroup, self.action.name)
    }

    pub fn subject(&self) -> Subject {
        Subject {
            pipeline: Some(self.flowgroup.pipeline.clone()),
            flowgroup: Some(self.flowgroup.flowgroup.clone()),
            action: None,
        }
    }

    fn kind(&self) -> TableKind {
        match self.action.key.as_ref() {
            "materialized_view" => TableKind::View,
            _ => TableKind::Stream(Mode::of(self.action)),
        }
    }
}

/// What a table is, seen from one of its writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TableKind {
    View,
    Stream(Mode),
}

impl TableKind {
    fn words(self) -> &'static str {
        match self {
            Self::View => "a materialized view",
            Self::Stream(Mode::Standard) => "a table to which rows are appended",
            Self::Stream(Mode::Cdc) => "a table to which changes are applied",
            Self::Stream(Mode::SnapshotCdc) => "a table that follows snapshots",
            Self::Stream(Mode::Replace) => "a table whose rows are replaced",
        }
    }
}

/// Checks one pipeline. `complete` says that every flowgroup of it could be resolved; otherwise the creator of a
/// table may be in one that could not.
pub fn check(flowgroups: &[&Resolved], complete: bool, report: &mut Report) {
    super::quarantine::check(flowgroups, report);
    let mut tables: BTreeMap<String, Vec<Write<'_>>> = BTreeMap::new();
    let plugin_writes = flowgroups.iter().flat_map(|flowgroup| &flowgroup.actions).filter(|action| action.by_plugin);
    let plugin_tables: BTreeSet<String> =
        plugin_writes.filter_map(|action| Some(action.written_table()?.display())).collect();
    for flowgroup in flowgroups {
        for action in &flowgroup.actions {
            if let Some(table) = action.table() {
                tables.entry(table.display()).or_default().push(Write { flowgroup, action });
            }
        }
    }
    for (table, writes) in &tables {
        let before = report.diagnostics.len();
        // A plugin that writes into the table may be the one that creates it.
        check_table(table, writes, complete && !plugin_tables.contains(table), report);
        if let Some(write) = writes.first() {
            report.set_subject(before, &write.subject());
        }
    }
    names::check(flowgroups, report);
    if complete {
        views::check(flowgroups, report);
    }
}

fn check_table(table: &str, writes: &[Write<'_>], complete: bool, report: &mut Report) {
    let [first, rest @ ..] = writes else { return };
    let other_kind = rest.iter().find(|write| write.kind() != first.kind());
    let creators: Vec<&Write<'_>> = writes.iter().filter(|write| write.action.creates_table()).collect();
    match creators.as_slice() {
        [] if complete => report.push(no_creator(table, first, rest)),
        [one, second, more @ ..] => {
            let diagnostic =
                Diagnostic::error(&SEVERAL_CREATORS, format!("several actions create the table `{table}`"))
                    .at(second.place(), format!("created again by `{}`", second.title()))
                    .label(one.place().span, format!("first created by `{}`", one.title()));
            let more = more.iter().map(|write| (write.place().span, "and created here"));
            report.push(with_labels(diagnostic, more).help(match other_kind {
                None if matches!(first.kind(), TableKind::Stream(Mode::Standard | Mode::Cdc)) => {
                    "keep one creator, and add `create_table: false` to the other actions"
                }
                _ => "give each of them a table of its own: these writes cannot share one",
            }));
        }
        _ => {}
    }
    match other_kind {
        Some(other) if creators.len() <= 1 => report.push(mixed(table, first, other)),
        None if first.kind() == TableKind::Stream(Mode::Cdc) => fan_in::check(table, first, rest, report),
        _ => {}
    }
}

fn no_creator(table: &str, first: &Write<'_>, rest: &[Write<'_>]) -> Diagnostic {
    let diagnostic = Diagnostic::error(&NO_CREATOR, format!("no action creates the table `{table}`"))
        .at(first.place(), "written into here");
    with_labels(diagnostic, rest.iter().map(|write| (write.place().span, "and here")))
        .help("remove `create_table: false` from one of these actions")
}

/// Only the first of two kinds would be generated, and the rows of the other would be lost.
fn mixed(table: &str, first: &Write<'_>, other: &Write<'_>) -> Diagnostic {
    Diagnostic::error(&MIXED_WRITES, format!("two kinds of writes share the table `{table}`"))
        .at(other.place(), format!("for `{}` it is {}", other.title(), other.kind().words()))
        .label(first.place().span, format!("for `{}` it is {}", first.title(), first.kind().words()))
        .help("give one of them another table")
}

fn with_labels(diagnostic: Diagnostic, labels: impl Iterator<Item = (Span, &'static str)>) -> Diagnostic {
    labels.fold(diagnostic, |diagnostic, (span, text)| diagnostic.label(span, text))
}
