//! `plugins.use`: the plugins that a project names, with what it demands of them.

use std::path::Path;

use super::Surroundings;
use super::directories::plugin_at;
use crate::plugin::manifest::{MANIFEST_MISSING, manifest_file};
use crate::plugin::version::Range;
use crate::plugin::{Named, Origin, Plugin};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::Node;

rules! {
    /// A plugin that the project or the process names was not found.
    ///
    /// ## Why
    /// What the plugin provides would be missing, and the first action that needs it would be told that its type does
    /// not exist.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugn
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       source: path:./plugins/s3
    /// ```
    /// `lhp plugin doctor` lists the places that are searched.
    pub static NOT_FOUND: Rule = Rule::new("LHP-PLG-010", "plugin-not-found");
    /// A plugin is named by a place from which plugins are not loaded: a web address, a registry or an archive.
    ///
    /// ## Why
    /// Generating never uses the network and never unpacks anything, so that it gives the same result everywhere. The
    /// files of a plugin are put into the project once, and are then seen in every review.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       source: url:https://example.invalid/lhp-s3-plugin.zip
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       source: path:./plugins/lhp-s3-plugin
    /// ```
    pub static NOT_VENDORED: Rule = Rule::new("LHP-PLG-010", "plugin-not-vendored");
    /// An entry of `plugins.use` names a place with another plugin than the one whose id it gives.
    ///
    /// ## Why
    /// Settings, grants and the lock file go by the id. They would be those of another plugin.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3
    ///       source: path:./plugins/s3 # whose plugin.yaml says `id: lhp-s3-plugin`
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       source: path:./plugins/s3
    /// ```
    pub static OTHER_PLUGIN: Rule = Rule::new("LHP-PLG-010", "other-plugin");
    /// An entry of `plugins.use` cannot be understood: its range of versions, its source, or its id is named twice.
    ///
    /// ## Why
    /// It is not known which plugin is meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       version: "1.x or 2.x"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       version: ">=1.0, <3"
    /// ```
    pub static USE: Rule = Rule::new("LHP-PLG-004", "plugin-use");
}

/// Where an entry of `plugins.use` says that its plugin is.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A directory, as written.
    Directory(String),
    /// An installed Python package.
    Package { name: String, range: Option<Range> },
    /// A place that was refused already.
    Refused,
}

/// A plugin that is asked for by its id.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub id: String,
    pub named: Named,
    pub range: Option<(Range, Span)>,
    pub source: Option<(Source, Span)>,
    pub enabled: bool,
    pub dev: bool,
}

/// The entries of `plugins.use`, in their order.
pub(crate) fn wanted(surroundings: &Surroundings<'_>, report: &mut Report) -> Vec<Wanted> {
    let nodes = surroundings.node("use").and_then(Node::as_sequence).unwrap_or_default();
    let mut all: Vec<Wanted> = Vec::new();
    for (position, (entry, node)) in surroundings.settings.used.iter().zip(nodes).enumerate() {
        let span = |key: &str| node.get(key).unwrap_or(node).span;
        let id_span = span("id");
        if let Some(first) = all.iter().find(|other| other.id == entry.id) {
            report.push(
                Diagnostic::error(&USE, format!("the plugin `{}` is listed twice", entry.id))
                    .label(id_span, "again here")
                    .label(first.named.span, "first here")
                    .help("keep one entry"),
            );
            continue;
        }
        let range = entry.version.as_deref().and_then(|text| match Range::parse(text) {
            Ok(range) => Some((range, span("version"))),
            Err(help) => {
                report.push(
                    Diagnostic::error(&USE, format!("`{text}` is no range of versions"))
                        .label(span("version"), "here")
                        .help(help),
                );
                None
            }
        });
        let switched_on = entry.enabled.is_none_or(|flag| flag.0);
        let source = entry.source.as_deref().map(|text| {
            let mut found = Report::default();
            let source = source(text, span("source"), &entry.id, &mut found);
            if switched_on {
                report.append(found);
            }
            (source, span("source"))
        });
        all.push(Wanted {
            id: entry.id.clone(),
            named: Named { span: id_span, position: Some(position) },
            range,
            source,
            enabled: switched_on,
            dev: entry.dev.is_some_and(|flag| flag.0),
        });
    }
    all
}

