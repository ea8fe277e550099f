//! Plugins in directories: each subdirectory with a manifest is one.

use std::path::{Path, PathBuf};

use crate::model::from_node;
use crate::plugin::manifest::{Manifest, Provision, Requirements, Runtime, is_key, judge, manifest_file, read_tree};
use crate::plugin::steps::{Stage, Step};
use crate::plugin::{Kind, Origin, Place, Plugin, Status};
use crate::report::{Report, Severity};
use crate::source::{SourceMap, Span};
use crate::syntax::{Node, Value};

/// The plugins in a directory, sorted by path. `shown` is the directory as the project names it.
///
/// One whose manifest cannot be used is among them, with its faults.
pub fn plugins_in(sources: &SourceMap, directory: &Path, shown: &str, place: Place) -> Vec<Plugin> {
    let Ok(listing) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut homes: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    homes.retain(|home| manifest_file(home).is_some());
    homes.sort();
    homes.into_iter().map(|root| plugin_at(sources, root, Origin::Directory(shown.to_owned()), place)).collect()
}

/// The plugin in a directory, whatever may be wrong with it.
pub fn plugin_at(sources: &SourceMap, root: PathBuf, origin: Origin, place: Place) -> Plugin {
    let mut report = Report::default();
    let shown = sources.display_path(&manifest_file(&root).unwrap_or_else(|| root.clone()));
    let tree = read_tree(sources, &root, &mut report);
    let read = tree.clone().and_then(|tree| judge(tree, &root, &mut report));
    let mut plugin = match read {
        Some(read) => {
            let mut plugin = Plugin::new(read.manifest, read.node, root, origin, place);
            plugin.steps.push(Step::passed(Stage::Manifest, format!("`{shown}` is valid")));
            plugin
        }
        None => {
            let node = tree.unwrap_or_else(|| {
                let label = report.diagnostics.iter().flat_map(|diagnostic| diagnostic.labels.first()).next();
                let start = || Span::start_of(sources.add(shown.clone(), String::new()));
                Node::new(Value::Null, label.map_or_else(start, |label| label.span))
            });
            let manifest = placeholder(&node, &root);
            let mut plugin = Plugin::new(manifest, node, root, origin, place);
            let errors = report.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
            let first = errors.clone().next().map_or_else(String::new, |error| error.message.clone());
            plugin.steps.push(Step::stopped(Stage::Manifest, format!("`{shown}` cannot be used: {first}")));
            plugin.status = Status::Invalid(first);
            plugin
        }
    };
    // Whatever is an error decides about the plugin, so that it comes first.
    report.diagnostics.sort_by_key(|diagnostic| diagnostic.severity != Severity::Error);
    plugin.faults = report.diagnostics;
    plugin
}

/// What is known about a plugin whose manifest cannot be used: its id, its version, and what it seems to provide.
fn placeholder(node: &Node, root: &Path) -> Manifest {
    let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let named = || root.file_name().map(|name| name.to_string_lossy().into_owned());
    let provision = |entry: &Node| {
        let text = |key: &str| entry.get(key).and_then(Node::as_str);
        let kind = Kind::parse(text("kind")?)?;
        let key = text("key").filter(|key| is_key(key.strip_prefix("sink/").unwrap_or(key)))?;
        Some(Provision { kind, key: key.to_owned(), ..Provision::default() })
    };
    let entries = node.get("provides").and_then(Node::as_sequence).unwrap_or_default();
    Manifest {
        schema: 1,
        id: text("id").filter(|id| !id.contains(char::is_control)).or_else(named).unwrap_or_default(),
        version: text("version").unwrap_or_else(|| "0.0.0".to_owned()),
        api: text("api").unwrap_or_default(),
        description: text("description"),
        runtime: node.get("runtime").and_then(|node| from_node::<Runtime>(node).ok()).unwrap_or_default(),
        requires: node.get("requires").and_then(|node| from_node::<Requirements>(node).ok()).unwrap_or_default(),
        provides: entries.iter().filter_map(provision).collect(),
        ..Manifest::default()
    }
}
