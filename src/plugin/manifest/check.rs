//! Rules of manifests that a schema cannot state: versions, paths, entries, pointers and digests.
//!
//! Only names and sizes of files are looked at; what is in them is checked where it is used.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::paths::within;
use super::{MANIFEST_SHAPE, Manifest, Provision, RuntimeKind, SchemaSource, python};
use crate::plugin::Kind;
use crate::plugin::collisions::DUPLICATE_ROW;
use crate::plugin::trust::digest;
use crate::plugin::version::{Range, api};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::{PathKind, Span};
use crate::syntax::Node;

rules! {
    /// A path in a manifest does not stay in the directory of the plugin.
    ///
    /// ## Why
    /// Everything that belongs to a plugin is in its directory: that is what digests cover, and what can be moved or
    /// copied. A plugin that reads elsewhere could bring files into the generated code that nobody wanted to show.
    ///
    /// ## Wrong
    /// ```yaml
    /// provides:
    ///   - {kind: load, key: s3_batch, entry: ../shared/s3_batch.py.j2}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// provides:
    ///   - {kind: load, key: s3_batch, entry: s3_batch.py.j2}
    /// ```
    pub static UNSAFE_PATH: Rule = Rule::new("LHP-PLG-055", "unsafe-manifest-path");
    /// What a capability starts with does not exist: a template, a module, a class or a library.
    ///
    /// ## Why
    /// The capability is listed and can be asked for, but there is nothing that could answer.
    ///
    /// ## Wrong
    /// ```yaml
    /// provides:
    ///   - {kind: load, key: s3_batch, entry: s3.py.j2} # the file is called s3_batch.py.j2
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// provides:
    ///   - {kind: load, key: s3_batch, entry: s3_batch.py.j2}
    /// ```
    pub static ENTRY_MISSING: Rule = Rule::new("LHP-PLG-030", "entry-missing");
}

/// Checks a manifest that fits its schema.
pub(super) fn check(manifest: &Manifest, node: &Node, root: &Path, report: &mut Report) {
    let mut checker = Checker { manifest, node, root, report };
    checker.versions();
    checker.names();
    checker.runtime();
    checker.files();
    for (index, provision) in manifest.provides.iter().enumerate() {
        checker.provision(index, provision);
    }
}

struct Checker<'a> {
    manifest: &'a Manifest,
    node: &'a Node,
    root: &'a Path,
    report: &'a mut Report,
}

/// The node at a path of keys, or the deepest one above it.
fn at<'a>(node: &'a Node, path: &[&str]) -> &'a Node {
    let mut place = node;
    for key in path {
        match place.get(key) {
            Some(next) => place = next,
            None => break,
        }
    }
    place
}

/// Whether a text is a JSON pointer.
pub(crate) fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    escapes && (text.is_empty() || text.starts_with('/'))
}

