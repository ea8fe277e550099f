//! Rules for the names of views, flows and sinks: they are known to the whole pipeline, whatever file they stand in.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::expand::Resolved;
use crate::generator::{DefinedName, NameKind, NamedBy, defined_names};
use crate::report::{Diagnostic, Report, Rule, Subject, rules};

rules! {
    /// Two flows of a pipeline have the same name.
    ///
    /// A flow is named `f_` and the name of its action, without a leading `write_`, and with `_` for
    /// `-` and blanks.
    ///
    /// ## Why
    /// A pipeline knows its flows by their names, and is refused when it starts if a name occurs twice.
    /// For two flows of one flowgroup this is an error; for flows of different flowgroups it is advice.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// - name: orders
    ///   type: write
    ///   source: v_returns
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: returns}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// - name: write_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: returns}
    /// ```
    pub static DUPLICATE_FLOW: Rule = Rule::new("LHP-VAL-007", "duplicate-flow-name").or_advice();
    /// Two sinks of a pipeline have the same name.
    ///
    /// ## Why
    /// A pipeline knows its sinks by their names, and is refused when it starts if a name occurs twice.
    /// For two sinks of one flowgroup this is an error; for sinks of different flowgroups it is advice.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: send_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: &sink
    ///     {type: sink, sink_type: kafka, bootstrap_servers: "broker:9092",
    ///      sink_name: events, topic: orders}
    /// - name: send_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target: {<<: *sink, topic: returns}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: send_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: &sink
    ///     {type: sink, sink_type: kafka, bootstrap_servers: "broker:9092",
    ///      sink_name: orders, topic: orders}
    /// - name: send_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target: {<<: *sink, sink_name: returns, topic: returns}
    /// ```
    pub static DUPLICATE_SINK: Rule = Rule::new("LHP-VAL-007", "duplicate-sink-name").or_advice();
    /// Two materialized views of a flowgroup become functions of the same name, because their tables
    /// have the same name in different schemas.
    ///
    /// ## Why
    /// It works, since a pipeline knows the views by their full names. But in the generated module the
    /// second function hides the first, which misleads readers and tools.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   write_target:
    ///     {type: materialized_view, catalog: shop, schema: gold, table: orders,
    ///      sql: SELECT * FROM sales.orders}
    /// - name: archive_orders
    ///   type: write
    ///   write_target:
    ///     {type: materialized_view, catalog: shop, schema: archive, table: orders,
    ///      sql: SELECT * FROM sales.old}
    /// ```
    ///
    /// ## Right
    /// Give the tables different names, or put the second action into another flowgroup:
    /// ```yaml
    /// - name: archive_orders
    ///   type: write
    ///   write_target:
    ///     {type: materialized_view, catalog: shop, schema: archive, table: old_orders,
    ///      sql: SELECT * FROM sales.old}
    /// ```
    pub static DUPLICATE_FUNCTION: Rule = Rule::new("LHP-CFG-080", "duplicate-function-name").advice();
    /// Two flowgroups of a pipeline define views of the same name.
    ///
    /// ## Why
    /// All flowgroups of a pipeline share the names of their views. The platform refuses the second one,
    /// or lets it take the place of the first.
    ///
    /// ## Wrong
    /// ```yaml
    /// # in flowgroup orders
    /// target: v_rows
    /// ---
    /// # in flowgroup customers of the same pipeline
    /// target: v_rows
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # in flowgroup orders
    /// target: v_orders
    /// ---
    /// # in flowgroup customers
    /// target: v_customers
    /// ```
    pub static DUPLICATE_VIEW: Rule = Rule::new("LHP-VAL-007", "duplicate-view-name").advice();
}

/// A name and the flowgroup that defines it.
struct Use<'a> {
    flowgroup: &'a Resolved,
    defined: DefinedName<'a>,
}

