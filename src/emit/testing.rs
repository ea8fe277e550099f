//! Reads values back from Python source, and makes up text that is hard to write down.

use std::sync::Arc;

use proptest::prelude::*;
use ruff_python_ast::{Expr, FStringPart, InterpolatedStringElement, Stmt};

use crate::syntax::{Part, SecretRef, Text};

/// Text full of quotes, line breaks, backslashes, braces, blanks and characters that cannot be seen.
pub(crate) fn awkward_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "\"", "'", "\"\"\"", "'''", "\n", "\r", "\r\n", "\\", "\\\n", "{", "}", "{{", " ", "  \n", "\t", "\t\n", "\0",
            "\u{b}", "\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{1f}", "\u{7f}", "\u{85}", "\u{a0}", "\u{ad}", "\u{2028}",
            "\u{2029}", "\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}", "\u{fe0f}", "\u{e0041}", "\u{100000}", "é", "数",
            "\u{301}", "😀", "\\N{DASH}", "\\x41", "#", "${x}", "{x!r:>{y}}", "\n    ", "\n\t", "\\u0041", "f\"",
        ])
        .prop_map(str::to_owned),
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

/// The text with adjacent literals merged and empty ones dropped.
pub(crate) fn canonical(text: &Text) -> Text {
    let mut merged = Text::default();
    merged.push(text);
    merged
}

/// The text that the expression after `x = f(` stands for.
pub(crate) fn argument_of(source: &str) -> Text {
    let parsed = ruff_python_parser::parse_module(source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    let [Stmt::Assign(assign)] = parsed.suite().as_slice() else { panic!("not one assignment: {source}") };
    let Expr::Call(call) = assign.value.as_ref() else { panic!("not a call: {source}") };
    let [argument] = call.arguments.args.as_ref() else { panic!("not one argument: {source}") };
    canonical(&text_of(argument))
}

/// The docstring of the only function of a module.
pub(crate) fn docstring_of(source: &str) -> String {
    let parsed = ruff_python_parser::parse_module(source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    let [Stmt::FunctionDef(function)] = parsed.suite().as_slice() else { panic!("not one function: {source}") };
    let Some(Stmt::Expr(statement)) = function.body.first() else { panic!("no docstring: {source}") };
    let Expr::StringLiteral(literal) = statement.value.as_ref() else { panic!("no docstring: {source}") };
    literal.value.to_str().to_owned()
}

fn text_of(expression: &Expr) -> Text {
    let mut text = Text::default();
    match expression {
        Expr::StringLiteral(literal) => text.push_str(literal.value.to_str()),
        Expr::FString(literal) => {
            for part in &literal.value {
                match part {
                    FStringPart::Literal(literal) => text.push_str(literal.as_str()),
                    FStringPart::FString(inner) => inner.elements.iter().for_each(|element| match element {
                        InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                        InterpolatedStringElement::Interpolation(field) => text.push(&secret_of(&field.expression)),
                    }),
                }
            }
        }
        Expr::Call(call) => match call.func.as_ref() {
            Expr::Attribute(attribute) if attribute.attr.as_str() == "join" => {
                let [Expr::List(items)] = call.arguments.args.as_ref() else { panic!("not a join of a list") };
                items.elts.iter().for_each(|item| text.push(&text_of(item)));
            }
            _ => text.push(&secret_of(expression)),
        },
        other => panic!("not text: {other:?}"),
    }
    text
}

fn secret_of(expression: &Expr) -> Text {
    let Expr::Call(call) = expression else { panic!("not a call: {expression:?}") };
    let argument = |name: &str| -> Arc<str> {
        match &call.arguments.find_keyword(name).map(|keyword| &keyword.value) {
            Some(Expr::StringLiteral(literal)) => literal.value.to_str().into(),
            other => panic!("not a string: {other:?}"),
        }
    };
    Text { parts: vec![Part::Secret(SecretRef { scope: argument("scope"), key: argument("key") })] }
}
