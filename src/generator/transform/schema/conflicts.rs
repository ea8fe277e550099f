//! Entries that contradict each other, or that fail when they are carried out in the order of a schema transform:
//! all renames one after the other, then all casts, then the selection.

use rustc_hash::FxHashMap;

use super::Enforcement;
use super::entry::{Entry, Placed};
use crate::report::{Diagnostic, Report, Rule, Severity, rules};
use crate::source::Span;

rules! {
    /// Two entries of a definition that cannot both be carried out.
    pub static CONFLICTING_ENTRIES: Rule = Rule::new("LHP-VAL-011", "conflicting-schema-entries").or_advice();
    /// A rename that also catches a column which an earlier rename made.
    pub static RENAME_ORDER: Rule = Rule::new("LHP-VAL-011", "rename-order").or_advice();
}

/// How the names of a definition were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Entries with arrows: names are checked.
    Arrows,
    /// `column_mapping` and `type_casting`: two columns may get one name, for one of them may be missing.
    Pairs,
}

/// Checks the entries of a definition in their order.
pub(super) fn check(entries: &[Entry], form: Form, enforcement: Enforcement, report: &mut Report) {
    let mut seen = Seen::default();
    for entry in entries {
        match (&entry.target, &entry.data_type) {
            (Some(target), data_type) => seen.rename(&entry.source, target, data_type.is_some(), form, report),
            (None, Some(_)) => seen.cast(&entry.source, report),
            (None, None) => seen.pass(&entry.source, enforcement, report),
        }
    }
    check_order(entries, enforcement, report);
}

/// The names so far, and where each of them stands.
#[derive(Default)]
struct Seen<'a> {
    renamed: FxHashMap<&'a str, Span>,
    made: FxHashMap<&'a str, Span>,
    cast: FxHashMap<&'a str, Span>,
    passed: FxHashMap<&'a str, Span>,
}

impl<'a> Seen<'a> {
    fn rename(&mut self, source: &'a Placed, target: &'a Placed, casts: bool, form: Form, report: &mut Report) {
        let (old, new) = (source.text.as_str(), target.text.as_str());
        if let Some(first) = self.renamed.insert(old, source.span) {
            report.push(conflict(
                format!("column `{old}` is renamed twice"),
                source.span,
                first,
                "keep one of the entries",
            ));
        } else if let Some(first) = self.cast.get(old).filter(|_| !self.made.contains_key(old)) {
            report.push(conflict(
                format!("column `{old}` is cast under the name that it loses"),
                source.span,
                *first,
                &format!("write one entry: `{old} -> {new}: TYPE`"),
            ));
        }
        let known = [&self.made, &self.cast, &self.passed].into_iter().find_map(|names| names.get(new)).copied();
        if let Some(first) = known {
            let fault = conflict(format!("two columns are named `{new}`"), target.span, first, "choose another name");
            let severity = if form == Form::Pairs { Severity::Advice } else { Severity::Error };
            report.push(fault.severity(severity));
        }
        self.made.insert(new, target.span);
        if casts {
            self.cast.insert(new, target.span);
        }
    }

    fn cast(&mut self, column: &'a Placed, report: &mut Report) {
        let name = column.text.as_str();
        if let Some(first) = self.cast.insert(name, column.span) {
            report.push(conflict(
                format!("column `{name}` is cast twice"),
                column.span,
                first,
                "keep one of the types",
            ));
        } else if let Some(first) = self.renamed.get(name).filter(|_| !self.made.contains_key(name)) {
            report.push(conflict(
                format!("column `{name}` is cast under the name that it loses"),
                column.span,
                *first,
                "cast the new name instead",
            ));
        }
    }

    fn pass(&mut self, column: &'a Placed, enforcement: Enforcement, report: &mut Report) {
        let name = column.text.as_str();
        let known = [&self.made, &self.cast, &self.passed].into_iter().find_map(|names| names.get(name)).copied();
        if let Some(first) = known {
            report.push(conflict(format!("column `{name}` is listed twice"), column.span, first, "remove this entry"));
        } else if let Some(first) = self.renamed.get(name) {
            let message = format!("column `{name}` is listed under the name that it loses");
            let fault = conflict(message, column.span, *first, "remove this entry");
            report.push(fault.severity(severity(enforcement)));
        }
        self.passed.insert(name, column.span);
    }
}

fn conflict(message: String, place: Span, first: Span, help: &str) -> Diagnostic {
    Diagnostic::error(&CONFLICTING_ENTRIES, message).label(place, "this entry").label(first, "and this one").help(help)
}

/// With a selection, the faulty order leaves a selected column out for certain; without one, the data decide.
fn severity(enforcement: Enforcement) -> Severity {
    match enforcement {
        Enforcement::Strict => Severity::Error,
        Enforcement::Permissive => Severity::Advice,
    }
}

/// Renames run one after the other, so one that takes a name must come before the one that gives it.
fn check_order(entries: &[Entry], enforcement: Enforcement, report: &mut Report) {
    let renames: Vec<(&Placed, &Placed)> =
        entries.iter().filter_map(|entry| Some((&entry.source, entry.target.as_ref()?))).collect();
    for (position, (old, new)) in renames.iter().enumerate() {
        let later = renames.iter().skip(position + 1).find(|(other, _)| other.text == new.text);
        let Some((other, end)) = later else { continue };
        let swap = renames.iter().take(position + 1).any(|(earlier, _)| earlier.text == end.text);
        report.push(
            Diagnostic::error(
                &RENAME_ORDER,
                format!("the second of these renames also renames the new `{}`", new.text),
            )
            .label(other.span, "renamed after the name was given away")
            .label(new.span, "given here")
            .help(if swap {
                "renames run one after the other: exchange names in two transforms, with a name between".to_owned()
            } else {
                format!(
                    "renames run one after the other: put `{} -> {}` before `{} -> {}`",
                    other.text, end.text, old.text, new.text
                )
            })
            .severity(severity(enforcement)),
        );
    }
}
