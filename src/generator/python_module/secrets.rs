//! Secrets in a copy: text whose tokens are resolved goes in; text that reads the secrets at run time comes out.
//!
//! A reference becomes a call where an expression can stand. Comments, docstrings and other strings without
//! use keep the reference as text.

use std::collections::BTreeSet;

use ruff_python_ast::{ModModule, StringFlags};
use ruff_text_size::Ranged;

use super::literals::{Literal, Literals, Role};
use super::rewrite::Edits;
use crate::emit::literal;
use crate::emit::python::{self, PythonError};
use crate::expand::substitution::{Place, Source};
use crate::report::{Diagnostic, Rule, rules};
use crate::source::{FileId, Span};
use crate::syntax::token::{self, Found};
use crate::syntax::{Part, SecretRef, Text};

rules! {
    /// A secret stands in a Python literal in which no call can stand.
    ///
    /// ## Why
    /// A secret is read when the pipeline runs, by a call of `dbutils.secrets.get`. Strings are changed so
    /// that they contain the result; in a bytes literal, in the pattern of a `case` or inside the braces
    /// of an f-string that is not possible everywhere.
    ///
    /// ## Wrong
    /// ```python
    /// KEY = b"${secret:shop/key}"
    /// ```
    ///
    /// ## Right
    /// ```python
    /// KEY = "${secret:shop/key}".encode()
    /// ```
    pub static UNFIT_SECRET: Rule = Rule::new("LHP-VAL-008", "unfit-secret");
}

/// Only notebooks and pipeline files are given `dbutils`; a module has to fetch it.
const FETCH_DBUTILS: &str = "try:\n    dbutils\nexcept NameError:\n    from databricks.sdk.runtime import dbutils\n";

/// The text with its secrets as calls.
pub(super) fn resolve(text: String, file: FileId, source: &Source<'_>, diagnostics: &mut Vec<Diagnostic>) -> String {
    if token::scan_secrets(&text).next().is_none() {
        return text;
    }
    let Ok(parsed) = python::module(&text) else { return text };
    let literals = Literals::of(parsed.syntax());
    let whole = Span::new(file, 0, source.sources.get(file).text.len());
    let place = Place::File(whole);
    let lookup = |body: &str| source.secret_at(body, &place);
    let (mut edits, calls) = Resolver::new(&text, place, source, &lookup).resolve(&literals, diagnostics);
    if calls {
        let at = first_own_statement(parsed.syntax(), &text);
        let fresh_line = text.get(..at).is_none_or(|before| before.is_empty() || before.ends_with('\n'));
        edits.replace(at..at, format!("{}{FETCH_DBUTILS}\n", if fresh_line { "" } else { "\n" }));
    }
    edits.apply(&text)
}

/// Code of a pipeline file with its secrets as calls. Code that does not parse stays as it is.
pub fn code_with_calls(
    code: &Text,
    place: Place<'_>,
    source: &Source<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let text = code.display();
    if !code.has_secret() {
        return text;
    }
    let resolved = python::with_room(&text, || {
        let parsed = python::module(&text)?;
        let literals = Literals::of(parsed.syntax());
        let lookup = |body: &str| match body.split_once('/') {
            Some((scope, key)) => Ok(SecretRef { scope: scope.into(), key: key.into() }),
            None => source.secret_at(body, &place),
        };
        let (edits, _) = Resolver::new(&text, place, source, &lookup).resolve(&literals, diagnostics);
        Ok::<_, PythonError>(edits.apply(&text))
    });
    resolved.flatten().unwrap_or(text)
}

/// Where statements may stand that are neither the docstring nor imports from `__future__`.
fn first_own_statement(module: &ModModule, text: &str) -> usize {
    let own = module.body.iter().enumerate().find(|(index, statement)| {
        let docstring =
            *index == 0 && statement.as_expr_stmt().is_some_and(|inner| inner.value.is_string_literal_expr());
        let future = statement.as_import_from_stmt().and_then(|import| import.module.as_deref()) == Some("__future__");
        !docstring && !future
    });
    own.map_or(text.len(), |(_, statement)| statement.start().to_usize())
}

struct Resolver<'a> {
    text: &'a str,
    place: Place<'a>,
    source: &'a Source<'a>,
    /// The secret behind the body of a reference.
    lookup: &'a dyn Fn(&str) -> Result<SecretRef, Diagnostic>,
    edits: Edits,
    /// Starts of the literals that were replaced as a whole.
    done: BTreeSet<usize>,
}

impl<'a> Resolver<'a> {
    fn new(
        text: &'a str,
        place: Place<'a>,
        source: &'a Source<'a>,
        lookup: &'a dyn Fn(&str) -> Result<SecretRef, Diagnostic>,
    ) -> Self {
        Self { text, place, source, lookup, edits: Edits::default(), done: BTreeSet::new() }
    }

