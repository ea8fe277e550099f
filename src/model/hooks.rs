//! The blocks of the project file that belong to hooks. Keys that nothing reads are remarked on.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where results of tests are reported.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TestReporting {
    /// Python module that receives the results, relative to the project root. It is copied to each pipeline.
    #[schemars(length(min = 1))]
    pub module_path: String,
    /// Function of the module, called as `function(results=…, config=…, context=…, spark=…)`.
    #[schemars(length(min = 1))]
    pub function_name: String,
    /// YAML file with settings that the function receives as `config`, relative to the project root. Tokens in it
    /// are not replaced. No settings by default.
    pub config_file: Option<String>,
}

/// Tags that pipelines set in Unity Catalog.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(default)]
pub struct UcTagging {
    /// Whether pipelines set the tags of their tables; on by default.
    pub enabled: bool,
    /// Whether tags that are not declared are removed from tables and columns with declared tags; off by default.
    pub remove_undeclared_tags: bool,
    /// How many tables and columns are tagged at a time, 1 to 20; 16 by default.
    #[schemars(range(min = 1, max = 20))]
    pub tag_update_concurrency: u8,
    /// How often tagging may fail in a row before the pipeline stops trying; without a limit by default.
    #[schemars(range(min = 0))]
    pub max_allowable_consecutive_failures: Option<u32>,
}

impl Default for UcTagging {
    fn default() -> Self {
        Self {
            enabled: true,
            remove_undeclared_tags: false,
            tag_update_concurrency: 16,
            max_allowable_consecutive_failures: None,
        }
    }
}
