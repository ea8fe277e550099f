//! Environment tokens and secrets: text goes in, text with its secrets kept apart comes out.
//!
//! Order in one string: `${name}`, then `{name}`, then `${secret:…}`.

use std::sync::Arc;

use crate::project::{Environment, TEXT_TOO_LONG, TokenValue};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::token::{self, Found};
use crate::syntax::{Node, Part, SecretRef, Step, Text, Value, Via};

rules! {
    /// A token, `${name}`, has no value in the environment that is compiled.
    ///
    /// ## Why
    /// The token would stay in the generated code, and name a catalog, path or table that does not
    /// exist. Values are written in `substitutions/<env>.yaml`, in the block of the environment or in
    /// the block `global`.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   catalog: dev_catalog
    /// ```
    /// ```yaml
    /// catalog: ${catalgo}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// catalog: ${catalog}
    /// ```
    pub static UNRESOLVED_TOKEN: Rule = Rule::new("LHP-CFG-010", "unresolved-token");
    /// A token that stands for a list or a mapping is used inside text.
    ///
    /// ## Why
    /// A token is replaced by the text of its value. A list or a mapping has no text that would mean
    /// anything in a name, path or query.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   catalog: [dev, catalog]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   catalog: dev_catalog
    /// ```
    pub static COLLECTION_TOKEN: Rule = Rule::new("LHP-CFG-010", "collection-token");
    /// A secret is named without a scope, and the environment has no default scope.
    ///
    /// ## Why
    /// A secret on Databricks is read by scope and key. `${secret:key}` leaves the scope to
    /// `secrets.default_scope` of the substitution file.
    ///
    /// ## Wrong
    /// ```yaml
    /// password: ${secret:shop_password}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// password: ${secret:shop/shop_password}
    /// ```
    /// or, for all secrets of the environment, in `substitutions/dev.yaml`:
    /// ```yaml
    /// secrets:
    ///   default_scope: shop
    /// ```
    pub static NO_DEFAULT_SCOPE: Rule = Rule::new("LHP-CFG-008", "secret-without-scope");
    /// A reference to a secret has an empty scope or an empty key.
    ///
    /// ## Why
    /// A secret on Databricks is read by scope and key. With one of them empty the pipeline would fail
    /// when it runs.
    ///
    /// ## Wrong
    /// ```yaml
    /// password: ${secret:shop/}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// password: ${secret:shop/password}
    /// ```
    pub static EMPTY_SECRET: Rule = Rule::new("LHP-CFG-059", "empty-secret-reference");
    /// The scope or the key of a secret has characters that are not allowed.
    ///
    /// ## Why
    /// Databricks has no secret of such a name. A scope has at most 128 letters, digits, `_` and `-`; a
    /// key has ASCII letters, digits, `_` and `-`.
    ///
    /// ## Wrong
    /// ```yaml
    /// password: ${secret:shop/pass word}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// password: ${secret:shop/pass_word}
    /// ```
    pub static SECRET_SYNTAX: Rule = Rule::new("LHP-VAL-008", "secret-syntax");
}

/// Longest text that substitution may make (bytes).
const MAX_TEXT_BYTES: usize = 16 << 20;

/// Where text comes from: the node that holds it, or a file of its own.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    Node(&'a Node),
    File(Span),
}

impl Place<'_> {
    /// The span of a token inside the text, or of the whole text where escapes hide the token.
    fn of(&self, environment: &Source<'_>, written: &str) -> Span {
        let whole = match self {
            Self::Node(node) => node.span,
            Self::File(span) => *span,
        };
        environment.sources.find(whole, written).unwrap_or(whole)
    }

    fn via(&self) -> Option<&Arc<Via>> {
        match self {
            Self::Node(node) => node.via.as_ref(),
            Self::File(_) => None,
        }
    }
}

/// The environment, and the text of the files, to find places in them.
pub struct Source<'a> {
    pub environment: &'a Environment,
    pub sources: &'a crate::source::SourceMap,
}

