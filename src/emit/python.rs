//! Python text: source goes in, a syntax error or formatted source comes out.
//!
//! Source must be valid for Python 3.10, the oldest version a pipeline may run on. It is formatted for 3.11,
//! with lines of 88 columns, and parsed once for both.

mod nesting;
mod semantics;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Mod, ModExpression, ModModule, PythonVersion};
use ruff_python_formatter::{PyFormatOptions, format_module_ast};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_python_trivia::TriviaRanges;
use ruff_text_size::{Ranged, TextSize};

use super::normalise;
use crate::report::{Rule, rules};

rules! {
    /// The generated module is not valid Python, or uses syntax that is newer than Python 3.10.
    ///
    /// ## Why
    /// The pipeline would fail when it starts. Nearly always the reason is code of your own that
    /// becomes part of the module: the expression of a metadata column, its imports, or a batch
    /// handler. If there is none, it is a fault of `lhp`; please report it.
    ///
    /// ## Wrong
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _region:
    ///       expression: F.lit('north'
    ///       applies_to: [view]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _region:
    ///       expression: F.lit('north')
    ///       applies_to: [view]
    /// ```
    pub static INVALID_CODE: Rule = Rule::new("LHP-CFG-031", "invalid-generated-code");
}

/// Digits of a decimal number. CPython reads no longer one.
const DIGITS: usize = 4_300;

/// Trees of so many levels fit onto every stack.
const SHALLOW: usize = 64;

/// Stack for one level (bytes): twice what the formatter needs, which needs the most: 11 KiB without optimisation.
const PER_LEVEL: usize = if cfg!(debug_assertions) { 24 << 10 } else { 8 << 10 };

/// The first syntax error of a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct PythonError {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// In bytes.
    pub offset: usize,
    /// What the parser says, without a final stop.
    pub message: String,
}

/// Checks the syntax of a module.
///
/// # Errors
/// The first syntax error, or the first use of syntax that is newer than Python 3.10.
pub fn check(source: &str) -> Result<(), PythonError> {
    parse(source).map(drop)
}

/// Checks what code of others becomes: besides the syntax, rules that the grammar cannot state, such as that `return`
/// stands in a function.
///
/// # Errors
/// As [`check`], or the first breach of such a rule.
pub fn check_strictly(source: &str) -> Result<(), PythonError> {
    parse_strictly(source).map(drop)
}

/// Checks and formats a module, which is parsed once for both. Layout is no reason to fail: a module that the formatter
/// cannot handle stays as it is.
///
/// # Errors
/// As [`check`].
pub fn parse_and_format(source: &str) -> Result<String, PythonError> {
    let tree = read(source)?;
    Ok(print(source, &tree).unwrap_or_else(|_| normalise(source)))
}

/// As [`parse_and_format`], with the rules of [`check_strictly`].
///
/// # Errors
/// As [`check_strictly`].
pub fn parse_strictly_and_format(source: &str) -> Result<String, PythonError> {
    let tree = read_strictly(source)?;
    Ok(print(source, &tree).unwrap_or_else(|_| normalise(source)))
}

/// Formats a module that may use any syntax the parser knows, for example one that the user wrote.
///
/// # Errors
/// The first syntax error.
pub fn format(source: &str) -> Result<String, PythonError> {
    let tree = bounded(source, ParseOptions::from(Mode::Module))?;
    match tree.parsed.errors().first() {
        Some(error) => Err(error_at(source, error.start(), error.error.to_string())),
        None => print(source, &tree),
    }
}

/// A tree of whatever the parser makes of a source, with its syntax errors.
///
/// # Errors
/// The source is too deep.
pub(crate) fn unchecked(source: &str, mode: Mode) -> Result<Parsed<Mod>, PythonError> {
    bounded(source, ParseOptions::from(mode)).map(|tree| tree.parsed)
}

/// A module that may use any syntax the parser knows.
///
/// # Errors
/// The first syntax error.
pub(crate) fn module(source: &str) -> Result<Parsed<ModModule>, PythonError> {
    let parsed = unchecked(source, Mode::Module)?;
    match parsed.errors().first() {
        Some(error) => Err(error_at(source, error.location.start(), error.error.to_string())),
        None => parsed.try_into_module().ok_or_else(|| error_at(source, size(0), "no module".to_owned())),
    }
}

/// An expression by itself.
///
/// # Errors
/// The first syntax error.
pub(crate) fn expression(source: &str) -> Result<Parsed<ModExpression>, PythonError> {
    nesting::depth(source, Mode::Expression).map_err(|found| too_deep(source, found))?;
    ruff_python_parser::parse_expression(source)
        .map_err(|error| error_at(source, error.location.start(), error.error.to_string()))
}

/// A module that keeps to the oldest version. Whoever visits the tree does so [`with_room`].
pub(crate) fn parse(source: &str) -> Result<Parsed<Mod>, PythonError> {
    read(source).map(|tree| tree.parsed)
}

/// As [`parse`], with rules that the grammar cannot state.
pub(crate) fn parse_strictly(source: &str) -> Result<Parsed<Mod>, PythonError> {
    read_strictly(source).map(|tree| tree.parsed)
}

/// A syntax tree, and how deep it is at most.
struct Tree {
    parsed: Parsed<Mod>,
    levels: usize,
}

