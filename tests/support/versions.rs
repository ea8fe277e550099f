//! The versions of Python that run pipelines, and whether source is valid in all of them.

use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

/// The versions of Python in supported runtimes.
pub const VERSIONS: [PythonVersion; 3] = [PythonVersion::PY310, PythonVersion::PY311, PythonVersion::PY312];

/// Fails if the source of a module is not valid in one of the versions.
#[track_caller]
pub fn assert_valid(source: &str, what: &str) {
    for version in VERSIONS {
        let parsed = parse_unchecked(source, ParseOptions::from(Mode::Module).with_target_version(version));
        let at = format!("{what} with Python {version}");
        assert!(parsed.errors().is_empty(), "{at}: {:?}\n{source}", parsed.errors());
        let unsupported = parsed.unsupported_syntax_errors();
        assert!(unsupported.is_empty(), "{at}: {unsupported:?}\n{source}");
    }
}
