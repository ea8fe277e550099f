//! The code of an answer: text goes in; statements that can stand in a module, their imports and their names come out.

use std::collections::BTreeSet;
use std::ops::Range;

use ruff_python_ast::{Decorator, Expr, ExprCall, Mod, Stmt, StmtImport, StmtImportFrom};
use ruff_text_size::Ranged;

use super::Call;
use super::faults::at_action;
use super::metadata;
use super::secrets::resolve;
use crate::emit::normalise;
use crate::emit::python::{self, PythonError};
use crate::model::ActionType;
use crate::plugin::events::one_line;
use crate::plugin::runtime::Answer;
use crate::report::{Diagnostic, Report, Rule, rules};

rules! {
    /// Code that a plugin generated cannot stand in a module: it is not Python, does not define what it
    /// should, or holds statements that do not belong there.
    ///
    /// ## Why
    /// A module of a pipeline is made of functions that are decorated, calls of `dp`, and imports. Anything
    /// else would run whenever the pipeline is looked at. A plugin that needs more declares `raw: true`. The
    /// view that the action is to define must be among the names that the code defines, or other actions
    /// would read nothing.
    ///
    /// ## Wrong
    /// ```jinja
    /// @dp.temporary_view()
    /// def orders():
    ///     return spark.read.load({{ spec.path }})
    /// ```
    ///
    /// ## Right
    /// ```jinja
    /// @dp.temporary_view()
    /// def {{ target | ident }}():
    ///     return spark.read.load({{ spec.path }})
    /// ```
    pub static CODE_REFUSED: Rule = Rule::new("LHP-PLG-043", "refused-code");
}

/// Names that every module has; nothing may hide them.
const RESERVED: [&str; 5] = ["dp", "spark", "dbutils", "PIPELINE_ID", "FLOWGROUP_ID"];

/// So many characters of a line of code are shown.
const SHOWN: usize = 200;

/// Code that can stand in a module.
pub(super) struct Code {
    pub body: String,
    pub imports: Vec<String>,
    pub preamble: Vec<String>,
    /// Names of functions and other objects of Python.
    pub defines: Vec<String>,
}

/// Why code cannot stand in a module.
pub(super) struct Refusal {
    pub message: String,
    /// 1-based.
    pub line: Option<usize>,
    pub help: &'static str,
}

const AUTHOR: &str = "correct the plugin, or report this to its author with this action";

impl Refusal {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), line: None, help: AUTHOR }
    }

    fn invalid(error: PythonError) -> Self {
        let message = format!("generated code that is not valid Python: {}", error.message);
        Self { line: Some(error.line), ..Self::new(message) }
    }

    fn at(self, source: &str, offset: usize) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        Self { line: Some(before.matches('\n').count() + 1), ..self }
    }

    fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    fn diagnostic(&self, source: &str, call: &Call<'_>) -> Diagnostic {
        let place = self.line.map(|line| {
            let text = first_line(source.lines().nth(line.saturating_sub(1)).unwrap_or_default());
            format!(", in line {line} of its code: `{text}`")
        });
        let message = format!("plugin `{}` {}{}", call.place.plugin.id(), self.message, place.unwrap_or_default());
        at_action(&CODE_REFUSED, message, &call.place).help(self.help)
    }
}

/// Reads the code of an answer. None if something is wrong with it; the report says what.
pub(super) fn read(answer: &Answer, call: &Call<'_>, report: &mut Report) -> Option<Code> {
    let body = match resolve(without_mark(&answer.body), &answer.tokens) {
        Ok(body) => normalise(&body),
        Err(message) => {
            report.push(Refusal::new(format!("generated unusable code: {message}")).diagnostic(&answer.body, call));
            return None;
        }
    };
    let invalid = |error| Err(Refusal::invalid(error));
    match python::with_room(&body, || statements(&body, answer, call)).unwrap_or_else(invalid) {
        Ok(code) => Some(code),
        Err(refusal) => {
            report.push(refusal.diagnostic(&body, call));
            None
        }
    }
}

