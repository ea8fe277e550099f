//! Tokens that use each other: definitions as written go in, values with all tokens replaced come out.
//!
//! What stays unresolved here stays in the value. Whether anybody misses it is not decided here.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::emit::literal::python_str;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;
use crate::syntax::token;
use crate::syntax::{Kind, Node, Value};

rules! {
    /// The values of some tokens use each other in a circle.
    ///
    /// ## Why
    /// A token may use other tokens, but at the end of the chain there must be plain text. Otherwise
    /// there is no value that could be put in its place.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   prefix: ${team}
    ///   team: ${prefix}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   prefix: ${team}
    ///   team: sales
    /// ```
    pub static TOKEN_CYCLE: Rule = Rule::new("LHP-CFG-010", "token-cycle");
    /// The value of a token leads through more than 200 other tokens.
    ///
    /// ## Why
    /// Tokens may use other tokens, but following such chains must come to an end. Chains in real projects
    /// have a few steps.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   t0: ${t1}
    ///   t1: ${t2}      # and so on, for more than 200 steps
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   t0: main
    /// ```
    pub static TOKENS_TOO_DEEP: Rule = Rule::new("LHP-YML-002", "tokens-nested-too-deeply");
    /// A text becomes longer than 16 MiB, or the value of one token or variable longer than 1 MiB, when
    /// the tokens and variables in it are replaced.
    ///
    /// ## Why
    /// Tokens may use other tokens many times over, so that a few lines can stand for more text than
    /// fits into memory. No setting, query or module needs that much.
    ///
    /// ## Wrong
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   a: "${b}${b}${b}${b}${b}${b}${b}${b}${b}${b}"
    ///   b: "${c}${c}${c}${c}${c}${c}${c}${c}${c}${c}"   # and so on
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # substitutions/dev.yaml
    /// dev:
    ///   a: the text that is meant
    /// ```
    pub static TEXT_TOO_LONG: Rule = Rule::new("LHP-YML-002", "text-too-long");
}

/// So many tokens may stand between a token and the last one that its value leads to.
const MAX_DEPTH: usize = 200;
/// Longest value of a token (bytes).
const MAX_TOKEN_BYTES: usize = 1 << 20;

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

/// Tokens as written, in the order of the file.
#[derive(Default)]
pub(super) struct RawTokens {
    order: Vec<Arc<str>>,
    values: FxHashMap<Arc<str>, (Option<Span>, Node)>,
}

impl RawTokens {
    /// Defines a token, whatever it was before.
    pub fn set(&mut self, name: Arc<str>, span: Option<Span>, value: Node) {
        if self.values.insert(name.clone(), (span, value)).is_none() {
            self.order.push(name);
        }
    }

    /// Defines a token that is not defined yet.
    pub fn set_default(&mut self, name: Arc<str>, span: Option<Span>, value: Node) {
        if !self.values.contains_key(&name) {
            self.set(name, span, value);
        }
    }

    /// The values of all tokens.
    pub fn resolve(self, report: &mut Report) -> FxHashMap<Arc<str>, TokenDefinition> {
        let mut resolution =
            Resolution { raw: &self, progress: FxHashMap::default(), path: Vec::new(), too_deep: false, report };
        for name in &self.order {
            resolution.value_of(name);
        }
        let definition = |(name, state): (Arc<str>, Progress)| match state {
            Progress::Running => None,
            Progress::Done(value) => {
                let span = self.values.get(&name).and_then(|(span, _)| *span);
                Some((name.clone(), TokenDefinition { name, span, value }))
            }
        };
        resolution.progress.into_iter().filter_map(definition).collect()
    }
}

/// How far the resolution of a token has come.
enum Progress {
    Running,
    Done(TokenValue),
}

/// The resolution of all tokens of an environment.
struct Resolution<'a> {
    raw: &'a RawTokens,
    progress: FxHashMap<Arc<str>, Progress>,
    /// The tokens that are being resolved, each used by the one before.
    path: Vec<Arc<str>>,
    /// Whether a chain that is too long was reported: the rest of a long one is no news.
    too_deep: bool,
    report: &'a mut Report,
}

