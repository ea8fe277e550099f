//! Inspection: the directory of a plugin goes in, what is wrong with it comes out. No project is needed, and nothing
//! of the plugin runs.

mod files;
mod fitness;
mod lints;
#[cfg(feature = "wasm")]
mod modules;
mod schemas;
mod templates;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::golden;
use super::manifest::{Manifest, ReadManifest, RuntimeKind, read_manifest};
use super::runtime::native;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{SourceMap, Span};
use crate::syntax::Node;

rules! {
    /// A manifest names a file that does not exist, or that lies outside the directory of the plugin.
    ///
    /// ## Why
    /// The plugin cannot work without the file, and nothing outside its directory belongs to it.
    ///
    /// ## Wrong
    /// ```yaml
    /// provides:
    ///   - kind: load
    ///     key: rest_api
    ///     entry: ../shared/rest_api.py.j2
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// provides:
    ///   - kind: load
    ///     key: rest_api
    ///     entry: rest_api.py.j2
    /// ```
    pub static MISSING_PART: Rule = Rule::new("LHP-PLG-030", "missing-part");
    /// A template of a plugin cannot be read: it has a syntax error, or includes a template that does not exist.
    ///
    /// ## Why
    /// No action that uses the template can be generated.
    ///
    /// ## Wrong
    /// ```text
    /// {% if spec.limit %}
    /// df = df.limit({{ spec.limit }})
    /// ```
    ///
    /// ## Right
    /// ```text
    /// {% if spec.limit %}
    /// df = df.limit({{ spec.limit }})
    /// {% endif %}
    /// ```
    pub static UNREADABLE_TEMPLATE: Rule = Rule::new("LHP-PLG-031", "unreadable-template");
    /// A plugin lacks something that its users would miss: a title, a description, an example, the version since which
    /// a capability exists, or tests. Only `lhp plugin validate --pedantic` tells about it.
    ///
    /// ## Why
    /// `lhp plugin info`, `lhp plugin docs` and the help of editors show what the manifest and the schemas say.
    ///
    /// ## Wrong
    /// ```yaml
    /// provides:
    ///   - {kind: load, key: rest_api, entry: rest_api.py.j2}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// provides:
    ///   - kind: load
    ///     key: rest_api
    ///     entry: rest_api.py.j2
    ///     title: REST API
    ///     description: Reads the pages of a REST API
    ///     since: 1.0.0
    ///     schema: rest_api.schema.json
    ///     examples: [examples/orders.yaml]
    /// ```
    pub static INCOMPLETE: Rule = Rule::new("LHP-PLG-007", "incomplete-plugin").warning();
    /// A plugin provides nothing at all, or a capability of a kind that this version only lists.
    ///
    /// ## Why
    /// Nobody can use what is not there. A kind that a later version uses may be declared already; until then
    /// `lhp plugin list` calls it incompatible.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema: 1
    /// id: lhp-s3
    /// version: 1.0.0
    /// api: "1.0"
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
    pub static UNUSED: Rule = Rule::new("LHP-PLG-007", "unused-capability").warning();
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thoroughness {
    /// What would keep the plugin from working.
    #[default]
    Faults,
    /// Also what its users would miss.
    Pedantic,
}

/// A plugin about to be inspected.
struct Inspected<'a> {
    root: &'a Path,
    manifest: &'a Manifest,
    node: &'a Node,
    sources: &'a SourceMap,
}

impl Inspected<'_> {
    /// The path of a file of the plugin; none if it lies elsewhere.
    fn inside(&self, name: &str) -> Option<PathBuf> {
        let path = Path::new(name);
        path.components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
            .then(|| self.root.join(path))
    }

    /// The node of an entry of `provides`.
    fn provision(&self, index: usize) -> &Node {
        let all = self.node.get("provides").and_then(Node::as_sequence).unwrap_or_default();
        all.get(index).unwrap_or(self.node)
    }

    /// The place of a key of an entry of `provides`, or of the entry.
    fn span(&self, index: usize, key: &str) -> Span {
        let entry = self.provision(index);
        entry.get(key).unwrap_or(entry).span
    }

    /// The path of an existing file of the plugin, which is named at a place.
    fn file(&self, name: &str, place: Span, report: &mut Report) -> Option<PathBuf> {
        let Some(path) = self.inside(name) else {
            report.push(
                Diagnostic::error(&MISSING_PART, format!("`{name}` lies outside the directory of the plugin"))
                    .label(place, "not below the manifest")
                    .help("keep the file beside the manifest, and give its path from there"),
            );
            return None;
        };
        match self.sources.missing(&path) {
            None => Some(path),
            Some(error) => {
                let build =
                    || native::build_help(self.root).filter(|_| self.manifest.runtime.kind == RuntimeKind::Native);
                let close = self.near(&path);
                report.push(Diagnostic::error(&MISSING_PART, error.to_string()).label(place, "named here").help(
                    match close {
                        Some(close) => format!("did you mean `{close}`?"),
                        None => build().unwrap_or_else(|| {
                            "create the file, or correct the path; it starts from the directory of the manifest"
                                .to_owned()
                        }),
                    },
                ));
                None
            }
        }
    }

    /// A file beside a missing one whose name is close.
    fn near(&self, missing: &Path) -> Option<String> {
        let listing = std::fs::read_dir(missing.parent()?).ok()?.flatten();
        let names: Vec<String> = listing.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let wanted = missing.file_name()?.to_string_lossy();
        let close = crate::report::did_you_mean(&wanted, names.iter().map(String::as_str))?;
        let path = missing.with_file_name(close);
        Some(path.strip_prefix(self.root).unwrap_or(&path).to_string_lossy().replace('\\', "/"))
    }
}

/// Inspects the plugin in a directory. What is wrong with it is in the report.
pub fn inspect(
    sources: &Arc<SourceMap>,
    directory: &Path,
    thoroughness: Thoroughness,
    report: &mut Report,
) -> Option<ReadManifest> {
    let read = read_manifest(sources, directory, report)?;
    let inspected = Inspected { root: directory, manifest: &read.manifest, node: &read.node, sources };
    let from = report.diagnostics.len();
    fitness::check(&inspected, report);
    let schemas = schemas::check(&inspected, report);
    files::check(&inspected, report);
    if read.manifest.runtime.kind == RuntimeKind::Template {
        templates::check(&inspected, report);
    }
    #[cfg(feature = "wasm")]
    modules::check(&inspected, report);
    drop_repeated(from, report);
    let cases = golden::cases(sources, directory, &read.manifest);
    report.diagnostics.extend(cases.iter().flat_map(|case| case.faults.iter().cloned()));
    if thoroughness == Thoroughness::Pedantic {
        lints::check(&inspected, &schemas, &cases, report);
    }
    Some(read)
}

/// Drops what was said about missing files at places that reading the manifest complained about already.
fn drop_repeated(from: usize, report: &mut Report) {
    let place = |found: &Diagnostic| found.labels.first().map(|label| label.span);
    let known: Vec<Option<Span>> =
        report.diagnostics.iter().filter(|found| *found.rule != MISSING_PART).map(place).collect();
    let mut position = 0;
    report.diagnostics.retain(|found| {
        position += 1;
        position <= from || *found.rule != MISSING_PART || !known.contains(&place(found))
    });
}
