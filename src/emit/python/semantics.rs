//! Rules of Python that its grammar cannot state: a syntax tree goes in, the first breach comes out.
//!
//! The rules are those of the parser; it is told here where in the module it is.

use std::cell::Cell;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_pattern, walk_stmt};
use ruff_python_ast::{
    Alias, Comprehension, Expr, ExprContext, ExprLambda, Identifier, Parameters, Pattern, PythonVersion, Stmt,
    StmtClassDef, StmtFunctionDef,
};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The first breach in a module, and its place.
pub(super) fn first_error(source: &str, body: &[Stmt]) -> Option<(TextSize, String)> {
    let mut walk = Walk {
        checker: SemanticSyntaxChecker::new(),
        place: Place { source, scopes: vec![Scope::of(Kind::Module, body)], first: Cell::new(None) },
    };
    walk.visit_body(body);
    let first = walk.place.first.take()?;
    Some((first.range.start(), first.to_string()))
}

/// Visits a module and tells the rules where they are.
struct Walk<'a> {
    checker: SemanticSyntaxChecker,
    place: Place<'a>,
}

/// A place in a module, and what was found up to it.
struct Place<'a> {
    source: &'a str,
    /// From the module inwards.
    scopes: Vec<Scope<'a>>,
    first: Cell<Option<SemanticSyntaxError>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Module,
    Class,
    Function {
        is_async: bool,
    },
    Lambda,
    /// A comprehension, which is made where it stands.
    Comprehension {
        is_async: bool,
    },
    /// A generator, which runs later.
    Generator,
}

/// A part of a module with names of its own.
struct Scope<'a> {
    kind: Kind,
    /// Loops around the place within the scope.
    loops: usize,
    parameters: Vec<&'a str>,
    names: Names<'a>,
}

impl<'a> Scope<'a> {
    fn new(kind: Kind) -> Self {
        Self { kind, loops: 0, parameters: Vec::new(), names: Names::default() }
    }

    fn of(kind: Kind, body: &'a [Stmt]) -> Self {
        let mut scope = Self::new(kind);
        scope.names.visit_body(body);
        scope
    }

    fn takes(mut self, parameters: &'a Parameters) -> Self {
        self.parameters = parameters.iter().map(|parameter| parameter.name().as_str()).collect();
        self
    }

    fn binds(&self, name: &str) -> bool {
        let is_global = self.names.globals.iter().any(|(known, _)| *known == name);
        !is_global && (self.parameters.contains(&name) || self.names.bound.contains(&name))
    }
}

impl Place<'_> {
    fn scope(&self) -> Option<&Scope<'_>> {
        self.scopes.last()
    }

    fn kind(&self) -> Kind {
        self.scope().map_or(Kind::Module, |scope| scope.kind)
    }

    /// The innermost function, lambda, class or module, whatever comprehensions stand in between.
    fn owner(&self) -> Kind {
        let kinds = self.scopes.iter().rev().map(|scope| scope.kind);
        let mut owners = kinds.filter(|kind| !matches!(kind, Kind::Comprehension { .. } | Kind::Generator));
        owners.next().unwrap_or(Kind::Module)
    }
}

impl SemanticSyntaxContext for Place<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        None
    }

    fn python_version(&self) -> PythonVersion {
        PythonVersion::PY310
    }

    fn source(&self) -> &str {
        self.source
    }

    fn global(&self, name: &str) -> Option<TextRange> {
        self.scope()?.names.globals.iter().find(|(known, _)| *known == name).map(|(_, range)| *range)
    }

    fn has_nonlocal_binding(&self, name: &str) -> bool {
        let outer = self.scopes.iter().rev().skip(1);
        outer.filter(|scope| !matches!(scope.kind, Kind::Module | Kind::Class)).any(|scope| scope.binds(name))
    }

    fn in_async_context(&self) -> bool {
        matches!(self.owner(), Kind::Function { is_async: true })
    }

    fn in_await_allowed_context(&self) -> bool {
        matches!(self.owner(), Kind::Function { .. } | Kind::Lambda)
    }

    fn in_yield_allowed_context(&self) -> bool {
        matches!(self.kind(), Kind::Function { .. } | Kind::Lambda)
    }

    fn in_sync_comprehension(&self) -> bool {
        let inner = self.scopes.iter().rev().map(|scope| scope.kind);
        let mut inner = inner.take_while(|kind| matches!(kind, Kind::Comprehension { .. } | Kind::Generator));
        inner.any(|kind| kind == Kind::Comprehension { is_async: false })
    }

    fn in_class_body_comprehension(&self) -> bool {
        self.owner() == Kind::Class && self.kind() != Kind::Class
    }

    fn in_module_scope(&self) -> bool {
        self.kind() == Kind::Module
    }

    fn in_function_scope(&self) -> bool {
        matches!(self.kind(), Kind::Function { .. })
    }

    fn in_generator_context(&self) -> bool {
        self.kind() == Kind::Generator
    }

    fn in_notebook(&self) -> bool {
        false
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        let first = match self.first.take() {
            Some(known) if known.range.start() <= error.range.start() => known,
            _ => error,
        };
        self.first.set(Some(first));
    }

    fn in_loop_context(&self) -> bool {
        self.scope().is_some_and(|scope| scope.loops > 0)
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        self.scope().is_some_and(|scope| scope.parameters.contains(&name))
    }
}

