//! `load: python` — a view whose rows a function of the user makes.
//!
//! In: a module, a function and its parameters. Out: one temporary view, and the module beside the generated one.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::python_module::call::{check_parameters, copy_with, import_as, local_name, parameters};
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values};
use crate::model::ActionType;
use crate::model::lax::Anything;
use crate::project::{MISSING_FILE, Project};
use crate::report::{Diagnostic, Report};

/// Calls a function `f(spark, parameters)` that returns a DataFrame.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PythonSource {
    /// Python file with the function, relative to the project root.
    #[schemars(length(min = 1))]
    pub module_path: String,
    /// Name of the function; `get_df` by default.
    pub function_name: Option<String>,
    /// Second argument of the function, usually a mapping; an empty one by default.
    pub parameters: Option<Anything>,
}

/// The function that is called if none is named.
const DEFAULT_FUNCTION: &str = "get_df";

/// The generator.
pub struct Python;

impl BuiltIn for Python {
    type Settings = PythonSource;
    const KIND: ActionType = ActionType::Load;
    const NAME: &'static str = "python";
    const SUMMARY: &'static str = "Define a view by a Python function";
    const ADDS_METADATA: bool = true;

    fn check(settings: &PythonSource, action: &Action, _: &Project, report: &mut Report) {
        check_parameters(action, report);
        if let Some(path) = action.setting("module_path").filter(|_| !settings.module_path.ends_with(".py")) {
            report.push(
                Diagnostic::error(&MISSING_FILE, format!("`{}` is not a Python file", settings.module_path))
                    .at(path, "does not end in `.py`")
                    .help("give the path of a file that ends in `.py`"),
            );
        }
    }

    fn generate(
        settings: &PythonSource,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let path = action.setting("module_path")?;
        let function = settings.function_name.as_deref().unwrap_or(DEFAULT_FUNCTION);
        let place = action.setting("function_name").unwrap_or(path);
        let module = copy_with(path, function, place, context, report)?;
        let target = action.target()?;
        let local = local_name(function, &[target, "df", "parameters", "spark"]);
        let description =
            action.description().unwrap_or_else(|| format!("Python source: {}.{function}", module.stem).into());
        let values = context! {
            target => target,
            description => template_text(&description),
            function => local.as_str(),
            parameters => parameters(action),
            metadata => metadata_values(action),
        };
        let body = context.render("load/python.py.j2", values, action, report)?;
        let imports = vec![import_as(&module, function, &local)];
        Some(Fragment { imports, helpers: module.helpers, ..Fragment::new(Section::Loads, body) })
    }
}
