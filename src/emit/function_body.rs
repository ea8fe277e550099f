//! Code of the user as the body of a generated function: statements go in, the same statements indented come out.
//!
//! Indentation is added where a statement or the inside of brackets goes on, never inside a string: the syntax tree
//! of the result is compared with that of the original.

use std::ops::Range;

use ruff_python_ast::comparable::ComparableStmt;
use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_python_ast::{AnyStringFlags, ModModule, Stmt, StringFlags};
use ruff_python_parser::Parsed;
use ruff_text_size::Ranged;

use super::literal::push_escape;
use super::module::normalise;
use super::python::{self, PythonError, error_at};

/// One level of indentation.
const INDENT: &str = "    ";
/// What is lost at the end of a line when text is written to disk.
const BLANKS: [char; 4] = [' ', '\t', '\u{b}', '\u{c}'];

/// Code that cannot be the body of a function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("{0}")]
    Syntax(PythonError),
    /// An import that Python allows at the top of a module only.
    #[error("{}", .0.message)]
    ModuleOnly(PythonError),
    /// Indentation would change what the code means.
    #[error("the code cannot be indented without changing it")]
    Changed,
}

/// The statements of `code`, indented by one level, without a line break at the end.
///
/// ```
/// let body = lhp::emit::function_body("q = '''a\n  b'''\nrun(q)").unwrap();
/// assert_eq!(body, "    q = '''a\n  b'''\n    run(q)");
/// ```
///
/// # Errors
/// Code that does not parse, imports that a function cannot hold, and code whose meaning depends on its indentation.
pub fn function_body(code: &str) -> Result<String, BodyError> {
    let code = code.replace("\r\n", "\n").replace('\r', "\n");
    python::with_room(&code, || indented(&code)).map_err(BodyError::Syntax)?
}

fn indented(code: &str) -> Result<String, BodyError> {
    let parsed = python::module(code).map_err(BodyError::Syntax)?;
    if let Some(fault) = parsed.syntax().body.iter().find_map(|statement| module_only(code, statement)) {
        return Err(BodyError::ModuleOnly(fault));
    }
    let body = indent(code, parsed.tokens());
    if is_same(&parsed, &body) { Ok(body) } else { Err(BodyError::Changed) }
}

fn module_only(code: &str, statement: &Stmt) -> Option<PythonError> {
    let import = statement.as_import_from_stmt()?;
    let message = if import.module.as_deref() == Some("__future__") {
        "an import from `__future__` cannot stand in a function"
    } else if import.names.iter().any(|alias| alias.name.as_str() == "*") {
        "an import of `*` cannot stand in a function"
    } else {
        return None;
    };
    Some(error_at(code, statement.start(), message.to_owned()))
}

/// Whether a function with this body, as it is written to disk, holds the statements of the original.
fn is_same(original: &Parsed<ModModule>, body: &str) -> bool {
    let function = normalise(&format!("def function():\n{body}\n{INDENT}return\n"));
    let Ok(parsed) = python::module(&function) else { return false };
    let [Stmt::FunctionDef(definition)] = parsed.syntax().body.as_slice() else { return false };
    let Some((_, statements)) = definition.body.split_last() else { return false };
    let comparable = |body: &[Stmt]| {
        body.iter().map(ComparableStmt::from).eq(original.syntax().body.iter().map(ComparableStmt::from))
    };
    comparable(statements)
}

fn indent(code: &str, tokens: &Tokens) -> String {
    let strings = Strings::of(tokens);
    let mut out = String::with_capacity(code.len() + code.len() / 4);
    let mut start = 0;
    let mut joined = true;
    for line in code.split('\n') {
        let end = start + line.len();
        if !joined {
            out.push('\n');
        }
        if !strings.cover(start) && !line.trim().is_empty() {
            out.push_str(INDENT);
        }
        joined = match strings.text_at(end) {
            Some(text) => text.push_line(line, text.range.start.saturating_sub(start), &mut out),
            None => {
                out.push_str(line);
                false
            }
        };
        start = end + 1;
    }
    let blank_lines = out.find(|letter: char| !letter.is_whitespace()).and_then(|first| out.get(..first)?.rfind('\n'));
    let body = blank_lines.and_then(|at| out.get(at + 1..)).unwrap_or(&out);
    body.trim_end().to_owned()
}