impl<'a> Walk<'a> {
    fn inside(&mut self, scope: Scope<'a>, visit: impl FnOnce(&mut Self)) {
        self.place.scopes.push(scope);
        visit(self);
        self.place.scopes.pop();
    }

    fn in_loop(&mut self, body: &'a [Stmt]) {
        self.count_loops(1);
        self.visit_body(body);
        self.count_loops(-1);
    }

    fn count_loops(&mut self, by: isize) {
        if let Some(scope) = self.place.scopes.last_mut() {
            scope.loops = scope.loops.saturating_add_signed(by);
        }
    }

    fn function(&mut self, function: &'a StmtFunctionDef) {
        function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
        function.type_params.iter().for_each(|parameters| self.visit_type_params(parameters));
        self.visit_parameters(&function.parameters);
        function.returns.iter().for_each(|returns| self.visit_annotation(returns));
        let kind = Kind::Function { is_async: function.is_async };
        let scope = Scope::of(kind, &function.body).takes(&function.parameters);
        self.inside(scope, |walk| walk.visit_body(&function.body));
    }

    fn class(&mut self, class: &'a StmtClassDef) {
        class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
        class.type_params.iter().for_each(|parameters| self.visit_type_params(parameters));
        class.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
        self.inside(Scope::of(Kind::Class, &class.body), |walk| walk.visit_body(&class.body));
    }

    fn lambda(&mut self, lambda: &'a ExprLambda) {
        let mut scope = Scope::new(Kind::Lambda);
        if let Some(parameters) = &lambda.parameters {
            self.visit_parameters(parameters);
            scope = scope.takes(parameters);
        }
        self.inside(scope, |walk| walk.visit_expr(&lambda.body));
    }

