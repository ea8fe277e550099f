//! Calls of a user's function: the names in an action go in; an import, the local name and the arguments come out.

use minijinja::Value as TemplateValue;

use super::{CopiedModule, Presence, copy, presence, similar};
use crate::emit::literal;
use crate::emit::template_value;
use crate::expand::Action;
use crate::generator::{Context, check_identifier, text_of};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;
use crate::syntax::{Mapping, Node, Value};

rules! {
    /// A Python module does not define the function or class that an action names.
    ///
    /// ## Why
    /// The generated code imports it from the module, and the pipeline would fail when it starts. Nothing
    /// is said if the module has a star import, which may bring the name.
    ///
    /// ## Wrong
    /// ```yaml
    /// # python/clean.py defines `clean`
    /// module_path: python/clean.py
    /// function_name: cleen
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// module_path: python/clean.py
    /// function_name: clean
    /// ```
    pub static UNDEFINED_NAME: Rule = Rule::new("LHP-IO-004", "undefined-python-name");
    /// A parameter of a Python function holds a date.
    ///
    /// ## Why
    /// Parameters are written into the generated code, and dates have no form there that means the same.
    /// YAML reads `2026-01-01` as a date unless it stands in quotes.
    ///
    /// ## Wrong
    /// ```yaml
    /// parameters:
    ///   since: 2026-01-01
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// parameters:
    ///   since: "2026-01-01"
    /// ```
    pub static DATE_PARAMETER: Rule = Rule::new("LHP-ACT-002", "date-parameter");
}

/// Copies a module from which an action takes a name. `place` is where the name is written.
///
/// The generated module imports the name, so it must be there. None if it is certainly not.
pub fn copy_with(
    path: &Node,
    name: &str,
    place: &Node,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<CopiedModule> {
    let before = report.diagnostics.len();
    check_identifier(name, place, "a function or class", report);
    let named = report.diagnostics.len() == before;
    let module = copy(path, context, report)?;
    if !named {
        return None;
    }
    if presence(&module.source, name) == Presence::Missing {
        let shown = &context.project.sources.get(module.file).path;
        report.push(
            Diagnostic::error(&UNDEFINED_NAME, format!("`{shown}` does not define `{name}`"))
                .at(place, "not found in the module, so it could not be imported")
                .label(Span::start_of(module.file), "this module")
                .help(match similar(&module.source, name) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "correct the name, or define it at the top level of the module".to_owned(),
                }),
        );
        return None;
    }
    Some(module)
}

/// The name under which a module imports a function: its own, unless something else there has that name.
pub fn local_name(function: &str, taken: &[&str]) -> String {
    let mut name = function.to_owned();
    while taken.contains(&name.as_str()) {
        name.insert(0, '_');
    }
    name
}

/// The statement that imports a function under its local name.
pub fn import_as(module: &CopiedModule, function: &str, local: &str) -> String {
    let import = module.import(function);
    if local == function { import } else { format!("{import} as {local}") }
}

/// Checks that `parameters` can be written as Python.
pub fn check_parameters(action: &Action, report: &mut Report) {
    if let Some(Err(fault)) = action.setting("parameters").map(literal::value) {
        report.push(
            Diagnostic::error(&DATE_PARAMETER, "a parameter holds a date, which cannot be handed over")
                .at(fault.node, "YAML reads this as a date")
                .help(format!(
                    "put quotes around it, `\"{}\"`, and convert it in the function",
                    text_of(fault.node).display()
                )),
        );
    }
}

/// The value of `parameters`, an empty mapping if there are none.
pub fn parameters(action: &Action) -> TemplateValue {
    let none = Node::new(Value::Mapping(Mapping::default()), action.settings.span);
    template_value(action.setting("parameters").unwrap_or(&none))
}