fn statements(body: &str, answer: &Answer, call: &Call<'_>) -> Result<Code, Refusal> {
    let parsed = python::parse_strictly(body).map_err(Refusal::invalid)?;
    let Mod::Module(module) = parsed.syntax() else { return Err(Refusal::new("generated no module")) };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut names = Names::default();
    let mut imports = Vec::new();
    for statement in &module.body {
        match statement {
            Stmt::Import(import) => imports.extend(plain_imports(import)),
            Stmt::ImportFrom(import) => imports.extend(from_import(import)),
            _ if call.provision.raw || is_allowed(statement) => {
                names.of_statement(statement);
                continue;
            }
            _ => {
                return Err(Refusal::new("generated a statement that does not belong into a module")
                    .at(body, statement.range().start().to_usize())
                    .help("keep to functions, `dp` calls and imports, move the code into a helper, or declare `raw: true` in `plugin.yaml`"));
            }
        }
        edits.push((whole_line(body, statement.range().to_std_range()), String::new()));
    }
    for statement in answer.imports.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        imports.extend(imports_of(statement)?);
    }
    let preamble = answer.pre_pipeline.iter().map(|text| opening(text, answer)).collect::<Result<Vec<_>, _>>()?;
    names.check(answer, call)?;
    edits.extend(metadata::edits(body, &parsed, &module.body, call)?);
    Ok(Code {
        body: edited(body, edits),
        imports,
        preamble: preamble.into_iter().filter(|text| !text.is_empty()).collect(),
        defines: names.python.into_iter().collect(),
    })
}

