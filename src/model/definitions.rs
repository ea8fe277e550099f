//! Presets, templates, blueprints, instances and substitution files.

use schemars::JsonSchema;
use serde::Deserialize;

use super::flowgroup::Flowgroup;
use super::lax::{Anything, Free, LaxBool};

/// Settings that several flowgroups share.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Name under which flowgroups list the preset.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Version of the preset; informative.
    pub version: Option<String>,
    /// Preset whose settings this one starts from.
    pub extends: Option<String>,
    /// What the preset is for; informative.
    pub description: Option<String>,
    /// Settings by kind and sub-type of action.
    pub defaults: Option<PresetDefaults>,
}

/// The settings of a preset.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PresetDefaults {
    /// Settings merged into `source`, by `source.type`.
    pub load_actions: Option<Free>,
    /// Settings of transforms, by `transform_type`. Has no effect.
    pub transform_actions: Option<Free>,
    /// Settings merged into `write_target`, by `write_target.type`.
    pub write_actions: Option<Free>,
    /// Operational metadata columns of all actions.
    pub operational_metadata: Option<Anything>,
    /// Has no effect.
    pub defaults: Option<Anything>,
}

/// A parameter that a template or blueprint declares.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Parameter {
    /// Name of the parameter.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: LaxBool,
    /// Value used where none is given.
    pub default: Option<Anything>,
    /// What kind of value is expected; informative.
    #[serde(rename = "type")]
    pub kind: Option<Anything>,
    /// What the parameter is for; informative.
    pub description: Option<Anything>,
}

/// Actions with parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Name shown in messages.
    pub name: String,
    /// Version of the template; informative.
    pub version: Option<String>,
    /// What the template is for; informative.
    pub description: Option<String>,
    /// Presets merged into the actions of the template.
    #[serde(default)]
    pub presets: Vec<String>,
    /// Parameters, in the order in which they are documented.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Actions; every text with `{{ }}` is rendered with Jinja.
    #[serde(default)]
    pub actions: Vec<Free>,
}

/// Flowgroups with parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blueprint {
    /// Name under which instances refer to the blueprint.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Version of the blueprint; informative.
    pub version: Option<String>,
    /// What the blueprint is for; informative.
    pub description: Option<String>,
    /// Parameters, in the order in which they are documented.
    pub parameters: Vec<Parameter>,
    /// Flowgroups; `%{name}` stands for a parameter.
    pub flowgroups: Vec<Flowgroup>,
}

/// A use of a blueprint.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Name of the blueprint.
    #[schemars(length(min = 1))]
    pub use_blueprint: String,
    /// Values of the parameters.
    pub parameters: Option<Anything>,
    /// Accepted for compatibility; has no effect.
    pub overrides: Option<Free>,
}

/// The tokens of an environment: a block per environment, `global` for all of them, and secret scopes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Substitution {
    /// Tokens for all environments.
    pub global: Option<Anything>,
    /// How secrets are found.
    pub secrets: Option<Secrets>,
    /// Accepted for compatibility; has no effect.
    pub prefix_suffix_rules: Option<Anything>,
}

/// How secrets are found.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Scope of secrets that name none.
    pub default_scope: Option<String>,
    /// Real scope by the name used in the project.
    pub scopes: Option<Free>,
}
