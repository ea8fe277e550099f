//! Substitution tokens: text goes in, tokens with their byte ranges come out.
//!
//! `grammar/token.pest` says what a token is; the scanner here finds the same tokens without building a tree.
//! This module does not know which names exist.

use std::ops::Range;

use memchr::{memchr, memchr2};

/// A place where text is to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// `${name}`: a value of the environment.
    Environment { name: &'a str },
    /// `{name}`: the deprecated form of an environment token.
    ///
    /// Not after `$`, `{` or `%`, and not before `}`.
    Bare { name: &'a str },
    /// `%{name}`: a local variable of the flowgroup.
    Variable { name: &'a str },
    /// `${secret:body}`. The body may hold other tokens: `${secret:${env}_scope/key}`.
    Secret { body: &'a str },
}

impl<'a> Token<'a> {
    /// The name that is to be looked up; a secret has none.
    pub fn name(self) -> Option<&'a str> {
        match self {
            Self::Environment { name } | Self::Bare { name } | Self::Variable { name } => Some(name),
            Self::Secret { .. } => None,
        }
    }

    /// The body of a secret.
    pub fn body(self) -> Option<&'a str> {
        match self {
            Self::Secret { body } => Some(body),
            _ => None,
        }
    }
}

/// A token and the bytes it covers, marks and braces included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    pub token: Token<'a>,
    pub range: Range<usize>,
}

/// All tokens from left to right. None overlaps another: the tokens in the body of a secret belong to the secret.
///
/// ```
/// use lhp::syntax::token::{Token, scan};
///
/// let found: Vec<_> = scan("${catalog}.t").collect();
/// assert_eq!(found[0].token, Token::Environment { name: "catalog" });
/// assert_eq!(found[0].range, 0..10);
/// ```
pub fn scan(text: &str) -> impl Iterator<Item = Found<'_>> {
    Scanner::new(text, Wanted::All)
}

/// The environment tokens, also those in the bodies of secrets: the first pass of substitution.
pub fn scan_environment(text: &str) -> impl Iterator<Item = Found<'_>> {
    Scanner::new(text, Wanted::Environment)
}

/// The bare tokens, also those in the bodies of secrets: the second pass of substitution.
pub fn scan_bare(text: &str) -> impl Iterator<Item = Found<'_>> {
    Scanner::new(text, Wanted::Bare)
}

/// The secrets: the last pass of substitution, when their bodies are resolved.
pub fn scan_secrets(text: &str) -> impl Iterator<Item = Found<'_>> {
    Scanner::new(text, Wanted::Secret)
}

/// The local variables, wherever they stand.
pub fn scan_variables(text: &str) -> impl Iterator<Item = Found<'_>> {
    Scanner::new(text, Wanted::Variable)
}

/// Whether a name could be written in a token: letters, digits and `_` of any script, at least one.
pub fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_word_character)
}

/// `\w` of Python's `re`: Unicode letters and numbers and `_`, without combining marks.
fn is_word_character(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || character == '_'
    } else {
        pest::unicode::LETTER(character) || pest::unicode::NUMBER(character)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    Environment,
    Bare,
    Variable,
    Secret,
}

struct Scanner<'a> {
    text: &'a str,
    wanted: Wanted,
    /// Where the next token may start.
    at: usize,
    /// Set once a secret was found open at the end of the text: every later one is open as well.
    open_to_end: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, wanted: Wanted) -> Self {
        Self { text, wanted, at: 0, open_to_end: false }
    }

    fn wants(&self, kind: Wanted) -> bool {
        self.wanted == Wanted::All || self.wanted == kind
    }

    /// The token whose opening brace stands at `brace`.
    fn token_at(&mut self, brace: usize) -> Option<Found<'a>> {
        let mark = brace.checked_sub(1).and_then(|at| self.text.as_bytes().get(at)).copied();
        let word = braced_word(self.text, brace);
        match (mark, word) {
            (Some(b'$'), Some((name, end))) if self.wants(Wanted::Environment) => {
                Some(Found { token: Token::Environment { name }, range: brace - 1..end })
            }
            (Some(b'$'), None) if self.wants(Wanted::Secret) => {
                let (body, end) = self.secret_body(brace)?;
                Some(Found { token: Token::Secret { body }, range: brace - 1..end })
            }
            (Some(b'%'), Some((name, end))) if self.wants(Wanted::Variable) => {
                Some(Found { token: Token::Variable { name }, range: brace - 1..end })
            }
            (Some(b'$' | b'%' | b'{'), _) => None,
            (_, Some((name, end))) if self.wants(Wanted::Bare) && self.text.as_bytes().get(end) != Some(&b'}') => {
                Some(Found { token: Token::Bare { name }, range: brace..end })
            }
            _ => None,
        }
    }

    /// The body of `{secret:body}` and the end of its closing brace.
    fn secret_body(&mut self, brace: usize) -> Option<(&'a str, usize)> {
        if self.open_to_end {
            return None;
        }
        let inside = brace + 1;
        let body = self.text.get(inside..)?.strip_prefix("secret:")?;
        let start = self.text.len() - body.len();
        let mut at = start;
        while let Some(step) = memchr2(b'{', b'}', self.text.as_bytes().get(at..)?) {
            at += step;
            if self.text.as_bytes().get(at) == Some(&b'}') {
                return Some((self.text.get(start..at)?, at + 1));
            }
            at = braced_word(self.text, at).map_or(at + 1, |(_, end)| end);
        }
        self.open_to_end = true;
        None
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        loop {
            let brace = self.at + memchr(b'{', self.text.as_bytes().get(self.at..)?)?;
            if let Some(found) = self.token_at(brace) {
                self.at = found.range.end;
                return Some(found);
            }
            self.at = brace + 1;
        }
    }
}

/// The word of `{word}` at `brace`, and the end of its closing brace.
fn braced_word(text: &str, brace: usize) -> Option<(&str, usize)> {
    let inside = text.get(brace + 1..)?;
    let length = inside.find(|character| !is_word_character(character))?;
    let (word, rest) = inside.split_at_checked(length)?;
    (length > 0 && rest.starts_with('}')).then_some((word, brace + 1 + length + 1))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
