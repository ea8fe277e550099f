//! JSON Schemas of the files that a user writes, derived from the types of this module.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::plugin::manifest::Manifest;

use super::{
    Blueprint, ColumnSchema, Flowgroup, FlowgroupArray, Instance, Preset, ProjectSettings, Substitution, Template,
};

/// A kind of file, as named on the command line and in `schemas/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    Flowgroup,
    FlowgroupArray,
    Project,
    Preset,
    Template,
    Blueprint,
    Instance,
    Substitution,
    ColumnSchema,
    Plugin,
}

impl FileKind {
    /// All kinds, in the order of their documentation.
    pub const ALL: [Self; 10] = [
        Self::Flowgroup,
        Self::FlowgroupArray,
        Self::Project,
        Self::Preset,
        Self::Template,
        Self::Blueprint,
        Self::Instance,
        Self::Substitution,
        Self::ColumnSchema,
        Self::Plugin,
    ];

    /// The name used on the command line and for the file in `schemas/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flowgroup => "flowgroup",
            Self::FlowgroupArray => "flowgroup_array",
            Self::Project => "project",
            Self::Preset => "preset",
            Self::Template => "template",
            Self::Blueprint => "blueprint",
            Self::Instance => "instance",
            Self::Substitution => "substitution",
            Self::ColumnSchema => "column_schema",
            Self::Plugin => "plugin",
        }
    }

    /// What such a file is called in messages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Flowgroup | Self::FlowgroupArray => "flowgroup",
            Self::Project => "project file",
            Self::Preset => "preset",
            Self::Template => "template",
            Self::Blueprint => "blueprint",
            Self::Instance => "blueprint instance",
            Self::Substitution => "substitution file",
            Self::ColumnSchema => "schema file",
            Self::Plugin => "plugin manifest",
        }
    }
}

/// The schema of a kind of file.
pub fn file_schema(kind: FileKind) -> Schema {
    match kind {
        FileKind::Flowgroup => schema_of::<Flowgroup>(),
        FileKind::FlowgroupArray => schema_of::<FlowgroupArray>(),
        FileKind::Project => schema_of::<ProjectSettings>(),
        FileKind::Preset => schema_of::<Preset>(),
        FileKind::Template => schema_of::<Template>(),
        FileKind::Blueprint => schema_of::<Blueprint>(),
        FileKind::Instance => schema_of::<Instance>(),
        FileKind::Substitution => schema_of::<Substitution>(),
        FileKind::ColumnSchema => schema_of::<ColumnSchema>(),
        FileKind::Plugin => schema_of::<Manifest>(),
    }
}

/// The JSON Schema (2020-12) of a type that is printed.
pub fn schema_of_output<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// The JSON Schema (2020-12) of a type that is read.
pub fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(bound_integer));
    settings.into_generator().into_root_schema_for::<T>()
}

/// States the bounds of an integer, which are those of its type: a larger number is then told like any wrong value.
fn bound_integer(schema: &mut Schema) {
    let format = schema.get("format").and_then(Value::as_str);
    let Some(format) = format.filter(|_| schema.get("const").is_none()) else { return };
    let (smallest, largest) = match format {
        "int64" => (Some(i64::MIN), i64::MAX),
        "uint" | "uint64" => (None, i64::MAX),
        "uint32" => (None, i64::from(u32::MAX)),
        _ => return,
    };
    if let (Some(smallest), None) = (smallest, schema.get("minimum")) {
        schema.insert("minimum".to_owned(), smallest.into());
    }
    if schema.get("maximum").is_none() {
        schema.insert("maximum".to_owned(), largest.into());
    }
}
