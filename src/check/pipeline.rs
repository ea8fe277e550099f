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

/// A write and the flowgroup it belongs to.
struct Write<'a> {
    flowgroup: &'a Resolved,
    action: &'a Action,
}

/// Checks one pipeline. `complete` says that every flowgroup of it could be resolved; otherwise the creator of a
/// table may be in one that could not.
pub fn check(flowgroups: &[&Resolved], complete: bool, report: &mut Report) {
    super::quarantine::check(flowgroups, report);
    let mut tables: BTreeMap<String, Vec<Write<'_>>> = BTreeMap::new();
    for flowgroup in flowgroups {
        for action in &flowgroup.actions {
            if let Some(table) = action.table() {
                tables.entry(table.display()).or_default().push(Write { flowgroup, action });
            }
        }
    }
    for (table, writes) in &tables {
        let before = report.diagnostics.len();
        check_table(table, writes, complete, report);
        if let Some(write) = writes.first() {
            let subject = Subject {
                pipeline: Some(write.flowgroup.pipeline.clone()),
                flowgroup: Some(write.flowgroup.flowgroup.clone()),
                action: None,
            };
            report.set_subject(before, &subject);
        }
    }
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