impl Checker<'_> {
    fn wrong(&mut self, message: String, span: Span, label: &str, help: impl Into<String>) {
        self.report.push(Diagnostic::error(&MANIFEST_SHAPE, message).label(span, label).help(help));
    }

    fn versions(&mut self) {
        let manifest = self.manifest;
        if semver::Version::parse(&manifest.version).is_err() {
            self.wrong(
                format!("`{}` is no version of a plugin", manifest.version),
                at(self.node, &["version"]).span,
                "not a semantic version",
                "write three numbers, as in `1.2.0`; a label may follow, as in `1.2.0-beta.1`",
            );
        }
        if api(&manifest.api).is_none() {
            self.wrong(
                format!("`{}` is no version of the protocol", manifest.api),
                at(self.node, &["api"]).span,
                "expected major and minor number",
                "write `api: \"1.0\"`",
            );
        }
        let requires = &manifest.requires;
        let single = [("lhp", requires.lhp.as_deref()), ("python", requires.python.as_deref())];
        for (key, text) in single.into_iter().filter_map(|(key, text)| Some((key, text?))) {
            self.range(text, at(self.node, &["requires", key]).span);
        }
        for (id, text) in &requires.plugins {
            self.range(text, at(self.node, &["requires", "plugins", id]).span);
        }
    }

    fn range(&mut self, text: &str, span: Span) {
        if let Err(help) = Range::parse(text) {
            self.wrong(format!("`{text}` is no range of versions"), span, "here", help);
        }
    }

    fn names(&mut self) {
        let provides = at(self.node, &["provides"]);
        if !self.manifest.bundle.is_empty() && !self.manifest.provides.is_empty() {
            self.wrong(
                "a plugin with a `bundle` provides nothing itself".to_owned(),
                provides.span,
                "not together with `bundle`",
                "move what it provides into a plugin of its own, and name that one in the bundle",
            );
        }
        let mut known: FxHashMap<(Kind, &str), Span> = FxHashMap::default();
        let entries = provides.as_sequence().unwrap_or_default();
        for (provision, entry) in self.manifest.provides.iter().zip(entries) {
            let span = at(entry, &["key"]).span;
            if let Some(first) = known.insert((provision.kind, &provision.key), span) {
                self.report.push(
                    Diagnostic::error(
                        &DUPLICATE_ROW,
                        format!("this plugin provides `{}/{}` twice", provision.kind.word(), provision.key),
                    )
                    .label(span, "again here")
                    .label(first, "first here")
                    .help("give one of them another `key`, or remove it"),
                );
            }
            let sink = provision.key.strip_prefix("sink/");
            let help = match (provision.kind, sink) {
                (Kind::Write, None) if provision.key == "sink" => {
                    "write `key: sink/…` with the word that stands under `sink_type`"
                }
                (Kind::Write, _) | (_, None) => continue,
                (_, Some(_)) => "write the key without `sink/`, which is for the kind `write`",
            };
            self.wrong(format!("`{}` is no key of a `{}`", provision.key, provision.kind.word()), span, "here", help);
        }
    }

    /// The path of a file of the plugin, if it is safe.
    fn path(&mut self, base: &Path, path: &str, span: Span) -> Option<PathBuf> {
        match within(base, path) {
            Ok(whole) => Some(whole),
            Err(problem) => {
                self.report.push(
                    Diagnostic::error(&UNSAFE_PATH, format!("`{path}` is no file of this plugin"))
                        .label(span, format!("this path {}", problem.reason()))
                        .help("put the file into the directory of the manifest, and write its path from there"),
                );
                None
            }
        }
    }

    /// Checks that a file of the plugin exists.
    fn file(&mut self, path: &str, span: Span) {
        let root = self.root;
        if let Some(whole) = self.path(root, path, span)
            && !whole.exists()
        {
            self.wrong(
                format!("`{path}` does not exist"),
                span,
                "no such file",
                "create the file, or correct the path; it starts from the directory of the manifest",
            );
        }
    }

    fn schema(&mut self, source: Option<&SchemaSource>, node: &Node, key: &str) {
        if let Some(SchemaSource::File(path)) = source {
            self.file(path, at(node, &[key]).span);
        }
    }

    fn pointers(&mut self, pointers: &[String], node: &Node) {
        for (index, pointer) in pointers.iter().enumerate() {
            if !is_pointer(pointer) {
                let place = node.as_sequence().and_then(|items| items.get(index)).unwrap_or(node);
                self.wrong(
                    format!("`{pointer}` is no JSON pointer"),
                    place.span,
                    "here",
                    format!("begin it with `/`, as in `/{}`", pointer.replace('.', "/").trim_start_matches('/')),
                );
            }
        }
    }

    fn runtime(&mut self) {
        let runtime = &self.manifest.runtime;
        let block = at(self.node, &["runtime"]);
        for (key, path) in [("root", &runtime.root), ("path", &runtime.path)] {
            if let Some(path) = path {
                self.file(path, at(block, &[key]).span);
            }
        }
        let needs = match runtime.kind {
            RuntimeKind::Wasm => runtime.module.is_none().then_some("module"),
            RuntimeKind::Native => runtime.libraries.is_empty().then_some("libraries"),
            _ => None,
        };
        if let Some(key) = needs {
            self.wrong(
                format!("the runtime `{}` needs `{key}`", runtime.kind.word()),
                block.span,
                &format!("no `{key}`"),
                format!("add `{key}` under `runtime`"),
            );
        }
        if let Some(module) = &runtime.module {
            self.entry_file(module, at(block, &["module"]).span);
        }
        for (target, library) in &runtime.libraries {
            // Libraries for other platforms may be left out of a package.
            let root = self.root;
            drop(self.path(root, library, at(block, &["libraries", target]).span));
        }
    }

    fn files(&mut self) {
        for (path, stated) in &self.manifest.artifacts {
            let span = at(self.node, &["artifacts", path]).span;
            let root = self.root;
            drop(self.path(root, path, span));
            if digest::parse(stated).is_none() {
                self.wrong(
                    format!("`{stated}` is no digest"),
                    span,
                    "expected `sha256:` and 64 digits",
                    "write what `sha256sum` prints for the file after `sha256:`",
                );
            }
        }
        if let Some(config) = &self.manifest.config {
            let block = at(self.node, &["config"]);
            self.schema(config.schema.as_ref(), block, "schema");
            self.pointers(&config.secret, at(block, &["secret"]));
        }
        let all = at(self.node, &["migrations"]).as_sequence().unwrap_or_default();
        for (migration, entry) in self.manifest.migrations.iter().zip(all) {
            self.file(&migration.file, at(entry, &["file"]).span);
            if let Some(down) = &migration.down {
                self.file(down, at(entry, &["down"]).span);
            }
        }
        if let Some(tests) = &self.manifest.tests {
            let root = self.root;
            drop(self.path(root, tests, at(self.node, &["tests"]).span));
        }
    }

    fn provision(&mut self, index: usize, provision: &Provision) {
        let all = at(self.node, &["provides"]).as_sequence().unwrap_or_default();
        let node = all.get(index).unwrap_or(self.node);
        let schemas = [("schema", &provision.schema), ("params", &provision.params), ("args", &provision.args)];
        for (key, schema) in schemas {
            self.schema(schema.as_ref(), node, key);
        }
        self.pointers(&provision.files, at(node, &["files"]));
        self.pointers(&provision.reads, at(node, &["reads"]));
        for (key, pointer) in [("partition_by", &provision.partition_by), ("columns", &provision.columns)] {
            self.pointers(pointer.as_slice(), at(node, &[key]));
        }
        for (position, path) in provision.examples.iter().enumerate() {
            let list = at(node, &["examples"]);
            self.file(path, list.as_sequence().and_then(|items| items.get(position)).unwrap_or(list).span);
        }
        let form = provision.form.as_ref().filter(|_| provision.kind == Kind::Form);
        for (key, path) in [("definition", &provision.definition), ("properties", &provision.properties)] {
            if let Some(path) = path {
                self.file(path, at(node, &[key]).span);
            }
        }
        if let Some(path) = form {
            self.file(path, at(node, &["form"]).span);
        }
        if let Some(models) = &provision.models {
            let fixed = models.split('*').next().unwrap_or_default();
            let root = self.root;
            let path = if fixed.is_empty() { "." } else { fixed };
            drop(self.path(root, path, at(node, &["models"]).span));
        }
        self.entry(provision, node);
    }

    fn entry(&mut self, provision: &Provision, node: &Node) {
        let place = at(node, &["entry"]);
        let answers = provision.kind.action_type().is_some() || provision.kind == Kind::Hook;
        let Some(entry) = provision.entry.as_deref().filter(|entry| !entry.is_empty()) else {
            if answers {
                let what = match self.manifest.runtime.kind {
                    RuntimeKind::Template => "the template that makes its code",
                    RuntimeKind::Wasm => "the function of the module that is called",
                    RuntimeKind::Python => "the class, as in `module:Class`",
                    RuntimeKind::Native => "the symbol of the library that is called",
                };
                self.wrong(
                    format!("`{}/{}` has no `entry`", provision.kind.word(), provision.key),
                    node.span,
                    "nothing to start with",
                    format!("add `entry: …` with {what}"),
                );
            }
            return;
        };
        match self.manifest.runtime.kind {
            RuntimeKind::Template => {
                let base = self.base(self.manifest.runtime.root.as_deref());
                let Some(path) = self.path(&base, entry, place.span) else { return };
                // The whole way counts, for a link may lead from the templates into the rest of the plugin only.
                if !path.is_file() {
                    self.missing(entry, &path, place.span);
                }
            }
            RuntimeKind::Python => {
                let base = self.base(self.manifest.runtime.path.as_deref());
                self.python_entry(provision, entry, &base, place.span);
            }
            // What a module or a library offers is known when it is loaded.
            RuntimeKind::Wasm | RuntimeKind::Native => {}
        }
    }

    /// The directory that entries are looked for in.
    fn base(&self, below: Option<&str>) -> PathBuf {
        below.and_then(|path| within(self.root, path).ok()).unwrap_or_else(|| self.root.to_path_buf())
    }

    fn entry_file(&mut self, path: &str, span: Span) {
        let root = self.root;
        if let Some(whole) = self.path(root, path, span)
            && !whole.is_file()
        {
            self.missing(path, &whole, span);
        }
    }

    fn missing(&mut self, entry: &str, path: &Path, span: Span) {
        let beside: Vec<String> = path
            .parent()
            .and_then(|directory| std::fs::read_dir(directory).ok())
            .into_iter()
            .flat_map(|listing| listing.flatten())
            .filter_map(|file| file.file_name().into_string().ok())
            .collect();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if let Ok(Some(kind)) = PathKind::of(path) {
            self.report.push(
                Diagnostic::error(&ENTRY_MISSING, format!("`{entry}` is {kind}, not a file"))
                    .label(span, "no file")
                    .help("put a file there, or correct the path"),
            );
            return;
        }
        let help = match did_you_mean(&name, beside.iter().map(String::as_str)) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "create the file, or correct the path".to_owned(),
        };
        self.report.push(
            Diagnostic::error(&ENTRY_MISSING, format!("`{entry}` does not exist"))
                .label(span, "no such file")
                .help(help),
        );
    }

    fn python_entry(&mut self, provision: &Provision, entry: &str, base: &Path, span: Span) {
        let Some((module, object)) = entry.rsplit_once(':').filter(|(_, object)| !object.is_empty()) else {
            self.wrong(
                format!("`{entry}` names no class"),
                span,
                "expected `module:Class`",
                "write the module or file, a colon, and the class, as in `my_reader.py:MyReader`",
            );
            return;
        };
        let path = match module.ends_with(".py") {
            true => match self.path(base, module, span) {
                Some(path) if path.is_file() => path,
                Some(path) => return self.missing(module, &path, span),
                None => return,
            },
            false => {
                let parts = module.replace('.', "/");
                let places = [base.join(format!("{parts}.py")), base.join(parts).join("__init__.py")];
                // A module that is not here may be installed in the environment of the plugin.
                let Some(path) = places.into_iter().find(|path| path.is_file()) else { return };
                path
            }
        };
        let Ok(text) = std::fs::read_to_string(&path) else { return };
        if let Err(problem) = python::check_object(&text, object, provision.kind) {
            self.report.push(
                Diagnostic::error(&ENTRY_MISSING, format!("`{entry}` cannot be used: {}", problem.message))
                    .label(span, problem.label)
                    .help(problem.help),
            );
        }
    }
}
