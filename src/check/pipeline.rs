//! Rules across the flowgroups of a pipeline: who creates which table.

use std::collections::BTreeMap;

use crate::expand::{Action, Resolved};
use crate::report::{Diagnostic, Report, Rule, Subject};

/// Several actions create one table.
pub static SEVERAL_CREATORS: Rule = Rule::new("LHP-CFG-004", "several-creators");
/// A table that actions write into and none creates.
pub static NO_CREATOR: Rule = Rule::new("LHP-VAL-009", "no-creator");
/// Kinds of writes that cannot share a table.
pub static MIXED_WRITES: Rule = Rule::new("LHP-VAL-010", "mixed-writes");

/// Two sinks of one name, whose flows would have one name as well.
pub static DUPLICATE_SINK: Rule = Rule::new("LHP-VAL-009", "duplicate-sink");

/// A write and the flowgroup it belongs to.
struct Write<'a> {
    flowgroup: &'a Resolved,
    action: &'a Action,
}

/// Checks one pipeline. `complete` says that every flowgroup of it could be resolved; otherwise the creator of a
/// table may be in one that could not.
pub fn check(flowgroups: &[&Resolved], complete: bool, report: &mut Report) {
    let mut tables: BTreeMap<String, Vec<Write<'_>>> = BTreeMap::new();
    let mut sinks: BTreeMap<String, Vec<Write<'_>>> = BTreeMap::new();
    for flowgroup in flowgroups {
        for action in &flowgroup.actions {
            if let Some(table) = action.table() {
                tables.entry(table.display()).or_default().push(Write { flowgroup, action });
            }
            if let Some(sink) = action.sink() {
                sinks.entry(sink.display()).or_default().push(Write { flowgroup, action });
            }
        }
    }
    for (table, writes) in &tables {
        let before = report.diagnostics.len();
        check_table(table, writes, complete, report);
        set_subject(before, writes.first(), report);
    }
    for (sink, writes) in &sinks {
        let before = report.diagnostics.len();
        check_sink(sink, writes, report);
        set_subject(before, writes.last(), report);
    }
}

fn set_subject(from: usize, write: Option<&Write<'_>>, report: &mut Report) {
    if let Some(Write { flowgroup, .. }) = write {
        let subject = Subject {
            pipeline: Some(flowgroup.pipeline.clone()),
            flowgroup: Some(flowgroup.flowgroup.clone()),
            action: None,
        };
        report.set_subject(from, &subject);
    }
}

/// Flows are named after their sink, and a pipeline refuses a second flow of the same name.
fn check_sink(sink: &str, writes: &[Write<'_>], report: &mut Report) {
    let place = |write: &Write<'_>| write.action.setting("sink_name").unwrap_or(&write.action.node).clone();
    let [earlier @ .., last] = writes else { return };
    if earlier.is_empty() {
        return;
    }
    let mut diagnostic = Diagnostic::error(&DUPLICATE_SINK, format!("two sinks of this pipeline are named `{sink}`"))
        .at(&place(last), "named again");
    for other in earlier {
        diagnostic = diagnostic.label(place(other).span, "already named here");
    }
    report.push(diagnostic.help("rename one of them, or let one sink read both sources"));
}

fn check_table(table: &str, writes: &[Write<'_>], complete: bool, report: &mut Report) {
    let place = |write: &Write<'_>| write.action.setting("table").unwrap_or(&write.action.node).clone();
    let creators: Vec<&Write<'_>> = writes.iter().filter(|write| write.action.creates_table()).collect();
    match creators.as_slice() {
        [] if complete => {
            let Some(first) = writes.first() else { return };
            let mut diagnostic = Diagnostic::error(&NO_CREATOR, format!("no action creates the table `{table}`"))
                .at(&place(first), "written into here");
            for other in writes.iter().skip(1) {
                diagnostic = diagnostic.label(place(other).span, "and here");
            }
            report.push(diagnostic.help("remove `create_table: false` from one of these actions"));
        }
        [first, second, rest @ ..] => {
            let mut diagnostic =
                Diagnostic::error(&SEVERAL_CREATORS, format!("several actions create the table `{table}`"))
                    .at(&place(second), "created again")
                    .label(place(first).span, "first created here");
            for other in rest {
                diagnostic = diagnostic.label(place(other).span, "and created here");
            }
            report.push(diagnostic.help("keep one creator, and add `create_table: false` to the other actions"));
        }
        _ => {}
    }
    let view = writes.iter().find(|write| write.action.key.as_ref() == "materialized_view");
    let flow = writes.iter().find(|write| write.action.key.as_ref() != "materialized_view");
    if let (Some(view), Some(flow), true) = (view, flow, creators.len() <= 1) {
        report.push(
            Diagnostic::error(&MIXED_WRITES, format!("`{table}` is both a materialized view and a streaming table"))
                .at(&place(flow), "written as a streaming table")
                .label(place(view).span, "computed as a materialized view")
                .help("give one of them another table"),
        );
    }
}
