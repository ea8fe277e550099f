//! The text of a copy: a module goes in; its text with rewritten imports and resolved tokens comes out.
//!
//! A token is replaced by its value: what quotes, backslashes or braces would change in the literal around it
//! is escaped. `{name}` is a token inside strings only, f-strings included, as projects have come to rely on; the
//! user is told, for it may have been meant as ordinary Python.

use std::ops::Range;

use ruff_python_ast::ModModule;

use super::PACKAGE;
use super::closure::Member;
use super::literals::{Literal, Literals, Role};
use crate::emit::comment;
use crate::emit::literal::push_escape;
use crate::expand::substitution::{COLLECTION_TOKEN, Source};
use crate::project::TokenValue;
use crate::report::{Diagnostic, Rule, rules};
use crate::source::{FileId, Span};
use crate::syntax::token::{self, Found};

rules! {
    /// The value of a token cannot be written into the Python literal around the token.
    ///
    /// ## Why
    /// Values are escaped as the literal needs it. Some literals have no escapes: a raw string cannot hold
    /// its own quotes, a bytes literal only ASCII, and the inner strings of an f-string no backslash.
    ///
    /// ## Wrong
    /// ```python
    /// # the value of `landing` is /Volumes/main/übergabe
    /// PATH = b"${landing}/orders"
    /// ```
    ///
    /// ## Right
    /// ```python
    /// LANDING = "${landing}"
    /// PATH = f"{LANDING}/orders".encode()
    /// ```
    pub static UNFIT_TOKEN: Rule = Rule::new("LHP-CFG-010", "unfit-token");
    /// A string in a Python module holds the name of a token in braces, without `$`. It is replaced by the
    /// value of the token.
    ///
    /// ## Why
    /// This is the old way to write tokens. In an f-string it looks like the variable `catalog` of the
    /// module, which is never read.
    ///
    /// ## Wrong
    /// ```python
    /// table = "{catalog}.sales.shops"
    /// ```
    ///
    /// ## Right
    /// ```python
    /// table = "${catalog}.sales.shops"
    /// ```
    pub static BARE_TOKEN: Rule = Rule::new("LHP-DEPR-001", "bare-token-in-python").advice();
}

/// Replacements of parts of a text.
#[derive(Default)]
pub(super) struct Edits {
    edits: Vec<(Range<usize>, String)>,
}

impl Edits {
    pub fn replace(&mut self, range: Range<usize>, with: String) {
        self.edits.push((range, with));
    }

    /// Applies the edits. None of them may overlap another.
    pub fn apply(mut self, text: &str) -> String {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut changed = String::with_capacity(text.len());
        let mut from = 0;
        for (range, with) in self.edits {
            changed.push_str(text.get(from..range.start).unwrap_or_default());
            changed.push_str(&with);
            from = range.end;
        }
        changed.push_str(text.get(from..).unwrap_or_default());
        changed
    }
}

/// The text of a member with its imports and tokens replaced.
pub(super) fn rewrite(text: &str, member: &Member, source: &Source<'_>, diagnostics: &mut Vec<Diagnostic>) -> String {
    let mut edits = Edits::default();
    for at in &member.prefixed {
        edits.replace(at.to_usize()..at.to_usize(), format!("{PACKAGE}."));
    }
    if memchr::memchr(b'{', text.as_bytes()).is_some() {
        let literals = Literals::of(member.parsed.syntax());
        let bare = bare_tokens(text, &literals, source);
        advise_bare(&bare, member.file, diagnostics);
        for found in token::scan_environment(text).chain(bare) {
            match replacement(&found, &literals, source) {
                Replacement::None => {}
                Replacement::Text(value) => edits.replace(found.range, value),
                Replacement::Fault(fault) => {
                    let place = Span::new(member.file, found.range.start, found.range.end);
                    diagnostics.push(fault.label(place, "used here"));
                }
            }
        }
    }
    edits.apply(text)
}

enum Replacement {
    None,
    Text(String),
    Fault(Diagnostic),
}