/// The text after some edits, which do not overlap.
fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    if edits.is_empty() {
        return text.to_owned();
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, replacement) in edits {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        out.push_str(&replacement);
        done = range.end.max(done);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The range of a statement with the rest of its line, unless another statement stands there.
fn whole_line(text: &str, range: Range<usize>) -> Range<usize> {
    let rest = text.get(range.end..).unwrap_or_default();
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    let shown = line.trim();
    if shown.is_empty() || shown.starts_with('#') {
        return range.start..range.end + line.len();
    }
    let separator = line.find(';').map_or(0, |at| at + 1);
    let blanks = line.get(separator..).unwrap_or_default();
    range.start..range.end + separator + (blanks.len() - blanks.trim_start_matches([' ', '\t']).len())
}

/// Import statements of one module each, without line breaks.
fn plain_imports(import: &StmtImport) -> impl Iterator<Item = String> {
    import.names.iter().map(|alias| match &alias.asname {
        Some(name) => format!("import {} as {name}", alias.name),
        None => format!("import {}", alias.name),
    })
}

fn from_import(import: &StmtImportFrom) -> Option<String> {
    let names: Vec<String> = import
        .names
        .iter()
        .map(|alias| match &alias.asname {
            Some(name) => format!("{} as {name}", alias.name),
            None => alias.name.to_string(),
        })
        .collect();
    let dots = ".".repeat(import.level as usize);
    let module = import.module.as_ref().map(ToString::to_string).unwrap_or_default();
    (!names.is_empty()).then(|| format!("from {dots}{module} import {}", names.join(", ")))
}

/// The statements of an entry of `imports`.
fn imports_of(text: &str) -> Result<Vec<String>, Refusal> {
    let wrong = || Refusal::new(format!("lists the import `{}`, which is no import statement", first_line(text)));
    let parsed = python::parse(text).map_err(|_| wrong())?;
    let Mod::Module(module) = parsed.syntax() else { return Err(wrong()) };
    let mut found = Vec::new();
    for statement in &module.body {
        match statement {
            Stmt::Import(import) => found.extend(plain_imports(import)),
            Stmt::ImportFrom(import) => found.extend(from_import(import)),
            _ => return Err(wrong()),
        }
    }
    Ok(found)
}

/// A statement that runs before everything else in the module.
fn opening(text: &str, answer: &Answer) -> Result<String, Refusal> {
    let resolved = resolve(without_mark(text), &answer.tokens)
        .map_err(|message| Refusal::new(format!("generated an unusable opening statement: {message}")))?;
    match python::check_strictly(&resolved) {
        Ok(()) => Ok(normalise(&resolved).trim_end().to_owned()),
        Err(error) => Err(Refusal::new(format!(
            "generated the opening statement `{}`, which is not valid Python: {}",
            first_line(&resolved),
            error.message
        ))),
    }
}

/// What a message shows of a text.
pub(super) fn first_line(text: &str) -> String {
    one_line(text.trim().lines().next().unwrap_or_default()).chars().take(SHOWN).collect()
}

/// A text without the byte order mark that some editors put in front of it.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Whether a statement belongs into a module: a function, a call of `dp`, or the registration of a data source.
fn is_allowed(statement: &Stmt) -> bool {
    match statement {
        Stmt::FunctionDef(_) => true,
        Stmt::Expr(expression) => expression.value.as_call_expr().is_some_and(is_allowed_call),
        _ => false,
    }
}

fn is_allowed_call(call: &ExprCall) -> bool {
    match call.func.as_ref() {
        // `dp.append_flow(target=…)(function)`
        Expr::Call(inner) => is_allowed_call(inner),
        function => matches!(dotted(function).as_deref(), Some(["dp", ..] | ["spark", "dataSource", "register"])),
    }
}

/// The parts of `a.b.c`.
fn dotted(expression: &Expr) -> Option<Vec<&str>> {
    match expression {
        Expr::Name(name) => Some(vec![name.id.as_str()]),
        Expr::Attribute(attribute) => {
            let mut parts = dotted(&attribute.value)?;
            parts.push(attribute.attr.as_str());
            Some(parts)
        }
        _ => None,
    }
}

/// The names that the statements of a module give to functions, classes and other objects.
pub(crate) fn python_names(code: &str) -> Vec<String> {
    let mut names = Names::default();
    if let Ok(parsed) = python::module(code) {
        parsed.syntax().body.iter().for_each(|statement| names.of_statement(statement));
    }
    names.python.into_iter().collect()
}

/// What code defines.
#[derive(Default)]
struct Names {
    /// Functions and classes.
    python: BTreeSet<String>,
    /// Views, tables, sinks and flows that are named by text.
    platform: BTreeSet<String>,
}

impl Names {
    fn of_statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                self.python.insert(function.name.to_string());
                self.platform.extend(function.decorator_list.iter().filter_map(decorator_name));
            }
            Stmt::ClassDef(class) => drop(self.python.insert(class.name.to_string())),
            Stmt::Assign(assign) => {
                let targets = assign.targets.iter().filter_map(Expr::as_name_expr);
                self.python.extend(targets.map(|name| name.id.to_string()));
            }
            Stmt::Expr(expression) => {
                self.platform.extend(expression.value.as_call_expr().and_then(call_name));
            }
            _ => {}
        }
    }

    /// Checks what the plugin says that its code defines, and what the action needs.
    fn check(&self, answer: &Answer, call: &Call<'_>) -> Result<(), Refusal> {
        let has = |name: &str| self.python.contains(name) || self.platform.contains(name);
        if let Some(hidden) = RESERVED.into_iter().find(|name| self.python.contains(*name)) {
            return Err(Refusal::new(format!("defines `{hidden}`, which every module has already")));
        }
        if let Some(missing) = answer.defines.iter().flatten().find(|name| !has(name)) {
            return Err(Refusal::new(format!(
                "says that its code defines `{missing}`, which it does not{}",
                self.shown()
            )));
        }
        let action = call.place.action;
        let target = action.target().filter(|_| action.kind != ActionType::Write);
        match target {
            Some(target) if !has(target) => {
                Err(Refusal::new(format!("does not define `{target}`, the target of the action{}", self.shown())))
            }
            Some(target) if answer.defines.as_ref().is_some_and(|names| !names.iter().any(|name| name == target)) => {
                Err(Refusal::new(format!("does not list `{target}`, the target of the action, under `defines`")))
            }
            _ => Ok(()),
        }
    }

    fn shown(&self) -> String {
        let names: Vec<String> = self.python.union(&self.platform).map(|name| format!("`{name}`")).collect();
        match names.is_empty() {
            true => "; it defines nothing".to_owned(),
            false => format!("; it defines {}", names.join(", ")),
        }
    }
}

/// The `name=` of a decorator.
pub(super) fn decorator_name(decorator: &Decorator) -> Option<String> {
    keyword_name(decorator.expression.as_call_expr()?)
}

fn keyword_name(call: &ExprCall) -> Option<String> {
    let keyword = call.arguments.keywords.iter().find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == "name"));
    text(&keyword?.value)
}

/// What a call such as `dp.create_sink("orders", …)` names.
fn call_name(call: &ExprCall) -> Option<String> {
    keyword_name(call).or_else(|| text(call.arguments.args.first()?))
}

fn text(expression: &Expr) -> Option<String> {
    Some(expression.as_string_literal_expr()?.value.to_str().to_owned())
}
