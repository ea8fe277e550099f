//! The manifest of a plugin: `plugin.yaml` goes in, typed declarations with places come out. Nothing of the plugin runs.

pub(crate) mod check;
mod package;
pub mod paths;
mod provision;
mod pyproject;
mod python;
mod read;
pub(crate) mod schema;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

pub use crate::model::{PluginLimits, PluginPermissions};
pub(crate) use package::{installed, package_id};
pub use provision::{
    Batch, Deprecation, EventFilters, EventMode, FailurePolicy, HookPhase, Provision, ReadMode, SchemaSource,
};
pub(crate) use provision::{KEY, is_key};
pub(crate) use read::RULES;
pub use read::{
    MANIFEST_FILE, MANIFEST_MISSING, MANIFEST_SHAPE, MANIFEST_UNREADABLE, ReadManifest, manifest_file, read_manifest,
};
pub(crate) use read::{judge, read_tree};
pub use schema::{LoadedSchema, load_schema, read_schema};

/// What a plugin says about itself. Unknown keys are errors, except those that begin with `x-`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this file format.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// Identifies the plugin.
    #[schemars(
        length(max = 64),
        pattern(r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"),
        extend("x-lhp-expects" = "lower-case letters and digits, in words joined by `-` or `_`, of at most 64 characters")
    )]
    pub id: String,
    /// Version of the plugin (semantic versioning).
    pub version: String,
    /// Version of the protocol that the plugin was written for, as in `"1.0"`.
    pub api: String,
    /// Name to show.
    pub name: Option<String>,
    /// What the plugin is for.
    pub description: Option<String>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// Licence of the plugin (SPDX).
    pub license: Option<String>,
    /// Where people read about it.
    pub homepage: Option<String>,
    /// Where its source is.
    pub repository: Option<String>,
    /// Where its documentation is.
    pub documentation_url: Option<String>,
    /// Where questions are answered.
    pub support_url: Option<String>,
    /// Words by which it is found.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Ids of plugins that belong together; then there is nothing under `provides`.
    #[serde(default)]
    pub bundle: Vec<String>,
    /// What the plugin needs.
    #[serde(default)]
    pub requires: Requirements,
    /// What runs the plugin; templates by default.
    #[serde(default)]
    pub runtime: Runtime,
    /// Digests of everything that can be executed, for all platforms, as in `sha256:…`.
    #[serde(default)]
    pub artifacts: IndexMap<String, String>,
    /// Whether the same request always gives the same answer; true for templates and WASM by default.
    pub deterministic: Option<bool>,
    /// Bounds for the resources of one call.
    #[serde(default)]
    pub limits: PluginLimits,
    /// What the plugin asks for. Nothing is granted by asking.
    #[serde(default)]
    pub permissions: PluginPermissions,
    /// The settings under `plugins.config` of a project.
    pub config: Option<ConfigDeclaration>,
    /// The capabilities of the plugin.
    #[serde(default)]
    pub provides: Vec<Provision>,
    /// Changes of a database that come with the plugin.
    #[serde(default)]
    pub migrations: Vec<Migration>,
    /// Directory of golden cases; `tests` by default.
    pub tests: Option<String>,
}

/// Who wrote a plugin.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Author {
    /// A name, often with an address.
    Name(String),
    /// Name, address and page.
    Full(FullAuthor),
}

/// Who wrote a plugin, with address and page.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FullAuthor {
    /// Name of the author.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Page of the author.
    pub url: Option<String>,
}

impl std::fmt::Display for Author {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Full(author) => {
                formatter.write_str(&author.name)?;
                author.email.iter().try_for_each(|email| write!(formatter, " <{email}>"))
            }
        }
    }
}

/// What a plugin needs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Requirements {
    /// Versions of this program, as in `>=0.1`.
    pub lhp: Option<String>,
    /// Other plugins with their versions.
    #[serde(default)]
    pub plugins: IndexMap<String, String>,
    /// Versions of Python, for the runtime `python`.
    pub python: Option<String>,
    /// Python packages, as in `boto3>=1.26.0`.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Versions of the platform that the generated code needs; informative.
    pub target: Option<Target>,
}

/// Versions of the platform that generated code needs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Target {
    /// Versions of the Databricks runtime.
    pub databricks_runtime: Option<String>,
    /// Versions of Spark.
    pub spark: Option<String>,
}

/// What runs a plugin.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Runtime {
    /// Which runtime; templates by default.
    #[serde(default, rename = "type")]
    pub kind: RuntimeKind,
    /// `template`: directory that templates are looked for in; the directory of the manifest by default.
    pub root: Option<String>,
    /// `wasm`: the module.
    pub module: Option<String>,
    /// `python`: directory that modules are imported from; the directory of the manifest by default.
    pub path: Option<String>,
    /// `python`: compatibility packages that the plugin imports.
    #[serde(default)]
    pub shims: Vec<Shim>,
    /// `python`: which Jinja renders the templates of the plugin.
    pub jinja: Option<Jinja>,
    /// `native`: which symbols the library has.
    pub profile: Option<NativeProfile>,
    /// `native`: the library for each target triple.
    #[serde(default)]
    pub libraries: IndexMap<String, String>,
}

/// The runtimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuntimeKind {
    /// Jinja templates.
    #[default]
    Template,
    /// A WebAssembly module in a sandbox.
    Wasm,
    /// A Python process.
    Python,
    /// A native library in a process of its own.
    Native,
}

impl RuntimeKind {
    /// The word for the runtime in manifests and lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Wasm => "wasm",
            Self::Python => "python",
            Self::Native => "native",
        }
    }
}

/// A compatibility package for Python plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shim {
    /// The package `lhp`.
    Lhp,
    /// The package `phlo`.
    Phlo,
    /// The package `dativo_ingest`.
    Dativo,
}

/// Which Jinja renders the templates of a Python plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Jinja {
    /// The one of this program.
    Host,
    /// The package `jinja2`.
    Python,
}

/// Which symbols a native library has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NativeProfile {
    /// `lhp_call` and its companions.
    Lhp,
    /// `create_reader`, `extract_batch` and their companions.
    Dativo,
}

/// The settings of a plugin under `plugins.config`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConfigDeclaration {
    /// The key under `plugins.config`; the id of the plugin by default.
    #[schemars(length(max = 64), pattern(r"^[A-Za-z_][A-Za-z0-9_.-]*$"), extend("x-lhp-expects" = provision::KEY))]
    pub key: Option<String>,
    /// JSON Schema of the settings, inline or the name of a file.
    pub schema: Option<SchemaSource>,
    /// JSON pointers of settings that are secrets.
    #[serde(default)]
    pub secret: Vec<String>,
}

/// A change of a database.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Migration {
    /// Orders the changes.
    pub id: String,
    /// SQL that makes the change.
    pub file: String,
    /// SQL that takes it back.
    pub down: Option<String>,
}

impl Manifest {
    /// The key of the plugin's settings under `plugins.config`.
    pub fn config_key(&self) -> &str {
        self.config.as_ref().and_then(|config| config.key.as_deref()).unwrap_or(&self.id)
    }

    /// Whether the same request always gives the same answer.
    pub fn is_deterministic(&self) -> bool {
        let sandboxed = matches!(self.runtime.kind, RuntimeKind::Template | RuntimeKind::Wasm);
        self.deterministic.unwrap_or(sandboxed)
    }
}
