//! Everything that is known about a plugin, under names that stay. `lhp plugin info --json` prints it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::{origin, schema_json};
use crate::plugin::manifest::PluginPermissions;
use crate::plugin::usage::Use;
use crate::plugin::{Kind, Plugin, Row, Table};
use crate::source::SourceMap;
use crate::syntax::Node;

/// What is known about a plugin.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "Plugin of lhp")]
pub struct Information {
    /// The id of the plugin.
    pub id: String,
    /// Name to show; the id if the plugin has no other.
    pub name: String,
    /// Version of the plugin.
    pub version: String,
    pub description: Option<String>,
    /// Name of the author, with an address if there is one.
    pub author: Option<String>,
    /// Versions of this program that the plugin works with.
    pub requires_lhp_version: Option<String>,
    /// Python packages that the plugin needs.
    pub dependencies: Vec<String>,
    /// Other plugins that the plugin needs, with their versions.
    pub requires_plugins: IndexMap<String, String>,
    pub homepage: Option<String>,
    pub repository: Option<String>,
    pub documentation_url: Option<String>,
    pub support_url: Option<String>,
    pub license: Option<String>,
    pub tags: Vec<String>,
    /// Version of the protocol.
    pub api: String,
    /// `template`, `wasm`, `python` or `native`.
    pub runtime: String,
    /// Whether the same request always gives the same answer.
    pub deterministic: bool,
    /// Where the plugin comes from.
    pub origin: String,
    /// The directory of the manifest.
    pub path: String,
    /// `active`, `available`, `disabled`, `blocked`, `incompatible`, `invalid` or `shadowed`.
    pub status: String,
    /// Why the plugin is not used.
    pub reason: Option<String>,
    pub provides: Vec<Provided>,
    /// The key of the settings under `plugins.config`.
    pub config_key: String,
    /// JSON Schema of these settings.
    pub config_schema: Option<Json>,
    pub permissions: Permissions,
    /// Digests of what can be executed, as the manifest declares them.
    pub digests: IndexMap<String, String>,
    /// The actions of the project that use the plugin.
    pub used: Vec<Used>,
}

/// A capability of a plugin.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Provided {
    /// `kind/key`.
    pub id: String,
    pub kind: String,
    pub key: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub since: Option<String>,
    /// What to use instead, if it should not be used any more.
    pub deprecated: Option<String>,
    pub status: String,
    pub reason: Option<String>,
    /// JSON Schema of the settings.
    pub schema: Option<Json>,
    /// Events that a hook is given.
    pub events: Vec<String>,
}

/// What a plugin may do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Permissions {
    /// What it asks for.
    pub requested: IndexMap<&'static str, Vec<String>>,
    /// What the project grants.
    pub granted: IndexMap<&'static str, Vec<String>>,
}

/// An action that uses a plugin.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Used {
    /// `kind/key` of the capability.
    pub id: String,
    pub flowgroup: Option<String>,
    pub action: String,
    pub file: String,
    /// Counts from 1.
    pub line: usize,
}

impl Information {
    /// What is known about a plugin of a table. `uses` are the actions of the project.
    pub fn of(plugin: &Plugin, table: &Table, uses: &[Use], sources: &SourceMap) -> Self {
        let manifest = &plugin.manifest;
        let rows: Vec<&Row> =
            table.plugin_rows().iter().filter(|row| std::ptr::eq(row.plugin.as_ref(), plugin)).collect();
        let is_used = |using: &&Use| {
            let same = |row: &&&Row| row.kind == Kind::from(using.kind) && row.key == using.key;
            rows.iter().any(|row| same(&row) && !matches!(row.status, crate::plugin::Status::Shadowed(_)))
        };
        Self {
            id: manifest.id.clone(),
            name: manifest.name.clone().unwrap_or_else(|| manifest.id.clone()),
            version: manifest.version.clone(),
            description: manifest.description.clone(),
            author: manifest.author.as_ref().map(ToString::to_string),
            requires_lhp_version: manifest.requires.lhp.clone(),
            dependencies: manifest.requires.packages.clone(),
            requires_plugins: manifest.requires.plugins.clone(),
            homepage: manifest.homepage.clone(),
            repository: manifest.repository.clone(),
            documentation_url: manifest.documentation_url.clone(),
            support_url: manifest.support_url.clone(),
            license: manifest.license.clone(),
            tags: manifest.tags.clone(),
            api: manifest.api.clone(),
            runtime: manifest.runtime.kind.word().to_owned(),
            deterministic: manifest.is_deterministic(),
            origin: origin(&plugin.origin),
            path: sources.display_path(&plugin.root),
            status: plugin.status.word().to_owned(),
            reason: plugin.status.reason().map(str::to_owned),
            provides: (0..manifest.provides.len()).filter_map(|index| provided(plugin, index, &rows)).collect(),
            config_key: manifest.config_key().to_owned(),
            config_schema: config_schema(plugin),
            permissions: Permissions {
                requested: permissions(&manifest.permissions),
                granted: permissions(&plugin.granted),
            },
            digests: manifest.artifacts.clone(),
            used: uses.iter().filter(is_used).map(|using| used(using, sources)).collect(),
        }
    }
}

fn provided(plugin: &Plugin, index: usize, rows: &[&Row]) -> Option<Provided> {
    let row = plugin.provision(index)?;
    let status = rows.iter().find(|known| known.index == index).map_or(&plugin.status, |known| &known.status);
    let schema = row.schema.as_ref().zip(plugin.provision_node(index).get("schema"));
    Some(Provided {
        id: format!("{}/{}", row.kind.word(), row.key),
        kind: row.kind.word().to_owned(),
        key: row.key.clone(),
        title: row.title.clone(),
        description: row.description.clone(),
        since: row.since.clone(),
        deprecated: row.deprecated.as_ref().map(|old| old.replacement.clone().unwrap_or_default()),
        status: status.word().to_owned(),
        reason: status.reason().map(str::to_owned),
        schema: schema.and_then(|(source, node)| schema_json(source, node, &plugin.root)),
        events: row.events.clone(),
    })
}

/// The schema of the settings under `plugins.config`.
pub(super) fn config_schema(plugin: &Plugin) -> Option<Json> {
    let source = plugin.manifest.config.as_ref()?.schema.as_ref()?;
    let node: &Node = plugin.node.get("config")?.get("schema")?;
    schema_json(source, node, &plugin.root)
}

/// Permissions by name.
pub(super) fn permissions(permissions: &PluginPermissions) -> IndexMap<&'static str, Vec<String>> {
    let all = [
        ("read", &permissions.read),
        ("env", &permissions.env),
        ("net", &permissions.net),
        ("exec", &permissions.exec),
    ];
    all.into_iter().map(|(name, values)| (name, values.clone())).collect()
}

fn used(using: &Use, sources: &SourceMap) -> Used {
    let place = sources.location(using.span);
    Used {
        id: format!("{}/{}", Kind::from(using.kind).word(), using.key),
        flowgroup: using.flowgroup.clone(),
        action: using.action.clone(),
        file: place.path,
        line: place.line,
    }
}
