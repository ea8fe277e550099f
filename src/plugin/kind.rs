//! Kinds of capabilities: the first half of the id of a row of the plugin table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::ActionType;

/// What a capability is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Generates a source view; named by `source.type`.
    #[default]
    Load,
    /// Generates a view over other views; named by `transform_type`.
    Transform,
    /// Generates a target; named by `write_target.type`, or as `sink/<name>` by `write_target.sink_type`.
    Write,
    /// Generates a test; named by `test_type`.
    Test,
    /// Reacts to events.
    Hook,
    /// A class that reads rows, wrapped as a data source.
    Reader,
    /// A class that writes rows, wrapped as a sink.
    Writer,
    /// A check of the quality of rows.
    QualityCheck,
    /// A container beside the pipelines.
    Service,
    /// A model of a semantic layer.
    SemanticModel,
    /// A command of its own.
    Cli,
    /// Definitions for an orchestrator.
    Orchestrator,
    /// A form of a user interface.
    Form,
    /// A catalog of a query engine.
    Catalog,
    /// A node of the asset graph.
    Asset,
    /// A resource of an orchestrator.
    Resource,
}

impl Kind {
    /// All kinds, in the order of lists.
    pub const ALL: [Self; 16] = [
        Self::Load,
        Self::Transform,
        Self::Write,
        Self::Test,
        Self::Hook,
        Self::Reader,
        Self::Writer,
        Self::QualityCheck,
        Self::Service,
        Self::SemanticModel,
        Self::Cli,
        Self::Orchestrator,
        Self::Form,
        Self::Catalog,
        Self::Asset,
        Self::Resource,
    ];

    /// The word for the kind in manifests, lists and ids.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Transform => "transform",
            Self::Write => "write",
            Self::Test => "test",
            Self::Hook => "hook",
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::QualityCheck => "quality_check",
            Self::Service => "service",
            Self::SemanticModel => "semantic_model",
            Self::Cli => "cli",
            Self::Orchestrator => "orchestrator",
            Self::Form => "form",
            Self::Catalog => "catalog",
            Self::Asset => "asset",
            Self::Resource => "resource",
        }
    }

    /// The kind that a word stands for: its own word, or a name that another tool has for it.
    pub fn parse(word: &str) -> Option<Self> {
        let own = Self::ALL.into_iter().find(|kind| kind.word() == word);
        own.or_else(|| {
            Some(match word {
                "loads" | "load_generator" | "lhp.load_generators" => Self::Load,
                "transforms" | "transform_generator" | "lhp.transform_generators" | "phlo.plugins.transforms" => {
                    Self::Transform
                }
                "writes" | "write_generator" | "lhp.write_generators" => Self::Write,
                "tests" => Self::Test,
                "hooks" | "event_hook" | "lhp.event_hooks" | "phlo.plugins.hooks" => Self::Hook,
                "source" | "sources" | "readers" | "custom_reader" | "phlo.plugins.sources" => Self::Reader,
                "writers" | "custom_writer" => Self::Writer,
                "quality" | "quality_checks" | "phlo.plugins.quality" => Self::QualityCheck,
                "services" | "phlo.plugins.services" => Self::Service,
                "semantic" | "semantic_models" => Self::SemanticModel,
                "phlo.plugins.cli" => Self::Cli,
                "dagster" | "orchestrators" | "phlo.plugins.dagster" | "phlo.plugins.orchestrators" => {
                    Self::Orchestrator
                }
                "forms" | "data_product_portal.plugins" => Self::Form,
                "catalogs" | "phlo.plugins.catalogs" => Self::Catalog,
                "assets" | "phlo.plugins.assets" => Self::Asset,
                "resources" | "phlo.plugins.resources" => Self::Resource,
                _ => return None,
            })
        })
    }

    /// Whether this program does something with capabilities of this kind.
    pub const fn is_supported(self) -> bool {
        matches!(
            self,
            Self::Load | Self::Transform | Self::Write | Self::Test | Self::Hook | Self::Reader | Self::Writer
        )
    }

    /// Why capabilities of this kind are not used, if they are not.
    pub fn unused_reason(self) -> Option<String> {
        (!self.is_supported()).then(|| format!("this version has no use for the kind `{}`", self.word()))
    }

    /// The type of the actions that a capability of this kind generates, if it generates any: a reader is a load, and a
    /// writer is a write.
    pub const fn action_type(self) -> Option<ActionType> {
        match self {
            Self::Load | Self::Reader => Some(ActionType::Load),
            Self::Transform => Some(ActionType::Transform),
            Self::Write | Self::Writer => Some(ActionType::Write),
            Self::Test => Some(ActionType::Test),
            _ => None,
        }
    }
}

impl Kind {
    /// The name under which actions of [`Self::action_type`] ask for a key of this kind.
    pub fn action_key(self, key: &str) -> String {
        match self {
            Self::Writer => format!("sink/{key}"),
            _ => key.to_owned(),
        }
    }
}

impl From<ActionType> for Kind {
    fn from(action: ActionType) -> Self {
        match action {
            ActionType::Load => Self::Load,
            ActionType::Transform => Self::Transform,
            ActionType::Write => Self::Write,
            ActionType::Test => Self::Test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.word()), Some(kind));
        }
    }

    #[test]
    fn names_of_other_tools_are_understood() {
        assert_eq!(Kind::parse("sources"), Some(Kind::Reader));
        assert_eq!(Kind::parse("dagster"), Some(Kind::Orchestrator));
        assert_eq!(Kind::parse("nothing"), None);
    }
}
