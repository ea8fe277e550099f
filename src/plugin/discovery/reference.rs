//! References to a class or symbol without a manifest: `reader.py:MyReader`, `libreader.so:create`, `package.Reader`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Surroundings, Wanted};
use crate::expand::is_file_reference;
use crate::plugin::host::faults::MISSING_ENTRY;
use crate::plugin::manifest::{Manifest, NativeProfile, Provision, Runtime, RuntimeKind, Shim};
use crate::plugin::runtime::native::PLATFORM;
use crate::plugin::steps::Stage;
use crate::plugin::{Kind, Origin, Place, Plugin, Status};
use crate::project::read_documents;
use crate::report::{Diagnostic, Report};
use crate::source::Span;
use crate::syntax::{Entry, Mapping, Node, Value};

/// A class or symbol of a file or a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The file, or the dotted name of a module.
    pub holder: String,
    /// The class or symbol in it.
    pub object: String,
    /// What would run it.
    pub runtime: RuntimeKind,
}

impl Reference {
    /// The reference that a text is, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let made = |holder: &str, object: &str, runtime| {
            let whole = !holder.is_empty() && !object.is_empty();
            whole.then(|| Self { holder: holder.to_owned(), object: object.to_owned(), runtime })
        };
        if let Some((holder, object)) = text.rsplit_once(':') {
            let runtime = match holder.rsplit_once('.').map(|(_, suffix)| suffix) {
                Some("so" | "dylib" | "dll") => RuntimeKind::Native,
                Some("wasm") => RuntimeKind::Wasm,
                _ => RuntimeKind::Python,
            };
            return made(holder, object, runtime);
        }
        let (holder, object) = text.rsplit_once('.')?;
        let is_name = |part: &str| {
            let mut characters = part.chars();
            characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && characters.all(|character| character.is_alphanumeric() || character == '_')
        };
        if text.split('.').all(is_name) { made(holder, object, RuntimeKind::Python) } else { None }
    }

    /// A plugin without a manifest, for this class or symbol alone.
    pub fn plugin(&self, text: &str, span: Span, root: PathBuf, provides: &[(Kind, &str)], origin: Origin) -> Plugin {
        let string = |text: &str| Node::string(text, span);
        let mapping = |pairs: &[(&str, Node)]| {
            let entries = pairs.iter().map(|(key, value)| Entry { key: string(key), value: value.clone() });
            Node::new(Value::Mapping(Mapping { entries: entries.collect() }), span)
        };
        let rows = provides.iter().map(|(kind, key)| {
            mapping(&[("kind", string(kind.word())), ("key", string(key)), ("entry", string(text))])
        });
        let node = mapping(&[("id", string(text)), ("provides", Node::new(Value::Sequence(rows.collect()), span))]);
        let provision = |(kind, key): &(Kind, &str)| Provision {
            kind: *kind,
            key: (*key).to_owned(),
            entry: Some(text.to_owned()),
            ..Provision::default()
        };
        let manifest = Manifest {
            schema: 1,
            id: text.to_owned(),
            version: "0.0.0".to_owned(),
            api: "1.0".to_owned(),
            runtime: Runtime { kind: self.runtime, ..Runtime::default() },
            provides: provides.iter().map(provision).collect(),
            ..Manifest::default()
        };
        Plugin::new(manifest, node, root, origin, Place::Project)
    }
}

/// Suffixes of libraries; where one is missing, the others are tried in this order.
const LIBRARIES: [&str; 3] = ["so", "dylib", "dll"];

/// The compatibility packages that classes without a manifest may import.
const SHIMS: [Shim; 3] = [Shim::Lhp, Shim::Phlo, Shim::Dativo];