/// The schemes of sources.
const SCHEMES: [&str; 5] = ["path", "pypi", "file", "url", "registry"];

fn source(text: &str, span: Span, id: &str, report: &mut Report) -> Source {
    let Some((scheme, rest)) = text.split_once(':') else { return Source::Directory(text.to_owned()) };
    let archive = [".zip", ".tar", ".gz", ".tgz", ".wasm", ".whl"].iter().any(|suffix| rest.ends_with(suffix));
    match scheme {
        "path" => Source::Directory(rest.to_owned()),
        "file" if !archive => Source::Directory(rest.to_owned()),
        "pypi" => {
            let end = rest.find(['=', '<', '>', '~', '!', ' ']).unwrap_or(rest.len());
            let (name, range) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let range = match Range::parse(range.trim()) {
                Ok(range) => Some(range).filter(|range| !range.text().is_empty()),
                Err(help) => {
                    report.push(
                        Diagnostic::error(&USE, format!("`{range}` is no range of versions"))
                            .label(span, "here")
                            .help(help),
                    );
                    None
                }
            };
            Source::Package { name: name.to_owned(), range }
        }
        "url" | "registry" | "file" => {
            let what = match scheme {
                "url" => "a web address",
                "registry" => "a registry",
                _ => "an archive",
            };
            report.push(
                Diagnostic::error(&NOT_VENDORED, format!("the plugin `{id}` cannot be loaded from {what}"))
                    .label(span, "not loaded from here")
                    .help(format!("put its files into `plugins/{id}`, and write `source: path:./plugins/{id}`")),
            );
            Source::Refused
        }
        other => {
            report.push(
                Diagnostic::error(&USE, format!("`{other}` is no kind of source")).label(span, "unknown").help(
                    match did_you_mean(other, SCHEMES) {
                        Some(close) => format!("did you mean `{close}:`?"),
                        None => "write `path:` with the directory of the plugin, or `pypi:` with a package".to_owned(),
                    },
                ),
            );
            Source::Refused
        }
    }
}

/// The plugin in the directory that an entry names.
pub(super) fn open(
    surroundings: &Surroundings<'_>,
    wanted: &Wanted,
    written: &str,
    directory: &Path,
    span: Span,
    report: &mut Report,
) -> Option<Plugin> {
    let sources = &surroundings.project.sources;
    if manifest_file(directory).is_none() {
        if wanted.enabled {
            let (message, help) = match directory.is_dir() {
                true => (
                    format!("`{written}` has no `plugin.yaml`"),
                    "name the directory that holds the manifest; `lhp plugin create` makes a new plugin".to_owned(),
                ),
                false => (
                    format!("the directory `{written}` of the plugin `{}` does not exist", wanted.id),
                    "correct the path; it starts from the directory of `lhp.yaml`".to_owned(),
                ),
            };
            let rule = if directory.is_dir() { &MANIFEST_MISSING } else { &NOT_FOUND };
            report.push(Diagnostic::error(rule, message).label(span, "named here").help(help));
        }
        return None;
    }
    let plugin = plugin_at(sources, directory.to_path_buf(), Origin::Used, surroundings.place(directory));
    if plugin.id() != wanted.id && plugin.faults.is_empty() {
        report.push(
            Diagnostic::error(
                &OTHER_PLUGIN,
                format!("`{written}` holds the plugin `{}`, not `{}`", plugin.id(), wanted.id),
            )
            .label(wanted.named.span, "asked for here")
            .label(plugin.span("id"), "found here")
            .help(format!("write `id: {}`, or name another directory", plugin.id())),
        );
        return None;
    }
    let mut plugin = plugin;
    // A manifest that cannot be used may not even say its id.
    plugin.manifest.id.clone_from(&wanted.id);
    Some(plugin)
}
