//! `transform: schema` — rename columns, change their types, and keep only those that are listed.
//!
//! In: one view and a definition, inline or in a file. Out: one temporary view. Renames come first, then types,
//! then the selection, whatever the order of the definition.

pub(crate) mod conflicts;
pub(crate) mod definition;
pub(crate) mod entry;
mod written;

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::read_mode::{self, ReadMode};
use crate::generator::{BuiltIn, Context, Fragment, Section, string_value};
use crate::model::ActionType;
use crate::model::lax::SourceShape;
use crate::project::{Project, metadata_columns};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};
use definition::Definition;

rules! {
    /// The source of a schema transform is missing, or is not the name of one view.
    ///
    /// ## Why
    /// A schema transform reads one view and gives its columns other names and types. In older projects
    /// `source` was a mapping that held the schema too; the schema now stands in the action.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   view: v_orders
    ///   schema_file: schemas/orders.yaml
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// schema_file: schemas/orders.yaml
    /// ```
    pub static SOURCE_NAME: Rule = Rule::new("LHP-VAL-007", "schema-transform-source");
    /// A schema transform has no definition, or has two.
    ///
    /// ## Why
    /// The definition says which columns are renamed and cast: under `schema_inline`, or in the file
    /// that `schema_file` names. Without one there is nothing to do; with two, one of them would have
    /// no effect.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema_file: schemas/orders.yaml
    /// schema_inline: |
    ///   amount: DOUBLE
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema_inline: |
    ///   id: BIGINT
    ///   amount: DOUBLE
    /// ```
    pub static ONE_DEFINITION: Rule = Rule::new("LHP-VAL-007", "schema-definition-count");
}

/// Columns are renamed first, then cast, then chosen. Give `schema_inline` or `schema_file`, not both.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemaTransform {
    /// View to read.
    pub source: Option<SourceShape>,
    /// The definition: one column per line, or YAML with `columns`.
    pub schema_inline: Option<Text>,
    /// YAML or JSON file with the definition, relative to the project root.
    pub schema_file: Option<String>,
    /// `strict` keeps the columns of the definition only; `permissive` (default) keeps all.
    pub enforcement: Option<Enforcement>,
}

/// What happens to columns that the definition does not mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-lhp-expects" = "`strict` or `permissive`"))]
pub enum Enforcement {
    Strict,
    #[default]
    Permissive,
}

/// The generator.
pub struct Schema;

impl BuiltIn for Schema {
    type Settings = SchemaTransform;
    const KIND: ActionType = ActionType::Transform;
    const NAME: &'static str = "schema";
    const SUMMARY: &'static str = "Rename columns, change their types, and keep only those that are listed";

    fn check(_: &SchemaTransform, action: &Action, _: &Project, report: &mut Report) {
        read_mode::advise(action, ReadMode::Stream, report);
        check_source(action, report);
        let definitions = [action.setting("schema_inline"), action.setting("schema_file")];
        match definitions {
            [Some(inline), Some(file)] => report.push(
                Diagnostic::error(&ONE_DEFINITION, "`schema_inline` and `schema_file` exclude each other")
                    .at(file, "a definition in a file")
                    .label(inline.span, "a definition written here")
                    .help("keep one of them"),
            ),
            [None, None] => report.push(
                Diagnostic::error(&ONE_DEFINITION, format!("schema transform `{}` has no definition", action.name))
                    .at(&action.node, "needs `schema_inline` or `schema_file`")
                    .help("add `schema_inline: |` with one column per line, such as `old -> new: BIGINT`"),
            ),
            [None, Some(file)] if !file.is_truthy() => report.push(
                Diagnostic::error(&ONE_DEFINITION, "`schema_file` names no file")
                    .at(file, "empty")
                    .help("give the path of the file, relative to the project root"),
            ),
            _ => {}
        }
    }

    fn generate(
        settings: &SchemaTransform,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let enforcement = settings.enforcement.unwrap_or_default();
        let definition = definition::of(action, enforcement, context, report)?;
        let metadata: Vec<String> =
            metadata_columns(&context.project.loaded).into_iter().map(|(name, ..)| name).collect();
        let description = action.description().unwrap_or_else(|| format!("Schema application: {}", action.name).into());
        let text = |text: &str| template_text(&definition.text(text));
        let renames =
            definition.renames.iter().map(|rename| context! { old => text(&rename.old), new => text(&rename.new) });
        let casts = definition.casts.iter().map(|cast| {
            context! {
                column => text(&cast.column),
                reference => text(&reference(&cast.column)),
                type => text(&cast.data_type),
            }
        });
        let values = context! {
            target => action.target(),
            description => template_text(&description),
            source => string_value(action.setting("source")?),
            stream => action.get("readMode").and_then(Node::as_str) != Some("batch"),
            renames => renames.collect::<TemplateValue>(),
            casts => casts.collect::<TemplateValue>(),
            strict => enforcement == Enforcement::Strict,
            columns => selected(&definition, &metadata).iter().map(|name| text(&reference(name))).collect::<TemplateValue>(),
            metadata => metadata,
        };
        let body = context.render("transform/schema.py.j2", values, action, report)?;
        let imports = vec!["from pyspark.sql import functions as F".to_owned()];
        Some(Fragment { imports, ..Fragment::new(Section::Transforms, body) })
    }
}

fn check_source(action: &Action, report: &mut Report) {
    let fault = |message: String, place: &Node, label: &str| {
        Diagnostic::error(&SOURCE_NAME, message).at(place, label).help("write `source: …` with the name of a view")
    };
    report.push(match action.setting("source").filter(|source| source.is_truthy()) {
        None => fault(format!("schema transform `{}` has no source", action.name), &action.node, "needs `source`"),
        Some(source) if source.as_text().is_some() => return,
        Some(source) if matches!(source.value, Value::Mapping(_)) => fault(
            "`source` of a schema transform must be the name of a view, not a mapping".to_owned(),
            source,
            "the old form",
        )
        .help("write the name of the view, and move the schema to `schema_inline` or `schema_file` of the action"),
        Some(source) => {
            fault(format!("`source` of a schema transform must be a name, not {}", source.kind()), source, "not a name")
        }
    });
}

/// The columns of the result, each once. Metadata columns are selected by a rule of their own.
fn selected<'a>(definition: &'a Definition, metadata: &[String]) -> Vec<&'a str> {
    let mut columns: Vec<&str> = Vec::new();
    let renamed = definition.renames.iter().map(|rename| rename.new.as_str());
    let cast = definition.casts.iter().map(|cast| cast.column.as_str());
    for name in renamed.chain(cast).chain(definition.passed.iter().map(String::as_str)) {
        if !columns.contains(&name) && !metadata.iter().any(|known| known == name) {
            columns.push(name);
        }
    }
    columns
}

/// A column name as an expression: in backticks where the plain name would mean something else.
fn reference(name: &str) -> String {
    if name == "*" || name.contains(['.', '`']) { format!("`{}`", name.replace('`', "``")) } else { name.to_owned() }
}
