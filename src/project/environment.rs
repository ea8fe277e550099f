//! The environment: tokens and secret scopes of `substitutions/<env>.yaml`.
//!
//! Tokens may use other tokens; they are resolved once, here, and a cycle is an error where it is defined.

use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::file::read_single;
use super::tokens::{RawTokens, TokenDefinition};
use crate::check::{SUBSTITUTION_SHAPE, check_file};
use crate::model::FileKind;
use crate::report::{Diagnostic, Report, Rule, Severity, rules};
use crate::source::{PathKind, SourceMap, Span};
use crate::syntax::{Node, Value};

rules! {
    /// The name of an environment, a pipeline or a flowgroup is no name for a file or directory.
    ///
    /// ## Why
    /// `generated/<environment>/<pipeline>/<flowgroup>.py` is written. With `/` or `..` in a name the file
    /// would land somewhere else, and might replace a file of yours.
    ///
    /// ## Wrong
    /// ```yaml
    /// pipeline: bronze/shop
    /// flowgroup: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// pipeline: bronze_shop
    /// flowgroup: orders
    /// ```
    pub static UNSAFE_NAME: Rule = Rule::new("LHP-CFG-086", "unsafe-name");
}

/// Tokens and secret scopes of one environment.
#[derive(Debug, Default)]
pub struct Environment {
    pub name: String,
    tokens: FxHashMap<Arc<str>, TokenDefinition>,
    pub default_scope: Option<Arc<str>>,
    scopes: FxHashMap<Arc<str>, Arc<str>>,
    /// Whether a substitution file was found.
    pub has_file: bool,
    /// Whether the substitution file could not be used, or not even be named, so that tokens may be missing.
    pub unreadable: bool,
    /// Names of the environments that do have a file.
    pub known: Vec<String>,
}

/// Values of the reserved tokens that the caller's process overrides.
#[derive(Debug, Clone, Default)]
pub struct ReservedTokens {
    pub workspace_env: Option<String>,
    pub logical_env: Option<String>,
}

impl Environment {
    /// Environments that have a substitution file, sorted.
    pub fn known(sources: &SourceMap) -> Vec<String> {
        known_environments(sources)
    }

    /// Reads the environment `name`.
    pub fn load(sources: &SourceMap, name: &str, reserved: &ReservedTokens, report: &mut Report) -> Self {
        let mut environment = Self { name: name.to_owned(), known: known_environments(sources), ..Self::default() };
        if !is_file_name(name) {
            report.push(
                Diagnostic::error(
                    &UNSAFE_NAME,
                    format!("`{}` cannot be the name of an environment", name.escape_debug()),
                )
                .help("give the name of a file in `substitutions/`, without its extension"),
            );
            environment.unreadable = true;
            return environment;
        }
        let mut raw = RawTokens::default();
        for (token, value) in [("workspace_env", &reserved.workspace_env), ("logical_env", &reserved.logical_env)] {
            raw.set(
                token.into(),
                None,
                Node::string(value.as_deref().unwrap_or(name), Span::start_of(sources.add("", ""))),
            );
        }
        let path: PathBuf = ["substitutions", &format!("{name}.yaml")].iter().collect();
        if PathKind::is_anything(&sources.root().join(&path)) {
            environment.has_file = true;
            let before = report.count(Severity::Error);
            if let Some(node) = read_single(sources, &path, report) {
                environment.read(&node, &mut raw, report);
            }
            environment.unreadable = report.count(Severity::Error) > before;
        }
        environment.tokens = raw.resolve(report);
        environment
    }

    fn read(&mut self, node: &Node, raw: &mut RawTokens, report: &mut Report) {
        if node.is_null() {
            return;
        }
        if node.as_mapping().is_none() {
            report.push(
                Diagnostic::error(
                    &SUBSTITUTION_SHAPE,
                    format!("a substitution file must be a mapping, not {}", node.kind()),
                )
                .at(node, "expected blocks of tokens")
                .help(format!("write a block such as `{}:` with `token: value` lines below it", self.name)),
            );
            return;
        }
        report.diagnostics.extend(check_file(FileKind::Substitution, node));
        let block = |key: &str| {
            node.get(key).and_then(Node::as_mapping).map(|mapping| mapping.entries.as_slice()).unwrap_or_default()
        };
        for entry in block(&self.name) {
            if let Value::String(name) = &entry.key.value {
                raw.set(name.clone(), Some(entry.value.span), entry.value.clone());
            }
        }
        for entry in block("global") {
            if let Value::String(name) = &entry.key.value {
                raw.set_default(name.clone(), Some(entry.value.span), entry.value.clone());
            }
        }
        let Some(secrets) = node.get("secrets") else { return };
        if let Some(Value::String(scope)) = secrets.get("default_scope").map(|node| &node.value) {
            self.default_scope = Some(scope.clone());
        }
        let scopes = secrets.get("scopes").and_then(Node::as_mapping).map(|mapping| mapping.entries.as_slice());
        for entry in scopes.unwrap_or_default() {
            if let (Value::String(alias), Value::String(scope)) = (&entry.key.value, &entry.value.value) {
                self.scopes.insert(alias.clone(), scope.clone());
            }
        }
    }

    /// The token of this name.
    pub fn token(&self, name: &str) -> Option<&TokenDefinition> {
        self.tokens.get(name)
    }

    /// All tokens, sorted by name.
    pub fn tokens(&self) -> Vec<&TokenDefinition> {
        let mut tokens: Vec<_> = self.tokens.values().collect();
        tokens.sort_by(|left, right| left.name.cmp(&right.name));
        tokens
    }

    /// The real name of a secret scope.
    pub fn scope(&self, alias: &str) -> Arc<str> {
        self.scopes.get(alias).cloned().unwrap_or_else(|| alias.into())
    }
}

/// Whether a file or directory can be named so, on every system and without leaving the place that is meant for it.
pub fn is_file_name(name: &str) -> bool {
    let allowed = |letter: char| letter != '/' && letter != '\\' && !letter.is_control();
    !(name.trim().is_empty() || name == "." || name == ".." || name.starts_with(".lhp"))
        && name.len() <= 200
        && name.chars().all(allowed)
}

/// Environments that have a substitution file, sorted.
fn known_environments(sources: &SourceMap) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(sources.root().join("substitutions")) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".yaml")?.to_owned()))
        .collect();
    names.sort();
    names
}