/// Where the strings of a code are.
struct Strings {
    /// From the prefix to the closing quotes, in order; what stands in the braces of f-strings belongs to them.
    whole: Vec<Range<usize>>,
    /// The characters between the quotes, without what stands in the braces of f-strings.
    texts: Vec<StringText>,
}

struct StringText {
    range: Range<usize>,
    flags: AnyStringFlags,
}

impl Strings {
    fn of(tokens: &Tokens) -> Self {
        let mut strings = Self { whole: Vec::new(), texts: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        for token in tokens {
            let range = token.range().to_std_range();
            match token.kind() {
                TokenKind::FStringStart | TokenKind::TStringStart => open.push(range.start),
                TokenKind::FStringEnd | TokenKind::TStringEnd => {
                    if let Some(start) = open.pop().filter(|_| open.is_empty()) {
                        strings.whole.push(start..range.end);
                    }
                }
                TokenKind::String if open.is_empty() => strings.whole.push(range),
                _ => {}
            }
            strings.texts.extend(StringText::of(token));
        }
        strings
    }

    /// Whether a line that starts at an offset starts inside a string.
    fn cover(&self, start: usize) -> bool {
        let next = self.whole.partition_point(|range| range.end <= start);
        self.whole.get(next).is_some_and(|range| range.start < start)
    }

    /// The text of a string that goes on at an offset.
    fn text_at(&self, offset: usize) -> Option<&StringText> {
        self.texts.iter().find(|text| text.range.contains(&offset))
    }
}

impl StringText {
    fn of(token: &Token) -> Option<Self> {
        let flags = token.string_flags()?;
        let range = token.range().to_std_range();
        let range = match token.kind() {
            TokenKind::String => range.start + flags.opener_len().to_usize()..range.end - flags.closer_len().to_usize(),
            TokenKind::FStringMiddle | TokenKind::TStringMiddle => range,
            _ => return None,
        };
        Some(Self { range, flags })
    }

    /// Appends a line that ends inside this text, so that the blanks at its end survive. Gives whether the line break
    /// is part of what was appended.
    fn push_line(&self, line: &str, from: usize, out: &mut String) -> bool {
        let kept = line.trim_end_matches(BLANKS);
        let Some(last) = line.chars().next_back().filter(|_| kept.len() < line.len()) else {
            out.push_str(line);
            return false;
        };
        if self.flags.is_raw_string() {
            self.push_raw_line(line, kept, from, out);
            return true;
        }
        let before = line.strip_suffix(last).unwrap_or(line);
        out.push_str(before);
        // A backslash in front of a blank stands for itself; in front of an escape it would not.
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            out.push('\\');
        }
        push_escape(out, last);
        false
    }

    /// A raw string has no escapes: it is closed, an ordinary one holds the end of the line, and it goes on.
    fn push_raw_line(&self, line: &str, kept: &str, from: usize, out: &mut String) {
        let inside = kept.get(from..).unwrap_or_default();
        let quote = self.flags.quote_style().as_char();
        let body = inside.trim_end_matches(['\\', quote]);
        let cut = kept.len() - (inside.len() - body.len());
        let quotes = self.flags.quote_str();
        out.push_str(line.get(..cut).unwrap_or_default());
        out.push_str(quotes);
        out.push_str(if self.flags.is_byte_string() { " b\"" } else { " \"" });
        for character in line.get(cut..).unwrap_or_default().chars() {
            match character {
                '\\' | '"' => out.extend(['\\', character]),
                '\t' | '\u{b}' | '\u{c}' => push_escape(out, character),
                _ => out.push(character),
            }
        }
        out.push_str("\\n\" ");
        out.push_str(self.flags.prefix().as_str());
        out.push_str(quotes);
    }
}

#[cfg(test)]
#[path = "function_body_tests.rs"]
mod tests;
