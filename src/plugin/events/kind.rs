//! The names of events, and sets of them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// When an event is fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// By `generate` and `validate`.
    Compile,
    /// By commands for services and by generated code. This version declares the names and fires none of them.
    Runtime,
}

macro_rules! event_types {
    ($($(#[doc = $line:literal])+ $variant:ident = $name:literal, $phase:ident;)+) => {
        /// What happened. Numbers are stable within a build only.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType {
            $($(#[doc = $line])+ $variant,)+
        }

        impl EventType {
            /// All events, in the order in which a run fires them first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in payloads and subscriptions.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// When the event is fired.
            pub const fn phase(self) -> Phase {
                match self {
                    $(Self::$variant => Phase::$phase),+
                }
            }
        }
    };
}

event_types! {
    /// `generate` begins.
    GenerationStart = "generation.start", Compile;
    /// The analysis of the pipelines begins.
    ValidationStart = "validation.start", Compile;
    /// A pipeline is about to be compiled.
    PipelineStart = "pipeline.start", Compile;
    /// A flowgroup is about to be compiled.
    FlowgroupStart = "flowgroup.start", Compile;
    /// An action is about to be compiled.
    ActionStart = "action.start", Compile;
    /// An action was compiled.
    ActionEnd = "action.end", Compile;
    /// An action has an error; in place of its end.
    ActionError = "action.error", Compile;
    /// A flowgroup was compiled.
    FlowgroupEnd = "flowgroup.end", Compile;
    /// A flowgroup has an error; in place of its end.
    FlowgroupError = "flowgroup.error", Compile;
    /// A pipeline was compiled.
    PipelineEnd = "pipeline.end", Compile;
    /// A pipeline has an error; in place of its end.
    PipelineError = "pipeline.error", Compile;
    /// Once for each pipeline with an error, after all were compiled.
    ValidationError = "validation.error", Compile;
    /// The analysis of the pipelines ended, with or without errors.
    ValidationEnd = "validation.end", Compile;
    /// What is made of what, after all pipelines were analysed.
    LineageEdges = "lineage.edges", Compile;
    /// The generated files are about to be written.
    PublishStart = "publish.start", Compile;
    /// A write target is new.
    TableCreated = "table.created", Compile;
    /// The definition of a write target changed.
    TableUpdated = "table.updated", Compile;
    /// The generated files were written.
    PublishEnd = "publish.end", Compile;
    /// How long a phase took.
    TelemetryMetric = "telemetry.metric", Compile;
    /// A diagnostic of the run.
    TelemetryLog = "telemetry.log", Compile;
    /// `generate` ended, with or without errors.
    GenerationEnd = "generation.end", Compile;
    /// A service is about to start.
    ServicePreStart = "service.pre_start", Runtime;
    /// A service has started.
    ServicePostStart = "service.post_start", Runtime;
    /// A service is about to stop.
    ServicePreStop = "service.pre_stop", Runtime;
    /// A service has stopped.
    ServicePostStop = "service.post_stop", Runtime;
    /// Rows are about to be read from a source.
    IngestionStart = "ingestion.start", Runtime;
    /// Rows were read from a source.
    IngestionEnd = "ingestion.end", Runtime;
    /// A table is about to be computed.
    TransformStart = "transform.start", Runtime;
    /// A table was computed.
    TransformEnd = "transform.end", Runtime;
    /// A check of the quality of rows has a result.
    QualityResult = "quality.result", Runtime;
}

impl EventType {
    /// The event with a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether a pattern means this event: its name, `prefix.*` or `*`.
    pub fn matches(self, pattern: &str) -> bool {
        match pattern.strip_suffix(".*") {
            Some(prefix) => self.name().strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')),
            None => pattern == "*" || pattern == self.name(),
        }
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| de::Error::custom(format!("there is no event `{name}`")))
    }
}

impl JsonSchema for EventType {
    fn schema_name() -> Cow<'static, str> {
        "EventType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
        json_schema!({"description": "What happened.", "type": "string", "enum": names})
    }
}

/// A set of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventSet(u64);

impl EventSet {
    /// No event.
    pub const NONE: Self = Self(0);

    /// The events that one of some patterns means.
    pub fn of<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::NONE;
        for pattern in patterns {
            EventType::ALL.iter().filter(|kind| kind.matches(pattern)).for_each(|kind| set.insert(*kind));
        }
        set
    }

    /// Adds an event.
    pub fn insert(&mut self, kind: EventType) {
        self.0 |= 1 << kind as u64;
    }

    /// Whether an event is in the set.
    pub const fn contains(self, kind: EventType) -> bool {
        self.0 & (1 << kind as u64) != 0
    }

    /// Whether there is no event in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The events in one of two sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The events in both of two sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The events that are not in another set.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_found_by_its_name_and_has_a_place_in_sets() {
        for kind in EventType::ALL {
            assert_eq!(EventType::parse(kind.name()), Some(*kind));
            assert!(EventSet::of([kind.name()]).contains(*kind));
        }
        assert!(EventType::ALL.len() < 64);
    }

    #[test]
    fn a_prefix_means_its_family_only() {
        let set = EventSet::of(["table.*"]);
        assert!(set.contains(EventType::TableCreated) && set.contains(EventType::TableUpdated));
        assert!(!set.contains(EventType::TelemetryLog));
        assert!(!EventType::TableCreated.matches("tab.*"));
    }
}