impl Source<'_> {
    /// Replaces tokens and secrets in every string below a node. Keys stay as they are.
    pub fn substitute(&self, node: &mut Node, report: &mut Report) {
        match &mut node.value {
            Value::String(text) => {
                if memchr::memchr(b'{', text.as_bytes()).is_none() {
                    return;
                }
                let text = text.clone();
                let mut used = Vec::new();
                let changed = self.text(&text, Place::Node(node), &mut used, report);
                for (name, span) in used {
                    node.via = Some(Via::new(Step::Token(name), span, node.via.take()));
                }
                node.value = changed.into();
            }
            Value::Sequence(items) => items.iter_mut().for_each(|item| self.substitute(item, report)),
            Value::Mapping(mapping) => {
                mapping.entries.iter_mut().for_each(|entry| self.substitute(&mut entry.value, report));
            }
            _ => {}
        }
    }

    /// The substituted text. Tokens with a value are listed in `used` with the place of their definition.
    pub fn text(&self, text: &str, place: Place<'_>, used: &mut Vec<(Arc<str>, Span)>, report: &mut Report) -> Text {
        let resolved = self.replace(text, token::scan_environment(text), &place, used, report);
        let resolved = self.replace(&resolved, token::scan_bare(&resolved), &place, used, report);
        self.check_leftovers(&resolved, &place, report);
        self.secrets(&resolved, &place, report)
    }

    /// The text with its `${name}` tokens and secrets resolved; bare tokens stay. For Python expressions.
    pub fn environment_only(&self, text: &str, place: Place<'_>, report: &mut Report) -> Text {
        let resolved = self.replace(text, token::scan_environment(text), &place, &mut Vec::new(), report);
        self.check_leftovers(&resolved, &place, report);
        self.secrets(&resolved, &place, report)
    }

    /// Python code with its `${name}` tokens and secrets resolved. Bare tokens are ordinary Python and stay, and so do
    /// names without a value.
    pub fn code(&self, text: &str, place: Place<'_>, report: &mut Report) -> Text {
        let resolved = self.replace(text, token::scan_environment(text), &place, &mut Vec::new(), report);
        self.secrets(&resolved, &place, report)
    }

    fn replace<'t>(
        &self,
        text: &'t str,
        found: impl IntoIterator<Item = Found<'t>>,
        place: &Place<'_>,
        used: &mut Vec<(Arc<str>, Span)>,
        report: &mut Report,
    ) -> String {
        let mut changed = String::new();
        let mut from = 0;
        for Found { range, token } in found {
            let Some(definition) = token.name().and_then(|name| self.environment.token(name)) else { continue };
            match &definition.value {
                TokenValue::Text(value) if changed.len() + value.len() > MAX_TEXT_BYTES => {
                    report.push(
                        Diagnostic::error(
                            &TEXT_TOO_LONG,
                            "this text is longer than 16 MiB when its tokens are replaced",
                        )
                        .label(place.of(self, text), "becomes too long")
                        .through(place.via())
                        .help("use shorter tokens, or fewer of them"),
                    );
                    break;
                }
                TokenValue::Text(value) => {
                    changed.push_str(text.get(from..range.start).unwrap_or_default());
                    changed.push_str(value);
                    from = range.end;
                    if let Some(span) = definition.span {
                        used.push((definition.name.clone(), span));
                    }
                }
                TokenValue::Collection(value) => {
                    let written = text.get(range.clone()).unwrap_or_default();
                    let mut diagnostic = Diagnostic::error(
                        &COLLECTION_TOKEN,
                        format!(
                            "token `{}` stands for {}, which cannot be put into text",
                            definition.name,
                            value.kind()
                        ),
                    )
                    .label(place.of(self, written), "used here")
                    .through(place.via())
                    .help("use a token whose value is text, a number or a boolean");
                    if let Some(span) = definition.span {
                        diagnostic = diagnostic.label(span, "defined here");
                    }
                    report.push(diagnostic);
                }
            }
        }
        changed.push_str(text.get(from..).unwrap_or_default());
        changed
    }

    /// Every `${name}` that is left has no value.
    fn check_leftovers(&self, text: &str, place: &Place<'_>, report: &mut Report) {
        for Found { range, token } in token::scan_environment(text) {
            let Some(name) = token.name() else { continue };
            // Without the substitution file nothing is known about the token.
            if self.environment.token(name).is_some() || self.environment.unreadable {
                continue;
            }
            let written = text.get(range).unwrap_or_default();
            let tokens = self.environment.tokens();
            let close = did_you_mean(name, tokens.iter().map(|token| token.name.as_ref()));
            let environment = &self.environment.name;
            let help = match close {
                Some(close) => format!("did you mean `${{{close}}}`?"),
                None if !self.environment.has_file => match self.environment.known.as_slice() {
                    [] => format!("create `substitutions/{environment}.yaml` with a value for `{name}`"),
                    known => format!(
                        "there is no `substitutions/{environment}.yaml`; environments with a file: {}",
                        known.join(", ")
                    ),
                },
                None => format!("add `{name}: …` to the `{environment}` block of `substitutions/{environment}.yaml`"),
            };
            report.push(
                Diagnostic::error(
                    &UNRESOLVED_TOKEN,
                    format!("token `{name}` has no value in environment `{environment}`"),
                )
                .label(place.of(self, written), "no value for this token")
                .through(place.via())
                .help(help),
            );
        }
    }

    fn secrets(&self, text: &str, place: &Place<'_>, report: &mut Report) -> Text {
        let mut result = Text::default();
        let mut from = 0;
        for Found { range, token } in token::scan_secrets(text) {
            let Some(body) = token.body() else { continue };
            match self.secret_at(body, place) {
                Ok(secret) => {
                    result.push_str(text.get(from..range.start).unwrap_or_default());
                    result.parts.push(Part::Secret(secret));
                    from = range.end;
                }
                Err(diagnostic) => report.push(diagnostic),
            }
        }
        result.push_str(text.get(from..).unwrap_or_default());
        if result.parts.is_empty() {
            result = Text::plain("");
        }
        result
    }

    /// The secret that the body of a reference names.
    pub fn secret_at(&self, body: &str, place: &Place<'_>) -> Result<SecretRef, Diagnostic> {
        let written = format!("${{secret:{body}}}");
        self.secret(body).map_err(|fault| {
            fault
                .diagnostic(body, &self.environment.name)
                .label(place.of(self, &written), "this secret reference")
                .through(place.via())
        })
    }

    /// An error for a reference in a place that cannot hold a secret.
    pub fn misplaced_secret(&self, rule: &'static Rule, body: &str, holder: &str, place: &Place<'_>) -> Diagnostic {
        Diagnostic::error(rule, format!("secret `{body}` cannot be read inside {holder}"))
            .label(place.of(self, &format!("${{secret:{body}}}")), "this secret reference")
            .through(place.via())
    }

    fn secret(&self, body: &str) -> Result<SecretRef, SecretFault> {
        let (scope, key) = match body.split_once('/') {
            Some((scope, key)) => (self.environment.scope(scope), key),
            None => (self.environment.default_scope.clone().ok_or(SecretFault::NoScope)?, body),
        };
        if scope.is_empty() || key.is_empty() {
            return Err(SecretFault::Empty);
        }
        let scope_allowed = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        let key_allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        if scope.chars().count() > 128 || !scope.chars().all(scope_allowed) {
            return Err(SecretFault::Scope(scope));
        }
        if !key.chars().all(key_allowed) {
            return Err(SecretFault::Key);
        }
        Ok(SecretRef { scope, key: key.into() })
    }
}

/// What is wrong with a secret reference.
enum SecretFault {
    NoScope,
    Empty,
    Scope(Arc<str>),
    Key,
}

impl SecretFault {
    fn diagnostic(&self, body: &str, environment: &str) -> Diagnostic {
        match self {
            Self::NoScope => Diagnostic::error(
                &NO_DEFAULT_SCOPE,
                format!("secret `{body}` names no scope, and environment `{environment}` has no default scope"),
            )
            .help(format!(
                "write `${{secret:scope/{body}}}`, or set `secrets.default_scope` in `substitutions/{environment}.yaml`"
            )),
            Self::Empty => Diagnostic::error(&EMPTY_SECRET, format!("secret `{body}` has an empty scope or key"))
                .help("write `${secret:scope/key}`"),
            Self::Scope(scope) => {
                Diagnostic::error(&SECRET_SYNTAX, format!("`{scope}` cannot be the name of a secret scope"))
                    .help("write the scope with at most 128 letters, digits, `_` and `-`")
            }
            Self::Key => Diagnostic::error(&SECRET_SYNTAX, format!("secret `{body}` has an invalid key"))
                .help("write the key with ASCII letters, digits, `_` and `-` only"),
        }
    }
}
