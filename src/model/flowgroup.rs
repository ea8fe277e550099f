//! Flowgroup files: one flowgroup per document, or a document with an array of them.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::lax::{Anything, Free, LaxBool, LaxInt, MetadataSelection, SourceShape};
use crate::syntax::Text;

/// A flowgroup: a unit of a pipeline that becomes one Python file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flowgroup {
    /// Name of the pipeline; also the directory of the generated file.
    #[schemars(length(min = 1))]
    pub pipeline: String,
    /// Name of the flowgroup; also the name of the generated file.
    #[schemars(length(min = 1))]
    pub flowgroup: String,
    /// What the flowgroup is for. Has no effect on the generated code.
    pub description: Option<Anything>,
    /// Name of the job that the flowgroup belongs to.
    pub job_name: Option<String>,
    /// Values for `%{name}` in this flowgroup.
    pub variables: Option<IndexMap<String, String>>,
    /// Presets to merge, later ones win.
    #[serde(default)]
    pub presets: Vec<String>,
    /// Template whose actions are added, as a path below `templates/` without extension.
    pub use_template: Option<String>,
    /// Arguments of the template.
    pub template_parameters: Option<Free>,
    /// What the flowgroup does.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// Operational metadata columns for all actions.
    pub operational_metadata: Option<MetadataSelection>,
}

/// A document that holds several flowgroups and the fields they share.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowgroupArray {
    /// Pipeline of the flowgroups that name none.
    pub pipeline: Option<String>,
    /// Template of the flowgroups that name none.
    pub use_template: Option<String>,
    /// Presets of the flowgroups that list none.
    pub presets: Option<Vec<String>>,
    /// Operational metadata of the flowgroups that select none.
    pub operational_metadata: Option<MetadataSelection>,
    /// Job of the flowgroups that name none.
    pub job_name: Option<String>,
    /// What the flowgroups are for. Has no effect on the generated code.
    pub description: Option<Anything>,
    /// The flowgroups.
    pub flowgroups: Vec<FlowgroupEntry>,
}

/// A flowgroup of an array: what it does not set comes from the document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowgroupEntry {
    /// Name of the pipeline.
    pub pipeline: Option<String>,
    /// Name of the flowgroup.
    #[schemars(length(min = 1))]
    pub flowgroup: String,
    /// What the flowgroup is for. Has no effect on the generated code.
    pub description: Option<Anything>,
    /// Name of the job that the flowgroup belongs to.
    pub job_name: Option<String>,
    /// Values for `%{name}` in this flowgroup.
    pub variables: Option<IndexMap<String, String>>,
    /// Presets to merge, later ones win.
    pub presets: Option<Vec<String>>,
    /// Template whose actions are added.
    pub use_template: Option<String>,
    /// Arguments of the template.
    pub template_parameters: Option<Free>,
    /// What the flowgroup does.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// Operational metadata columns for all actions.
    pub operational_metadata: Option<MetadataSelection>,
}

/// What an action is: the first half of the name of its generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionType {
    Load,
    Transform,
    Write,
    Test,
}

impl ActionType {
    /// All types, in the order in which they are documented.
    pub const ALL: [Self; 4] = [Self::Load, Self::Transform, Self::Write, Self::Test];

    /// The word used in YAML.
    pub fn word(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Transform => "transform",
            Self::Write => "write",
            Self::Test => "test",
        }
    }

    /// Whether an action of the type defines a view, which `target` names.
    pub fn defines_view(self) -> bool {
        matches!(self, Self::Load | Self::Transform)
    }

    /// Keys that every action of the type may have, whatever its generator is.
    pub fn common_keys(self) -> &'static [&'static str] {
        match self {
            Self::Load | Self::Transform => {
                &["name", "target", "description", "readMode", "operational_metadata", "depends_on"]
            }
            Self::Write => &["name", "source", "description", "readMode", "operational_metadata", "depends_on", "once"],
            Self::Test => &["name", "target", "description", "depends_on"],
        }
    }

    /// Reads the word used in YAML.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One step of a flowgroup.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Name, unique in the flowgroup.
    #[schemars(length(min = 1))]
    pub name: String,
    /// What the action is.
    #[serde(rename = "type")]
    pub kind: ActionType,
    /// Where the action reads from.
    pub source: Option<SourceShape>,
    /// Name of the view that the action defines.
    pub target: Option<String>,
    /// What the action is for; becomes the docstring.
    pub description: Option<Text>,
    /// `stream` or `batch`; the default depends on the sub-type.
    #[serde(rename = "readMode")]
    pub read_mode: Option<String>,
    /// Operational metadata columns of this action.
    pub operational_metadata: Option<MetadataSelection>,
    /// Dependencies that cannot be seen in the sources.
    pub depends_on: Option<Vec<String>>,
    /// Run the flow of a write only once.
    pub once: Option<LaxBool>,
    /// Sub-type of a transform.
    pub transform_type: Option<String>,
    /// SQL text.
    pub sql: Option<Text>,
    /// File with SQL text, relative to the project root.
    pub sql_path: Option<String>,
    /// Python file, relative to the project root.
    pub module_path: Option<String>,
    /// Function in the Python file.
    pub function_name: Option<String>,
    /// Arguments of the Python function.
    pub parameters: Option<Free>,
    /// File with data quality expectations.
    pub expectations_file: Option<String>,
    /// `dqe` or `quarantine`.
    pub mode: Option<String>,
    /// Tables of the quarantine mode.
    pub quarantine: Option<Quarantine>,
    /// Rules of a schema transform.
    pub schema_inline: Option<String>,
    /// File with the rules of a schema transform.
    pub schema_file: Option<String>,
    /// `strict` or `permissive`.
    pub enforcement: Option<String>,
    /// Class of a custom data source.
    pub custom_datasource_class: Option<String>,
    /// Where a write puts its rows.
    pub write_target: Option<Free>,
    /// Sub-type of a test.
    pub test_type: Option<String>,
    /// `fail`, `warn` or `drop`.
    pub on_violation: Option<String>,
    /// Identifier under which the result of a test is reported.
    pub test_id: Option<String>,
    /// Largest accepted difference of row counts.
    pub tolerance: Option<LaxInt>,
    /// Columns of a test.
    pub columns: Option<Vec<String>>,
    /// Columns on the side of the source.
    pub source_columns: Option<Vec<String>>,
    /// Columns on the side of the reference.
    pub reference_columns: Option<Vec<String>>,
    /// Columns that must not be null.
    pub required_columns: Option<Vec<String>>,
    /// Columns that are looked up.
    pub lookup_columns: Option<Vec<String>>,
    /// Columns that a lookup gives.
    pub lookup_result_columns: Option<Vec<String>>,
    /// Condition on the rows of a test.
    pub filter: Option<Text>,
    /// Table that a test compares with.
    pub reference: Option<String>,
    /// Column of a test.
    pub column: Option<String>,
    /// Table in which a test looks up.
    pub lookup_table: Option<String>,
    /// Smallest accepted value.
    pub min_value: Option<Anything>,
    /// Largest accepted value.
    pub max_value: Option<Anything>,
    /// Expectations of a test or of a data quality transform.
    pub expectations: Option<Vec<Free>>,
}

/// Where rejected rows go.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Quarantine {
    /// Table for rejected rows, `catalog.schema.table`.
    pub dlq_table: String,
    /// Table that the rows come from, `catalog.schema.table`.
    pub source_table: String,
}
