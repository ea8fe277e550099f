//! The block of settings that belongs to one mode: its schema, its violations, and what blocks have in common.

use std::borrow::Cow;
use std::marker::PhantomData;

use minijinja::{Value as TemplateValue, context};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, IgnoredAny};

use super::mode::{IGNORED_SETTING, Mode};
use crate::check::action::{MISSING_FIELD, WRONG_FIELD};
use crate::check::{CompiledSchema, Problem};
use crate::emit::template_value;
use crate::expand::Action;
use crate::generator::text_of;
use crate::model::from_node;
use crate::report::{Diagnostic, Report, Rule, Severity, rules};
use crate::syntax::Node;

rules! {
    /// The mode of a streaming table needs a block of settings that is not there.
    ///
    /// ## Why
    /// The modes `cdc`, `snapshot_cdc` and `replace` apply rows by key. Which columns are the key, and
    /// which column orders the rows, stands in `cdc_config`, `snapshot_cdc_config` or `replace_config`.
    ///
    /// ## Wrong
    /// ```yaml
    /// mode: cdc
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// mode: cdc
    /// cdc_config:
    ///   keys: [id]
    ///   sequence_by: changed_at
    /// ```
    pub static MISSING_BLOCK: Rule = Rule::new("LHP-VAL-007", "mode-without-settings");
    /// Two settings of a mode exclude each other: one lists the columns that count, the other those
    /// that do not.
    ///
    /// ## Why
    /// Databricks accepts `column_list` or `except_column_list`, and `track_history_column_list` or
    /// `track_history_except_column_list`, but not both. Likewise a snapshot comes from a `source` or
    /// from a `source_function`.
    ///
    /// ## Wrong
    /// ```yaml
    /// keys: [id]
    /// sequence_by: changed_at
    /// column_list: [id, amount]
    /// except_column_list: [note]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// keys: [id]
    /// sequence_by: changed_at
    /// column_list: [id, amount]
    /// ```
    pub static EXCLUSIVE_SETTINGS: Rule = Rule::new("LHP-VAL-007", "exclusive-settings");
    /// The SCD type is written under the name that another mode uses, and says something else than what
    /// would be built.
    ///
    /// ## Why
    /// Mode `cdc` reads `scd_type`, mode `snapshot_cdc` reads `stored_as_scd_type`, and each ignores
    /// the name of the other. The table would be of SCD type 1 and lose the history that was asked for.
    ///
    /// ## Wrong
    /// ```yaml
    /// keys: [id]
    /// sequence_by: changed_at
    /// stored_as_scd_type: 2
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// keys: [id]
    /// sequence_by: changed_at
    /// scd_type: 2
    /// ```
    pub static MISPLACED_SCD_TYPE: Rule = Rule::new("LHP-VAL-007", "misplaced-scd-type");
}

/// The settings that choose the columns whose history is kept. Only one of them may be there.
pub(super) const HISTORY_KEYS: [&str; 2] = ["track_history_column_list", "track_history_except_column_list"];

/// Settings that stand in a block of their own.
pub(super) trait BlockSettings: DeserializeOwned + JsonSchema + 'static {
    /// The mode that reads the block.
    const MODE: Mode;

    /// The schema of the block, compiled.
    fn schema() -> &'static CompiledSchema;
}

/// The place of a block in the settings of a table. Only the chosen mode looks into its block, so the schema
/// describes the block but accepts anything.
#[derive(Debug)]
pub struct Block<T>(PhantomData<fn() -> T>);

impl<'de, T> Deserialize<'de> for Block<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Block<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Block", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let described = generator.subschema_for::<T>();
        json_schema!({"anyOf": [described, {}]})
    }
}

/// A slowly changing dimension of type 1 or 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "i64")]
pub enum ScdType {
    /// The latest version of a row.
    One = 1,
    /// The history of a row.
    Two = 2,
}

impl TryFrom<i64> for ScdType {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err("expected 1 or 2"),
        }
    }
}

impl std::fmt::Display for ScdType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::One => "1",
            Self::Two => "2",
        })
    }
}

impl JsonSchema for ScdType {
    fn schema_name() -> Cow<'static, str> {
        "ScdType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Type of a slowly changing dimension.",
            "x-lhp-expects": "1 or 2",
            "enum": [1, 2]
        })
    }
}

/// One column, or a list of columns. The names are read from the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneOrMany;

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for OneOrMany {
    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A column, or a list of columns.",
            "x-lhp-expects": "a column name or a list of column names",
            "anyOf": [
                {"type": "string"},
                {"type": "array", "minItems": 1, "items": {"type": "string"}}
            ]
        })
    }
}