fn replacement(found: &Found<'_>, literals: &Literals<'_>, source: &Source<'_>) -> Replacement {
    let Some(definition) = found.token.name().and_then(|name| source.environment.token(name)) else {
        return Replacement::None;
    };
    let name = &definition.name;
    let literal = literals.around(found.range.start);
    match (&definition.value, literal) {
        (TokenValue::Text(value), None) => Replacement::Text(comment(value)),
        (TokenValue::Text(value), Some(literal)) => match escaped(value, literal) {
            Some(escaped) => Replacement::Text(escaped),
            None => Replacement::Fault(
                Diagnostic::error(
                    &UNFIT_TOKEN,
                    format!("the value of token `{name}` cannot be written in {}", literal.kind()),
                )
                .help("put the token into a plain string of its own, without prefix, and use it from there"),
            ),
        },
        (TokenValue::Collection(_), None) => Replacement::None,
        (TokenValue::Collection(value), Some(_)) => Replacement::Fault(
            Diagnostic::error(
                &COLLECTION_TOKEN,
                format!("token `{name}` stands for {}, which cannot be put into text", value.kind()),
            )
            .help("use a token whose value is text, a number or a boolean"),
        ),
    }
}

/// A value as it must be written inside a literal. Secret references in it stay references.
fn escaped(value: &str, literal: &Literal<'_>) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut from = 0;
    for Found { range, .. } in token::scan_secrets(value) {
        out.push_str(&escaped_piece(value.get(from..range.start)?, literal)?);
        out.push_str(value.get(range.clone())?);
        from = range.end;
    }
    out.push_str(&escaped_piece(value.get(from..)?, literal)?);
    Some(out)
}

fn escaped_piece(value: &str, literal: &Literal<'_>) -> Option<String> {
    if matches!(literal.role, Role::Bytes) && !value.is_ascii() {
        return None;
    }
    let special = |character: char| character == '\\' || character == literal.quote() || character.is_control();
    let plain = !value.contains(special);
    if !plain && (literal.flags.is_raw_string() || literal.nested) {
        // A raw string has no escapes, and before Python 3.12 braces hold no backslash.
        let harmless = literal.flags.is_raw_string() && !literal.nested;
        let odd = |character: char| character == literal.quote() || character.is_control();
        if !harmless || value.contains(odd) || value.ends_with('\\') {
            return None;
        }
    }
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '{' | '}' if matches!(literal.role, Role::Formatted) => out.extend([character, character]),
            '\n' => out.push_str("\\n"),
            _ if character.is_control() => push_escape(&mut out, character),
            '\\' if literal.flags.is_raw_string() => out.push('\\'),
            '\\' => out.push_str("\\\\"),
            _ if character == literal.quote() => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    Some(out)
}

/// The known tokens that are written without `$` inside strings.
fn bare_tokens<'t>(text: &'t str, literals: &Literals<'_>, source: &Source<'_>) -> Vec<Found<'t>> {
    let known = |found: &Found<'_>| {
        let definition = found.token.name().and_then(|name| source.environment.token(name));
        definition.is_some_and(|definition| matches!(definition.value, TokenValue::Text(_)))
    };
    let inside = |found: &Found<'_>| literals.around(found.range.start).is_some();
    token::scan_bare(text).filter(|found| known(found) && inside(found)).collect()
}

fn advise_bare(bare: &[Found<'_>], file: FileId, diagnostics: &mut Vec<Diagnostic>) {
    for Found { range, token } in bare {
        let name = token.name().unwrap_or_default();
        diagnostics.push(
            Diagnostic::advice(&BARE_TOKEN, format!("`{{{name}}}` is replaced by the value of token `{name}`"))
                .label(Span::new(file, range.start, range.end), "the name of a token in braces")
                .help(format!("write `${{{name}}}` if that is meant; otherwise rename the variable")),
        );
    }
}

/// Python code that is not copied but becomes part of a pipeline file, with its bare tokens replaced.
pub(super) fn with_bare_tokens(
    text: &str,
    module: &ModModule,
    file: FileId,
    source: &Source<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let literals = Literals::of(module);
    let bare = bare_tokens(text, &literals, source);
    advise_bare(&bare, file, diagnostics);
    let mut edits = Edits::default();
    for found in bare {
        match replacement(&found, &literals, source) {
            Replacement::None => {}
            Replacement::Text(value) => edits.replace(found.range, value),
            Replacement::Fault(fault) => {
                diagnostics.push(fault.label(Span::new(file, found.range.start, found.range.end), "used here"));
            }
        }
    }
    edits.apply(text)
}
