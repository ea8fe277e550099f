//! Reads values back from Python source, and makes up text that is hard to write down.

#[path = "../../tests/support/python_text.rs"]
mod python_text;

use proptest::prelude::*;
use ruff_python_ast::{Expr, Stmt};

use crate::syntax::{Part, SecretRef, Text};

pub(crate) use python_text::canonical;

/// Text full of quotes, line breaks, backslashes, braces, blanks and characters that cannot be seen.
pub(crate) fn awkward_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(python_text::PIECES).prop_map(str::to_owned),
        1 => "[a-z ]{0,6}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

/// Text of literals and secrets, whose names may be awkward too.
pub(crate) fn awkward_secret_text() -> impl Strategy<Value = Text> {
    let name = prop_oneof![4 => "[a-zA-Z0-9_.-]{1,8}", 1 => awkward_text()];
    let part = prop_oneof![
        awkward_text().prop_map(|text| Part::Literal(text.into())),
        (name.clone(), name).prop_map(|(scope, key)| Part::Secret(SecretRef { scope: scope.into(), key: key.into() })),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| Text { parts })
}

/// The text that the expression after `x = f(` stands for.
pub(crate) fn argument_of(source: &str) -> Text {
    let parsed = ruff_python_parser::parse_module(source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    let [Stmt::Assign(assign)] = parsed.suite().as_slice() else { panic!("not one assignment: {source}") };
    let Expr::Call(call) = assign.value.as_ref() else { panic!("not a call: {source}") };
    let [argument] = call.arguments.args.as_ref() else { panic!("not one argument: {source}") };
    python_text::text_of(argument).unwrap_or_else(|| panic!("not text: {source}"))
}

/// The docstring of the only function of a module.
pub(crate) fn docstring_of(source: &str) -> String {
    let parsed = ruff_python_parser::parse_module(source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    let [Stmt::FunctionDef(function)] = parsed.suite().as_slice() else { panic!("not one function: {source}") };
    let Some(Stmt::Expr(statement)) = function.body.first() else { panic!("no docstring: {source}") };
    let Expr::StringLiteral(literal) = statement.value.as_ref() else { panic!("no docstring: {source}") };
    literal.value.to_str().to_owned()
}
