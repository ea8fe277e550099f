//! The function that gives snapshots: the module it stands in is copied, and its signature decides which parameters
//! it takes.

use minijinja::{Value as TemplateValue, context};
use ruff_python_ast::{Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::block::given;
use crate::emit::{is_identifier, literal, python};
use crate::generator::python_module::{PACKAGE, copy};
use crate::generator::{Context, HelperFile, text_of};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::{FileId, Span};
use crate::syntax::{Entry, Node};

rules! {
    /// The module has no function of the name that `source_function` gives.
    ///
    /// ## Why
    /// The generated code imports the module and hands the function to Databricks, which calls it for
    /// one snapshot after the other. The function must be a plain `def` at the top of the module: not
    /// asynchronous, not inside a class or a condition.
    ///
    /// ## Wrong
    /// ```yaml
    /// function: next_snapshots   # the module has `def next_snapshot(latest_version):`
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// function: next_snapshot
    /// ```
    pub static NO_FUNCTION: Rule = Rule::new("LHP-IO-004", "source-function-missing");
    /// A parameter of a `source_function` is a date to YAML, which cannot be handed over.
    ///
    /// ## Why
    /// Parameters stand as literals in the generated code, and Python has no literal for a date. In
    /// quotes the date is a string, which the function can convert.
    ///
    /// ## Wrong
    /// ```yaml
    /// function: next_snapshot
    /// parameters:
    ///   since: 2026-01-01
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// function: next_snapshot
    /// parameters:
    ///   since: "2026-01-01"
    /// ```
    pub static PARAMETER_VALUE: Rule = Rule::new("LHP-CFG-005", "source-function-parameter-value");
    /// A `source_function` gets a parameter that the function does not take.
    ///
    /// ## Why
    /// Parameters are handed over by name, so each must be a keyword-only argument of the function: one
    /// behind a `*`. Databricks itself gives the first argument, the latest version. With any other
    /// name the call fails when the pipeline runs.
    ///
    /// ## Wrong
    /// ```yaml
    /// function: next_snapshot
    /// parameters:
    ///   tabel: main.bronze.orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// function: next_snapshot
    /// parameters:
    ///   table: main.bronze.orders
    /// ```
    ///
    /// ```python
    /// def next_snapshot(latest_version, *, table):
    ///     …
    /// ```
    pub static PARAMETER_NAME: Rule = Rule::new("LHP-CFG-006", "source-function-parameter-name");
    /// A `source_function` gets no value for a keyword-only argument that has no default.
    ///
    /// ## Why
    /// Databricks calls the function with the latest version only. If another argument has neither a
    /// parameter nor a default, the call fails when the pipeline runs.
    ///
    /// ## Wrong
    /// ```yaml
    /// function: next_snapshot
    /// ```
    ///
    /// ```python
    /// def next_snapshot(latest_version, *, table):
    ///     …
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// function: next_snapshot
    /// parameters:
    ///   table: main.bronze.orders
    /// ```
    pub static PARAMETER_MISSING: Rule = Rule::new("LHP-CFG-080", "source-function-parameter-missing").advice();
}

/// A function that passed its checks, in the form that generated code needs.
pub(super) struct SourceFunction {
    /// The name under which the module of the function is imported.
    pub alias: String,
    pub name: String,
    /// Names and values, for templates; values are source code.
    pub parameters: Vec<TemplateValue>,
    pub imports: Vec<String>,
    /// Statements that give the module what pipelines have without importing it.
    pub preamble: Vec<String>,
    pub helpers: Vec<HelperFile>,
}

/// Reads `source_function`. None if something is wrong; the report says what.
pub(super) fn read(node: &Node, context: &Context<'_>, report: &mut Report) -> Option<SourceFunction> {
    let name = given(node, "function")?;
    let module = copy(given(node, "file")?, context, report)?;
    let text = context.project.sources.get(module.file).text.clone();
    let entries = given(node, "parameters").and_then(Node::as_mapping).map(|mapping| mapping.entries.as_slice());
    let entries = entries.unwrap_or_default();
    let before = report.diagnostics.len();
    let parsed = python::module(&text).ok()?;
    match find(&parsed.syntax().body, name.as_str()?) {
        Some(function) => check_parameters(entries, function, node, module.file, report),
        None => report.push(no_function(name, &parsed.syntax().body, module.file)),
    }
    let parameters = entries.iter().filter_map(|entry| parameter(entry, report)).collect();
    if report.diagnostics.iter().skip(before).any(Diagnostic::is_error) {
        return None;
    }
    let alias = format!("_snap_{}", module.stem);
    let mut imports = vec![format!("import {PACKAGE}.{} as {alias}", module.stem)];
    if !entries.is_empty() {
        imports.push("from functools import partial".to_owned());
    }
    let preamble = ["spark", "dbutils"].map(|global| format!("{alias}.{global} = {global}")).to_vec();
    let name = name.as_str()?.to_owned();
    Some(SourceFunction { alias, name, parameters, imports, preamble, helpers: module.helpers })
}

/// The plain function of that name that stands last at the top of a module, for that is the one Python keeps.
fn find<'a>(body: &'a [Stmt], name: &str) -> Option<&'a StmtFunctionDef> {
    let functions = body.iter().rev().filter_map(|statement| statement.as_function_def_stmt());
    functions.into_iter().find(|function| !function.is_async && function.name.as_str() == name)
}

