//! Environment tokens: text goes in, text with its tokens replaced and its secrets kept apart comes out.
//!
//! Order in one string: `${name}`, then `{name}`, then `${secret:…}`.

use std::borrow::Cow;
use std::sync::Arc;

use crate::project::{Environment, TEXT_TOO_LONG, TokenValue};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::token::{self, Found};
use crate::syntax::{Node, Step, Text, Value, Via};

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
    /// A local variable, written `%{name}`, has no value: the flowgroup defines no variable of this name,
    /// and the environment no token.
    ///
    /// ## Why
    /// The text would reach the generated code as it is written, with `%{…}` in it. Variables belong to
    /// one flowgroup: they do not reach into templates and presets.
    ///
    /// ## Wrong
    /// ```yaml
    /// variables:
    ///   layer: bronze
    /// actions:
    ///   - name: load_orders
    ///     target: v_%{leyer}_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// variables:
    ///   layer: bronze
    /// actions:
    ///   - name: load_orders
    ///     target: v_%{layer}_orders
    /// ```
    pub static UNDEFINED_VARIABLE: Rule = Rule::new("LHP-CFG-010", "undefined-variable");
    /// A token in its old form `{name}` follows a percent sign, so that it looks like a local variable.
    ///
    /// ## Why
    /// No variable has the name, so the percent sign stays, and `{name}` is replaced by the value of the
    /// token. If a variable of this name is added later, the text changes its meaning without a word.
    ///
    /// ## Wrong
    /// ```yaml
    /// sql: SELECT * FROM orders WHERE shop LIKE '%{suffix}'
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// sql: SELECT * FROM orders WHERE shop LIKE '%${suffix}'
    /// ```
    pub static TOKEN_AFTER_PERCENT: Rule = Rule::new("LHP-DEPR-001", "token-after-percent").advice();
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
    pub(super) fn of(&self, environment: &Source<'_>, written: &str) -> Span {
        let whole = match self {
            Self::Node(node) => node.span,
            Self::File(span) => *span,
        };
        environment.sources.find(whole, written).unwrap_or(whole)
    }

    pub(super) fn via(&self) -> Option<&Arc<Via>> {
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
    /// Replaces tokens and secrets in every string below a node. Keys stay as they are. False if something could not
    /// be replaced.
    pub fn substitute(&self, node: &mut Node, report: &mut Report) -> bool {
        match &mut node.value {
            Value::String(text) => {
                if memchr::memchr(b'{', text.as_bytes()).is_none() {
                    return true;
                }
                let text = text.clone();
                let (from, mut used) = (report.diagnostics.len(), Vec::new());
                let changed = self.text(&text, Place::Node(node), &mut used, report);
                for (name, span) in used {
                    node.via = Some(Via::new(Step::Token(name), span, node.via.take()));
                }
                let failed = report.diagnostics.iter().skip(from).any(Diagnostic::is_error);
                let whole = !failed && !self.leaves_unknown(&changed);
                node.value = changed.into();
                whole
            }
            // Everything is looked at even after a fault, so that all of them are reported.
            Value::Sequence(items) => {
                items.iter_mut().map(|item| self.substitute(item, report)).fold(true, |all, one| all & one)
            }
            Value::Mapping(mapping) => {
                let values = mapping.entries.iter_mut().map(|entry| &mut entry.value);
                values.map(|value| self.substitute(value, report)).fold(true, |all, one| all & one)
            }
            _ => true,
        }
    }

    /// Whether a text holds tokens of which nothing is known, because their file could not be read.
    fn leaves_unknown(&self, text: &Text) -> bool {
        self.environment.unreadable && token::scan_environment(&text.display()).next().is_some()
    }

    /// The substituted text. Tokens with a value are listed in `used` with the place of their definition.
    pub fn text(&self, text: &str, place: Place<'_>, used: &mut Vec<(Arc<str>, Span)>, report: &mut Report) -> Text {
        let resolved = self.replace(text, token::scan_environment(text), &place, used, report);
        let resolved = self.replace(&resolved, token::scan_bare(&resolved), &place, used, report);
        let resolved = self.after_percent(&resolved, &place, used, report);
        self.check_leftovers(&resolved, &place, report);
        self.secrets(&resolved, &place, report)
    }

    /// The text with the tokens replaced that follow a percent sign, as in `LIKE '%{suffix}'`.
    ///
    /// Local variables look the same. Where one has the name, it was replaced before.
    fn after_percent<'t>(
        &self,
        text: &'t str,
        place: &Place<'_>,
        used: &mut Vec<(Arc<str>, Span)>,
        report: &mut Report,
    ) -> Cow<'t, str> {
        if memchr::memmem::find(text.as_bytes(), b"%{").is_none() {
            return Cow::Borrowed(text);
        }
        let all: Vec<Found<'_>> = token::scan_variables(text).collect();
        let name_of = |found: &Found<'_>| found.token.name().map(str::to_owned);
        let known = |found: &&Found<'_>| found.token.name().is_some_and(|name| self.environment.token(name).is_some());
        if let Some(name) = all.iter().find(known).and_then(name_of) {
            report.push(
                Diagnostic::advice(
                    &TOKEN_AFTER_PERCENT,
                    format!("`%{{{name}}}` is no local variable here: it is read as `%` and the token `{name}`"),
                )
                .label(place.of(self, &format!("%{{{name}}}")), "looks like a local variable")
                .through(place.via())
                .help(match place {
                    Place::Node(_) => {
                        format!("write `%${{{name}}}` if that is meant, or define `{name}` under `variables`")
                    }
                    Place::File(_) => format!("write `%${{{name}}}`; variables do not reach into files"),
                }),
            );
        }
        if matches!(place, Place::Node(_)) && !self.environment.unreadable {
            let undefined = all.iter().filter(|found| !known(found));
            undefined.filter_map(name_of).for_each(|name| report.push(self.undefined_variable(&name, place)));
        }
        // Only the braces are replaced: the percent sign stays.
        let braces = all.into_iter().map(|Found { token, range }| Found { token, range: range.start + 1..range.end });
        self.replace(text, braces, place, used, report)
    }

    fn undefined_variable(&self, name: &str, place: &Place<'_>) -> Diagnostic {
        let came_from = |step: &Step| match step {
            Step::Template(_) => Some("templates: pass the value through `template_parameters`"),
            Step::Preset(_) => Some("presets: use a token of the environment instead"),
            _ => None,
        };
        let source = place.via().and_then(|via| via.chain().find_map(|via| came_from(&via.step)));
        let tokens = self.environment.tokens();
        let close = did_you_mean(name, tokens.iter().map(|token| token.name.as_ref()));
        Diagnostic::error(&UNDEFINED_VARIABLE, format!("variable `{name}` is not defined"))
            .label(place.of(self, &format!("%{{{name}}}")), "used here")
            .through(place.via())
            .help(match (source, close) {
                (Some(source), _) => format!("variables do not reach into {source}"),
                (None, Some(close)) => {
                    format!("add `{name}: …` under `variables`, or write the token `${{{close}}}` if that is meant")
                }
                (None, None) => format!("add `{name}: …` under `variables` of the flowgroup"),
            })
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
    ) -> Cow<'t, str> {
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
        if from == 0 {
            return Cow::Borrowed(text);
        }
        changed.push_str(text.get(from..).unwrap_or_default());
        Cow::Owned(changed)
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
}
