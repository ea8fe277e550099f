//! `transform: python` — a view that a function of the user makes from other views.
//!
//! In: views, a module, a function and its parameters. Out: one temporary view, and the module beside the
//! generated one.

use std::path::Path;

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::{is_identifier, template_text};
use crate::expand::Action;
use crate::generator::python_module::call::{check_parameters, copy_with, import_as, local_name, parameters};
use crate::generator::read_mode::{self, ReadMode};
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values, string_value, text_of};
use crate::model::ActionType;
use crate::model::lax::{Free, SourceShape};
use crate::project::{Project, read_diagnostic};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Value};

rules! {
    /// The source of a Python transform is missing, or is not the name of a view or a list of names.
    ///
    /// ## Why
    /// The function gets one DataFrame for each name in `source`, in this order. A function that reads
    /// nothing says so with an empty list, `source: []`.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   view: v_orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// ```
    pub static SOURCE_NAMES: Rule = Rule::new("LHP-VAL-007", "python-transform-source");
    /// The file that `module_path` of a Python transform names does not exist.
    ///
    /// ## Why
    /// The module is copied beside the generated code, which imports the function from it. Paths start
    /// from the directory of `lhp.yaml`, not from that of the flowgroup.
    ///
    /// ## Wrong
    /// ```yaml
    /// module_path: clean.py   # the file is python/clean.py
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// module_path: python/clean.py
    /// ```
    pub static MISSING_MODULE: Rule = Rule::within("LHP-IO-001", "python-transform-module-missing", "LHP-VAL-007");
}

/// Calls a function that takes one DataFrame, or a list of several, then `spark` and the parameters, and returns a
/// DataFrame.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PythonTransform {
    /// The view or table that the function gets, or a list of them; with an empty list it gets none.
    pub source: Option<SourceShape>,
    /// Python file with the function, relative to the project root.
    #[schemars(length(min = 1))]
    pub module_path: String,
    /// Name of the function.
    #[schemars(length(min = 1))]
    pub function_name: String,
    /// Last argument of the function; an empty mapping by default.
    pub parameters: Option<Free>,
}

/// The generator.
pub struct Python;

impl BuiltIn for Python {
    type Settings = PythonTransform;
    const KIND: ActionType = ActionType::Transform;
    const NAME: &'static str = "python";
    const SUMMARY: &'static str = "Define a view by a Python function over other views";
    const ADDS_METADATA: bool = true;

    fn check(settings: &PythonTransform, action: &Action, project: &Project, report: &mut Report) {
        check_parameters(action, report);
        read_mode::advise(action, ReadMode::Batch, report);
        check_sources(action, report);
        let path = settings.module_path.replace('\\', "/");
        if let (Some(error), Some(place)) = (project.sources.missing(Path::new(&path)), action.setting("module_path")) {
            report.push(read_diagnostic(&MISSING_MODULE, &error).at(place, "named here"));
        }
    }

    fn generate(
        settings: &PythonTransform,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let function = settings.function_name.as_str();
        let (path, place) = (action.setting("module_path")?, action.setting("function_name")?);
        let module = copy_with(path, function, place, context, report)?;
        let target = action.target()?;
        let inputs = inputs(action);
        let mut taken: Vec<&str> = vec![target, "df", "dataframes", "parameters", "spark"];
        taken.extend(inputs.iter().map(|input| input.variable.as_str()));
        let local = local_name(function, &taken);
        let description =
            action.description().unwrap_or_else(|| format!("Python transform: {}.{function}", module.stem).into());
        let values = context! {
            target => target,
            description => template_text(&description),
            stream => action.read_mode().and_then(Node::as_str) == Some("stream"),
            inputs => inputs.iter().map(Input::value).collect::<TemplateValue>(),
            function => local.as_str(),
            parameters => parameters(action),
            metadata => metadata_values(action),
        };
        let body = context.render("transform/python.py.j2", values, action, report)?;
        let imports = vec![import_as(&module, function, &local)];
        Some(Fragment { imports, helpers: module.helpers, ..Fragment::new(Section::Transforms, body) })
    }
}

fn check_sources(action: &Action, report: &mut Report) {
    let fault = |place: &Node, message: String| {
        Diagnostic::error(&SOURCE_NAMES, message)
            .at(place, "expected the name of a view")
            .help("write the name of a view or table, or a list of names")
    };
    match action.setting("source").map(|source| (source, &source.value)) {
        None => report.push(
            Diagnostic::error(&SOURCE_NAMES, format!("transform `{}` names no source", action.name))
                .at(&action.node, "needs `source`")
                .help("add `source: …` with the view that the function gets, or `source: []` if it gets none"),
        ),
        Some((_, Value::Sequence(items))) => {
            for item in items.iter().filter(|item| item.as_text().is_none()) {
                report.push(fault(item, format!("a source must be a name, not {}", item.kind())));
            }
        }
        Some((source, _)) if source.as_text().is_none_or(|text| text.is_empty()) => {
            let message = match source.as_text() {
                Some(_) => "`source` is empty".to_owned(),
                None => format!("`source` must be a name or a list of names, not {}", source.kind()),
            };
            report.push(fault(source, message));
        }
        Some(_) => {}
    }
}

/// A view and the variable that holds its DataFrame.
struct Input<'a> {
    name: &'a Node,
    variable: String,
}

impl Input<'_> {
    fn value(&self) -> TemplateValue {
        context! { name => string_value(self.name), variable => self.variable.as_str() }
    }
}

/// The inputs in the order of the sources. Each name has a variable of its own, which is a valid Python name.
fn inputs(action: &Action) -> Vec<Input<'_>> {
    let Some(source) = action.setting("source") else { return Vec::new() };
    let names = source.as_sequence().unwrap_or(std::slice::from_ref(source));
    let mut inputs: Vec<Input<'_>> = Vec::with_capacity(names.len());
    for name in names {
        let known = inputs.iter().find(|input| input.name.value == name.value).map(|input| input.variable.clone());
        let variable = known.unwrap_or_else(|| {
            let mut variable = variable_of(name);
            while inputs.iter().any(|input| input.variable == variable) {
                variable.insert(0, '_');
            }
            variable
        });
        inputs.push(Input { name, variable });
    }
    inputs
}

fn variable_of(name: &Node) -> String {
    let variable = format!("{}_df", text_of(name).display());
    if is_identifier(&variable) {
        return variable;
    }
    let letters = variable.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
    let variable: String = letters.collect();
    if is_identifier(&variable) { variable } else { format!("_{variable}") }
}
