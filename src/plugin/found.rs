//! A plugin that was found: where it is, what it declares, and whether it is used.

use std::path::PathBuf;
use std::sync::Arc;

use super::manifest::{Manifest, PluginPermissions, Provision};
use crate::source::Span;
use crate::syntax::Node;

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An entry of `plugins.use`.
    Used,
    /// A subdirectory of one of the plugin directories; the text is that directory as configured.
    Directory(String),
    /// An entry point of an installed Python package, as in `lhp-s3 1.2.0`.
    EntryPoint(String),
    /// An environment variable.
    Environment,
    /// A reference in an action.
    Action,
}

/// Whether a plugin, or one row of it, is used, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Status {
    /// It is used.
    #[default]
    Active,
    /// It was found, and nobody asked for it.
    Available,
    /// It was switched off.
    Disabled,
    /// It may not be used; the text says why.
    Blocked(String),
    /// It cannot be used by this program; the text says why.
    Incompatible(String),
    /// Something is wrong with it; the text says what.
    Invalid(String),
    /// Another one has its place; the text says which.
    Shadowed(String),
}

impl Status {
    /// The word for it in lists.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Available => "available",
            Self::Disabled => "disabled",
            Self::Blocked(_) => "blocked",
            Self::Incompatible(_) => "incompatible",
            Self::Invalid(_) => "invalid",
            Self::Shadowed(_) => "shadowed",
        }
    }

    /// Why it is not used, if there is more to say than the word does.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Active | Self::Available | Self::Disabled => None,
            Self::Blocked(reason) | Self::Incompatible(reason) | Self::Invalid(reason) | Self::Shadowed(reason) => {
                Some(reason)
            }
        }
    }
}

/// A plugin that was found.
#[derive(Debug)]
pub struct Plugin {
    pub manifest: Manifest,
    /// The tree of the manifest, for the places of what it says.
    pub node: Node,
    /// The directory of the manifest, absolute. Nothing outside it belongs to the plugin.
    pub root: PathBuf,
    pub origin: Origin,
    pub status: Status,
    /// What it may do: asked for and granted.
    pub granted: PluginPermissions,
    pub config: PluginConfig,
}

/// The settings of a plugin under `plugins.config`, with the values of environment variables.
#[derive(Debug, Clone, Default)]
pub struct PluginConfig {
    /// The settings, if there are any.
    pub values: Option<Node>,
    /// Values that must not be shown, stored or generated.
    pub secrets: Vec<Arc<str>>,
}

impl Plugin {
    /// The id of the plugin.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The node of an entry of `provides`.
    pub fn provision_node(&self, index: usize) -> &Node {
        let all = self.node.get("provides").and_then(Node::as_sequence).unwrap_or_default();
        all.get(index).unwrap_or(&self.node)
    }

    /// The place of a key of an entry of `provides`, or of the entry.
    pub fn provision_span(&self, index: usize, key: &str) -> Span {
        let entry = self.provision_node(index);
        entry.get(key).unwrap_or(entry).span
    }

    /// The directory that the templates of the plugin are looked for in.
    pub fn template_root(&self) -> PathBuf {
        self.manifest.runtime.root.as_deref().map_or_else(|| self.root.clone(), |root| self.root.join(root))
    }

    /// An entry of `provides`.
    pub fn provision(&self, index: usize) -> Option<&Provision> {
        self.manifest.provides.get(index)
    }
}
