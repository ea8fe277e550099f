//! Code of users that was parsed back before: a module goes in, a syntax error or nothing comes out.
//!
//! Templates turn every value into a literal, so a module can only be broken by what it holds as code. Modules that
//! hold the same code of users stand or fall together, and one of them is parsed for all.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashSet;

use crate::emit::python::{self, PythonError};
use crate::expand::Resolved;
use crate::generator::Fragment;

/// The sets of pasted code of which a module was parsed without an error.
#[derive(Debug, Default)]
pub(super) struct ProvenCode {
    known: Mutex<FxHashSet<String>>,
}

impl ProvenCode {
    /// Parses the text of a module, unless one with the same pasted code was parsed before.
    ///
    /// # Errors
    /// The first syntax error.
    pub fn check(&self, resolved: &Resolved, fragments: &[Fragment], text: &str) -> Result<(), PythonError> {
        if fragments.iter().any(|fragment| fragment.pasted) {
            return python::check(text);
        }
        let pasted = pasted_code(resolved, fragments);
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(&pasted) {
            return Ok(());
        }
        python::check(text)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(pasted);
        Ok(())
    }
}

/// Everything in a module that is neither a literal nor a template: imports, opening statements, and the metadata
/// expressions of each action.
fn pasted_code(resolved: &Resolved, fragments: &[Fragment]) -> String {
    let mut code = String::new();
    for statement in fragments.iter().flat_map(|fragment| fragment.imports.iter().chain(&fragment.preamble)) {
        code.push_str(statement);
        code.push('\n');
    }
    for action in &resolved.actions {
        code.push('\0');
        for column in &action.metadata {
            code.push_str(&column.expression);
            code.push('\0');
        }
    }
    code
}
