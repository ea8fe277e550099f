//! Code of users that was parsed before: the fragments of a module go in, whether they are certainly Python comes out.
//!
//! Templates turn every value into a literal, so a module can only be broken by what it holds as code: imports, opening
//! statements and the expressions of metadata columns. Few of them are different, so each is parsed once for all modules.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::emit::python;
use crate::expand::Resolved;
use crate::generator::Fragment;

/// Pieces of code, and whether they can stand in a module.
#[derive(Debug, Default)]
pub(super) struct ProvenCode {
    statements: Mutex<FxHashMap<String, bool>>,
    expressions: Mutex<FxHashMap<String, bool>>,
}

impl ProvenCode {
    /// Whether the module of these fragments is Python. If not, only the whole module can tell.
    pub fn holds(&self, resolved: &Resolved, fragments: &[Fragment]) -> bool {
        let mut statements = fragments.iter().flat_map(|fragment| fragment.imports.iter().chain(&fragment.preamble));
        let mut expressions = resolved.actions.iter().flat_map(|action| &action.metadata);
        fragments.iter().all(|fragment| !fragment.pasted)
            && statements.all(|statement| known(&self.statements, statement, |text| python::check(text).is_ok()))
            && expressions.all(|column| known(&self.expressions, &column.expression, stands_alone))
    }
}

/// Whether an expression can be an argument and the value of a key, which are all the places that templates have for
/// one. Between two keys there is no room for a comprehension, a comment would hide the second one, and no text closes
/// both kinds of brackets.
fn stands_alone(expression: &str) -> bool {
    let places = [format!("{{0: {expression}, 1: 0}}\n"), format!("f(0, {expression})\n")];
    places.iter().all(|place| python::check(place).is_ok())
}

fn known(answers: &Mutex<FxHashMap<String, bool>>, text: &str, ask: impl FnOnce(&str) -> bool) -> bool {
    if let Some(answer) = answers.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
        return *answer;
    }
    let answer = ask(text);
    answers.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned(), answer);
    answer
}

#[cfg(test)]
mod tests {
    use super::stands_alone;

    #[test]
    fn only_whole_expressions_stand_alone() {
        for expression in ["F.current_timestamp()", "F.lit(1).cast('int')", "[a for a in b]", "(\n  1\n)"] {
            assert!(stands_alone(expression), "{expression}");
        }
        for expression in
            ["", "f(", "1)", "a # b", "a, b", "a for a in b", "*a", "**a", "a=1", "x := 1", "yield", "1}\n{2: 3"]
        {
            assert!(!stands_alone(expression), "{expression}");
        }
    }
}