fn bounded(source: &str, options: ParseOptions) -> Result<Tree, PythonError> {
    // Python reads no file with one in it; the parser takes it for a blank.
    if let Some(at) = memchr::memchr(0, source.as_bytes()) {
        return Err(error_at(source, size(at), "a null character".to_owned()));
    }
    // Dividing a source into tokens takes half as long as parsing it, so it is done beforehand only where it must be.
    if nesting::is_harmless(source) {
        let parsed = parse_unchecked(source, options);
        let levels = nesting::depth_of(parsed.tokens(), source).map_err(|found| too_deep(source, found))?;
        return Ok(Tree { parsed, levels });
    }
    let levels = nesting::depth(source, Mode::Module).map_err(|found| too_deep(source, found))?;
    Ok(Tree { parsed: parse_unchecked(source, options), levels })
}

fn too_deep(source: &str, (line, why): (usize, nesting::TooDeep)) -> PythonError {
    let offset = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    PythonError { line, column: 1, offset, message: why.message() }
}

fn read(source: &str) -> Result<Tree, PythonError> {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY310);
    let tree = bounded(source, options)?;
    let broken = tree.parsed.errors().iter().map(|error| (error.start(), error.error.to_string()));
    let too_new = tree.parsed.unsupported_syntax_errors().iter().map(|error| (error.start(), error.to_string()));
    match broken.chain(too_new).min_by_key(|(start, _)| *start) {
        Some((start, message)) => Err(error_at(source, start, message)),
        None => Ok(tree),
    }
}

fn read_strictly(source: &str) -> Result<Tree, PythonError> {
    let tree = read(source)?;
    let semantic = match tree.parsed.syntax() {
        Mod::Module(module) => in_room(tree.levels, || semantics::first_error(source, &module.body)),
        Mod::Expression(_) => None,
    };
    match semantic.into_iter().chain(long_number(source, &tree.parsed)).min_by_key(|(start, _)| *start) {
        Some((start, message)) => Err(error_at(source, start, message)),
        None => Ok(tree),
    }
}

fn print(source: &str, tree: &Tree) -> Result<String, PythonError> {
    let failed = |message: String| PythonError { line: 1, column: 1, offset: 0, message };
    in_room(tree.levels, || {
        let trivia = TriviaRanges::from(tree.parsed.tokens());
        let options = PyFormatOptions::default().with_target_version(PythonVersion::PY311);
        let formatted = format_module_ast(&tree.parsed, &trivia, source, options);
        let formatted = formatted.map_err(|error| failed(error.to_string()))?;
        Ok(formatted.print().map_err(|error| failed(error.to_string()))?.into_code())
    })
}

/// A decimal number that is longer than Python reads.
fn long_number(source: &str, parsed: &Parsed<Mod>) -> Option<(TextSize, String)> {
    let mut numbers = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Int);
    let number = numbers.find(|token| {
        let text = source.get(token.range().to_std_range()).unwrap_or_default();
        let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        decimal && text.len() > DIGITS && text.bytes().filter(u8::is_ascii_digit).count() > DIGITS
    })?;
    Some((number.start(), format!("a number of more than {DIGITS} digits")))
}

/// Does something with the tree of a module where there is stack enough for its depth: every function that follows a
/// tree calls itself once per level or oftener.
///
/// # Errors
/// The source is too deep.
pub(crate) fn with_room<T>(source: &str, run: impl FnOnce() -> T) -> Result<T, PythonError> {
    let levels = nesting::depth(source, Mode::Module).map_err(|found| too_deep(source, found))?;
    Ok(in_room(levels, run))
}

fn in_room<T>(levels: usize, run: impl FnOnce() -> T) -> T {
    if levels <= SHALLOW {
        return run();
    }
    let room = levels * PER_LEVEL;
    stacker::maybe_grow(room, room, run)
}

fn size(offset: usize) -> TextSize {
    TextSize::try_from(offset).unwrap_or_default()
}

pub(super) fn error_at(source: &str, at: TextSize, message: String) -> PythonError {
    let before = source.get(..at.to_usize()).unwrap_or(source);
    let last = before.rsplit('\n').next().unwrap_or_default();
    PythonError {
        line: before.matches('\n').count() + 1,
        column: last.chars().count() + 1,
        offset: before.len(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_have_a_place() {
        let error = check("x = 1\ny = ä +\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 8), "{error}");
    }

    #[test]
    fn syntax_newer_than_the_oldest_python_is_refused() {
        for source in
            ["type X = int\n", "try:\n    pass\nexcept* E:\n    pass\n", "f\"{d[\"k\"]}\"\n", "f\"{'\\n'}\"\n"]
        {
            assert!(check(source).is_err(), "{source}");
        }
        assert!(check("match x:\n    case 1:\n        pass\n").is_ok());
    }

    #[test]
    fn modules_of_users_may_be_newer() {
        assert_eq!(format("type  X = int"), Ok("type X = int\n".to_owned()));
        assert!(format("x = = 1").is_err());
    }

    #[test]
    fn formatting_breaks_long_lines_and_prefers_double_quotes() {
        let source = format!("x  =  ['{}', '{}']", "a".repeat(40), "b".repeat(50));
        let expected = format!("x = [\n    \"{}\",\n    \"{}\",\n]\n", "a".repeat(40), "b".repeat(50));
        assert_eq!(parse_and_format(&source), Ok(expected));
    }
}
