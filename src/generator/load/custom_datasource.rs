//! `load: custom_datasource` — a read through a data source that the user wrote for PySpark.
//!
//! In: a module, a class and options. Out: the registration of the class, one temporary view, and the module
//! beside the generated one.

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::options::advise as advise_options;
use crate::generator::python_module::{PACKAGE, call::copy_with, data_source_name};
use crate::generator::read_mode::{self, ReadMode};
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values, option_pairs, option_value};
use crate::model::ActionType;
use crate::model::lax::Anything;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Node;

rules! {
    /// A load through a custom data source does not name its Python file or its class.
    ///
    /// ## Why
    /// The file is copied beside the generated module, and the class is registered with Spark before it
    /// is read from. Both names are needed for that.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: custom_datasource
    ///   module_path: sources/shop.py
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: custom_datasource
    ///   module_path: sources/shop.py
    ///   custom_datasource_class: ShopSource
    /// ```
    pub static MISSING_SETTING: Rule = Rule::new("LHP-VAL-001", "custom-datasource-setting-missing");
    /// The `options` of a custom data source are not a mapping.
    ///
    /// ## Why
    /// Each option becomes a call of `.option(name, value)`, so each one needs a name and a value.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: custom_datasource
    ///   module_path: sources/shop.py
    ///   custom_datasource_class: ShopSource
    ///   options: region=north
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: custom_datasource
    ///   module_path: sources/shop.py
    ///   custom_datasource_class: ShopSource
    ///   options:
    ///     region: north
    /// ```
    pub static OPTIONS_NOT_MAPPING: Rule =
        Rule::within("LHP-VAL-008", "custom-datasource-options-not-mapping", "LHP-ACT-002");
}

/// Reads through a class that extends `DataSource` of PySpark.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CustomDataSource {
    /// Python file with the class, relative to the project root. Required.
    pub module_path: Option<String>,
    /// Name of the class. Required.
    pub custom_datasource_class: Option<String>,
    /// A mapping with the options that the data source is given; none by default.
    pub options: Option<Anything>,
}

/// The generator.
pub struct CustomSource;

impl BuiltIn for CustomSource {
    type Settings = CustomDataSource;
    const KIND: ActionType = ActionType::Load;
    const NAME: &'static str = "custom_datasource";
    const SUMMARY: &'static str = "Read through a PySpark data source of your own";
    const ADDS_METADATA: bool = true;

    fn check(_: &CustomDataSource, action: &Action, _: &Project, report: &mut Report) {
        read_mode::advise(action, ReadMode::Batch, report);
        for key in ["module_path", "custom_datasource_class"] {
            if !action.setting(key).is_some_and(Node::is_truthy) {
                report.push(
                    Diagnostic::error(&MISSING_SETTING, format!("load `{}` has no `{key}`", action.name))
                        .at(&action.settings, format!("needs `{key}`"))
                        .help(format!("add `{key}: …`")),
                );
            }
        }
        if let Some(options) = action.setting("options").filter(|options| options.as_mapping().is_none()) {
            report.push(
                Diagnostic::error(&OPTIONS_NOT_MAPPING, format!("`options` must be a mapping, not {}", options.kind()))
                    .at(options, "expected a mapping")
                    .help("write one option per line, as `name: value`"),
            );
        }
        advise_options(action, "options", &[], report);
    }

    fn generate(
        settings: &CustomDataSource,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let path = action.setting("module_path")?;
        let class = settings.custom_datasource_class.as_deref()?;
        let place = action.setting("custom_datasource_class")?;
        let module = copy_with(path, class, place, context, report)?;
        let options = action.setting("options").and_then(Node::as_mapping);
        let pairs = options.map(|options| options.entries.iter().map(|entry| (&entry.key, option_value(&entry.value))));
        let description =
            action.description().unwrap_or_else(|| format!("Load data from custom data source: {class}").into());
        let values = context! {
            target => action.target(),
            description => template_text(&description),
            class => class,
            stream => action.read_mode().is_none_or(|mode| mode.as_str() == Some("stream")),
            format => data_source_name(&module.source, class),
            options => option_pairs(pairs.into_iter().flatten()),
            metadata => metadata_values(action),
        };
        let body = context.render("load/custom_datasource.py.j2", values, action, report)?;
        Some(Fragment {
            imports: vec![
                format!("import {PACKAGE}"),
                "from pyspark import cloudpickle as _lhp_cloudpickle".to_owned(),
                module.import(class),
            ],
            preamble: vec![format!("_lhp_cloudpickle.register_pickle_by_value({PACKAGE})")],
            helpers: module.helpers,
            ..Fragment::new(Section::Loads, body)
        })
    }
}
