//! Whether a module has a name at its top level: its text and the name go in, what can be said for certain comes out.
//! The module is parsed, never run.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_pattern, walk_stmt};
use ruff_python_ast::{Alias, Expr, ExprContext, Identifier, Pattern, Stmt};

use super::deep::on_deep_stack;
use crate::emit::python;

/// What is known about a name of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Some statement at the top level binds it.
    Defined,
    /// No statement binds it, and nothing in the module could do so in another way.
    Missing,
    /// No statement binds it visibly. A star import, or code that writes names at run time, may do so.
    Unknown,
}

/// Functions by which a module can bind names that do not stand in it.
const WRITERS: [&str; 7] = ["__import__", "eval", "exec", "globals", "locals", "setattr", "vars"];
/// Attributes by which it can do the same.
const NAMESPACES: [&str; 2] = ["__dict__", "modules"];
/// The function that a module is asked for names which it does not have (PEP 562).
const FALLBACK: &str = "__getattr__";

/// Whether a module has a name at its top level.
///
/// ```
/// use lhp::generator::python_module::{Presence, presence};
///
/// assert_eq!(presence("if True:\n    class Tide: pass\n", "Tide"), Presence::Defined);
/// assert_eq!(presence("def f():\n    class Tide: pass\n", "Tide"), Presence::Missing);
/// assert_eq!(presence("from tides import *\n", "Tide"), Presence::Unknown);
/// ```
pub fn presence(source: &str, name: &str) -> Presence {
    on_deep_stack(|| {
        let Ok(parsed) = python::module(source) else { return Presence::Unknown };
        let mut search = Search { name, depth: 0, found: false, elsewhere: false };
        search.visit_body(parsed.suite());
        match search {
            Search { found: true, .. } => Presence::Defined,
            Search { elsewhere: true, .. } => Presence::Unknown,
            _ => Presence::Missing,
        }
    })
}

struct Search<'a> {
    name: &'a str,
    /// How many functions and classes are around.
    depth: usize,
    found: bool,
    /// Whether the name may be bound where it cannot be seen.
    elsewhere: bool,
}

impl Search<'_> {
    /// A name that a statement or pattern binds here.
    fn bind(&mut self, bound: &Identifier) {
        if self.depth == 0 {
            self.found |= bound.as_str() == self.name;
            self.elsewhere |= bound.as_str() == FALLBACK;
        }
    }

    fn import(&mut self, alias: &Alias) {
        let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        self.found |= self.depth == 0 && bound.split('.').next() == Some(self.name);
        self.elsewhere |= bound == "*";
    }

    /// Visits the inside of a definition, whose names are its own.
    fn inside(&mut self, statement: &Stmt) {
        self.depth += 1;
        walk_stmt(self, statement);
        self.depth -= 1;
    }
}

impl<'a> Visitor<'a> for Search<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                self.bind(&function.name);
                self.inside(statement);
            }
            Stmt::ClassDef(class) => {
                self.bind(&class.name);
                self.inside(statement);
            }
            Stmt::Import(import) => import.names.iter().for_each(|alias| self.import(alias)),
            Stmt::ImportFrom(import) => import.names.iter().for_each(|alias| self.import(alias)),
            Stmt::Global(global) => self.found |= global.names.iter().any(|name| name.as_str() == self.name),
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(used) if used.ctx == ExprContext::Store => {
                self.found |= self.depth == 0 && used.id.as_str() == self.name;
            }
            Expr::Name(used) => self.elsewhere |= WRITERS.contains(&used.id.as_str()),
            Expr::Attribute(used) => {
                self.elsewhere |= NAMESPACES.contains(&used.attr.as_str());
                walk_expr(self, expression);
            }
            _ => walk_expr(self, expression),
        }
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let bound = match pattern {
            Pattern::MatchAs(part) => part.name.as_ref(),
            Pattern::MatchStar(part) => part.name.as_ref(),
            Pattern::MatchMapping(part) => part.rest.as_ref(),
            _ => None,
        };
        bound.into_iter().for_each(|bound| self.bind(bound));
        walk_pattern(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_that_binds_a_name_counts() {
        for source in [
            "class X: pass",
            "def X(): pass",
            "async def X(): pass",
            "X = 1",
            "X: int = 1",
            "X: int",
            "X += 1",
            "a, (b, X) = 1, (2, 3)",
            "[*X] = []",
            "import X",
            "import X.y",
            "import y as X",
            "from y import X",
            "from y import z as X",
            "for X in []: pass",
            "with open('f') as X: pass",
            "if a:\n    pass\nelse:\n    X = 1",
            "try:\n    pass\nexcept E:\n    X = 1",
            "while (X := f()): pass",
            "match a:\n    case [X, *_]: pass",
            "match a:\n    case {'k': 1, **X}: pass",
            "def f():\n    global X\n    X = 1",
            "type X = int",
        ] {
            assert_eq!(presence(source, "X"), Presence::Defined, "{source}");
        }
    }

    #[test]
    fn names_of_other_scopes_do_not_count() {
        for source in [
            "",
            "class Y:\n    X = 1",
            "def f(X):\n    X = 1",
            "print(X)",
            "a.X = 1",
            "a = lambda X: X",
            "import y.X",
            "'''X = 1'''",
        ] {
            assert_eq!(presence(source, "X"), Presence::Missing, "{source}");
        }
    }

    #[test]
    fn what_may_bind_any_name_leaves_the_question_open() {
        for source in [
            "from y import *",
            "globals()['X'] = 1",
            "def f():\n    globals().update(a)",
            "exec(code)",
            "import sys\nsetattr(sys.modules[__name__], 'X', 1)",
            "sys.modules[__name__].__dict__['X'] = 1",
            "def __getattr__(name):\n    return 1",
            "this is no Python",
        ] {
            assert_eq!(presence(source, "X"), Presence::Unknown, "{source}");
        }
    }
}
