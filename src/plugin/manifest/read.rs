//! Reading a manifest: a file goes in, typed declarations and the tree that they stand in come out.

use std::path::Path;

use super::Manifest;
use crate::check::check_file;
use crate::model::{FileKind, from_node};
use crate::project::{read_diagnostic, read_single};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::SourceMap;
use crate::syntax::Node;

/// Name of the file that makes a directory a plugin.
pub const MANIFEST_FILE: &str = "plugin.yaml";

rules! {
    /// The directory of a plugin has no `plugin.yaml`.
    ///
    /// ## Why
    /// Everything that a plugin provides is declared there, so that nothing of it must run to know what it is.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: my_loader
    ///       source: path:./plugins/my_loader/templates
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: my_loader
    ///       source: path:./plugins/my_loader
    /// ```
    /// A new plugin with a manifest is made by
    /// ```sh
    /// lhp plugin create my_loader --kind load --runtime template
    /// ```
    pub static MANIFEST_MISSING: Rule = Rule::new("LHP-PLG-001", "manifest-missing");
    /// A manifest does not have the form that `lhp plugin schema manifest` describes.
    ///
    /// ## Why
    /// What a manifest declares decides what is generated and what a plugin may do. A key that nobody knows
    /// would silently have no effect.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema: 1
    /// id: lhp-s3
    /// version: 1.0.0
    /// api: "1.0"
    /// provide:
    ///   - {kind: load, key: s3_batch, entry: s3_batch.py.j2}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema: 1
    /// id: lhp-s3
    /// version: 1.0.0
    /// api: "1.0"
    /// provides:
    ///   - {kind: load, key: s3_batch, entry: s3_batch.py.j2}
    /// ```
    pub static MANIFEST_SHAPE: Rule = Rule::new("LHP-PLG-003", "manifest-shape");
}

/// A manifest and its tree, for the places of what it says.
#[derive(Debug)]
pub struct ReadManifest {
    pub manifest: Manifest,
    pub node: Node,
}

/// Reads the manifest in the directory of a plugin. What is wrong with it is in the report.
pub fn read_manifest(sources: &SourceMap, directory: &Path, report: &mut Report) -> Option<ReadManifest> {
    let path = directory.join(MANIFEST_FILE);
    if let Some(error) = sources.missing(&path) {
        report.push(
            read_diagnostic(&MANIFEST_MISSING, &error)
                .help("write a `plugin.yaml`, or let `lhp plugin create` make one"),
        );
        return None;
    }
    let node = read_single(sources, &path, report)?;
    let before = report.blocking();
    report.diagnostics.extend(check_file(FileKind::Plugin, &node));
    if report.blocking() > before {
        return None;
    }
    match from_node::<Manifest>(&node) {
        Ok(manifest) => Some(ReadManifest { manifest, node }),
        Err(error) => {
            report.push(
                Diagnostic::error(&MANIFEST_SHAPE, format!("this manifest cannot be used: {error}"))
                    .label(error.span.unwrap_or(node.span), "this is wrong")
                    .help("compare it with `lhp plugin schema manifest`"),
            );
            None
        }
    }
}
