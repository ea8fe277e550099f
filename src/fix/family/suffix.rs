//! `database_suffix` → `schema_suffix` in presets and write targets.

use memchr::memmem;

use super::{Family, Knowledge, Parsed, Proposals};
use crate::fix::scope::{Block, Kind, settings, visit};
use crate::syntax::{Mapping, Node};

pub struct DatabaseSuffix;

const OLD: &str = "database_suffix";
const NEW: &str = "schema_suffix";

impl Family for DatabaseSuffix {
    fn name(&self) -> &'static str {
        "database-suffix"
    }

    fn concerns(&self, _: Kind, text: &str) -> bool {
        memmem::find(text.as_bytes(), OLD.as_bytes()).is_some()
    }

    fn propose(&self, file: &Parsed<'_>, _: &Knowledge<'_>, found: &mut Proposals) {
        for settings in file.documents.iter().flat_map(|document| settings(document, file.kind)) {
            let Some(mapping) = settings.node.as_mapping().filter(|_| settings.block == Block::Target) else {
                continue;
            };
            let Some(entry) = mapping.entry(OLD) else { continue };
            let edits = match mapping.entry(NEW) {
                None => file.layout().rename(&entry.key, NEW).map(|edit| vec![edit]),
                Some(_) => Err(format!("`{NEW}` is set as well")),
            };
            found.add(self.name(), entry.key.span, OLD, edits);
        }
    }

    fn modernise(&self, document: &mut Node, kind: Kind, _: &Knowledge<'_>) {
        visit(document, kind, &mut |block, _, node| {
            if let (Block::Target, Some(mapping)) = (block, node.as_mapping_mut()) {
                rename(mapping, OLD, NEW);
            }
        });
    }
}

/// Gives a key of a tree another name, unless the name is taken.
pub(super) fn rename(mapping: &mut Mapping, old: &str, new: &str) {
    if mapping.contains(new) {
        return;
    }
    for entry in mapping.entries.iter_mut().filter(|entry| entry.key.as_str() == Some(old)) {
        entry.key = Node::string(new, entry.key.span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::{only_rewritten, rewritten};

    #[test]
    fn the_key_is_renamed_in_write_targets_only() {
        let text = "defaults:\n  write_actions:\n    streaming_table: {database_suffix: _x}\n  load_actions:\n    delta: {database_suffix: _x}\n";
        let modern = text.replacen("database_suffix", "schema_suffix", 1);
        assert_eq!(only_rewritten(&DatabaseSuffix, Kind::Preset, text), modern);
    }

    #[test]
    fn two_suffixes_are_refused() {
        let text = "defaults: {write_actions: {streaming_table: {database_suffix: _x, schema_suffix: _y}}}\n";
        let (same, refused) = rewritten(&DatabaseSuffix, Kind::Preset, text);
        assert_eq!((same.as_str(), refused.len()), (text, 1));
    }
}