/// The block of the mode `T` and what it says. None if it is wrong; the report says why.
pub(super) fn read<'a, T: BlockSettings>(action: &'a Action, report: &mut Report) -> Option<(&'a Node, T)> {
    let key = T::MODE.block().unwrap_or_default();
    let Some(block) = action.setting(key) else {
        let place = action.settings.get(key).or_else(|| action.setting("mode")).unwrap_or(&action.node);
        report.push(
            Diagnostic::error(&MISSING_BLOCK, format!("mode `{}` needs `{key}`", T::MODE.word()))
                .at(place, format!("`{key}` is missing"))
                .help(format!("add `{key}:` with {} below it", first_settings(T::MODE))),
        );
        return None;
    };
    if block.as_mapping().is_none() {
        report.push(
            Diagnostic::error(&WRONG_FIELD, format!("`{key}` must be a mapping, not {}", block.kind()))
                .at(block, "expected a mapping")
                .help(format!("write the settings of mode `{}` below `{key}:`", T::MODE.word())),
        );
        return None;
    }
    let before = report.diagnostics.len();
    for violation in T::schema().violations(block) {
        report.push(match &violation.problem {
            Problem::Unknown { .. } => violation.diagnostic(&IGNORED_SETTING, key).severity(Severity::Advice),
            Problem::Missing { .. } => violation.diagnostic(&MISSING_FIELD, key),
            Problem::Mismatch { .. } => violation.diagnostic(&WRONG_FIELD, key),
        });
    }
    if report.diagnostics.iter().skip(before).any(Diagnostic::is_error) {
        return None;
    }
    match from_node(block) {
        Ok(settings) => Some((block, settings)),
        Err(error) => {
            report.push(
                Diagnostic::error(&WRONG_FIELD, format!("`{key}` cannot be used: {error}"))
                    .label(error.span.unwrap_or(block.span), "this value")
                    .through(block.via.as_ref())
                    .help("correct the value"),
            );
            None
        }
    }
}

/// The settings that a mode does not work without.
fn first_settings(mode: Mode) -> &'static str {
    match mode {
        Mode::SnapshotCdc => "`keys` and `source`",
        Mode::Replace => "`replace_using` and `sequence_by`",
        Mode::Cdc | Mode::Standard => "`keys` and `sequence_by`",
    }
}

/// The value of a setting of a block that is not null.
pub(super) fn given<'a>(block: &'a Node, key: &str) -> Option<&'a Node> {
    block.get(key).filter(|node| !node.is_null())
}

/// Two settings of which only one may be there.
pub(super) fn check_exclusive(block: &Node, first: &str, second: &str, report: &mut Report) {
    if let (Some(one), Some(other)) = (given(block, first), given(block, second)) {
        report.push(
            Diagnostic::error(&EXCLUSIVE_SETTINGS, format!("`{first}` and `{second}` exclude each other"))
                .at(other, "and this one")
                .label(one.span, "this setting")
                .help("keep one of them"),
        );
    }
}

/// The two modes that know SCD types name the setting differently, and each ignores the name of the other.
///
/// A misplaced type that says something else than what is built is refused: whether the table keeps its history
/// is not a thing to guess.
pub(super) fn check_misplaced_type(block: &Node, effective: ScdType, right: &str, wrong: &str, report: &mut Report) {
    let Some(entry) = block.as_mapping().and_then(|mapping| mapping.entry(wrong)) else { return };
    if entry.value.is_null() {
        return;
    }
    let written = text_of(&entry.value).display();
    if written == effective.to_string() {
        report.push(
            Diagnostic::advice(&IGNORED_SETTING, format!("the name of `{wrong}` is `{right}` in this mode"))
                .at(&entry.key, "not read")
                .help(format!("write `{right}: {effective}`")),
        );
        return;
    }
    let mut diagnostic = Diagnostic::error(
        &MISPLACED_SCD_TYPE,
        format!("`{wrong}` is not read in this mode, so the table would be of SCD type {effective}"),
    )
    .at(&entry.value, format!("its name is `{right}` here"));
    if let Some(other) = given(block, right) {
        diagnostic = diagnostic.label(other.span, "this one counts");
    }
    let wanted = if written == "2" { ScdType::Two } else { ScdType::One };
    report.push(diagnostic.help(format!("write `{right}: {wanted}`, or remove `{wrong}`")));
}

/// The keyword argument that chooses the columns whose history is kept.
pub(super) fn history_argument(block: &Node) -> Option<TemplateValue> {
    HISTORY_KEYS.into_iter().find_map(|key| {
        let columns = given(block, key).filter(|node| node.is_truthy())?;
        Some(argument(key, template_value(columns)))
    })
}

/// One keyword argument, for templates that loop over them.
pub(super) fn argument(name: &str, value: TemplateValue) -> TemplateValue {
    context! { name => name, value => value }
}
