//! Write targets of a project, and the record of those of the last run, by which new and changed ones are known.

use std::collections::BTreeMap;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::effects::write_atomically;
use super::{Collector, Event, EventType};
use crate::expand::{Action, Resolved};
use crate::model::ActionType;
use crate::syntax::{Node, Value};

/// A write into a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `catalog.schema.table`.
    pub table: String,
    pub pipeline: Arc<str>,
    pub flowgroup: Arc<str>,
    pub action: Arc<str>,
    /// Name of the generator.
    pub capability: Arc<str>,
    definition: String,
}

/// The tables that a flowgroup writes, one entry for each action.
pub fn targets(pipeline: &Arc<str>, resolved: &Resolved) -> Vec<Target> {
    let mut actions: Vec<&Action> = resolved.actions.iter().filter(|action| action.kind == ActionType::Write).collect();
    actions.sort_by_key(|action| action.index);
    let target = |action: &&Action| {
        Some(Target {
            table: action.table()?.display(),
            pipeline: pipeline.clone(),
            flowgroup: resolved.flowgroup.clone(),
            action: action.name.clone(),
            capability: action.key.clone(),
            definition: definition(action),
        })
    };
    actions.iter().filter_map(target).collect()
}

/// A digest of everything that an action says.
fn definition(action: &Action) -> String {
    let mut hasher = Xxh3::new();
    digest(&action.node, &mut hasher);
    for column in &action.metadata {
        part(&mut hasher, 'm', &column.name);
        part(&mut hasher, 'x', &column.expression);
    }
    format!("{:032x}", hasher.digest128())
}

fn part(hasher: &mut Xxh3, kind: char, text: &str) {
    hasher.write_u32(kind as u32);
    hasher.write_u64(text.len() as u64);
    hasher.write(text.as_bytes());
}

/// The values of a tree, not its places and not the form in which they are written.
fn digest(node: &Node, hasher: &mut Xxh3) {
    match &node.value {
        Value::Null => part(hasher, 'n', ""),
        Value::Bool(flag) => part(hasher, 'b', if *flag { "1" } else { "0" }),
        Value::Int(number) => part(hasher, 'i', &number.to_string()),
        Value::BigInt(digits) => part(hasher, 'i', digits),
        Value::Float(number) => part(hasher, 'f', &number.to_string()),
        Value::Timestamp(date) => part(hasher, 't', date),
        Value::String(text) => part(hasher, 's', text),
        Value::Secret(text) => part(hasher, 'k', &text.display()),
        Value::Sequence(items) => {
            part(hasher, '[', &items.len().to_string());
            items.iter().for_each(|item| digest(item, hasher));
        }
        Value::Mapping(mapping) => {
            part(hasher, '{', &mapping.entries.len().to_string());
            for entry in &mapping.entries {
                digest(&entry.key, hasher);
                digest(&entry.value, hasher);
            }
        }
    }
}

/// The tables of the last run in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    tables: BTreeMap<String, Recorded>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Recorded {
    pipeline: String,
    definition: String,
}

const RECORD_VERSION: u32 = 1;

/// Which pipelines a run wrote.
#[derive(Debug, Clone, Copy)]
pub enum Extent<'a> {
    /// All of the project; what is not among the targets is gone.
    Everything,
    /// Only these; nothing is known about the others.
    Only(&'a [&'a str]),
}

impl Record {
    /// The record of an environment. An unreadable one is an empty one: every table is new then.
    pub fn read(root: &Path, env: &str) -> Self {
        let text = fs::read_to_string(root.join(path(env))).unwrap_or_default();
        let record: Self = serde_json::from_str(&text).unwrap_or_default();
        if record.version == RECORD_VERSION { record } else { Self::default() }
    }

