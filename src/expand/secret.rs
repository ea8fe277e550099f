//! Secrets: text with references goes in, text whose secrets are kept apart comes out.

use std::sync::Arc;

use super::substitution::{Place, Source};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::token::{self, Found};
use crate::syntax::{Part, SecretRef, Text};

rules! {
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

impl Source<'_> {
    /// The text with its secrets kept apart. A reference that cannot be followed stays.
    pub(super) fn secrets(&self, text: &str, place: &Place<'_>, report: &mut Report) -> Text {
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
