//! `enforcement` inside a schema definition, where it has no effect → removed, if the action says the same.
//!
//! The compiler finds the places: only it knows which definition belongs to which action.

use memchr::memmem;

use super::{Family, Knowledge, Parsed, Proposals};
use crate::fix::edit::Edit;
use crate::fix::layout::{Layout, Reason, owner};
use crate::fix::scope::Kind;
use crate::generator::transform::schema::definition::{ENFORCEMENT_CONTRADICTED, ENFORCEMENT_INSIDE};
use crate::report::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::{Node, Value};

pub struct EnforcementInDefinition;

const OLD: &str = "enforcement";
/// The key of an action that holds a definition as text.
const INLINE: &str = "schema_inline";

impl Family for EnforcementInDefinition {
    fn name(&self) -> &'static str {
        "enforcement-in-definition"
    }

    fn concerns(&self, kind: Kind, text: &str) -> bool {
        kind != Kind::Sql && memmem::find(text.as_bytes(), OLD.as_bytes()).is_some()
    }

    fn propose(&self, file: &Parsed<'_>, project: &Knowledge<'_>, found: &mut Proposals) {
        let places = |rule: &'static Rule| {
            let all = project.reports.iter().flat_map(|report| &report.diagnostics);
            let ours = all.filter(move |diagnostic| std::ptr::eq(diagnostic.rule, rule)).filter_map(place);
            ours.filter(|span| span.file == file.file)
        };
        for place in places(&ENFORCEMENT_CONTRADICTED) {
            let reason = "an action that uses the definition does otherwise; decide which of the two is meant";
            found.add(self.name(), place, OLD, Err(reason.to_owned()));
        }
        for place in places(&ENFORCEMENT_INSIDE) {
            if places(&ENFORCEMENT_CONTRADICTED).all(|other| other != place) {
                found.add(self.name(), place, OLD, remove(file, place));
            }
        }
    }

    fn modernise(&self, document: &mut Node, kind: Kind, _: &Knowledge<'_>) {
        match kind {
            Kind::Definition => {
                if let Some(mapping) = document.as_mapping_mut() {
                    mapping.remove(OLD);
                }
            }
            _ => without_inline(document),
        }
    }
}

fn place(diagnostic: &Diagnostic) -> Option<Span> {
    diagnostic.labels.first().map(|label| label.span)
}

fn remove(file: &Parsed<'_>, place: Span) -> Result<Vec<Edit>, Reason> {
    let layout = file.layout();
    if file.kind != Kind::Definition {
        return remove_line(&layout, place).map(|edit| vec![edit]);
    }
    let holder = file.documents.iter().find_map(|document| owner(document, place));
    let entry = holder
        .and_then(Node::as_mapping)
        .and_then(|mapping| mapping.entry(OLD))
        .filter(|entry| entry.key.span == place);
    match (holder, entry) {
        (Some(holder), Some(entry)) => layout.remove(holder, entry).map(|edit| vec![edit]),
        _ => Err("the key is merged from elsewhere".to_owned()),
    }
}

/// Removes a line of a definition that is a text in a flowgroup.
fn remove_line(layout: &Layout<'_>, place: Span) -> Result<Edit, Reason> {
    let (start, end) = (layout.line_start(place.start as usize), layout.next_line(place.start as usize));
    let line = layout.text.get(start..end).unwrap_or_default();
    match is_own_line(line) {
        true => Ok(Edit::remove(layout.file, start, end)),
        false => Err("it does not have a line of its own".to_owned()),
    }
}

/// Whether a line says nothing but the enforcement.
fn is_own_line(line: &str) -> bool {
    let value = line.trim().strip_prefix(OLD).map(str::trim_start).and_then(|rest| rest.strip_prefix(':'));
    let value = value.map(|value| value.trim().trim_matches(['"', '\'']));
    value.is_some_and(|value| !value.is_empty() && value.chars().all(|letter| letter.is_ascii_alphabetic()))
}

fn without_inline(node: &mut Node) {
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(without_inline),
        Value::Mapping(mapping) => {
            for entry in &mut mapping.entries {
                match &mut entry.value.value {
                    Value::String(text) if entry.key.as_str() == Some(INLINE) => {
                        let lines = text.split_inclusive('\n').filter(|line| !is_own_line(line));
                        *text = lines.collect::<String>().into();
                    }
                    _ => without_inline(&mut entry.value),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::rewritten_after;

    fn rewritten(kind: Kind, text: &str, rule: &'static Rule) -> (String, usize) {
        let (text, refused) = rewritten_after(&EnforcementInDefinition, kind, text, &[(rule, OLD)]);
        (text, refused.len())
    }

    #[test]
    fn a_key_without_effect_is_removed() {
        for (old, new) in [
            ("columns: [a]\nenforcement: strict\n", "columns: [a]\n"),
            ("enforcement: strict # c\ncolumns: [a]\n", "# c\ncolumns: [a]\n"),
            ("{\"enforcement\": \"strict\", \"columns\": [1]}", "{\"columns\": [1]}"),
        ] {
            // The compiler points at the key with its quotes.
            let key = if old.contains("\"enforcement\"") { "\"enforcement\"" } else { OLD };
            let reported = [(&ENFORCEMENT_INSIDE, key)].map(|(rule, part)| (rule as &'static Rule, part));
            let found = rewritten_after(&EnforcementInDefinition, Kind::Definition, old, &reported);
            assert_eq!(found, (new.to_owned(), Vec::new()));
        }
        let inline = "actions:\n- schema_inline: |\n    enforcement: strict\n    columns: [a]\n";
        let modern = "actions:\n- schema_inline: |\n    columns: [a]\n";
        assert_eq!(rewritten(Kind::Actions, inline, &ENFORCEMENT_INSIDE), (modern.to_owned(), 0));
    }

    #[test]
    fn a_key_that_contradicts_the_action_stays() {
        let text = "columns: [a]\nenforcement: strict\n";
        assert_eq!(rewritten(Kind::Definition, text, &ENFORCEMENT_CONTRADICTED), (text.to_owned(), 1));
        let both = [(&ENFORCEMENT_INSIDE as &'static Rule, OLD), (&ENFORCEMENT_CONTRADICTED, OLD)];
        let (same, refused) = rewritten_after(&EnforcementInDefinition, Kind::Definition, text, &both);
        assert_eq!((same.as_str(), refused.len()), (text, 1));
    }

    #[test]
    fn a_key_that_shares_its_line_stays() {
        let text = "actions:\n- schema_inline: \"{enforcement: strict, columns: [a]}\"\n";
        assert_eq!(rewritten(Kind::Actions, text, &ENFORCEMENT_INSIDE), (text.to_owned(), 1));
    }
}