/// Reports names that occur twice in a pipeline.
///
/// Within one module the second definition takes the place of the first, so that is an error. Views, flows and sinks
/// of the same name in two modules are remarks, for whether they work is up to the platform. Functions are told apart
/// by the tables that they compute, so two with one name in a module are a remark as well. Views of one flowgroup are
/// compared with its other actions.
pub(super) fn check(flowgroups: &[&Resolved], report: &mut Report) {
    let mut names: BTreeMap<(NameKind, String), Vec<Use<'_>>> = BTreeMap::new();
    // A flowgroup that is defined twice was reported as such.
    let mut known = FxHashSet::default();
    for flowgroup in flowgroups.iter().filter(|flowgroup| known.insert(&flowgroup.flowgroup)) {
        for defined in flowgroup.actions.iter().flat_map(defined_names) {
            let key = (defined.kind, defined.name.clone());
            names.entry(key).or_default().push(Use { flowgroup, defined });
        }
    }
    for ((kind, name), uses) in &names {
        // They are equal because other names are, which is reported there.
        if uses.iter().all(|one| one.defined.follows()) {
            continue;
        }
        let mut firsts: Vec<&Use<'_>> = Vec::new();
        for one in uses {
            match firsts.iter().find(|first| std::ptr::eq(first.flowgroup, one.flowgroup)) {
                Some(_) if *kind == NameKind::View => {}
                Some(first) => push(within_module(*kind, name, first, one), one, report),
                None => firsts.push(one),
            }
        }
        if let ([first, second, rest @ ..], true) = (firsts.as_slice(), *kind != NameKind::Function) {
            push(across_modules(*kind, name, first, second, rest.len()), second, report);
        }
    }
}

fn push(diagnostic: Diagnostic, place: &Use<'_>, report: &mut Report) {
    let before = report.diagnostics.len();
    report.push(diagnostic);
    let Resolved { pipeline, flowgroup, .. } = place.flowgroup;
    let subject = Subject { pipeline: Some(pipeline.clone()), flowgroup: Some(flowgroup.clone()), action: None };
    report.set_subject(before, &subject);
}

/// The rule for names of a kind, and the kind in a word.
fn words(kind: NameKind) -> (&'static Rule, &'static str) {
    match kind {
        NameKind::View => (&DUPLICATE_VIEW, "views"),
        NameKind::Flow => (&DUPLICATE_FLOW, "flows"),
        NameKind::Sink => (&DUPLICATE_SINK, "sinks"),
        NameKind::Function => (&DUPLICATE_FUNCTION, "functions"),
    }
}

fn within_module(kind: NameKind, name: &str, first: &Use<'_>, second: &Use<'_>) -> Diagnostic {
    let (rule, what) = words(kind);
    let diagnostic = match kind {
        NameKind::Function => Diagnostic::advice(
            rule,
            format!("two functions of the module are named `{name}`, so the second hides the first"),
        ),
        _ => Diagnostic::error(rule, format!("two {what} are named `{name}`")),
    };
    diagnostic
        .at(second.defined.node, "the second one is named after this")
        .label(first.defined.node.span, "the first one is named after this")
        .help(match kind {
            NameKind::Flow if first.defined.by != second.defined.by => {
                "rename the action or the sink; flows of a sink are named `f_<sink>_<number>`"
            }
            NameKind::Flow => "rename one of the actions; `-`, blanks and a leading `write_` make no difference",
            NameKind::Sink if [first, second].iter().any(|one| one.defined.by == NamedBy::Quarantine) => {
                "rename the sink; a quarantine has sinks of its own, named after the view that it reads"
            }
            NameKind::Sink => "rename one of the sinks, or give one action both sources",
            NameKind::View => "rename one of them",
            NameKind::Function => "this works; to tell them apart, put the views into two flowgroups",
        })
}

fn across_modules(kind: NameKind, name: &str, first: &Use<'_>, second: &Use<'_>, more: usize) -> Diagnostic {
    let (rule, what) = words(kind);
    let message = match more {
        0 => format!("two {what} of this pipeline are named `{name}`"),
        _ => format!("{} {what} of this pipeline are named `{name}`", more + 2),
    };
    Diagnostic::advice(rule, message)
        .at(second.defined.node, format!("in flowgroup `{}`", second.flowgroup.flowgroup))
        .label(first.defined.node.span, format!("in flowgroup `{}`", first.flowgroup.flowgroup))
        .help("the platform tells them apart by name only: rename all but one")
}
