//! Where a value stands in a Python module.

use lhp::syntax::Text;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, ModModule, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::support::python_text::text_of;
use super::support::versions::assert_valid;

/// A place in a module: an expression, and the way from it into lists and dictionaries.
#[derive(Debug, Clone, Copy)]
pub struct Find {
    root: Root,
    /// The function in which, or in whose decorators, the expression stands.
    function: Option<&'static str>,
    steps: &'static [Step],
}

#[derive(Debug, Clone, Copy)]
enum Root {
    /// A positional argument of the n-th call of a function or method.
    Argument { call: &'static str, nth: usize, position: usize },
    /// A keyword argument of the n-th call that has it.
    Keyword { call: &'static str, nth: usize, keyword: &'static str },
    /// What is assigned to a variable.
    Assigned { variable: &'static str },
    /// The docstring of the function.
    Docstring,
}

/// A step into a list or a dictionary.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Item(usize),
    Key(usize),
    Value(usize),
    /// The value under a key that is a plain string.
    Under(&'static str),
    /// What a method is called on.
    Receiver,
}

impl Find {
    const fn new(root: Root) -> Self {
        Self { root, function: None, steps: &[] }
    }

    /// The n-th such place, counted from 0.
    pub const fn nth(self, nth: usize) -> Self {
        let root = match self.root {
            Root::Argument { call, position, .. } => Root::Argument { call, nth, position },
            Root::Keyword { call, keyword, .. } => Root::Keyword { call, nth, keyword },
            other => other,
        };
        Self { root, ..self }
    }

    /// Only inside a function and its decorators.
    pub const fn inside(self, function: &'static str) -> Self {
        Self { function: Some(function), ..self }
    }

    /// Inside the list or dictionary that stands there.
    pub const fn at(self, steps: &'static [Step]) -> Self {
        Self { steps, ..self }
    }
}

/// A positional argument of the first call of this name.
pub const fn argument(call: &'static str, position: usize) -> Find {
    Find::new(Root::Argument { call, nth: 0, position })
}

/// A keyword argument of the first call of this name that has it.
pub const fn keyword(call: &'static str, keyword: &'static str) -> Find {
    Find::new(Root::Keyword { call, nth: 0, keyword })
}

/// What is assigned to a variable.
pub const fn assigned(variable: &'static str) -> Find {
    Find::new(Root::Assigned { variable })
}

/// The docstring of a function.
pub const fn doc(function: &'static str) -> Find {
    Find::new(Root::Docstring).inside(function)
}

/// The key of the n-th `.option(key, value)`.
pub const fn option_key(nth: usize) -> Find {
    argument("option", 0).nth(nth)
}

/// The value of the n-th `.option(key, value)`.
pub const fn option_value(nth: usize) -> Find {
    argument("option", 1).nth(nth)
}

/// A module that was parsed.
pub struct Module {
    parsed: ruff_python_parser::Parsed<ModModule>,
}

impl Module {
    /// Parses generated source.
    pub fn parse(source: &str) -> Self {
        assert_valid(source, "awkward text");
        let parsed = ruff_python_parser::parse_module(source).unwrap_or_else(|error| panic!("{error}\n{source}"));
        Self { parsed }
    }

    /// The text at a place; none if there is no such place, or no text in it.
    pub fn text(&self, place: Find) -> Option<Text> {
        let mut all = Collected::default();
        self.parsed.suite().iter().for_each(|statement| all.visit_stmt(statement));
        if let Some(name) = place.function {
            let function = all.functions.iter().find(|function| function.name.as_str() == name).copied()?;
            if let Root::Docstring = place.root {
                let Stmt::Expr(statement) = function.body.first()? else { return None };
                return text_of(&statement.value);
            }
            all = Collected::default();
            function.decorator_list.iter().for_each(|decorator| all.visit_decorator(decorator));
            function.body.iter().for_each(|statement| all.visit_stmt(statement));
        }
        let mut found = all.root(place.root)?;
        for step in place.steps {
            found = match *step {
                Step::Item(nth) => found.as_list_expr()?.elts.get(nth)?,
                Step::Key(nth) => found.as_dict_expr()?.items.get(nth)?.key.as_ref()?,
                Step::Value(nth) => &found.as_dict_expr()?.items.get(nth)?.value,
                Step::Receiver => &found.as_call_expr()?.func.as_attribute_expr()?.value,
                Step::Under(name) => {
                    let is_name = |key: &Expr| key.as_string_literal_expr().is_some_and(|key| key.value == *name);
                    let mut items = found.as_dict_expr()?.items.iter();
                    &items.find(|item| item.key.as_ref().is_some_and(is_name))?.value
                }
            };
        }
        text_of(found)
    }
}

/// The parts of a module among which places are looked for.
#[derive(Default)]
struct Collected<'a> {
    calls: Vec<&'a ExprCall>,
    functions: Vec<&'a StmtFunctionDef>,
    assigned: Vec<(&'a str, &'a Expr)>,
}

impl<'a> Collected<'a> {
    fn root(&mut self, root: Root) -> Option<&'a Expr> {
        match root {
            Root::Argument { call, nth, position } => self.calls(call).nth(nth)?.arguments.args.get(position),
            Root::Keyword { call, nth, keyword } => {
                let mut values = self.calls(call).filter_map(|call| call.arguments.find_keyword(keyword));
                values.nth(nth).map(|keyword| &keyword.value)
            }
            Root::Assigned { variable } => {
                self.assigned.iter().find(|(name, _)| *name == variable).map(|(_, value)| *value)
            }
            Root::Docstring => None,
        }
    }

    /// The calls of functions and methods of this name, in the order of the text.
    fn calls(&mut self, name: &str) -> impl Iterator<Item = &'a ExprCall> {
        self.calls.sort_by_key(|call| call.func.end());
        self.calls.iter().copied().filter(move |call| match call.func.as_ref() {
            Expr::Attribute(attribute) => attribute.attr.as_str() == name,
            Expr::Name(function) => function.id.as_str() == name,
            _ => false,
        })
    }
}

impl<'a> Visitor<'a> for Collected<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.functions.push(function),
            Stmt::Assign(assign) => {
                let names = assign.targets.iter().filter_map(|target| target.as_name_expr());
                self.assigned.extend(names.map(|name| (name.id.as_str(), assign.value.as_ref())));
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression {
            self.calls.push(call);
        }
        walk_expr(self, expression);
    }
}
