//! Where a value stands in a Python module, and the text that an expression stands for.

use std::sync::Arc;

use lhp::syntax::{Part, SecretRef, Text};
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, FStringPart, InterpolatedStringElement, ModModule, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// A place in a module.
#[derive(Debug, Clone, Copy)]
pub enum Find {
    /// A positional argument of a call, of the call's n-th occurrence.
    Argument { call: &'static str, nth: usize, position: usize },
    /// An item of a list that is such an argument.
    ArgumentItem { call: &'static str, nth: usize, position: usize, item: usize },
    /// A key of a dictionary that is the first argument of a call.
    ArgumentKey { call: &'static str, item: usize },
    /// A value of a dictionary that is the first argument of a call.
    ArgumentValue { call: &'static str, item: usize },
    /// A keyword argument of the n-th call that has it.
    Keyword { call: &'static str, nth: usize, keyword: &'static str },
    /// An item of a list that is a keyword argument.
    KeywordItem { call: &'static str, keyword: &'static str, item: usize },
    /// A key of a dictionary that is a keyword argument.
    KeywordKey { call: &'static str, keyword: &'static str, item: usize },
    /// A value of a dictionary that is a keyword argument.
    KeywordValue { call: &'static str, nth: usize, keyword: &'static str, item: usize },
    /// The docstring of a function.
    Docstring { function: &'static str },
}

/// A positional argument of the first call of this name.
pub fn argument(call: &'static str, position: usize) -> Find {
    Find::Argument { call, nth: 0, position }
}

/// A keyword argument of the first call of this name that has it.
pub fn keyword(call: &'static str, keyword: &'static str) -> Find {
    Find::Keyword { call, nth: 0, keyword }
}

/// The key of the n-th `.option(key, value)`.
pub fn option_key(nth: usize) -> Find {
    Find::Argument { call: "option", nth, position: 0 }
}

/// The value of the n-th `.option(key, value)`.
pub fn option_value(nth: usize) -> Find {
    Find::Argument { call: "option", nth, position: 1 }
}

/// A module that was parsed.
pub struct Module {
    parsed: ruff_python_parser::Parsed<ModModule>,
}

impl Module {
    /// Parses generated source.
    pub fn parse(source: &str) -> Self {
        let parsed = ruff_python_parser::parse_module(source).unwrap_or_else(|error| panic!("{error}\n{source}"));
        Self { parsed }
    }

    /// The text at a place; none if there is no such place, or no text in it.
    pub fn text(&self, place: Find) -> Option<Text> {
        match place {
            Find::Argument { call, nth, position } => text_of(self.positional(call, nth, position)?),
            Find::ArgumentItem { call, nth, position, item } => {
                text_of(items(self.positional(call, nth, position)?)?.get(item)?)
            }
            Find::ArgumentKey { call, item } => {
                text_of(self.positional(call, 0, 0)?.as_dict_expr()?.items.get(item)?.key.as_ref()?)
            }
            Find::ArgumentValue { call, item } => {
                text_of(&self.positional(call, 0, 0)?.as_dict_expr()?.items.get(item)?.value)
            }
            Find::Keyword { call, nth, keyword } => text_of(self.keyword(call, nth, keyword)?),
            Find::KeywordItem { call, keyword, item } => text_of(items(self.keyword(call, 0, keyword)?)?.get(item)?),
            Find::KeywordKey { call, keyword, item } => {
                text_of(self.keyword(call, 0, keyword)?.as_dict_expr()?.items.get(item)?.key.as_ref()?)
            }
            Find::KeywordValue { call, nth, keyword, item } => {
                text_of(&self.keyword(call, nth, keyword)?.as_dict_expr()?.items.get(item)?.value)
            }
            Find::Docstring { function } => {
                let found = self.functions().into_iter().find(|found| found.name.as_str() == function)?;
                let Stmt::Expr(statement) = found.body.first()? else { return None };
                text_of(&statement.value)
            }
        }
    }

    fn positional(&self, call: &str, nth: usize, position: usize) -> Option<&Expr> {
        self.calls(call).get(nth)?.arguments.args.get(position)
    }

    fn keyword(&self, call: &str, nth: usize, keyword: &str) -> Option<&Expr> {
        let calls = self.calls(call);
        let mut values = calls.iter().filter_map(|call| call.arguments.find_keyword(keyword));
        values.nth(nth).map(|keyword| &keyword.value)
    }

    /// The calls of functions and methods of this name, in the order of the text.
    fn calls(&self, name: &str) -> Vec<&ExprCall> {
        let mut found = Collected::default();
        self.parsed.suite().iter().for_each(|statement| found.visit_stmt(statement));
        found.calls.retain(|call| match call.func.as_ref() {
            Expr::Attribute(attribute) => attribute.attr.as_str() == name,
            Expr::Name(function) => function.id.as_str() == name,
            _ => false,
        });
        found.calls.sort_by_key(|call| call.func.end());
        found.calls
    }

    fn functions(&self) -> Vec<&StmtFunctionDef> {
        let mut found = Collected::default();
        self.parsed.suite().iter().for_each(|statement| found.visit_stmt(statement));
        found.functions
    }
}

#[derive(Default)]
struct Collected<'a> {
    calls: Vec<&'a ExprCall>,
    functions: Vec<&'a StmtFunctionDef>,
}

impl<'a> Visitor<'a> for Collected<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::FunctionDef(function) = statement {
            self.functions.push(function);
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

fn items(expression: &Expr) -> Option<&[Expr]> {
    expression.as_list_expr().map(|list| list.elts.as_slice())
}

/// The text of a string literal, of a secret, of an f-string with secrets, or of a join of these.
fn text_of(expression: &Expr) -> Option<Text> {
    let mut text = Text::default();
    match expression {
        Expr::StringLiteral(literal) => text.push_str(literal.value.to_str()),
        Expr::FString(literal) => {
            for part in &literal.value {
                match part {
                    FStringPart::Literal(literal) => text.push_str(literal.as_str()),
                    FStringPart::FString(inner) => {
                        for element in &inner.elements {
                            match element {
                                InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                                InterpolatedStringElement::Interpolation(field) => {
                                    text.push(&secret_of(&field.expression)?);
                                }
                            }
                        }
                    }
                }
            }
        }
        Expr::Call(call) => match call.func.as_ref() {
            Expr::Attribute(attribute) if attribute.attr.as_str() == "join" => {
                let [list] = call.arguments.args.as_ref() else { return None };
                for item in items(list)? {
                    text.push(&text_of(item)?);
                }
            }
            _ => text.push(&secret_of(expression)?),
        },
        _ => return None,
    }
    Some(text)
}

/// `dbutils.secrets.get(scope="…", key="…")`
fn secret_of(expression: &Expr) -> Option<Text> {
    let call = expression.as_call_expr()?;
    let get = call.func.as_attribute_expr().filter(|get| get.attr.as_str() == "get")?;
    let secrets = get.value.as_attribute_expr().filter(|secrets| secrets.attr.as_str() == "secrets")?;
    secrets.value.as_name_expr().filter(|name| name.id.as_str() == "dbutils")?;
    let argument = |name: &str| -> Option<Arc<str>> {
        let value = &call.arguments.find_keyword(name)?.value;
        Some(value.as_string_literal_expr()?.value.to_str().into())
    };
    Some(Text { parts: vec![Part::Secret(SecretRef { scope: argument("scope")?, key: argument("key")? })] })
}
