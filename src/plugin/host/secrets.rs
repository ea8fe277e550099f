//! Secrets and answers: those of the settings of a plugin must not be in what it generates, and tokens that stand for
//! those of an action become the expressions that read them.

use std::ops::Range;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprStringLiteral, Mod, Stmt};
use ruff_text_size::Ranged;

use super::Call;
use super::code::{CODE_REFUSED, first_line};
use super::faults::at_action;
use crate::emit::{literal, python};
use crate::plugin::runtime::{Answer, SecretTokens};
use crate::plugin::secrets::Secrets;
use crate::report::{Report, Rule, rules};
use crate::syntax::Text;

rules! {
    /// A plugin wrote a secret of its settings into its answer.
    ///
    /// ## Why
    /// Generated files are committed and read by many. A secret belongs into them only as a call that looks
    /// it up when the pipeline runs, such as `dbutils.secrets.get`. The message does not show the answer.
    ///
    /// ## Wrong
    /// ```jinja
    /// df.write.option("password", {{ config.password }})
    /// ```
    ///
    /// ## Right
    /// ```jinja
    /// df.write.option("password", dbutils.secrets.get(scope={{ config.scope }}, key={{ config.key }}))
    /// ```
    pub static LEAKED_SECRET: Rule = Rule::new("LHP-PLG-056", "leaked-secret");
}

/// Reports secrets of the plugin's settings in the answer.
pub(super) fn check_leaks(answer: &Answer, call: &Call<'_>, report: &mut Report) {
    let secrets = &call.place.plugin.config.secrets;
    if secrets.is_empty() {
        return;
    }
    let secrets = Secrets::of(secrets);
    if answer.texts().any(|text| secrets.occur_in(text)) {
        let message =
            format!("plugin `{}` wrote a secret of its settings into what it generates", call.place.plugin.id());
        report.push(
            at_action(&LEAKED_SECRET, message, &call.place)
                .help("let the generated code look the secret up when it runs, with `dbutils.secrets.get`"),
        );
    }
}

/// Reports secrets of the action where no expression can stand that reads them.
pub(super) fn check_tokens(answer: &Answer, call: &Call<'_>, report: &mut Report) {
    if answer.tokens.is_empty() {
        return;
    }
    let names = answer.helpers.iter().map(|helper| &helper.name);
    let paths = answer.files.iter().map(|file| &file.path);
    let places = [
        ("imports", answer.imports.iter().collect::<Vec<_>>()),
        ("names of helpers", names.collect()),
        ("paths of files", paths.collect()),
        ("defines", answer.defines.iter().flatten().collect()),
        ("reads", answer.reads.iter().collect()),
        ("writes", answer.writes.iter().collect()),
        ("depends_on_files", answer.depends_on_files.iter().collect()),
    ];
    for (place, texts) in places {
        if let Some(text) = texts.into_iter().find(|text| answer.tokens.occur_in(text)) {
            let message = format!(
                "plugin `{}` puts a secret of the action into its {place}: `{}`",
                call.place.plugin.id(),
                first_line(&answer.tokens.shown(text))
            );
            report.push(
                at_action(&CODE_REFUSED, message, &call.place)
                    .help("write the value itself, if it is none that must be kept secret; otherwise report this to the author of the plugin"),
            );
        }
    }
}

/// Python in which every string literal with tokens is replaced by the expression that reads the secrets.
///
/// # Errors
/// A token stands outside of string literals, or in one that cannot be replaced; the text says where.
pub(super) fn resolve(source: &str, tokens: &SecretTokens) -> Result<String, String> {
    if !tokens.occur_in(source) {
        return Ok(source.to_owned());
    }
    python::with_room(source, || resolved(source, tokens)).map_err(|error| error.to_string())?
}

fn resolved(source: &str, tokens: &SecretTokens) -> Result<String, String> {
    let parsed = python::parse(source).map_err(|error| error.to_string())?;
    let mut strings = Strings { tokens, found: Vec::new(), damaged: false };
    if let Mod::Module(module) = parsed.syntax() {
        strings.visit_body(&module.body);
    }
    let changed = || "a token that stands for a secret was changed".to_owned();
    for comment in parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
        let range = comment.range().to_std_range();
        let written = source.get(range.clone()).unwrap_or_default();
        if tokens.occur_in(written) {
            strings.found.push((range, tokens.text(written).ok_or_else(changed)?.display()));
        }
    }
    if strings.damaged {
        return Err(changed());
    }
    strings.found.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for (range, replacement) in strings.found {
        out.push_str(source.get(done..range.start).unwrap_or_default());
        out.push_str(&replacement);
        done = range.end;
    }
    out.push_str(source.get(done..).unwrap_or_default());
    match tokens.occur_in(&out) {
        true => Err("a secret stands outside of a plain string".to_owned()),
        false => Ok(out),
    }
}

/// String literals with tokens, and what to put in their places.
struct Strings<'t> {
    tokens: &'t SecretTokens,
    found: Vec<(Range<usize>, String)>,
    damaged: bool,
}

impl Strings<'_> {
    fn replace(&mut self, string: &ExprStringLiteral, write: impl Fn(&Text) -> String) {
        let value = string.value.to_str();
        if !self.tokens.occur_in(value) {
            return;
        }
        match self.tokens.text(value) {
            Some(text) => self.found.push((string.range().to_std_range(), write(&text))),
            None => self.damaged = true,
        }
    }
}

impl<'a> Visitor<'a> for Strings<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            // A text by itself, such as a docstring, must stay one.
            Stmt::Expr(expression) if let Some(string) = expression.value.as_string_literal_expr() => {
                self.replace(string, |text| literal::string(&text.display()));
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::StringLiteral(string) => self.replace(string, literal::text),
            _ => walk_expr(self, expression),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::runtime::wire_tokens_for_tests as tokens_for;

    #[test]
    fn tokens_in_strings_become_expressions() {
        let (tokens, token) = tokens_for("shop", "password");
        let resolved = resolve(&format!("x = f('{token}', \"a{token}b\")\n"), &tokens).unwrap();
        let call = |quote: char| format!("dbutils.secrets.get(scope={quote}shop{quote}, key={quote}password{quote})");
        assert_eq!(resolved, format!("x = f({}, f\"a{{{}}}b\")\n", call('"'), call('\'')));
        assert_eq!(resolve("x = 1\n", &tokens).unwrap(), "x = 1\n");
        let joined = resolve(&format!("x = f(\n    '{token}'\n    'b', c)\n"), &tokens).unwrap();
        assert_eq!(joined, format!("x = f(\n    f\"{{{}}}b\", c)\n", call('\'')));
    }

    #[test]
    fn comments_and_docstrings_name_the_secret() {
        let (tokens, token) = tokens_for("shop", "password");
        let source = format!("def f():\n    \"\"\"Reads {token}.\"\"\"\n    # {token}\n    return 1\n");
        let resolved = resolve(&source, &tokens).unwrap();
        assert_eq!(
            resolved,
            "def f():\n    \"Reads ${secret:shop/password}.\"\n    # ${secret:shop/password}\n    return 1\n"
        );
    }

    #[test]
    fn tokens_elsewhere_are_refused() {
        let (tokens, token) = tokens_for("shop", "password");
        for source in [
            format!("{token} = 1\n"),
            format!("x = b'{token}'\n"),
            format!("x = f'{token}'\n"),
            format!("x = f'{{\"{token}\"}} {token}'\n"),
            format!("x = '{}'\n", token.replace("_0__", "_9__")),
        ] {
            assert!(resolve(&source, &tokens).is_err(), "{source}");
        }
    }
}