    /// Replaces the record of an environment.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, root: &Path, env: &str) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)? + "\n";
        write_atomically(&root.join(path(env)), text.as_bytes())
    }

    /// The record after a run that wrote some targets.
    #[must_use]
    pub fn after(&self, targets: &[Target], extent: Extent<'_>) -> Self {
        let mut tables = match extent {
            Extent::Everything => BTreeMap::new(),
            Extent::Only(pipelines) => {
                let mut tables = self.tables.clone();
                tables.retain(|_, known| !pipelines.contains(&known.pipeline.as_str()));
                tables
            }
        };
        for (table, (first, definition)) in by_table(targets) {
            tables.insert(table.to_owned(), Recorded { pipeline: first.pipeline.to_string(), definition });
        }
        Self { version: RECORD_VERSION, tables }
    }

    /// Events for the targets that are new or changed, in the order of the targets.
    pub fn compare(&self, targets: &[Target], collector: &Collector) -> Vec<Event> {
        let mut definitions = by_table(targets);
        let mut events = Vec::new();
        for target in targets {
            let Some((first, definition)) = definitions.remove(target.table.as_str()) else { continue };
            let known = self.tables.get(&target.table);
            let kind = match known {
                None => EventType::TableCreated,
                Some(known) if known.definition != definition => EventType::TableUpdated,
                Some(_) => continue,
            };
            collector.emit(&mut events, kind, |event| {
                let mut event = event
                    .about(&first.pipeline, Some(&first.flowgroup), Some(&first.action))
                    .with("definition", definition)
                    .tag("type", "write")
                    .tag("capability", &*first.capability);
                if let Some(known) = known {
                    event = event.with("previous_definition", known.definition.clone());
                }
                event.family.asset_key = Some(first.table.clone());
                event
            });
        }
        events
    }
}

/// The first write into each table, and the digest of all.
fn by_table(targets: &[Target]) -> BTreeMap<&str, (&Target, String)> {
    let mut tables: BTreeMap<&str, (&Target, Vec<&str>)> = BTreeMap::new();
    for target in targets {
        tables.entry(&target.table).or_insert_with(|| (target, Vec::new())).1.push(&target.definition);
    }
    let joined = tables.into_iter().map(|(table, (first, definitions))| {
        let definition = match definitions.as_slice() {
            [only] => (*only).to_owned(),
            several => {
                let mut hasher = Xxh3::new();
                several.iter().for_each(|definition| part(&mut hasher, 'd', definition));
                format!("{:032x}", hasher.digest128())
            }
        };
        (table, (first, definition))
    });
    joined.collect()
}

fn path(env: &str) -> PathBuf {
    [".lhp", "targets", &format!("{env}.json")].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::events::EventSet;

    fn target(table: &str, pipeline: &str, definition: &str) -> Target {
        Target {
            table: table.to_owned(),
            pipeline: pipeline.into(),
            flowgroup: "f".into(),
            action: "a".into(),
            capability: "streaming_table".into(),
            definition: definition.to_owned(),
        }
    }

    fn kinds(record: &Record, targets: &[Target]) -> Vec<(&'static str, String)> {
        let events = record.compare(targets, &Collector::new(EventSet::of(["*"]), "dev"));
        events.into_iter().map(|event| (event.kind.name(), event.family.asset_key.unwrap())).collect()
    }

    #[test]
    fn new_and_changed_tables_are_told_apart() {
        let first = [target("c.s.a", "p", "1"), target("c.s.b", "p", "1")];
        let record = Record::default().after(&first, Extent::Everything);
        assert!(kinds(&record, &first).is_empty());
        let second = [target("c.s.c", "p", "1"), target("c.s.b", "p", "2")];
        let expected = [("table.created", "c.s.c".to_owned()), ("table.updated", "c.s.b".to_owned())];
        assert_eq!(kinds(&record, &second), expected);
    }

    #[test]
    fn a_table_with_several_writes_is_one_target() {
        let two = [target("c.s.a", "p", "1"), target("c.s.a", "p", "2")];
        assert_eq!(kinds(&Record::default(), &two).len(), 1);
        let record = Record::default().after(&two, Extent::Everything);
        assert_eq!(kinds(&record, &two[..1]), [("table.updated", "c.s.a".to_owned())]);
    }

    #[test]
    fn pipelines_that_were_not_written_stay_in_the_record() {
        let record = Record::default().after(&[target("a", "p", "1"), target("b", "q", "1")], Extent::Everything);
        let next = record.after(&[target("c", "p", "1")], Extent::Only(&["p"]));
        assert_eq!(next.tables.keys().collect::<Vec<_>>(), ["b", "c"]);
    }
}
