//! The `plugins` block of `lhp.yaml`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::lax::{Free, LaxBool};

/// Which plugins a project uses, and what they may do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PluginSettings {
    /// Whether plugins are used at all; on by default. The environment variable `LHP_NO_PLUGINS` wins.
    pub enabled: Option<LaxBool>,
    /// Directories with one plugin per subdirectory; `~/.lhp/plugins` and `./plugins` by default.
    pub directories: Option<Vec<String>>,
    /// How plugins in Python packages are found.
    pub discovery: Option<PluginDiscovery>,
    /// Patterns of plugin ids that may be used; all of them by default.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Patterns of plugin ids that may not be used; they win over `allow`.
    #[serde(default)]
    pub deny: Vec<String>,
    /// Plugins that the project uses.
    #[serde(default, rename = "use")]
    pub used: Vec<UsedPlugin>,
    /// Which plugin provides a capability that several provide, as in `load/s3_batch: lhp-s3-plugin`.
    #[serde(default, rename = "override")]
    pub overrides: IndexMap<String, String>,
    /// The active orchestrator.
    pub orchestrator: Option<String>,
    /// Settings of the built-in hooks `logging` and `metrics`; a hook that is named here is switched on.
    pub hooks: Option<BuiltInHooks>,
    /// Which events are delivered.
    pub events: Option<EventSelection>,
    /// What becomes of the other pipelines when one has an error.
    pub on_error: Option<OnError>,
    /// What is demanded of plugins before they run.
    pub trust: Option<TrustSettings>,
    /// Upper bounds for the resources of every plugin.
    pub limits: Option<PluginLimits>,
    /// Settings of plugins, by the key that each of them declares.
    #[serde(default)]
    pub config: IndexMap<String, Free>,
}

/// How plugins in Python packages are found.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PluginDiscovery {
    /// `off`: not at all; `listed`: found and listed, used only if the project names them; `auto`: found and used.
    pub entry_points: Option<EntryPoints>,
    /// Python interpreter whose packages are searched.
    pub python: Option<String>,
}

/// What becomes of plugins that Python packages declare. `off` without quotes is a boolean in YAML, and is meant all the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(from = "EntryPointsForm", rename_all = "lowercase")]
pub enum EntryPoints {
    /// They are not looked for.
    Off,
    /// They are listed, and used only if the project names them.
    #[default]
    Listed,
    /// They are used.
    Auto,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum EntryPointsForm {
    Flag(bool),
    Word(EntryPointsWord),
}

/// The words for what becomes of plugins in Python packages.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum EntryPointsWord {
    /// They are not looked for.
    Off,
    /// They are listed, and used only if the project names them.
    Listed,
    /// They are used.
    Auto,
}

impl From<EntryPointsForm> for EntryPoints {
    fn from(form: EntryPointsForm) -> Self {
        match form {
            EntryPointsForm::Flag(false) | EntryPointsForm::Word(EntryPointsWord::Off) => Self::Off,
            EntryPointsForm::Flag(true) | EntryPointsForm::Word(EntryPointsWord::Listed) => Self::Listed,
            EntryPointsForm::Word(EntryPointsWord::Auto) => Self::Auto,
        }
    }
}

/// A plugin that the project uses.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UsedPlugin {
    /// The id of the plugin.
    pub id: String,
    /// Versions that may be used, as in `>=1.0, <2`.
    pub version: Option<String>,
    /// Where the plugin is, as in `path:./plugins/s3`; wherever it is found by default.
    pub source: Option<String>,
    /// Whether the plugin is used; on by default.
    pub enabled: Option<LaxBool>,
    /// What the plugin may do, of what it asks for.
    pub grant: Option<PluginPermissions>,
    /// Whether a native library may be loaded.
    pub allow_native: Option<LaxBool>,
    /// Whether the plugin is being developed, so that its content is not compared with the lock.
    pub dev: Option<LaxBool>,
    /// Whether the plugin runs without network (Linux).
    pub isolate: Option<LaxBool>,
}

/// What a plugin may do beyond generating code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PluginPermissions {
    /// Patterns of project files whose content it is given.
    #[serde(default)]
    pub read: Vec<String>,
    /// Environment variables that it is given.
    #[serde(default)]
    pub env: Vec<String>,
    /// Hosts, with or without port, to which it may send.
    #[serde(default)]
    pub net: Vec<String>,
    /// Programs that it may start.
    #[serde(default)]
    pub exec: Vec<String>,
}

/// Settings of the hooks that come with the program.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BuiltInHooks {
    /// Writes every event as a line of JSON.
    pub logging: Option<LoggingHook>,
    /// Writes counts and durations of a run.
    pub metrics: Option<MetricsHook>,
}

/// Settings of the hook `logging`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LoggingHook {
    /// File for the lines, relative to the project root; `.lhp/logs/events.jsonl` by default.
    pub path: Option<String>,
}

/// Settings of the hook `metrics`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MetricsHook {
    /// File for the metrics, relative to the project root; `artifacts/<env>/metrics.json` by default.
    pub path: Option<String>,
}

/// Which events are delivered to hooks.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EventSelection {
    /// Patterns of event names; all by default.
    pub include: Option<Vec<String>>,
    /// Patterns of event names that are not delivered; they win over `include`.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// What becomes of the other pipelines when one has an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// Everything is analysed and reported, and nothing is written.
    #[default]
    Fail,
    /// Pipelines without errors are written; those with errors keep their files. The run fails all the same.
    Isolate,
}

/// What is demanded of plugins before they run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TrustSettings {
    /// Whether plugins must be in `lhp-plugins.lock`. `auto` warns, and refuses under `CI` and with `--locked`.
    pub require_lock: Option<RequireLock>,
    /// Whether plugins must be signed.
    pub require_signature: Option<LaxBool>,
    /// Public keys whose signatures count.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// Whether plugins must be in the lock file. `true` and `false` are understood as `always` and `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(from = "RequireLockForm", rename_all = "lowercase")]
pub enum RequireLock {
    /// A warning on a developer's machine, an error under `CI` and with `--locked`.
    #[default]
    Auto,
    /// Always an error.
    Always,
    /// Never demanded.
    Never,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum RequireLockForm {
    Flag(bool),
    Word(RequireLockWord),
}

/// The words for whether plugins must be in the lock file.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum RequireLockWord {
    /// A warning on a developer's machine, an error under `CI` and with `--locked`.
    Auto,
    /// Always an error.
    Always,
    /// Never demanded.
    Never,
}

impl From<RequireLockForm> for RequireLock {
    fn from(form: RequireLockForm) -> Self {
        match form {
            RequireLockForm::Flag(true) | RequireLockForm::Word(RequireLockWord::Always) => Self::Always,
            RequireLockForm::Flag(false) | RequireLockForm::Word(RequireLockWord::Never) => Self::Never,
            RequireLockForm::Word(RequireLockWord::Auto) => Self::Auto,
        }
    }
}

/// Upper bounds for the resources of a plugin. The smaller of the bounds of project and plugin counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PluginLimits {
    /// Units of work per call; about one per instruction.
    #[schemars(range(min = 1))]
    pub fuel: Option<u64>,
    /// Memory per call (MiB).
    #[schemars(range(min = 1))]
    pub memory_mb: Option<u64>,
    /// Time per call (ms).
    #[schemars(range(min = 1))]
    pub timeout_ms: Option<u64>,
    /// Size of an answer (KiB).
    #[schemars(range(min = 1))]
    pub output_kb: Option<u64>,
    /// Number of files in an answer.
    pub files: Option<u64>,
}
