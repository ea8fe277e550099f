//! Whether two generated files mean the same: texts go in, a verdict comes out.
//!
//! Python may differ in the order of the options of a reader or writer, which Spark keeps in a map by name.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::emit::python;

/// Whether two versions of a file mean the same.
pub fn same_meaning(before: &[u8], after: &[u8]) -> bool {
    if before == after {
        return true;
    }
    let canonical = |bytes| std::str::from_utf8(bytes).ok().and_then(options_sorted);
    match (canonical(before), canonical(after)) {
        (Some(before), Some(after)) => before == after,
        _ => false,
    }
}

/// A module in which the options of every chain of `.option(…)` calls are in the order of their text. None if the
/// text is no Python.
fn options_sorted(text: &str) -> Option<String> {
    python::with_room(text, || sorted_options(text)).ok().flatten()
}

fn sorted_options(text: &str) -> Option<String> {
    let parsed = python::module(text).ok()?;
    let mut chains = Chains { text, found: Vec::new() };
    chains.visit_body(&parsed.syntax().body);
    let mut edits: Vec<(TextRange, &str)> = Vec::new();
    for chain in chains.found {
        // Spark does not tell upper from lower case; which of two equal names wins depends on the order.
        let names: BTreeSet<String> = chain.iter().map(|option| option.name.to_lowercase()).collect();
        if names.len() < chain.len() {
            continue;
        }
        let mut sorted: Vec<&str> = chain.iter().map(|option| option.arguments).collect();
        sorted.sort_unstable();
        edits.extend(chain.iter().map(|option| option.range).zip(sorted));
    }
    edits.sort_by_key(|(range, _)| range.start());
    let (mut sorted, mut from) = (String::with_capacity(text.len()), 0);
    for (range, replacement) in edits {
        sorted.push_str(text.get(from..range.start().to_usize())?);
        sorted.push_str(replacement);
        from = range.end().to_usize();
    }
    sorted.push_str(text.get(from..)?);
    Some(sorted)
}

/// An `.option(name, value)` in a chain.
struct SparkOption<'t> {
    name: String,
    /// The arguments with their parentheses.
    arguments: &'t str,
    range: TextRange,
}

struct Chains<'t> {
    text: &'t str,
    found: Vec<Vec<SparkOption<'t>>>,
}

impl<'t> Chains<'t> {
    /// The option that a call sets, and what the method is called on.
    fn option<'a>(&self, call: &'a ExprCall) -> Option<(SparkOption<'t>, &'a Expr)> {
        let attribute = call.func.as_attribute_expr().filter(|attribute| attribute.attr.as_str() == "option")?;
        let [name, value] = call.arguments.args.as_ref() else { return None };
        let name = name.as_string_literal_expr()?.value.to_str().to_owned();
        // A call inside of a value may hold a chain of its own.
        let plain = matches!(value, Expr::Name(_) | Expr::UnaryOp(_)) || value.is_literal_expr();
        let range = call.arguments.range();
        let arguments = self.text.get(range.start().to_usize()..range.end().to_usize())?;
        let usable = plain && call.arguments.keywords.is_empty();
        usable.then_some((SparkOption { name, arguments, range }, attribute.value.as_ref()))
    }
}

impl<'a> Visitor<'a> for Chains<'_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        let (mut chain, mut inner) = (Vec::new(), expression);
        while let Some((option, on)) = inner.as_call_expr().and_then(|call| self.option(call)) {
            chain.push(option);
            inner = on;
        }
        if chain.is_empty() {
            walk_expr(self, expression);
            return;
        }
        self.found.push(chain);
        self.visit_expr(inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(before: &str, after: &str) -> bool {
        same_meaning(before.as_bytes(), after.as_bytes())
    }

    #[test]
    fn options_may_change_places() {
        let before = "df = (\n  spark.read.format('x')\n  .option('a', 1)\n  .option('b', 'two')\n  .load('p')\n)\n";
        let after = "df = (\n  spark.read.format('x')\n  .option('b', 'two')\n  .option('a', 1)\n  .load('p')\n)\n";
        assert!(same(before, after));
        assert!(!same(before, &after.replace("'two'", "'three'")));
        assert!(!same(before, &after.replace("option('a'", "option('c'")));
    }

    #[test]
    fn options_of_one_name_keep_their_order() {
        assert!(!same("r.option('a', 1).option('A', 2)\n", "r.option('A', 2).option('a', 1)\n"));
    }

    #[test]
    fn options_of_different_chains_are_not_exchanged() {
        assert!(!same("r.option('a', 1)\nw.option('a', 2)\n", "r.option('a', 2)\nw.option('a', 1)\n"));
        assert!(!same("r.option('a', 1).load().option('a', 2)\n", "r.option('a', 2).load().option('a', 1)\n"));
    }

    #[test]
    fn everything_else_must_be_equal() {
        assert!(same("a = 1\n", "a = 1\n"));
        assert!(!same("a = 1\n", "a  = 1\n"));
        assert!(!same_meaning(b"\xff1", b"\xff2"));
        assert!(!same("not python", "python not"));
    }
}
