//! Reading a manifest: a file goes in, typed declarations and the tree that they stand in come out.

use std::path::{Path, PathBuf};

use super::{Manifest, RuntimeKind, check, pyproject};
use crate::check::check_file;
use crate::model::{FileKind, from_node};
use crate::plugin::Kind;
use crate::project::{read_diagnostic, read_single};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{SourceMap, Span};
use crate::syntax::{Node, Value};

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
    /// A manifest cannot be parsed.
    ///
    /// ## Why
    /// Nothing is known about a plugin whose manifest is no YAML, or whose table in `pyproject.toml` is no TOML. It is
    /// left out; whoever asks for it gets this error.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema: 1
    /// id: lhp-s3
    ///  version: 1.0.0
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema: 1
    /// id: lhp-s3
    /// version: 1.0.0
    /// ```
    pub static MANIFEST_UNREADABLE: Rule = Rule::new("LHP-PLG-002", "manifest-unreadable");
}

/// A manifest and its tree, for the places of what it says.
#[derive(Debug)]
pub struct ReadManifest {
    pub manifest: Manifest,
    pub node: Node,
}

/// The file that holds the manifest of a plugin: `plugin.yaml`, or else a `pyproject.toml` that has one.
pub fn manifest_file(directory: &Path) -> Option<PathBuf> {
    let own = directory.join(MANIFEST_FILE);
    if own.is_file() {
        return Some(own);
    }
    let project = directory.join(pyproject::FILE);
    let text = project.is_file().then(|| std::fs::read_to_string(&project).ok())??;
    text.contains(pyproject::HEADER).then_some(project)
}

/// The tree of a manifest, of which nothing is known but that it is YAML or TOML.
pub(crate) fn read_tree(sources: &SourceMap, directory: &Path, report: &mut Report) -> Option<Node> {
    let path = manifest_file(directory).unwrap_or_else(|| directory.join(MANIFEST_FILE));
    if let Some(error) = sources.missing(&path) {
        report.push(
            read_diagnostic(&MANIFEST_MISSING, &error)
                .help("write a `plugin.yaml`, or let `lhp plugin create` make one"),
        );
        return None;
    }
    if leaves(&path, directory) {
        let shown = sources.display_path(&path);
        let place = Span::start_of(sources.add(shown.clone(), String::new()));
        report.push(
            Diagnostic::error(&check::UNSAFE_PATH, format!("`{shown}` is a link out of the directory of the plugin"))
                .label(place, "leads elsewhere")
                .help("put the file itself into the directory"),
        );
        return None;
    }
    let mut found = Report::default();
    let node = match path.ends_with(pyproject::FILE) {
        true => pyproject::read(sources, &path, &mut found),
        false => read_single(sources, &path, &mut found),
    };
    report.diagnostics.extend(found.diagnostics.into_iter().map(|diagnostic| match diagnostic.is_error() {
        true => Diagnostic { rule: &MANIFEST_UNREADABLE, ..diagnostic },
        false => diagnostic,
    }));
    node
}

/// Whether a file is a link that leads out of a directory, which may be a link itself.
fn leaves(path: &Path, directory: &Path) -> bool {
    match (path.canonicalize(), directory.canonicalize()) {
        (Ok(file), Ok(directory)) => !file.starts_with(directory),
        // What does not exist was reported before.
        _ => false,
    }
}

/// Reads the manifest in the directory of a plugin. What is wrong with it is in the report.
pub fn read_manifest(sources: &SourceMap, directory: &Path, report: &mut Report) -> Option<ReadManifest> {
    let node = read_tree(sources, directory, report)?;
    judge(node, directory, report)
}

/// The manifest that a tree is, if it is one.
pub(crate) fn judge(mut node: Node, directory: &Path, report: &mut Report) -> Option<ReadManifest> {
    let before = report.blocking();
    use_own_words(&mut node);
    report.diagnostics.extend(check_file(FileKind::Plugin, &node));
    if report.blocking() > before {
        return None;
    }
    match from_node::<Manifest>(&node) {
        Ok(mut manifest) => {
            use_functions(&mut manifest);
            check::check(&manifest, &node, directory, report);
            (report.blocking() == before).then_some(ReadManifest { manifest, node })
        }
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

/// Where an entry of a native plugin names library and function, as in `lib/libcsv.so:create_reader`, the function is what
/// is called: `runtime.libraries` says which library that is on each platform.
fn use_functions(manifest: &mut Manifest) {
    if manifest.runtime.kind == RuntimeKind::Native {
        for entry in manifest.provides.iter_mut().filter_map(|row| row.entry.as_mut()) {
            if let Some((_, function)) = entry.rsplit_once(':') {
                *entry = function.to_owned();
            }
        }
    }
}

/// Puts the kinds of this program in the place of the names that other tools have for them.
fn use_own_words(node: &mut Node) {
    let entries = node.as_mapping_mut().map(|mapping| mapping.entries.as_mut_slice()).unwrap_or_default();
    let Some(provides) = entries.iter_mut().find(|entry| entry.key.as_str() == Some("provides")) else { return };
    let Value::Sequence(items) = &mut provides.value.value else { return };
    for item in items {
        let keys = item.as_mapping_mut().map(|mapping| mapping.entries.as_mut_slice()).unwrap_or_default();
        for entry in keys.iter_mut().filter(|entry| entry.key.as_str() == Some("kind")) {
            if let Some(kind) = entry.value.as_str().and_then(Kind::parse) {
                entry.value.value = Value::String(kind.word().into());
            }
        }
    }
}
