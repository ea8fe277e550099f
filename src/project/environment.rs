//! The environment: tokens and secret scopes of `substitutions/<env>.yaml`.
//!
//! Tokens may use other tokens; they are resolved once, here, and a cycle is an error where it is defined.

use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::file::read_single;
use crate::check::{SUBSTITUTION_SHAPE, check_file};
use crate::emit::literal::python_str;
use crate::model::FileKind;
use crate::report::{Diagnostic, Report, Rule, Severity};
use crate::source::{SourceMap, Span};
use crate::syntax::token;
use crate::syntax::{Kind, Node, Value};

/// Tokens that use each other.
pub static TOKEN_CYCLE: Rule = Rule::new("LHP-CFG-010", "token-cycle");
/// A token and its resolved value.
#[derive(Debug, Clone)]
pub struct TokenDefinition {
    pub name: Arc<str>,
    /// Where the value is written; absent for the reserved tokens.
    pub span: Option<Span>,
    pub value: TokenValue,
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenValue {
    /// Text, with all tokens in it replaced that have a value. Secret references are still references.
    Text(Arc<str>),
    /// A list or a mapping, which cannot stand inside text.
    Collection(Node),
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
    /// Whether the substitution file was found but could not be used, so that tokens may be missing.
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
    /// Reads the environment `name`.
    pub fn load(sources: &SourceMap, name: &str, reserved: &ReservedTokens, report: &mut Report) -> Self {
        let mut environment = Self { name: name.to_owned(), known: known_environments(sources), ..Self::default() };
        let mut raw = RawTokens::default();
        for (token, value) in [("workspace_env", &reserved.workspace_env), ("logical_env", &reserved.logical_env)] {
            raw.set(
                token.into(),
                None,
                Node::string(value.as_deref().unwrap_or(name), Span::start_of(sources.add("", ""))),
            );
        }
        let path: PathBuf = ["substitutions", &format!("{name}.yaml")].iter().collect();
        if is_plain_name(name) && sources.root().join(&path).exists() {
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

/// Tokens are not expanded further once a value is this long, so that nested tokens cannot exhaust memory.
const MAX_TOKEN_BYTES: usize = 1 << 20;

/// Whether a name can be part of a path.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0'])
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

/// Tokens as written, in the order of the file.
#[derive(Default)]
struct RawTokens {
    order: Vec<Arc<str>>,
    values: FxHashMap<Arc<str>, (Option<Span>, Node)>,
}

/// How far the resolution of a token has come.
enum Progress {
    Running,
    Done(TokenValue),
}

impl RawTokens {
    fn set(&mut self, name: Arc<str>, span: Option<Span>, value: Node) {
        if self.values.insert(name.clone(), (span, value)).is_none() {
            self.order.push(name);
        }
    }

    fn set_default(&mut self, name: Arc<str>, span: Option<Span>, value: Node) {
        if !self.values.contains_key(&name) {
            self.set(name, span, value);
        }
    }

    fn resolve(self, report: &mut Report) -> FxHashMap<Arc<str>, TokenDefinition> {
        let mut progress: FxHashMap<Arc<str>, Progress> = FxHashMap::default();
        for name in &self.order {
            self.value_of(name, &mut progress, &mut Vec::new(), report);
        }
        let definition = |(name, state): (Arc<str>, Progress)| match state {
            Progress::Running => None,
            Progress::Done(value) => {
                let span = self.values.get(&name).and_then(|(span, _)| *span);
                Some((name.clone(), TokenDefinition { name, span, value }))
            }
        };
        progress.into_iter().filter_map(definition).collect()
    }

    /// The value of a token; none if there is no such token or if it is being resolved already.
    fn value_of(
        &self,
        name: &Arc<str>,
        progress: &mut FxHashMap<Arc<str>, Progress>,
        path: &mut Vec<Arc<str>>,
        report: &mut Report,
    ) -> Option<TokenValue> {
        let (span, node) = self.values.get(name)?;
        match progress.get(name) {
            Some(Progress::Done(value)) => return Some(value.clone()),
            Some(Progress::Running) => {
                let start = path.iter().position(|step| step == name).unwrap_or(0);
                let cycle: Vec<&str> = path.iter().skip(start).map(AsRef::as_ref).chain([name.as_ref()]).collect();
                let mut diagnostic =
                    Diagnostic::error(&TOKEN_CYCLE, format!("tokens refer to each other: {}", cycle.join(" → ")))
                        .help("give one of these tokens a value that uses none of the others");
                if let Some(span) = span {
                    diagnostic = diagnostic.label(*span, "part of the cycle");
                }
                report.push(diagnostic);
                return None;
            }
            None => {}
        }
        if path.len() >= 200 {
            return None;
        }
        progress.insert(name.clone(), Progress::Running);
        path.push(name.clone());
        let value = match node.kind() {
            Kind::Sequence | Kind::Mapping => TokenValue::Collection(node.clone()),
            _ => {
                let text = token_text(node);
                TokenValue::Text(self.expand(&text, progress, path, report).into())
            }
        };
        path.pop();
        progress.insert(name.clone(), Progress::Done(value.clone()));
        Some(value)
    }

    /// Replaces the tokens in the text of a token. Unknown ones stay.
    fn expand(
        &self,
        text: &str,
        progress: &mut FxHashMap<Arc<str>, Progress>,
        path: &mut Vec<Arc<str>>,
        report: &mut Report,
    ) -> String {
        let mut value = |name: &str| match self.value_of(&name.into(), progress, path, report)? {
            TokenValue::Text(text) => Some(text),
            TokenValue::Collection(_) => None,
        };
        let once = splice(text, token::scan_environment(text), &mut value);
        splice(&once, token::scan_bare(&once), &mut value)
    }
}

/// A scalar as the text that a token inserts.
fn token_text(node: &Node) -> String {
    match &node.value {
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::String(text) => text.to_string(),
        _ => python_str(node).display(),
    }
}

/// Puts values in the place of tokens. Tokens without a value stay.
fn splice<'t>(
    text: &'t str,
    found: impl Iterator<Item = token::Found<'t>>,
    value: &mut impl FnMut(&str) -> Option<Arc<str>>,
) -> String {
    let mut spliced = String::new();
    let mut from = 0;
    for token::Found { range, token } in found {
        if spliced.len() > MAX_TOKEN_BYTES {
            break;
        }
        if let Some(value) = token.name().and_then(&mut *value) {
            spliced.push_str(text.get(from..range.start).unwrap_or_default());
            spliced.push_str(&value);
            from = range.end;
        }
    }
    spliced.push_str(text.get(from..).unwrap_or_default());
    spliced
}
