//! Plugins in installed Python packages: `*.dist-info` directories go in, plugins come out. Nothing is imported.
//!
//! A package that brings a `plugin.yaml` is described by it; for others a manifest is made of their entry points.

use std::path::{Path, PathBuf};

use super::Wanted;
use super::directories::plugin_at;
use super::uses::Source;
use crate::plugin::manifest::{
    Author, KEY, MANIFEST_SHAPE, Manifest, PluginPermissions, Provision, Requirements, Runtime, RuntimeKind, Shim,
    is_key, manifest_file, package_id,
};
use crate::plugin::steps::{Stage, Step};
use crate::plugin::{Kind, Origin, Place, Plugin, Status};
use crate::report::Diagnostic;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{Entry, Mapping, Node, Value};

/// A plugin of a package.
pub(super) struct PackagePlugin {
    pub plugin: Plugin,
    /// Name of the package in its normal form.
    pub package: String,
}

/// Whether entry points of a group are plugins. Groups with plain names, such as `sources`, belong to anybody.
fn kind_of_group(group: &str) -> Option<Kind> {
    let known =
        group.starts_with("lhp.") || group.starts_with("phlo.plugins.") || group == "data_product_portal.plugins";
    Kind::parse(group).filter(|_| known)
}

/// The plugins of the packages in a directory, by the names of the packages.
pub(super) fn plugins_in(sources: &SourceMap, directory: &Path, wanted: &[Wanted]) -> Vec<PackagePlugin> {
    let Ok(listing) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut packages: Vec<PathBuf> = Vec::new();
    let mut links: Vec<PathBuf> = Vec::new();
    for entry in listing.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".dist-info") {
            packages.push(entry.path());
        } else if name.ends_with(".pth") {
            links.push(entry.path());
        }
    }
    packages.sort();
    links.sort();
    let mut roots: Option<Vec<PathBuf>> = None;
    let mut found = Vec::new();
    for home in packages {
        let Some(stem) = home.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { continue };
        let name = stem.split('-').next().unwrap_or(&stem);
        let package = package_id(name);
        let asked = wanted.iter().any(|wanted| match &wanted.source {
            Some((Source::Package { name, .. }, _)) => package_id(name) == package,
            Some(_) => false,
            None => wanted.id == package,
        });
        let points = entry_points(sources, &home);
        if points.is_empty() && !asked && !package.starts_with("lhp-") {
            continue;
        }
        let roots = roots.get_or_insert_with(|| import_roots(directory, &links));
        let plugin = plugin_of(sources, &home, &package, &points, roots);
        found.extend(plugin.map(|plugin| PackagePlugin { plugin, package }));
    }
    found
}

/// One entry point that is a plugin.
struct Point {
    kind: Kind,
    group: String,
    key: String,
    value: String,
    span: Span,
}

/// The entry points of a package that are plugins.
fn entry_points(sources: &SourceMap, home: &Path) -> Vec<Point> {
    let path = home.join("entry_points.txt");
    // Most packages have no plugins, so their files are looked at before they count as read.
    let Ok(text) = std::fs::read_to_string(&path) else { return Vec::new() };
    if !["lhp.", "phlo.plugins", "data_product_portal"].iter().any(|group| text.contains(group)) {
        return Vec::new();
    }
    let Ok(file) = sources.load(&path) else { return Vec::new() };
    let source = sources.get(file);
    let mut found = Vec::new();
    let mut group = None;
    let mut start = 0;
    for whole in source.text.split_inclusive('\n') {
        let line = whole.trim();
        let indent = whole.len() - whole.trim_start().len();
        let span = Span::new(file, start + indent, start + indent + line.len());
        start += whole.len();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = kind_of_group(name.trim()).map(|kind| (kind, name.trim().to_owned()));
        } else if let (Some((kind, group)), Some((key, value))) = (&group, line.split_once('='))
            && !line.starts_with(['#', ';'])
        {
            let value = value.split('[').next().unwrap_or(value).trim();
            found.push(Point {
                kind: *kind,
                group: group.clone(),
                key: key.trim().to_owned(),
                value: value.to_owned(),
                span,
            });
        }
    }
    found
}

/// The directories that modules are imported from: the one of the packages, and those that `*.pth` files add.
fn import_roots(directory: &Path, links: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots = vec![directory.to_path_buf()];
    for link in links {
        let Ok(text) = std::fs::read_to_string(link) else { continue };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#']));
        // Lines of code are run by Python alone.
        let paths = lines.filter(|line| !line.starts_with("import ") && !line.starts_with("import\t"));
        roots.extend(paths.map(|line| directory.join(line)).filter(|root| root.is_dir()));
    }
    roots
}

fn plugin_of(sources: &SourceMap, home: &Path, package: &str, points: &[Point], roots: &[PathBuf]) -> Option<Plugin> {
    let metadata = Metadata::read(home);
    let label = format!("{} {}", metadata.name.as_deref().unwrap_or(package), metadata.version);
    let origin = Origin::EntryPoint(label);
    if let Some(root) = manifest_directory(home, package, points, roots) {
        return Some(plugin_at(sources, root, origin, Place::Installed));
    }
    if points.is_empty() {
        return None;
    }
    let root = points
        .iter()
        .find_map(|point| {
            let top = point.value.split([':', '.']).next()?;
            roots.iter().map(|root| root.join(top)).find(|path| path.is_dir())
        })
        .unwrap_or_else(|| home.to_path_buf());
    let file = points.first().map(|point| point.span.file)?;
    let node = synthetic_node(package, points, file);
    let mut plugin = Plugin::new(metadata.manifest(package, points), node, root, origin, Place::Installed);
    let faults: Vec<Diagnostic> = points.iter().filter(|point| !is_key(&point.key)).map(no_key).collect();
    match faults.first() {
        Some(first) => {
            plugin.steps.push(Step::stopped(Stage::Manifest, first.message.clone()));
            plugin.status = Status::Invalid(first.message.clone());
            plugin.faults = faults;
        }
        None => {
            let text = format!("no `plugin.yaml`: its {} entry points are what is known about it", points.len());
            plugin.steps.push(Step::passed(Stage::Manifest, text));
        }
    }
    Some(plugin)
}