fn no_function(name: &Node, body: &[Stmt], file: FileId) -> Diagnostic {
    let wanted = name.as_str().unwrap_or_default();
    let functions = || body.iter().filter_map(|statement| statement.as_function_def_stmt());
    let diagnostic = Diagnostic::error(&NO_FUNCTION, format!("the module has no function `{wanted}` at its top"))
        .at(name, "no plain `def` of this name");
    if let Some(function) = functions().find(|function| function.is_async && function.name.as_str() == wanted) {
        let message = format!("function `{wanted}` of the module is asynchronous");
        return Diagnostic { message, ..diagnostic }
            .label(span_at(file, &function.name), "an `async def`")
            .help("make it a plain function: Databricks calls it and does not wait for it");
    }
    let plain: Vec<&str> =
        functions().filter(|function| !function.is_async).map(|function| function.name.as_str()).collect();
    diagnostic.help(match did_you_mean(wanted, plain.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if plain.is_empty() => format!("add `def {wanted}(latest_version): …` at the top of the module"),
        None => format!("functions of the module: {}", plain.join(", ")),
    })
}

/// Every parameter must be a keyword-only argument, and every keyword-only argument without a default a parameter.
fn check_parameters(entries: &[Entry], function: &StmtFunctionDef, node: &Node, file: FileId, report: &mut Report) {
    let parameters: &Parameters = &function.parameters;
    let keywords: Vec<&str> = parameters.kwonlyargs.iter().map(|argument| argument.name().as_str()).collect();
    let takes_any = parameters.kwarg.is_some();
    for entry in entries {
        let name = text_of(&entry.key).display();
        let usable = entry.key.as_str().is_some_and(is_identifier);
        if usable && (takes_any || keywords.contains(&name.as_str())) {
            continue;
        }
        let positional = parameters.args.iter().chain(&parameters.posonlyargs).any(|argument| argument.name() == &name);
        report.push(
            Diagnostic::error(
                &PARAMETER_NAME,
                format!("function `{}` takes no keyword-only argument `{name}`", function.name),
            )
            .at(&entry.key, if usable { "not an argument" } else { "not a Python name" })
            .label(span_at(file, &function.name), "the function")
            .help(match did_you_mean(&name, keywords.iter().copied()) {
                _ if positional => format!("move `{name}` behind a `*` in the arguments of the function"),
                Some(close) => format!("did you mean `{close}`?"),
                None if keywords.is_empty() => {
                    format!("the function has no keyword-only arguments: add `*, {name}`, or remove the parameter")
                }
                None => format!("keyword-only arguments of the function: {}", keywords.join(", ")),
            }),
        );
    }
    let given_names: Vec<&str> = entries.iter().filter_map(|entry| entry.key.as_str()).collect();
    let required = parameters.kwonlyargs.iter().filter(|argument| argument.default.is_none());
    for argument in required.filter(|argument| !given_names.contains(&argument.name().as_str())) {
        report.push(
            Diagnostic::advice(
                &PARAMETER_MISSING,
                format!("function `{}` gets no value for `{}`", function.name, argument.name()),
            )
            .at(given(node, "parameters").unwrap_or(node), "no value here")
            .label(span_at(file, argument), "has no default")
            .help(format!("add `{}: …` to `parameters`, or give the argument a default", argument.name())),
        );
    }
}

fn parameter(entry: &Entry, report: &mut Report) -> Option<TemplateValue> {
    match literal::exact(&entry.value) {
        Ok(source) => Some(context! { name => entry.key.as_str(), value => source }),
        Err(fault) => {
            let name = text_of(&entry.key).display();
            let date = text_of(fault.node).display();
            report.push(
                Diagnostic::error(
                    &PARAMETER_VALUE,
                    format!("parameter `{name}` holds a date, which cannot be handed over"),
                )
                .at(fault.node, "YAML reads this as a date")
                .help(format!("put quotes around it, `\"{date}\"`, and convert it in the function")),
            );
            None
        }
    }
}

fn span_at(file: FileId, place: &impl Ranged) -> Span {
    Span::new(file, place.start().to_usize(), place.end().to_usize())
}