impl Resolution<'_> {
    /// The value of a token; none if there is no such token, or if it cannot be had here.
    fn value_of(&mut self, name: &Arc<str>) -> Option<TokenValue> {
        let (span, node) = self.raw.values.get(name)?;
        match self.progress.get(name) {
            Some(Progress::Done(value)) => return Some(value.clone()),
            Some(Progress::Running) => {
                self.report_cycle(name, *span);
                return None;
            }
            None => {}
        }
        if self.path.len() > MAX_DEPTH {
            self.report_depth();
            return None;
        }
        self.progress.insert(name.clone(), Progress::Running);
        self.path.push(name.clone());
        let value = match node.kind() {
            Kind::Sequence | Kind::Mapping => TokenValue::Collection(node.clone()),
            _ => TokenValue::Text(self.expand(name, *span, &token_text(node)).into()),
        };
        self.path.pop();
        self.progress.insert(name.clone(), Progress::Done(value.clone()));
        Some(value)
    }

    /// Replaces the tokens in the text of a token. Unknown ones stay.
    fn expand(&mut self, name: &str, span: Option<Span>, text: &str) -> String {
        let mut value = |name: &str| match self.value_of(&name.into())? {
            TokenValue::Text(text) => Some(text),
            TokenValue::Collection(_) => None,
        };
        let once = splice(text, token::scan_environment(text), &mut value);
        let twice = once.and_then(|once| splice(&once, token::scan_bare(&once), &mut value));
        twice.unwrap_or_else(|TooLong| {
            self.report_length(name, span);
            text.to_owned()
        })
    }

    fn report_cycle(&mut self, name: &Arc<str>, span: Option<Span>) {
        let start = self.path.iter().position(|step| step == name).unwrap_or(0);
        let cycle: Vec<&str> = self.path.iter().skip(start).map(AsRef::as_ref).chain([name.as_ref()]).collect();
        let diagnostic = Diagnostic::error(&TOKEN_CYCLE, format!("tokens refer to each other: {}", cycle.join(" → ")))
            .help("give one of these tokens a value that uses none of the others");
        self.push(diagnostic, span, "part of the cycle");
    }

    fn report_depth(&mut self) {
        let Some(first) = self.path.first().filter(|_| !self.too_deep).cloned() else { return };
        self.too_deep = true;
        let span = self.raw.values.get(&first).and_then(|(span, _)| *span);
        let diagnostic = Diagnostic::error(
            &TOKENS_TOO_DEEP,
            format!("the value of token `{first}` leads through more than {MAX_DEPTH} other tokens"),
        )
        .help(format!("let tokens use each other in chains of at most {MAX_DEPTH}"));
        self.push(diagnostic, span, "the chain starts here");
    }

    fn report_length(&mut self, name: &str, span: Option<Span>) {
        let diagnostic = Diagnostic::error(
            &TEXT_TOO_LONG,
            format!("the value of token `{name}` is longer than 1 MiB when the tokens in it are replaced"),
        )
        .help("use shorter tokens in it, or fewer of them");
        self.push(diagnostic, span, "becomes too long");
    }

    fn push(&mut self, diagnostic: Diagnostic, span: Option<Span>, label: &str) {
        self.report.push(match span {
            Some(span) => diagnostic.label(span, label),
            None => diagnostic,
        });
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

/// A text has become longer than [`MAX_TOKEN_BYTES`].
struct TooLong;

/// Puts values in the place of tokens. Tokens without a value stay.
fn splice<'t>(
    text: &'t str,
    found: impl Iterator<Item = token::Found<'t>>,
    value: &mut impl FnMut(&str) -> Option<Arc<str>>,
) -> Result<String, TooLong> {
    let mut spliced = String::new();
    let mut from = 0;
    for token::Found { range, token } in found {
        if let Some(value) = token.name().and_then(&mut *value) {
            spliced.push_str(text.get(from..range.start).unwrap_or_default());
            if spliced.len() + value.len() > MAX_TOKEN_BYTES {
                return Err(TooLong);
            }
            spliced.push_str(&value);
            from = range.end;
        }
    }
    spliced.push_str(text.get(from..).unwrap_or_default());
    Ok(spliced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// Resolves tokens that are given as pairs, and shows what is reported.
    fn resolve(tokens: &[(String, String)]) -> (FxHashMap<Arc<str>, TokenDefinition>, Vec<String>) {
        let file = SourceMap::new("").add("", "");
        let mut raw = RawTokens::default();
        for (name, value) in tokens {
            raw.set(name.as_str().into(), None, Node::string(value.as_str(), Span::start_of(file)));
        }
        let mut report = Report::default();
        let values = raw.resolve(&mut report);
        (values, report.diagnostics.into_iter().map(|found| found.message).collect())
    }

    /// `t0` uses `t1`, and so on; the last of `count` tokens is plain text.
    fn chain(count: usize) -> Vec<(String, String)> {
        let value = |at: usize| if at + 1 == count { "end".to_owned() } else { format!("${{t{}}}", at + 1) };
        (0..count).map(|at| (format!("t{at}"), value(at))).collect()
    }

    #[test]
    fn chains_are_followed_to_their_limit_and_no_further() {
        let (values, found) = resolve(&chain(MAX_DEPTH + 1));
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(values["t0"].value, TokenValue::Text("end".into()));

        let (_, found) = resolve(&chain(5 * MAX_DEPTH));
        assert_eq!(found, ["the value of token `t0` leads through more than 200 other tokens"]);
    }

    #[test]
    fn a_chain_that_is_written_from_its_end_has_no_limit() {
        let mut tokens = chain(5 * MAX_DEPTH);
        tokens.reverse();
        let (values, found) = resolve(&tokens);
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(values["t0"].value, TokenValue::Text("end".into()));
    }

    #[test]
    fn a_value_that_grows_too_long_is_named_and_the_others_are_not() {
        let mut tokens = vec![("t0".to_owned(), "x".repeat(1024))];
        tokens.extend((1..=14).map(|at| (format!("t{at}"), format!("${{t{}}}", at - 1).repeat(2))));
        let (values, found) = resolve(&tokens);
        assert_eq!(found, ["the value of token `t11` is longer than 1 MiB when the tokens in it are replaced"]);
        assert_eq!(values["t10"].value, TokenValue::Text("x".repeat(MAX_TOKEN_BYTES).into()));
    }
}