/// The fault of an entry point whose name cannot be the key of a capability.
fn no_key(point: &Point) -> Diagnostic {
    let kind = point.kind.word();
    Diagnostic::error(
        &MANIFEST_SHAPE,
        format!("the name of an entry point of `{}` is no key of a `{kind}`", point.group),
    )
    .label(point.span, format!("expected {KEY}"))
    .help("the author of the package has to rename the entry point, or to add a `plugin.yaml` to its modules")
}

/// The directory with the manifest of a package: in its modules, or in the project that it was installed from in place.
fn manifest_directory(home: &Path, package: &str, points: &[Point], roots: &[PathBuf]) -> Option<PathBuf> {
    let mut below: Vec<PathBuf> = Vec::new();
    for point in points {
        let module = point.value.split(':').next().unwrap_or(&point.value);
        let mut path = PathBuf::new();
        for part in module.split('.') {
            path.push(part);
            below.push(path.clone());
        }
    }
    below.push(PathBuf::from(package.replace('-', "_")));
    let own = roots.iter().flat_map(|root| below.iter().map(move |path| root.join(path)));
    let own = own.filter(|directory| directory.is_dir());
    let project = editable_project(home);
    let inside = project.iter().flat_map(|project| {
        let places = [project.clone(), project.join("src")];
        places.into_iter().flat_map(|place| below.iter().map(move |path| place.join(path)).collect::<Vec<_>>())
    });
    own.chain(inside).chain(project.clone()).find(|directory| manifest_file(directory).is_some())
}

/// The project that a package was installed from in place (`pip install -e`).
fn editable_project(home: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(home.join("direct_url.json")).ok()?;
    let direct: serde_json::Value = serde_json::from_str(&text).ok()?;
    direct.get("dir_info")?.get("editable")?.as_bool().filter(|editable| *editable)?;
    let path = direct.get("url")?.as_str()?.strip_prefix("file://")?;
    let path = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    Some(PathBuf::from(path.as_ref())).filter(|path| path.is_dir())
}

/// What a package says about itself.
#[derive(Default)]
struct Metadata {
    name: Option<String>,
    version: String,
    summary: Option<String>,
    author: Option<String>,
    license: Option<String>,
    homepage: Option<String>,
    python: Option<String>,
    tags: Vec<String>,
    packages: Vec<String>,
}

impl Metadata {
    fn read(home: &Path) -> Self {
        let mut read = Self { version: "0.0.0".to_owned(), ..Self::default() };
        let text = std::fs::read(home.join("METADATA")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let Some((field, value)) = line.split_once(": ") else { continue };
            let value = value.trim().to_owned();
            match field.to_ascii_lowercase().as_str() {
                "name" => read.name = Some(value),
                "version" => read.version = value,
                "summary" => read.summary = Some(value),
                "author" | "author-email" => read.author = read.author.or(Some(value)),
                "license" | "license-expression" => read.license = Some(value),
                "home-page" => read.homepage = Some(value),
                "requires-python" => read.python = Some(value),
                "keywords" => {
                    let words = value.split([',', ' ']).filter(|word| !word.is_empty());
                    read.tags = words.map(str::to_owned).collect();
                }
                "requires-dist" => read.packages.push(value),
                _ => {}
            }
        }
        read
    }

    fn manifest(self, package: &str, points: &[Point]) -> Manifest {
        let provision = |point: &Point| Provision {
            kind: point.kind,
            key: point.key.clone(),
            entry: Some(point.value.clone()),
            ..Provision::default()
        };
        let shim = if points.iter().any(|point| point.group.starts_with("phlo.")) { Shim::Phlo } else { Shim::Lhp };
        Manifest {
            schema: 1,
            id: package.to_owned(),
            version: self.version,
            api: "1.0".to_owned(),
            name: self.name,
            description: self.summary,
            author: self.author.map(Author::Name),
            license: self.license,
            homepage: self.homepage,
            tags: self.tags,
            requires: Requirements { python: self.python, packages: self.packages, ..Requirements::default() },
            runtime: Runtime { kind: RuntimeKind::Python, shims: vec![shim], ..Runtime::default() },
            permissions: PluginPermissions::default(),
            provides: points.iter().map(provision).collect(),
            ..Manifest::default()
        }
    }
}

/// A tree that stands for the manifest that the package does not have; its places are those of the entry points.
fn synthetic_node(package: &str, points: &[Point], file: FileId) -> Node {
    let mapping = |pairs: Vec<(&str, Node)>, span: Span| {
        let entries = pairs.into_iter().map(|(key, value)| Entry { key: Node::string(key, span), value });
        Node::new(Value::Mapping(Mapping { entries: entries.collect() }), span)
    };
    let row = |point: &Point| {
        let string = |text: &str| Node::string(text, point.span);
        let pairs =
            vec![("kind", string(point.kind.word())), ("key", string(&point.key)), ("entry", string(&point.value))];
        mapping(pairs, point.span)
    };
    let start = points.first().map_or(Span::start_of(file), |point| point.span);
    let rows = Node::new(Value::Sequence(points.iter().map(row).collect()), start);
    mapping(vec![("id", Node::string(package, start)), ("provides", rows)], start)
}
