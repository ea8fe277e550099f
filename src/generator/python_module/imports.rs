//! Import statements of a module: its syntax tree goes in, its imports come out, wherever they stand.

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{ModModule, Stmt, StmtImport, StmtImportFrom};

/// An import statement.
pub(super) enum Import<'a> {
    Plain(&'a StmtImport),
    From(&'a StmtImportFrom),
}

/// All imports of a module in the order of the file, also those inside functions, classes and conditions.
pub(super) fn imports(module: &ModModule) -> Vec<Import<'_>> {
    let mut collector = Collector { found: Vec::new() };
    collector.visit_body(&module.body);
    collector.found
}

struct Collector<'a> {
    found: Vec<Import<'a>>,
}

impl<'a> Visitor<'a> for Collector<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => self.found.push(Import::Plain(import)),
            Stmt::ImportFrom(import) => self.found.push(Import::From(import)),
            _ => walk_stmt(self, statement),
        }
    }

    // No expression holds a statement.
    fn visit_expr(&mut self, _: &'a ruff_python_ast::Expr) {}
}