    /// The changes that turn references into calls, and whether there are any.
    fn resolve(mut self, literals: &Literals<'_>, diagnostics: &mut Vec<Diagnostic>) -> (Edits, bool) {
        let mut calls = false;
        for found in token::scan_secrets(self.text) {
            let Some(literal) = literals.around(found.range.start) else { continue };
            match self.reference(&found, literal) {
                Ok(written) => calls |= written,
                Err(diagnostic) => diagnostics.push(diagnostic),
            }
        }
        (self.edits, calls)
    }

    /// Replaces one reference, or the literal around it. Gives whether the text now has a call.
    fn reference(&mut self, found: &Found<'_>, literal: &Literal<'_>) -> Result<bool, Diagnostic> {
        let Some(body) = found.token.body() else { return Ok(false) };
        let unfit = |why: &str| {
            self.source
                .misplaced_secret(&UNFIT_SECRET, body, why, &self.place)
                .help("assign the secret to a variable, and use the variable here")
        };
        match literal.role {
            Role::Statement => Ok(false),
            Role::Bytes => Err(unfit("a bytes literal")),
            Role::Pattern => Err(unfit("a pattern")),
            Role::Formatted if literal.nested => Err(unfit("this string")),
            Role::Formatted => {
                let secret = (self.lookup)(body)?;
                let quote = if literal.quote() == '"' { '\'' } else { '"' };
                self.edits.replace(found.range.clone(), format!("{{{}}}", call(&secret, quote)));
                Ok(true)
            }
            Role::BesideFormatted | Role::Plain(_) if literal.nested => {
                let pieces = self.pieces(literal)?;
                self.replace_once(literal.range.start().to_usize()..literal.range.end().to_usize(), pieces);
                Ok(true)
            }
            Role::BesideFormatted => {
                let body = self.formatted(literal)?;
                self.replace_once(literal.range.start().to_usize()..literal.range.end().to_usize(), body);
                Ok(true)
            }
            Role::Plain(expression) => {
                let range = expression.range();
                let text = self.split(expression.value.to_str())?;
                let tripled = expression.value.iter().any(|part| part.flags.is_triple_quoted());
                let code = if tripled { literal::text_block(&text) } else { literal::text(&text) };
                self.replace_once(range.start().to_usize()..range.end().to_usize(), code);
                Ok(true)
            }
        }
    }

    fn replace_once(&mut self, range: std::ops::Range<usize>, with: String) {
        if self.done.insert(range.start) {
            self.edits.replace(range, with);
        }
    }

    /// A value with its secrets kept apart.
    fn split(&self, value: &str) -> Result<Text, Diagnostic> {
        let mut text = Text::default();
        let mut from = 0;
        for Found { range, token } in token::scan_secrets(value) {
            let secret = (self.lookup)(token.body().unwrap_or_default())?;
            text.push_str(value.get(from..range.start).unwrap_or_default());
            text.parts.push(Part::Secret(secret));
            from = range.end;
        }
        text.push_str(value.get(from..).unwrap_or_default());
        Ok(text)
    }

    /// The source of a literal between its quotes, cut at the references.
    fn body_of(&self, literal: &Literal<'_>) -> Result<Text, Diagnostic> {
        let start = (literal.range.start() + literal.flags.opener_len()).to_usize();
        let end = (literal.range.end() - literal.flags.closer_len()).to_usize();
        self.split(self.text.get(start..end).unwrap_or_default())
    }

    /// Inside the braces of an f-string only the quotes that are already used there are certain to be allowed.
    fn pieces(&self, literal: &Literal<'_>) -> Result<String, Diagnostic> {
        let (prefix, quotes) = (literal.flags.prefix(), literal.flags.quote_str());
        let body = self.body_of(literal)?;
        let pieces: Vec<String> = body
            .parts
            .iter()
            .map(|part| match part {
                Part::Literal(piece) => format!("{}{quotes}{piece}{quotes}", prefix.as_str()),
                Part::Secret(secret) => call(secret, literal.quote()),
            })
            .collect();
        Ok(if pieces.len() == 1 { pieces.concat() } else { format!("({})", pieces.join(" + ")) })
    }

    /// The literal as an f-string, which may stand beside another one.
    fn formatted(&self, literal: &Literal<'_>) -> Result<String, Diagnostic> {
        let quotes = literal.flags.quote_str();
        let raw = if literal.flags.is_raw_string() { "r" } else { "" };
        let other = if literal.quote() == '"' { '\'' } else { '"' };
        let inside: String = self
            .body_of(literal)?
            .parts
            .iter()
            .map(|part| match part {
                Part::Literal(piece) => piece.replace('{', "{{").replace('}', "}}"),
                Part::Secret(secret) => format!("{{{}}}", call(secret, other)),
            })
            .collect();
        Ok(format!("f{raw}{quotes}{inside}{quotes}"))
    }
}

/// The expression that reads a secret, with quotes of one kind. Scopes and keys hold nothing to escape.
fn call(SecretRef { scope, key }: &SecretRef, quote: char) -> String {
    format!("dbutils.secrets.get(scope={quote}{scope}{quote}, key={quote}{key}{quote})")
}
