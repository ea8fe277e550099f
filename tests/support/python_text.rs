//! Text that is hard to write down, and the text that an expression of generated Python stands for.
//!
//! Shared by the unit tests of `src/emit` and the integration tests.

use std::sync::Arc;

use lhp::syntax::{Part, SecretRef, Text};
use ruff_python_ast::{Expr, FStringPart, InterpolatedStringElement};

/// Pieces that are special to Python, YAML, Jinja or the language, or that cannot be seen.
pub const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\n",
    "\r",
    "\r\n",
    "\\",
    "\\\n",
    "\\\\",
    "{",
    "}",
    "{{",
    "}}",
    "{{ x }}",
    "{% x %}",
    "{# x #}",
    " ",
    "  \n",
    "\t",
    "\t\n",
    "\0",
    "\u{b}",
    "\u{c}",
    "\u{1b}",
    "\u{1c}",
    "\u{1d}",
    "\u{1e}",
    "\u{1f}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{2028}",
    "\u{2029}",
    "\u{202a}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{200b}",
    "\u{200f}",
    "\u{feff}",
    "\u{fe0f}",
    "\u{e0041}",
    "\u{fffe}",
    "\u{100000}",
    "\u{10ffff}",
    "é",
    "数",
    "\u{301}",
    "😀",
    "\\N{DASH}",
    "\\x41",
    "\\u0041",
    "\\ud800",
    "\\udfff",
    "\\0",
    "#",
    "$",
    "${",
    "$ {x}",
    "${a.b}",
    "${ x }",
    "${a:b}",
    "${secret}",
    "{x!r:>{y}}",
    "%{",
    "%{ x }",
    "%s",
    "%(x)s",
    "\n    ",
    "\n\t",
    "f\"",
    "rb'",
    "*a",
    "&a",
    "!t",
    "- ",
    ": ",
    " #",
    "?",
    "|",
    ">",
    "---",
    "...",
    "null",
    "true",
    "0",
    "''",
    "--",
    "/*",
    "`",
    ";",
];

/// The text with adjacent literals merged and empty ones dropped.
pub fn canonical(text: &Text) -> Text {
    let mut merged = Text::default();
    merged.push(text);
    merged
}

/// The text of a string literal, of a secret, of an f-string with secrets, or of a join of these.
pub fn text_of(expression: &Expr) -> Option<Text> {
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
                let [Expr::List(list)] = call.arguments.args.as_ref() else { return None };
                for item in &list.elts {
                    text.push(&text_of(item)?);
                }
            }
            _ => text.push(&secret_of(expression)?),
        },
        _ => return None,
    }
    Some(canonical(&text))
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
