//! `lhp-plugins.lock`: what the plugins of a project were when somebody looked at them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::digest;
use super::permissions::{FAMILIES, family};
use crate::model::PluginPermissions;
use crate::plugin::discovery::reference::file_of;
use crate::plugin::manifest::{RuntimeKind, manifest_file, paths::within};
use crate::plugin::{Origin, Plugin};
use crate::project::{read_diagnostic, text_file_rule};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{FileId, SourceMap, Span};

/// Name of the lock file, in the root of a project.
pub const LOCK_FILE: &str = "lhp-plugins.lock";

/// Version of the form of the file.
const VERSION: u32 = 1;

rules! {
    /// The lock file of plugins cannot be understood.
    ///
    /// ## Why
    /// The file says what plugins were when they were approved. Without it, nothing about them can be compared.
    ///
    /// ## Wrong
    /// ```toml
    /// version = 1
    /// plugin = "lhp-s3-plugin"
    /// ```
    ///
    /// ## Right
    /// Let the program write it, and commit it:
    /// ```sh
    /// lhp plugin lock
    /// ```
    pub static LOCK_UNREADABLE: Rule = Rule::new("LHP-PLG-053", "lock-unreadable");
}

/// What the lock file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockFile {
    /// Version of the form of the file.
    pub version: u32,
    /// One entry per plugin, sorted by id.
    #[serde(default, rename = "plugin")]
    pub plugins: Vec<LockedPlugin>,
}

/// A plugin as it was when it was locked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPlugin {
    pub id: String,
    pub version: String,
    /// Where it was found, as in `path:./plugins/s3`.
    pub source: String,
    /// Version of the protocol.
    pub api: String,
    pub runtime: String,
    /// Its capabilities, as `kind/key`.
    #[serde(default)]
    pub provides: Vec<String>,
    /// Digest of its manifest.
    pub manifest_sha256: String,
    /// Digest of all its files.
    pub tree_sha256: String,
    /// Digests of everything that can be executed, for all platforms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifacts: BTreeMap<String, String>,
    /// What it was allowed to do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub granted: BTreeMap<String, Vec<String>>,
}

/// A lock file, and the places of what it says.
#[derive(Debug, Clone)]
pub struct Lock {
    pub content: LockFile,
    file: FileId,
    length: usize,
}

impl Lock {
    /// Reads the lock file of a project. None if there is none, or if it cannot be understood, which the report says.
    pub fn read(sources: &SourceMap, report: &mut Report) -> Option<Self> {
        let path = sources.root().join(LOCK_FILE);
        // One look at the disk tells projects apart that have no such file.
        path.symlink_metadata().ok()?;
        let file = match sources.load(&path) {
            Ok(file) => file,
            Err(error) => {
                report.push(read_diagnostic(text_file_rule(error.problem), &error));
                return None;
            }
        };
        let source = sources.get(file);
        let wrong = |message: String, span: Span| {
            Diagnostic::error(&LOCK_UNREADABLE, message)
                .label(span, "here")
                .help("write it anew with `lhp plugin lock`, and read what changes")
        };
        match toml::from_str::<LockFile>(&source.text) {
            Ok(content) if content.version == VERSION => Some(Self { content, file, length: source.text.len() }),
            Ok(content) => {
                let message =
                    format!("`{LOCK_FILE}` has the form {}, and this program knows {VERSION}", content.version);
                report.push(wrong(message, Span::start_of(file)));
                None
            }
            Err(error) => {
                let range = error.span().unwrap_or(0..0);
                let message = format!("`{LOCK_FILE}` cannot be read: {}", error.message());
                report.push(wrong(message, Span::new(file, range.start, range.end)));
                None
            }
        }
    }

    /// The entry of a plugin.
    pub fn entry(&self, id: &str) -> Option<&LockedPlugin> {
        self.content.plugins.iter().find(|entry| entry.id == id)
    }

    /// Where a value of the entry of a plugin stands, or else the entry, or else the file.
    pub fn span(&self, sources: &SourceMap, id: &str, value: &str) -> Span {
        let whole = Span::new(self.file, 0, self.length);
        let quoted = |text: &str| format!("\"{text}\"");
        let Some(own) = sources.find(whole, &format!("id = {}", quoted(id))) else { return Span::start_of(self.file) };
        let after = Span::new(self.file, own.end as usize, self.length);
        let end = sources.find(after, "[[plugin]]").map_or(self.length, |next| next.start as usize);
        let entry = Span::new(self.file, own.end as usize, end);
        sources.find(entry, &quoted(value)).unwrap_or(own)
    }
}

