//! Keys that `delta` sources no longer have → the options that took their place.
//!
//! They are errors, so the generated files become more.

use memchr::memmem;

use super::cloudfiles::move_in_tree;
use super::suffix::rename;
use super::{Family, Knowledge, Parsed, Proposals};
use crate::fix::layout::Reason;
use crate::fix::options::{Move, OPTIONS, move_into_options};
use crate::fix::scope::{Block, Kind, settings, visit};
use crate::fix::verify::Tolerance;
use crate::generator::load::REMOVED_KEYS;
use crate::syntax::{Entry, Mapping, Node};

pub struct DeltaKeys;

impl Family for DeltaKeys {
    fn name(&self) -> &'static str {
        "delta-keys"
    }

    fn concerns(&self, _: Kind, text: &str) -> bool {
        REMOVED_KEYS.iter().any(|(old, _)| memmem::find(text.as_bytes(), old.as_bytes()).is_some())
    }

    fn propose(&self, file: &Parsed<'_>, _: &Knowledge<'_>, found: &mut Proposals) {
        for settings in file.documents.iter().flat_map(|document| settings(document, file.kind)) {
            let Some(mapping) = settings.node.as_mapping().filter(|_| is_ours(settings.block, &settings.kind)) else {
                continue;
            };
            // The options must have their name before anything can move there.
            if let Some(entry) = old_options(mapping) {
                let edits = whole_options(mapping, entry)
                    .and_then(|()| file.layout().rename(&entry.key, OPTIONS))
                    .map(|edit| vec![edit]);
                found.add(self.name(), entry.key.span, entry.key.as_str().unwrap_or_default(), edits);
                continue;
            }
            let moves: Vec<Move<'_>> =
                mapping.entries.iter().filter_map(|entry| Some(Move { entry, name: flag(mapping, entry)? })).collect();
            let Some(first) = moves.first() else { continue };
            let edits = match moves.len() {
                1 => move_into_options(&file.layout(), &settings.node, &moves),
                _ => Err("several keys ask for the change feed".to_owned()),
            };
            found.add(self.name(), first.entry.key.span, first.entry.key.as_str().unwrap_or_default(), edits);
        }
    }

    fn modernise(&self, document: &mut Node, kind: Kind, _: &Knowledge<'_>) {
        visit(document, kind, &mut |block, kind, node| {
            let Some(mapping) = node.as_mapping_mut().filter(|_| is_ours(block, kind)) else { return };
            let old = old_options(mapping).and_then(|entry| entry.key.as_str().map(str::to_owned));
            if let Some(old) = old {
                rename(mapping, &old, OPTIONS);
            }
            move_in_tree(mapping, |mapping, entry| flag(mapping, entry).map(str::to_owned));
        });
    }

    fn tolerance(&self) -> Tolerance {
        Tolerance::Repairs
    }
}

fn is_ours(block: Block, kind: &str) -> bool {
    block == Block::Source && kind == "delta"
}

fn replacement(entry: &Entry) -> Option<&'static str> {
    REMOVED_KEYS.iter().find(|(old, _)| entry.key.as_str() == Some(old)).map(|(_, new)| *new)
}

/// The first key that is now called `options`.
fn old_options(source: &Mapping) -> Option<&Entry> {
    source.entries.iter().find(|entry| replacement(entry) == Some(OPTIONS))
}

/// Whether a mapping can be renamed to `options` as a whole.
fn whole_options(source: &Mapping, entry: &Entry) -> Result<(), Reason> {
    if source.contains(OPTIONS) || source.entries.iter().filter(|entry| replacement(entry) == Some(OPTIONS)).count() > 1
    {
        return Err("there are several groups of options".to_owned());
    }
    let Some(options) = entry.value.as_mapping() else {
        return Err(format!("its value is {}, not a mapping", entry.value.kind()));
    };
    // Options of Delta are written in one word; other names belong to a form that nobody can guess.
    let odd = options.entries.iter().filter_map(|entry| entry.key.as_str()).find(|name| name.contains('_'));
    odd.map_or(Ok(()), |name| Err(format!("`{name}` is not the name of an option")))
}

/// The option that a key stands for, unless it is set.
fn flag(source: &Mapping, entry: &Entry) -> Option<&'static str> {
    let option = replacement(entry).filter(|option| *option != OPTIONS && !entry.value.is_null())?;
    let taken = source.get(OPTIONS).is_some_and(|options| options.get(option).is_some());
    (!taken).then_some(option)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::{only_rewritten, rewritten};

    #[test]
    fn the_change_feed_is_an_option_and_old_groups_of_options_get_their_name() {
        let source = |keys: &str| format!("actions: [{{type: load, source: {{type: delta, {keys}}}}}]\n");
        for (old, new) in [
            ("cdf_enabled: yes", "options: {readChangeFeed: \"true\"}"),
            ("options: {a: b}, read_change_feed: \"${x}\"", "options: {a: b, readChangeFeed: \"${x}\"}"),
            ("reader_options: {maxFilesPerTrigger: 1}", "options: {maxFilesPerTrigger: 1}"),
        ] {
            assert_eq!(only_rewritten(&DeltaKeys, Kind::Actions, &source(old)), source(new));
        }
        for refused in [
            "cdc_options: {starting_version: 1}",
            "reader_options: {a: b}, options: {c: d}",
            "cdc_options: 5",
            "cdf_enabled: true, read_change_feed: true",
        ] {
            let (same, reasons) = rewritten(&DeltaKeys, Kind::Actions, &source(refused));
            assert_eq!((same, reasons.len()), (source(refused), 1));
        }
    }

    #[test]
    fn only_delta_sources_are_meant() {
        let text = "actions: [{type: load, source: {type: cloudfiles, reader_options: {a: b}}}]\n";
        assert_eq!(only_rewritten(&DeltaKeys, Kind::Actions, text), text);
    }
}