impl Reference {
    /// The plugin for a class of a file or a function of a library, as it stands in an action. Nothing of it runs, and
    /// its file need not exist.
    pub fn of_file(text: &str, span: Span, holder: &Path, place: Place, kinds: &[Kind]) -> Option<Plugin> {
        let reference = Self::parse(text)?;
        let provides: Vec<(Kind, &str)> = kinds.iter().map(|kind| (*kind, text)).collect();
        let root = holder.parent().unwrap_or(holder).to_path_buf();
        let mut plugin = reference.plugin(text, span, root, &provides, Origin::Action);
        plugin.place = place;
        let found = match reference.runtime {
            RuntimeKind::Native => library(holder),
            _ if holder.is_file() => Ok(holder.to_path_buf()),
            _ => Err(vec![holder.to_path_buf()]),
        };
        let entry = match (&found, reference.runtime) {
            (Ok(file), RuntimeKind::Native) => {
                let name = file_name(file);
                plugin.manifest.runtime.libraries.insert(PLATFORM.to_owned(), name);
                plugin.manifest.runtime.profile = Some(NativeProfile::Dativo);
                reference.object
            }
            _ => {
                plugin.manifest.runtime.shims = SHIMS.to_vec();
                format!("{}:{}", file_name(holder), reference.object)
            }
        };
        for provision in &mut plugin.manifest.provides {
            provision.entry = Some(entry.clone());
        }
        if let Err(tried) = found {
            let names: Vec<String> = tried.iter().map(|path| format!("`{}`", file_name(path))).collect();
            let reason = match names.as_slice() {
                [_] => format!("there is no file `{}`", reference.holder),
                _ => format!("there is no library `{}`; tried {}", reference.holder, names.join(", ")),
            };
            let why = Diagnostic::error(&MISSING_ENTRY, format!("`{text}` cannot be used: {reason}"))
                .label(span, "named here")
                .help("correct the path; it starts from the directory of `lhp.yaml`");
            plugin.stop(Stage::Search, Status::Invalid(reason), why);
        }
        Some(plugin)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The library at a path, or one of the same name with the suffix of another platform.
///
/// # Errors
/// The paths that were tried.
fn library(holder: &Path) -> Result<PathBuf, Vec<PathBuf>> {
    let others = LIBRARIES.iter().map(|suffix| holder.with_extension(suffix)).filter(|path| path != holder);
    let tried: Vec<PathBuf> = std::iter::once(holder.to_path_buf()).chain(others).collect();
    tried.iter().find(|path| path.is_file()).cloned().ok_or(tried)
}

/// The file of a plugin that is a reference to a file.
pub(crate) fn file_of(plugin: &Plugin) -> Option<PathBuf> {
    if plugin.origin != Origin::Action {
        return None;
    }
    let name = match plugin.manifest.runtime.libraries.values().next() {
        Some(library) => library.clone(),
        None => file_name(Path::new(&Reference::parse(&plugin.manifest.id)?.holder)),
    };
    Some(plugin.root.join(name))
}

/// The keys of an action under which references stand, and the kinds of what they name.
const KEYS: [(&str, Kind); 2] = [("custom_reader", Kind::Reader), ("custom_writer", Kind::Writer)];

/// The classes and functions of files that the actions of a project name, and those of `plugins.use`, as plugins.
pub(crate) fn of_actions(surroundings: &Surroundings<'_>, wanted: &[Wanted]) -> Vec<Plugin> {
    let named = wanted.iter().map(|wish| (wish.id.as_str(), wish.named.span));
    of_files(surroundings, named)
}

/// The classes and functions of files that the actions of a project name, and others that are named elsewhere.
pub(crate) fn of_files<'a>(
    surroundings: &Surroundings<'_>,
    named: impl Iterator<Item = (&'a str, Span)>,
) -> Vec<Plugin> {
    let project = surroundings.project;
    let mut found: BTreeMap<String, (Span, Vec<Kind>)> = BTreeMap::new();
    for (id, span) in named.filter(|(id, _)| is_file_reference(id)) {
        found.insert(id.to_owned(), (span, Vec::new()));
    }
    let files = &project.files;
    for path in files.flowgroups.iter().chain(&files.templates).chain(&files.blueprints).chain(&files.presets) {
        let Ok(file) = project.sources.load(path) else { continue };
        let text = project.sources.get(file);
        if !KEYS.iter().any(|(key, _)| text.text.contains(key)) {
            continue;
        }
        // What is wrong with the file is told by whoever compiles it.
        let read = read_documents(&project.sources, path, &mut Report::default());
        for document in read.iter().flat_map(|read| &read.documents) {
            collect(document, &mut found);
        }
    }
    let plugin = |(text, (span, kinds)): (String, (Span, Vec<Kind>))| {
        let holder = surroundings.absolute(&Reference::parse(&text)?.holder);
        let place = match holder.components().any(|part| part == std::path::Component::ParentDir) {
            true => Place::Outside,
            false => surroundings.place(&holder),
        };
        Reference::of_file(&text, span, &holder, place, &kinds)
    };
    found.into_iter().filter_map(plugin).collect()
}

fn collect(node: &Node, found: &mut BTreeMap<String, (Span, Vec<Kind>)>) {
    node.as_sequence().into_iter().flatten().for_each(|item| collect(item, found));
    let Some(mapping) = node.as_mapping() else { return };
    for (key, kind) in KEYS {
        let Some(place) = mapping.get(key) else { continue };
        let Some(text) = place.as_str().filter(|text| is_file_reference(text)) else { continue };
        let (_, kinds) = found.entry(text.to_owned()).or_insert_with(|| (place.span, Vec::new()));
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    mapping.entries.iter().for_each(|entry| collect(&entry.value, found));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_of_a_file_decides_what_would_run_it() {
        let runtime = |text: &str| Reference::parse(text).map(|reference| reference.runtime);
        assert_eq!(runtime("plugins/r.py:MyReader"), Some(RuntimeKind::Python));
        assert_eq!(runtime("lib/libcsv.so:create_reader"), Some(RuntimeKind::Native));
        assert_eq!(runtime("r.wasm:read"), Some(RuntimeKind::Wasm));
        assert_eq!(runtime("package.module.Reader"), Some(RuntimeKind::Python));
        assert_eq!(runtime("lhp-s3-plugin"), None);
        assert_eq!(runtime("r.py:"), None);
    }
}
