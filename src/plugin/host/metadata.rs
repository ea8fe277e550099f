//! Operational metadata columns in code of plugins: where they belong goes in, the edits that put them there come out.

use std::ops::Range;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Mod, Stmt, StmtFunctionDef};
use ruff_python_parser::Parsed;
use ruff_text_size::Ranged;

use super::Call;
use super::code::{Refusal, decorator_name};
use crate::emit::literal::string;
use crate::expand::Action;

/// The comment that says where the columns belong.
pub(super) const MARKER: &str = "# lhp:operational-metadata";

/// The edits that add the columns of the action: at the marker, else before the final `return` of the function that
/// defines the target.
pub(super) fn edits(
    body: &str,
    parsed: &Parsed<Mod>,
    statements: &[Stmt],
    call: &Call<'_>,
) -> Result<Vec<(Range<usize>, String)>, Refusal> {
    if !call.provision.operational_metadata {
        return Ok(Vec::new());
    }
    let action = call.place.action;
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    let markers: Vec<Range<usize>> = comments
        .map(|token| token.range().to_std_range())
        .filter(|range| body.get(range.clone()).is_some_and(|text| text.trim_end() == MARKER))
        .collect();
    let function = target_function(statements, action);
    if !markers.is_empty() {
        let edit = |range: Range<usize>| {
            let indent = indent_at(body, range.start);
            let owner = statements
                .iter()
                .filter_map(Stmt::as_function_def_stmt)
                .find(|function| function.range().to_std_range().contains(&range.start));
            let variable = owner.and_then(returned).map_or("df", |(name, _)| name);
            (range, columns(action, variable, indent).trim_start().trim_end().to_owned())
        };
        return Ok(markers.into_iter().map(edit).collect());
    }
    if action.metadata.is_empty() {
        return Ok(Vec::new());
    }
    let missing = |what: &str| {
        Refusal::new(format!("generated no place for operational metadata: {what}, and no line is `{MARKER}`"))
    };
    let function = function.ok_or_else(|| missing("no function defines the target"))?;
    let Some(Stmt::Return(last)) = function.body.last() else {
        return Err(missing("the function does not end with `return`"));
    };
    let start = last.range().start().to_usize();
    let indent = indent_at(body, start);
    if let Some((name, _)) = returned(function) {
        return Ok(vec![(start..start, format!("{}{indent}", columns(action, name, indent).trim_start()))]);
    }
    let Some(value) = &last.value else { return Err(missing("the function returns nothing")) };
    let value = body.get(value.range().to_std_range()).unwrap_or_default();
    let text = format!("df = (\n{indent}    {value}\n{indent})\n{}{indent}return df", columns(action, "df", indent));
    Ok(vec![(last.range().to_std_range(), text)])
}

/// The function that defines the target of the action; without a target, the first one.
fn target_function<'a>(statements: &'a [Stmt], action: &Action) -> Option<&'a StmtFunctionDef> {
    let mut functions = statements.iter().filter_map(Stmt::as_function_def_stmt);
    let Some(target) = action.target() else { return functions.next() };
    functions.find(|function| {
        let named = function.decorator_list.iter().filter_map(decorator_name).any(|name| name == target);
        function.name.as_str() == target || named
    })
}

/// The variable that a function returns at its end.
fn returned(function: &StmtFunctionDef) -> Option<(&str, Range<usize>)> {
    let Some(Stmt::Return(last)) = function.body.last() else { return None };
    let name = last.value.as_deref()?.as_name_expr()?;
    Some((name.id.as_str(), last.range().to_std_range()))
}

fn columns(action: &Action, variable: &str, indent: &str) -> String {
    if action.metadata.is_empty() {
        return String::new();
    }
    let mut out = format!("{indent}# Operational metadata\n");
    for column in &action.metadata {
        let name = string(&column.name);
        out.push_str(&format!("{indent}{variable} = {variable}.withColumn({name}, {})\n", column.expression));
    }
    out
}

/// The blanks before a place in its line.
fn indent_at(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.get(start..).unwrap_or_default();
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}
