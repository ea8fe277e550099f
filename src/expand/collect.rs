//! From parsed files to definitions: flowgroups, blueprints and instances, before anything is expanded.

pub(crate) mod blueprint_file;
pub(crate) mod flowgroup_file;

use std::path::PathBuf;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Gaps;
use crate::project::{Project, read_documents};
use crate::report::Report;
use crate::source::{FileId, Span};
use crate::syntax::Node;

/// A flowgroup as written in a file or made by a blueprint.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The mapping of the flowgroup, with `pipeline` and `flowgroup` as strings.
    pub node: Node,
    /// Actions of the wrong shape, which are not in the mapping any more.
    pub broken: Vec<Node>,
    /// What else was left out for its shape.
    pub gaps: Gaps,
}

impl Definition {
    /// The name of the pipeline as written, tokens included.
    pub fn pipeline(&self) -> &str {
        self.node.get("pipeline").and_then(Node::as_str).unwrap_or_default()
    }

    /// The name of the flowgroup as written, tokens included.
    pub fn flowgroup(&self) -> &str {
        self.node.get("flowgroup").and_then(Node::as_str).unwrap_or_default()
    }

    /// Where the flowgroup is named.
    pub fn span(&self) -> Span {
        self.node.get("flowgroup").map_or(self.node.span, |name| name.span)
    }
}

/// Everything that the files of a project define.
#[derive(Debug, Default)]
pub struct Collected {
    pub flowgroups: Vec<Definition>,
    pub blueprints: Vec<Node>,
    pub instances: Vec<Node>,
    /// Flowgroup files, for checks on their text.
    pub flowgroup_files: Vec<FileId>,
    /// Whether some file could not be used, so that names may be missing.
    pub incomplete: bool,
}

/// What one file gave.
#[derive(Default)]
struct FileContent {
    file: Option<FileId>,
    flowgroups: Vec<Definition>,
    instance: Option<Node>,
    blueprint: Option<Node>,
    report: Report,
}

/// Reads all flowgroup, instance and blueprint files, in parallel.
pub fn collect(project: &Project, report: &mut Report) -> Collected {
    let files = &project.files;
    let flowgroup_set: FxHashSet<&PathBuf> = files.flowgroups.iter().collect();
    let instance_set: FxHashSet<&PathBuf> = files.instances.iter().collect();
    let mut paths: Vec<&PathBuf> = files.flowgroups.iter().collect();
    paths.extend(files.instances.iter().filter(|path| !flowgroup_set.contains(path)));

    let contents: Vec<FileContent> = paths
        .par_iter()
        .map(|path| {
            let mut content = FileContent::default();
            let Some(documents) = read_documents(&project.sources, path, &mut content.report) else { return content };
            content.file = Some(documents.file);
            if flowgroup_set.contains(path) {
                flowgroup_file::read(documents, instance_set.contains(path), &mut content);
            } else if let Some(first) = documents.documents.into_iter().next().filter(is_instance) {
                content.instance = Some(first);
            }
            content
        })
        .collect();
    let blueprints: Vec<FileContent> = files
        .blueprints
        .par_iter()
        .map(|path| {
            let mut content = FileContent::default();
            if let Some(documents) = read_documents(&project.sources, path, &mut content.report) {
                blueprint_file::read(documents, &mut content);
            }
            content
        })
        .collect();

    let mut collected = Collected::default();
    let mut instance_order: FxHashMap<String, Node> = FxHashMap::default();
    for (path, content) in paths.into_iter().zip(contents) {
        collected.incomplete |= content.report.blocking() > 0;
        report.append(content.report);
        collected.flowgroups.extend(content.flowgroups);
        if flowgroup_set.contains(path) {
            collected.flowgroup_files.extend(content.file);
        }
        if let Some(instance) = content.instance {
            instance_order.insert(path.to_string_lossy().into_owned(), instance);
        }
    }
    collected.instances =
        files.instances.iter().filter_map(|path| instance_order.remove(path.to_string_lossy().as_ref())).collect();
    for content in blueprints {
        collected.incomplete |= content.report.has_errors();
        report.append(content.report);
        collected.blueprints.extend(content.blueprint);
    }
    collected
}

/// Whether a document uses a blueprint.
pub(crate) fn is_instance(node: &Node) -> bool {
    let Some(mapping) = node.as_mapping() else { return false };
    let legacy = mapping.get("blueprint").is_some_and(|name| name.as_str().is_some())
        && !mapping.contains("flowgroups")
        && !mapping.contains("actions");
    mapping.contains("use_blueprint") || legacy
}

/// Whether a document defines a blueprint.
fn is_blueprint(node: &Node) -> bool {
    let Some(mapping) = node.as_mapping() else { return false };
    mapping.contains("parameters") && mapping.contains("flowgroups") && !mapping.contains("actions")
}

/// The span of the first key, which is easier to read than that of a whole document.
pub(super) fn first_key(node: &Node) -> Span {
    node.as_mapping().and_then(|mapping| mapping.entries.first()).map_or(node.span, |entry| entry.key.span)
}
