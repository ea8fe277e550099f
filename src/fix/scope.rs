//! Where settings stand in a file: a tree goes in, the sources of loads and the targets of writes come out.

use crate::syntax::{Mapping, Node, Value};

/// Which block of an action holds settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// `source` of a load.
    Source,
    /// `write_target` of a write.
    Target,
}

/// What a file is, as far as places of settings are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Flowgroups, blueprints and templates: they have actions.
    Actions,
    /// May hold flowgroups or an instance of a blueprint.
    Pipelines,
    Preset,
    Substitution,
    /// A schema definition, in YAML or JSON.
    Definition,
    /// SQL, which has no tree.
    Sql,
}

/// Settings of a load or write.
#[derive(Debug, Clone)]
pub struct Settings {
    pub block: Block,
    /// The type of the source or target, such as `delta`.
    pub kind: String,
    pub node: Node,
}

/// All settings of a document.
pub fn settings(document: &Node, kind: Kind) -> Vec<Settings> {
    let mut found = Vec::new();
    visit(&mut document.clone(), kind, &mut |block, kind, node| {
        found.push(Settings { block, kind: kind.to_owned(), node: node.clone() });
    });
    found
}

/// Calls a function on the settings of every load and write, with the type of their source or target.
pub fn visit(document: &mut Node, kind: Kind, change: &mut impl FnMut(Block, &str, &mut Node)) {
    match kind {
        Kind::Actions | Kind::Pipelines => {
            visit_actions(document, change);
            for flowgroup in items(document, "flowgroups") {
                visit_actions(flowgroup, change);
            }
        }
        Kind::Preset => {
            for (key, block) in [("load_actions", Block::Source), ("write_actions", Block::Target)] {
                let defaults = document.as_mapping_mut().and_then(|mapping| mapping.get_mut("defaults"));
                let table = defaults.and_then(Node::as_mapping_mut).and_then(|defaults| defaults.get_mut(key));
                let Some(table) = table.and_then(Node::as_mapping_mut) else { continue };
                for entry in &mut table.entries {
                    if let (Some(kind), true) = (entry.key.as_str(), entry.value.as_mapping().is_some()) {
                        change(block, kind, &mut entry.value);
                    }
                }
            }
        }
        Kind::Substitution | Kind::Definition | Kind::Sql => {}
    }
}

fn visit_actions(holder: &mut Node, change: &mut impl FnMut(Block, &str, &mut Node)) {
    for action in items(holder, "actions") {
        let Some(mapping) = action.as_mapping_mut() else { continue };
        let (key, block) = match mapping.get("type").and_then(Node::as_str) {
            Some("load") => ("source", Block::Source),
            Some("write") => ("write_target", Block::Target),
            _ => continue,
        };
        let Some(node) = mapping.get_mut(key) else { continue };
        if let Some(kind) = node.get("type").and_then(Node::as_str).map(str::to_owned) {
            change(block, &kind, node);
        }
    }
}

fn items<'n>(holder: &'n mut Node, key: &str) -> impl Iterator<Item = &'n mut Node> {
    let list = holder.as_mapping_mut().and_then(|mapping| mapping.get_mut(key));
    let items = match list.map(|list| &mut list.value) {
        Some(Value::Sequence(items)) => items.as_mut_slice(),
        _ => &mut [],
    };
    items.iter_mut()
}

/// Whether two trees say the same. The order of keys does not count.
pub fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Mapping(left), Value::Mapping(right)) => same_mapping(left, right),
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        // A number that is none equals itself here.
        (Value::Float(left), Value::Float(right)) => left.to_bits() == right.to_bits(),
        (left, right) => left == right,
    }
}

fn same_mapping(left: &Mapping, right: &Mapping) -> bool {
    left.entries.len() == right.entries.len()
        && left.entries.iter().all(|entry| {
            let other = right.entries.iter().find(|other| other.key.value == entry.key.value);
            other.is_some_and(|other| same(&entry.value, &other.value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::syntax::yaml::{Limits, parse};

    fn document(text: &str) -> Node {
        let file = SourceMap::new("").add("a.yaml", text);
        parse(file, text, &Limits::default()).unwrap().documents.remove(0)
    }

    fn kinds(text: &str, kind: Kind) -> Vec<String> {
        let found = settings(&document(text), kind);
        found.into_iter().map(|settings| format!("{:?} {}", settings.block, settings.kind)).collect()
    }

    #[test]
    fn settings_stand_in_actions_of_flowgroups_and_in_presets() {
        let list = "actions: [{type: load, source: {type: delta}}, {type: write, write_target: {type: sink}}]";
        let both = ["Source delta", "Target sink"];
        assert_eq!(kinds(list, Kind::Pipelines), both);
        assert_eq!(kinds(&format!("flowgroups: [{{{list}}}]"), Kind::Actions), both);
        assert_eq!(
            kinds("defaults: {load_actions: {delta: {a: 1}, sql: null}, write_actions: {sink: {}}}", Kind::Preset),
            both
        );
        assert_eq!(kinds("actions: [{type: load, source: v}, 1, {type: test}]", Kind::Actions), Vec::<String>::new());
        assert_eq!(kinds(list, Kind::Substitution), Vec::<String>::new());
    }

    #[test]
    fn trees_are_compared_without_the_order_of_keys() {
        assert!(same(&document("{a: 1, b: [.nan, x]}"), &document("b: [.nan, x]\na: 1\n")));
        for other in ["{a: 1}", "{a: 1, b: 3}", "{a: 1, b: \"2\"}", "{a: 1, b: 2, c: 3}", "{a: 1, c: 2}"] {
            assert!(!same(&document("{a: 1, b: 2}"), &document(other)), "{other}");
        }
        assert!(!same(&document("[1, 2]"), &document("[2, 1]")));
    }
}
