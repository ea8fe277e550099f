//! Where capabilities are used: the files of a project go in, the actions that name a capability come out.

use std::path::PathBuf;

use super::golden::action_key;
use crate::model::ActionType;
use crate::project::{Project, read_documents};
use crate::report::Report;
use crate::source::Span;
use crate::syntax::Node;

/// An action that names a capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub kind: ActionType,
    pub key: String,
    /// The flowgroup that the action is written in; none in a template.
    pub flowgroup: Option<String>,
    pub action: String,
    pub span: Span,
}

/// Every action in the files of a project, in the order of files and places. Files that cannot be read are left out;
/// other commands tell about them.
pub fn uses(project: &Project) -> Vec<Use> {
    let files = &project.files;
    let mut paths: Vec<&PathBuf> = files.flowgroups.iter().chain(&files.blueprints).chain(&files.templates).collect();
    paths.sort();
    paths.dedup();
    let mut found = Vec::new();
    for path in paths {
        let read = read_documents(&project.sources, path, &mut Report::default());
        for document in read.iter().flat_map(|read| &read.documents) {
            collect(document, None, &mut found);
        }
    }
    found
}

fn collect(node: &Node, flowgroup: Option<&str>, found: &mut Vec<Use>) {
    if let Some(items) = node.as_sequence() {
        items.iter().for_each(|item| collect(item, flowgroup, found));
        return;
    }
    let Some(mapping) = node.as_mapping() else { return };
    let flowgroup = node.get("flowgroup").and_then(Node::as_str).or(flowgroup);
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    if let Some(kind) = text("type").and_then(ActionType::parse)
        && let Some((key, span)) = action_key(kind, node)
    {
        let action = text("name").unwrap_or_default().to_owned();
        found.push(Use { kind, key, flowgroup: flowgroup.map(str::to_owned), action, span });
        return;
    }
    mapping.entries.iter().for_each(|entry| collect(&entry.value, flowgroup, found));
}
