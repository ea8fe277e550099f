//! A plugin that was found: where it is, what it declares, and whether it is used.

use std::path::PathBuf;
use std::sync::Arc;

use super::manifest::{Manifest, PluginPermissions, Provision};
use super::steps::Step;
use crate::report::Diagnostic;
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

impl Origin {
    /// Where it comes from, in a word for lists.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Used => "use",
            Self::Directory(_) => "directory",
            Self::EntryPoint(_) => "entry-point",
            Self::Environment => "environment",
            Self::Action => "action",
        }
    }
}

/// How far a plugin is from the project, which decides how much it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the directory of the project.
    Project,
    /// In another directory, such as `~/.lhp/plugins`.
    Outside,
    /// In an installed Python package.
    Installed,
}

/// How a project or a process asks for a plugin by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Where it does.
    pub span: Span,
    /// Position among `plugins.use`, if it is one of them.
    pub position: Option<usize>,
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
    pub place: Place,
    pub status: Status,
    /// How it is asked for, if somebody asks for it by its id.
    pub named: Option<Named>,
    /// What is wrong with it. The first one is why it is not used, if it is not.
    pub faults: Vec<Diagnostic>,
    /// How it came to its status, for people who want to know.
    pub steps: Vec<Step>,
    /// What it may do: asked for and granted.
    pub granted: PluginPermissions,
    pub config: PluginConfig,
}

/// The settings of a plugin under `plugins.config`, with the values of environment variables.
#[derive(Clone, Default)]
pub struct PluginConfig {
    /// The settings, if there are any.
    pub values: Option<Node>,
    /// The settings without their secrets, for whatever makes code.
    pub shown: Option<Node>,
    /// Values that must not be shown, stored or generated.
    pub secrets: Vec<Arc<str>>,
}

impl std::fmt::Debug for PluginConfig {
    /// Values are left out: some are secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PluginConfig").field("secrets", &self.secrets.len()).finish_non_exhaustive()
    }
}

impl Plugin {
    /// A plugin as its manifest describes it. Nobody has decided yet whether it is used.
    pub fn new(manifest: Manifest, node: Node, root: PathBuf, origin: Origin, place: Place) -> Self {
        Self {
            manifest,
            node,
            root,
            origin,
            place,
            status: Status::Active,
            named: None,
            faults: Vec::new(),
            steps: Vec::new(),
            granted: PluginPermissions::default(),
            config: PluginConfig::default(),
        }
    }

    /// Whether it is used.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Where its manifest says something: the place of a key at its top, or of the whole.
    pub fn span(&self, key: &str) -> Span {
        self.node.get(key).unwrap_or(&self.node).span
    }

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

    /// An entry of `provides`.
    pub fn provision(&self, index: usize) -> Option<&Provision> {
        self.manifest.provides.get(index)
    }
}