    /// What the first `for` goes through is made outside.
    fn comprehension(&mut self, kind: Kind, elements: &[&'a Expr], generators: &'a [Comprehension]) {
        generators.iter().take(1).for_each(|first| self.visit_expr(&first.iter));
        self.inside(Scope::new(kind), |walk| {
            for (position, generator) in generators.iter().enumerate() {
                walk.visit_expr(&generator.target);
                if position > 0 {
                    walk.visit_expr(&generator.iter);
                }
                generator.ifs.iter().for_each(|condition| walk.visit_expr(condition));
            }
            elements.iter().for_each(|element| walk.visit_expr(element));
        });
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.checker.visit_stmt(statement, &self.place);
        match statement {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::For(looped) => {
                self.visit_expr(&looped.iter);
                self.visit_expr(&looped.target);
                self.in_loop(&looped.body);
                self.visit_body(&looped.orelse);
            }
            Stmt::While(looped) => {
                self.visit_expr(&looped.test);
                self.in_loop(&looped.body);
                self.visit_body(&looped.orelse);
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        self.checker.visit_expr(expression, &self.place);
        let kind = |generators: &[Comprehension]| Kind::Comprehension {
            is_async: generators.iter().any(|generator| generator.is_async),
        };
        match expression {
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::ListComp(list) => self.comprehension(kind(&list.generators), &[&list.elt], &list.generators),
            Expr::SetComp(set) => self.comprehension(kind(&set.generators), &[&set.elt], &set.generators),
            Expr::Generator(generator) => {
                self.comprehension(Kind::Generator, &[&generator.elt], &generator.generators);
            }
            Expr::DictComp(dict) => {
                let elements: Vec<&Expr> = dict.key.iter().chain([&dict.value]).map(|part| &**part).collect();
                self.comprehension(kind(&dict.generators), &elements, &dict.generators);
            }
            _ => walk_expr(self, expression),
        }
    }
}

/// Names that the statements of one scope bind or declare.
#[derive(Default)]
struct Names<'a> {
    bound: Vec<&'a str>,
    globals: Vec<(&'a str, TextRange)>,
}

impl<'a> Names<'a> {
    fn bind(&mut self, name: &'a Identifier) {
        self.bound.push(name.as_str());
    }
}

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.bind(&function.name),
            Stmt::ClassDef(class) => self.bind(&class.name),
            Stmt::Global(global) => {
                self.globals.extend(global.names.iter().map(|name| (name.as_str(), global.range())));
            }
            Stmt::Try(attempt) => {
                let handlers = attempt.handlers.iter().filter_map(|handler| handler.as_except_handler()?.name.as_ref());
                handlers.for_each(|name| self.bind(name));
                walk_stmt(self, statement);
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        let first = alias.name.split('.').next().unwrap_or_default();
        self.bound.push(alias.asname.as_ref().map_or(first, Identifier::as_str));
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(captured) => captured.name.as_ref(),
            Pattern::MatchStar(rest) => rest.name.as_ref(),
            Pattern::MatchMapping(mapping) => mapping.rest.as_ref(),
            _ => None,
        };
        name.into_iter().for_each(|name| self.bind(name));
        walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_) => {}
            Expr::Name(name) if name.ctx == ExprContext::Store => self.bound.push(name.id.as_str()),
            _ => walk_expr(self, expression),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::emit::python::{check, check_strictly};

    #[test]
    fn what_the_grammar_lets_through_is_refused() {
        for source in [
            "def f():\n    return await x\n",
            "nonlocal zz\n",
            "def f():\n    nonlocal zz\n",
            "def f(a, a):\n    pass\n",
            "x = lambda a, a: 1\n",
            "break\n",
            "for x in y:\n    def f():\n        continue\n",
            "for x in y:\n    pass\nelse:\n    break\n",
            "*a = [1]\n",
            "*a, *b = c\n",
            "return\n",
            "class A:\n    return 1\n",
            "yield 1\n",
            "x = [(yield 1) for a in b]\n",
            "x = [await y for y in z]\n",
            "def f():\n    async with x:\n        pass\n",
            "def f():\n    return [x async for x in y]\n",
            "async def f():\n    yield from x\n",
            "async def f():\n    yield 1\n    return 2\n",
            "def f(a):\n    global a\n",
            "def f():\n    x = 1\n    global x\n",
            "def f():\n    from a import *\n",
            "f(a=1, a=2)\n",
            "import a\nfrom __future__ import annotations\n",
            "from __future__ import no_such_feature\n",
            "match x:\n    case y:\n        pass\n    case 1:\n        pass\n",
            "__debug__ = 1\n",
        ] {
            assert_eq!(check(source), Ok(()), "{source}");
            assert!(check_strictly(source).is_err(), "{source}");
        }
    }

    #[test]
    fn valid_modules_stay_valid() {
        for source in [
            "from __future__ import annotations\nimport a\n",
            "def f():\n    zz = 1\n    def g():\n        nonlocal zz\n        zz = 2\n    return g\n",
            "def f(a):\n    def g():\n        nonlocal a\n        a = 2\n    return g\n",
            "def f():\n    import b.c, d as e\n    def g():\n        nonlocal b, e\n",
            "def f():\n    try:\n        pass\n    except E as e:\n        def g():\n            nonlocal e\n",
            "async def f():\n    async with x as y, z:\n        return [await a async for a in b]\n",
            "async def f():\n    return {k: await v for k, v in x}\n",
            "def f():\n    return (x async for x in y)\n",
            "def f():\n    x = lambda: (yield)\n    yield from [y for y in z if y]\n",
            "while a:\n    if b:\n        continue\n    try:\n        break\n    finally:\n        pass\n",
            "for x in y:\n    for z in x:\n        pass\n    else:\n        break\n",
            "(*a,) = [1]\na, *b = c\nf(*a, *b, **c)\n",
            "def f():\n    global x\n    x = 1\n",
            "class A:\n    def f(self, a, b=1, *c, d, **e):\n        return [g for g in self.x]\n    y = [z for z in q]\n",
            "match x:\n    case {'a': [1, *r], **k} | [*r, k]:\n        pass\n    case _:\n        pass\n",
            "def f(x: int = 1, /, y: 'T' = 2) -> list[int]:\n    return x\n",
        ] {
            assert_eq!(check_strictly(source), Ok(()), "{source}");
        }
    }

    #[test]
    fn the_first_breach_is_told() {
        let error = check_strictly("x = 1\nif a:\n    break\nreturn\n").unwrap_err();
        assert_eq!((error.line, error.column), (3, 5), "{error}");
        let long = format!("x = 1\ny = {}\n", "9".repeat(4_301));
        assert_eq!(check_strictly(&long).unwrap_err().line, 2);
        for fine in ["9".repeat(4_300), format!("0x{}", "f".repeat(9_000)), "1_0".repeat(2_000)] {
            assert_eq!(check_strictly(&format!("y = {fine}\n")), Ok(()));
        }
        assert_eq!(check("x = '\0'\n").unwrap_err().message, "a null character");
    }
}