impl LockFile {
    /// The text of the file. Equal contents have equal texts.
    pub fn render(&self) -> String {
        let mut sorted = Self { version: VERSION, ..self.clone() };
        sorted.plugins.sort_by(|left, right| left.id.cmp(&right.id));
        // Every field has a form in TOML.
        let body = toml::to_string(&sorted).unwrap_or_default();
        format!("# Written by `lhp plugin lock`. Commit this file.\n{body}")
    }
}

impl LockedPlugin {
    /// The entry of a plugin as it is now.
    ///
    /// # Errors
    /// If its files cannot be read.
    pub fn of(plugin: &Plugin, sources: &SourceMap) -> std::io::Result<Self> {
        let manifest = manifest_file(&plugin.root);
        let manifest_sha256 = match &manifest {
            Some(path) if plugin.origin != Origin::Action => digest::of_file(path)?,
            _ => digest::of_bytes(format!("{:?}", plugin.manifest).as_bytes()),
        };
        let mut provides: Vec<String> = plugin
            .manifest
            .provides
            .iter()
            .map(|provision| format!("{}/{}", provision.kind.word(), provision.key))
            .collect();
        provides.sort();
        let mut granted = BTreeMap::new();
        for name in FAMILIES {
            let mut items = family(&plugin.granted, name).to_vec();
            items.sort();
            items.dedup();
            if !items.is_empty() {
                granted.insert(name.to_owned(), items);
            }
        }
        Ok(Self {
            id: plugin.manifest.id.clone(),
            version: plugin.manifest.version.clone(),
            source: source_of(plugin, sources),
            api: plugin.manifest.api.clone(),
            runtime: plugin.manifest.runtime.kind.word().to_owned(),
            provides,
            manifest_sha256,
            tree_sha256: match file_of(plugin) {
                Some(file) => digest::of_file(&file)?,
                None => digest::of_tree(&plugin.root)?,
            },
            artifacts: artifacts(plugin)?,
            granted,
        })
    }

    /// What the plugin was allowed to do.
    pub fn permissions(&self) -> PluginPermissions {
        let list = |name: &str| self.granted.get(name).cloned().unwrap_or_default();
        PluginPermissions { read: list("read"), env: list("env"), net: list("net"), exec: list("exec") }
    }
}

/// Where a plugin was found, for the lock file: the same on every machine.
fn source_of(plugin: &Plugin, sources: &SourceMap) -> String {
    use crate::plugin::Origin;
    if let Origin::EntryPoint(label) = &plugin.origin {
        return format!("pypi:{}", label.replacen(' ', "==", 1));
    }
    match plugin.root.strip_prefix(sources.root()) {
        Ok(below) => format!("path:./{}", below.to_string_lossy().replace('\\', "/")),
        // The home directory has another path for everybody.
        Err(_) => match &plugin.origin {
            Origin::Directory(shown) => {
                let name = plugin.root.file_name().unwrap_or_default().to_string_lossy().into_owned();
                format!("path:{}/{name}", shown.trim_end_matches('/'))
            }
            _ => format!("path:{}", plugin.root.display()),
        },
    }
}

/// Digests of what can be executed: those that the manifest states, for all platforms, and those of files that are here.
fn artifacts(plugin: &Plugin) -> std::io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for (path, stated) in &plugin.manifest.artifacts {
        found.extend(digest::parse(stated).map(|digest| (path.clone(), digest)));
    }
    let runtime = &plugin.manifest.runtime;
    let executable: Vec<&String> = match runtime.kind {
        RuntimeKind::Wasm => runtime.module.iter().collect(),
        RuntimeKind::Native => runtime.libraries.values().collect(),
        _ => Vec::new(),
    };
    for path in executable {
        let Ok(whole) = within(&plugin.root, path) else { continue };
        if !found.contains_key(path) && whole.is_file() {
            found.insert(path.clone(), digest::of_file(&whole)?);
        }
    }
    Ok(found)
}

/// Whether a project has a lock file.
pub fn exists(root: &Path) -> bool {
    root.join(LOCK_FILE).symlink_metadata().is_ok()
}
