//! Old keys of `cloudfiles` sources → the options that they stand for.

use memchr::memmem;

use super::{Family, Knowledge, Parsed, Proposals};
use crate::fix::options::{Move, OPTIONS, move_into_options};
use crate::fix::scope::{Block, Kind, settings, visit};
use crate::generator::load::LEGACY_KEYS;
use crate::syntax::{Entry, Mapping, Node, Value};

pub struct CloudFilesKeys;

impl Family for CloudFilesKeys {
    fn name(&self) -> &'static str {
        "cloudfiles-keys"
    }

    fn concerns(&self, _: Kind, text: &str) -> bool {
        LEGACY_KEYS.iter().any(|(old, _)| memmem::find(text.as_bytes(), old.as_bytes()).is_some())
    }

    fn propose(&self, file: &Parsed<'_>, _: &Knowledge<'_>, found: &mut Proposals) {
        for settings in file.documents.iter().flat_map(|document| settings(document, file.kind)) {
            let Some(mapping) = settings.node.as_mapping().filter(|_| is_ours(settings.block, &settings.kind)) else {
                continue;
            };
            let moves: Vec<Move<'_>> = mapping
                .entries
                .iter()
                .filter_map(|entry| Some(Move { entry, name: option(mapping, entry)? }))
                .collect();
            let Some(first) = moves.first() else { continue };
            let what = first.entry.key.as_str().unwrap_or_default();
            let edits = move_into_options(&file.layout(), &settings.node, &moves);
            found.add(self.name(), first.entry.key.span, what, edits);
        }
    }

    fn modernise(&self, document: &mut Node, kind: Kind, _: &Knowledge<'_>) {
        visit(document, kind, &mut |block, kind, node| {
            if let (true, Some(mapping)) = (is_ours(block, kind), node.as_mapping_mut()) {
                let moved = |mapping: &Mapping, entry: &Entry| option(mapping, entry).map(str::to_owned);
                move_in_tree(mapping, moved);
            }
        });
    }
}

fn is_ours(block: Block, kind: &str) -> bool {
    block == Block::Source && kind == "cloudfiles"
}

/// The option that a pair stands for. A key without a value has no effect, and one whose option is set is an error.
fn option<'k>(source: &Mapping, entry: &Entry) -> Option<&'k str> {
    let (_, option) = LEGACY_KEYS.iter().find(|(old, _)| entry.key.as_str() == Some(old))?;
    let taken = source.get(OPTIONS).is_some_and(|options| options.get(option).is_some());
    (!taken && !entry.value.is_null()).then_some(option)
}

/// Moves pairs of a tree into its `options`. The function gives the name of the option that a pair becomes.
pub(super) fn move_in_tree(mapping: &mut Mapping, option: impl Fn(&Mapping, &Entry) -> Option<String>) {
    let moves: Vec<(Entry, String)> =
        mapping.entries.iter().filter_map(|entry| Some((entry.clone(), option(mapping, entry)?))).collect();
    let Some((first, _)) = moves.first() else { return };
    let span = first.key.span;
    if !mapping.contains(OPTIONS) {
        mapping.insert(Node::string(OPTIONS, span), Node::new(Value::Mapping(Mapping::default()), span));
    }
    if mapping.get(OPTIONS).is_none_or(|options| options.as_mapping().is_none()) {
        return;
    }
    for (mut entry, name) in moves {
        mapping.remove(entry.key.as_str().unwrap_or_default());
        if let Value::Bool(flag) = entry.value.value {
            entry.value.value = Value::String(flag.to_string().into());
        }
        if let Some(options) = mapping.get_mut(OPTIONS).and_then(Node::as_mapping_mut) {
            options.insert(Node::string(name, entry.key.span), entry.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::{only_rewritten, rewritten};

    fn source(lines: &str) -> String {
        let lines: String = lines.lines().map(|line| format!("      {line}\n")).collect();
        format!("actions:\n  - type: load\n    source:\n      type: cloudfiles\n{lines}")
    }

    #[test]
    fn keys_become_options() {
        let old = "# how many\nmax_files_per_trigger: 5  # few\npath: /a\nschema_infer_column_types: false";
        let new = "options:\n  # how many\n  cloudFiles.maxFilesPerTrigger: 5  # few\n  cloudFiles.inferColumnTypes: \"false\"\npath: /a";
        assert_eq!(only_rewritten(&CloudFilesKeys, Kind::Actions, &source(old)), source(new));
    }

    #[test]
    fn options_that_are_there_are_added_to() {
        let old = "schema_location: /s\noptions: # mine\n  header: true\npath: /a";
        let new = "options: # mine\n  header: true\n  cloudFiles.schemaLocation: /s\npath: /a";
        assert_eq!(only_rewritten(&CloudFilesKeys, Kind::Actions, &source(old)), source(new));
        let old = "options: {}\nschema_location: a, b  # why";
        let new = "options: {cloudFiles.schemaLocation: \"a, b\"}\n# why";
        assert_eq!(only_rewritten(&CloudFilesKeys, Kind::Actions, &source(old)), source(new));
    }

    #[test]
    fn keys_without_value_or_with_their_option_stay() {
        for lines in ["schema_location:", "schema_location: /a\noptions: {cloudFiles.schemaLocation: /b}"] {
            assert_eq!(only_rewritten(&CloudFilesKeys, Kind::Actions, &source(lines)), source(lines));
        }
    }

    #[test]
    fn what_cannot_move_is_refused() {
        for (lines, reason) in [
            ("schema_location: |\n  /a", "several lines"),
            ("schema_location: &a /a", "anchor"),
            ("schema_location: /a\noptions: null", "not a mapping"),
            ("schema_location: [a]", "not a single text"),
        ] {
            let (same, refused) = rewritten(&CloudFilesKeys, Kind::Actions, &source(lines));
            assert_eq!(same, source(lines));
            assert!(refused.concat().contains(reason), "{lines}: {refused:?}");
        }
    }
}
