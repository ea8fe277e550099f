//! Rules for the names of flows and sinks: they are known to the whole pipeline, whatever file they stand in.

use std::collections::BTreeMap;

use crate::expand::Resolved;
use crate::generator::write::{DefinedName, NameKind, defined_names};
use crate::report::{Diagnostic, Report, Rule, Subject, rules};

rules! {
    /// Two flows with one name.
    pub static DUPLICATE_FLOW: Rule = Rule::new("LHP-VAL-007", "duplicate-flow-name").or_advice();
    /// Two sinks with one name.
    pub static DUPLICATE_SINK: Rule = Rule::new("LHP-VAL-007", "duplicate-sink-name").or_advice();
    /// Two functions of one module with one name.
    pub static DUPLICATE_FUNCTION: Rule = Rule::new("LHP-CFG-080", "duplicate-function-name").advice();
}

/// A name and the flowgroup that defines it.
struct Use<'a> {
    flowgroup: &'a Resolved,
    defined: DefinedName<'a>,
}

/// Reports names that occur twice in a pipeline.
///
/// Within one module the second definition takes the place of the first, so that is an error. Flows and sinks of
/// the same name in two modules are remarks, for whether they work is up to the platform. Functions are told apart
/// by the tables that they compute, so two with one name in a module are a remark as well.
pub(super) fn check(flowgroups: &[&Resolved], report: &mut Report) {
    let mut names: BTreeMap<(NameKind, String), Vec<Use<'_>>> = BTreeMap::new();
    for flowgroup in flowgroups {
        for defined in flowgroup.actions.iter().flat_map(defined_names) {
            let key = (defined.kind, defined.name.clone());
            names.entry(key).or_default().push(Use { flowgroup, defined });
        }
    }
    for ((kind, name), uses) in &names {
        let mut firsts: Vec<&Use<'_>> = Vec::new();
        for one in uses {
            match firsts.iter().find(|first| std::ptr::eq(first.flowgroup, one.flowgroup)) {
                Some(first) => push(within_module(*kind, name, first, one), one, report),
                None => firsts.push(one),
            }
        }
        if let ([first, second, rest @ ..], NameKind::Flow | NameKind::Sink) = (firsts.as_slice(), kind) {
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

fn within_module(kind: NameKind, name: &str, first: &Use<'_>, second: &Use<'_>) -> Diagnostic {
    let diagnostic = match kind {
        NameKind::Flow => Diagnostic::error(&DUPLICATE_FLOW, format!("two flows are named `{name}`")),
        NameKind::Sink => Diagnostic::error(&DUPLICATE_SINK, format!("two sinks are named `{name}`")),
        NameKind::Function => Diagnostic::advice(
            &DUPLICATE_FUNCTION,
            format!("two functions of the module are named `{name}`, so the second hides the first"),
        ),
    };
    diagnostic
        .at(second.defined.node, "the second one is named after this")
        .label(first.defined.node.span, "the first one is named after this")
        .help(match kind {
            NameKind::Flow => "rename one of the actions; `-`, blanks and a leading `write_` make no difference",
            NameKind::Sink => "rename one of the sinks, or give one action both sources",
            NameKind::Function => "this works; to tell them apart, put the views into two flowgroups",
        })
}

fn across_modules(kind: NameKind, name: &str, first: &Use<'_>, second: &Use<'_>, more: usize) -> Diagnostic {
    let (rule, what) = match kind {
        NameKind::Sink => (&DUPLICATE_SINK, "sinks"),
        _ => (&DUPLICATE_FLOW, "flows"),
    };
    let message = match more {
        0 => format!("two {what} of this pipeline are named `{name}`"),
        _ => format!("{} {what} of this pipeline are named `{name}`", more + 2),
    };
    Diagnostic::advice(rule, message)
        .at(second.defined.node, format!("in flowgroup `{}`", second.flowgroup.flowgroup))
        .label(first.defined.node.span, format!("in flowgroup `{}`", first.flowgroup.flowgroup))
        .help("the platform tells them apart by name only: rename all but one")
}
