//! Python text: source goes in, a syntax error or formatted source comes out.
//!
//! Source must be valid for Python 3.10, the oldest version a pipeline may run on. It is formatted for 3.11,
//! with lines of 88 columns, and parsed once for both.

use ruff_python_ast::{Mod, PythonVersion};
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

/// The first syntax error of a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct PythonError {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
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

/// Checks and formats a module, which is parsed once for both. Layout is no reason to fail: a module that the formatter
/// cannot handle stays as it is.
///
/// # Errors
/// As [`check`].
pub fn parse_and_format(source: &str) -> Result<String, PythonError> {
    let parsed = parse(source)?;
    Ok(print(source, &parsed).unwrap_or_else(|_| normalise(source)))
}

/// Formats a module that may use any syntax the parser knows, for example one that the user wrote.
///
/// # Errors
/// The first syntax error.
pub fn format(source: &str) -> Result<String, PythonError> {
    let parsed = parse_unchecked(source, ParseOptions::from(Mode::Module));
    match parsed.errors().first() {
        Some(error) => Err(error_at(source, error.start(), error.error.to_string())),
        None => print(source, &parsed),
    }
}

fn print(source: &str, parsed: &Parsed<Mod>) -> Result<String, PythonError> {
    let trivia = TriviaRanges::from(parsed.tokens());
    let options = PyFormatOptions::default().with_target_version(PythonVersion::PY311);
    let failed = |message: String| PythonError { line: 1, column: 1, message };
    let formatted = format_module_ast(parsed, &trivia, source, options).map_err(|error| failed(error.to_string()))?;
    Ok(formatted.print().map_err(|error| failed(error.to_string()))?.into_code())
}

pub(crate) fn parse(source: &str) -> Result<Parsed<Mod>, PythonError> {
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY310);
    let parsed = parse_unchecked(source, options);
    let broken = parsed.errors().iter().map(|error| (error.start(), error.error.to_string()));
    let too_new = parsed.unsupported_syntax_errors().iter().map(|error| (error.start(), error.to_string()));
    match broken.chain(too_new).min_by_key(|(start, _)| *start) {
        Some((start, message)) => Err(error_at(source, start, message)),
        None => Ok(parsed),
    }
}

pub(super) fn error_at(source: &str, at: TextSize, message: String) -> PythonError {
    let before = source.get(..at.to_usize()).unwrap_or(source);
    let last = before.rsplit('\n').next().unwrap_or_default();
    PythonError { line: before.matches('\n').count() + 1, column: last.chars().count() + 1, message }
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
