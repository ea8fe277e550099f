//! Resolved actions: what generators and rules see.

use std::sync::Arc;

use super::metadata::Column;
use crate::emit::literal::python_str;
use crate::model::ActionType;
use crate::model::lax::LaxBool;
use crate::syntax::{Mapping, Node, Text, Value};

/// One action after every expansion step.
#[derive(Debug, Clone)]
pub struct Action {
    /// Position in the flowgroup: its own actions first, then those of its template.
    pub index: usize,
    /// The whole mapping.
    pub node: Node,
    pub name: Arc<str>,
    pub kind: ActionType,
    /// Name of the generator within its kind: the type of the source or target, the transform or test type.
    pub key: Arc<str>,
    /// The settings that the generator's schema describes, without the key that names the generator.
    pub settings: Node,
    /// Operational metadata columns, sorted by name.
    pub metadata: Vec<Column>,
    /// Tables that the settings name beside `source`, as a plugin declares.
    pub reads: Vec<Node>,
    /// Whether a plugin brought the generator.
    pub by_plugin: bool,
    /// What [`Action::written_table`] gives, which is asked for many times.
    table: Option<Text>,
}

/// What stands in the mapping of an action.
struct Parts {
    name: Arc<str>,
    kind: ActionType,
    key: Arc<str>,
    settings: Node,
}

impl Parts {
    fn of(node: &Node) -> Option<Self> {
        let name = node.get("name")?.as_str()?.into();
        let kind = ActionType::parse(node.get("type")?.as_str()?)?;
        let (key, settings) = match kind {
            ActionType::Load => {
                let source = node.get("source")?;
                match (text_source(source), named_class(kind, source)) {
                    (Some((key, settings)), _) => (key.into(), settings),
                    (None, Some((_, key))) => (key.into(), without(source, &["type"])?),
                    (None, None) => settings_of(source, &["type"])?,
                }
            }
            ActionType::Write => {
                let target = node.get("write_target")?;
                match named_class(kind, target) {
                    Some((_, key)) => (key.into(), without(target, &["type", "sink_type"])?),
                    None => settings_of(target, &["type", "sink_type"])?,
                }
            }
            ActionType::Transform | ActionType::Test => {
                let word = if kind == ActionType::Transform { "transform_type" } else { "test_type" };
                let key: Arc<str> = node.get(word)?.as_str()?.into();
                (key, without(node, &COMMON_KEYS)?)
            }
        };
        Some(Self { name, kind, key, settings })
    }
}

/// How the names of generators for sinks begin.
const SINK: &str = "sink/";

/// Keys that every action may have; they are not settings of a generator.
const COMMON_KEYS: [&str; 9] = [
    "name",
    "type",
    "target",
    "description",
    "readMode",
    "operational_metadata",
    "depends_on",
    "transform_type",
    "test_type",
];

impl Action {
    /// Sorts the parts of an action's mapping. Gives it back if it names no generator.
    pub fn new(index: usize, node: Node) -> Result<Self, Node> {
        match Parts::of(&node) {
            Some(Parts { name, kind, key, settings }) => {
                let table =
                    (kind == ActionType::Write && !key.starts_with(SINK)).then(|| table_of(&settings)).flatten();
                Ok(Self {
                    index,
                    node,
                    name,
                    kind,
                    key,
                    settings,
                    metadata: Vec::new(),
                    reads: Vec::new(),
                    by_plugin: false,
                    table,
                })
            }
            None => Err(node),
        }
    }

    /// The value of a key of the action.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.node.get(key)
    }

    /// The value of a setting that is not null.
    pub fn setting(&self, key: &str) -> Option<&Node> {
        self.settings.get(key).filter(|node| !node.is_null())
    }

    /// The name of the view that the action defines.
    pub fn target(&self) -> Option<&str> {
        self.get("target")?.as_str().filter(|target| !target.is_empty())
    }

    /// The description, unless it is empty.
    pub fn description(&self) -> Option<Text> {
        self.get("description")?.as_text().filter(|text| !text.is_empty())
    }

    /// The node that says how rows are read: the action's own, else that of its source.
    pub fn read_mode(&self) -> Option<&Node> {
        self.get("readMode").filter(|node| !node.is_null()).or_else(|| self.setting("readMode"))
    }

    /// Whether the flow of a write runs only once.
    pub fn once(&self) -> bool {
        self.get("once").is_some_and(is_true)
    }

    /// Whether a write creates its table.
    pub fn creates_table(&self) -> bool {
        let mode = self.setting("mode").and_then(Node::as_str);
        self.key.as_ref() == "materialized_view"
            || matches!(mode, Some("snapshot_cdc" | "replace"))
            || self.settings.get("create_table").is_none_or(is_true)
    }

    /// `catalog.schema.table` of a write into a table.
    pub fn table(&self) -> Option<&Text> {
        // Whether a plugin makes the table, appends to it, or writes it somewhere else, nobody knows.
        if self.by_plugin { None } else { self.written_table() }
    }

    /// `catalog.schema.table` of a write whose settings name one.
    pub fn written_table(&self) -> Option<&Text> {
        self.table.as_ref()
    }

    /// The name of the sink of a write into a sink.
    pub fn sink(&self) -> Option<Text> {
        let name =
            self.setting("sink_name").filter(|_| self.kind == ActionType::Write && self.key.starts_with(SINK))?;
        Some(python_str(name))
    }

    /// The table that a test defines.
    pub fn test_table(&self) -> String {
        self.target().map_or_else(|| format!("tmp_test_{}", self.name), str::to_owned)
    }

    /// Names of the views and tables that the action declares as its sources.
    pub fn sources(&self) -> Vec<SourceName<'_>> {
        let block = |key: &str| self.settings.get(key);
        let mode = self.setting("mode").and_then(Node::as_str);
        match (self.kind, mode) {
            (ActionType::Write, Some("cdc")) => {
                if let Some(source) =
                    block("cdc_config").and_then(|block| block.get("source")).filter(|node| node.is_truthy())
                {
                    return source_names(source);
                }
            }
            (ActionType::Write, Some("snapshot_cdc")) => {
                let config = block("snapshot_cdc_config");
                if config.and_then(|config| config.get("source_function")).is_some_and(Node::is_truthy) {
                    return Vec::new();
                }
                if let Some(source) = config.and_then(|config| config.get("source")).filter(|node| node.is_truthy()) {
                    return source_names(source);
                }
            }
            _ => {}
        }
        let mut names = self.get("source").map(source_names).unwrap_or_default();
        names.extend(self.reads.iter().flat_map(source_names));
        names
    }
}

/// A source as an action names it.
#[derive(Debug, Clone)]
pub struct SourceName<'a> {
    pub name: String,
    pub node: &'a Node,
}

/// The names in a `source`: the text, the texts of a list, or the view or table of a mapping.
fn source_names(source: &Node) -> Vec<SourceName<'_>> {
    let one = |node: &'_ Node| node.as_str().map(str::to_owned);
    match &source.value {
        Value::String(_) => one(source).map(|name| SourceName { name, node: source }).into_iter().collect(),
        Value::Sequence(items) => {
            items.iter().filter_map(|item| Some(SourceName { name: one(item)?, node: item })).collect()
        }
        Value::Mapping(mapping) => {
            for key in ["view", "source", "sources"] {
                if let Some(node) = mapping.get(key) {
                    return source_names(node);
                }
            }
            table_name(mapping).map(|name| SourceName { name, node: source }).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The table that a mapping names: `catalog.schema.table`, or the bare table.
pub fn table_name(mapping: &Mapping) -> Option<String> {
    let part = |key: &str| mapping.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    let table = part("table")?;
    Some(match (part("catalog"), part("schema")) {
        (Some(catalog), Some(schema)) => format!("{catalog}.{schema}.{table}"),
        _ => table.to_owned(),
    })
}

/// Whether a lax boolean is true.
pub fn is_true(node: &Node) -> bool {
    match &node.value {
        Value::String(word) => LaxBool::parse(word).is_none_or(|flag| flag.0) && !word.is_empty(),
        _ => node.is_truthy(),
    }
}

/// The generator that a `source` of plain text names, and its settings: `key` alone has none, and those of `key:text`
/// are the text.
pub fn text_source(source: &Node) -> Option<(&str, Node)> {
    let text = source.as_str()?;
    Some(match text.split_once(':') {
        Some((key, rest)) => (key, source.with_value(Value::String(rest.into()))),
        None => (text, source.with_value(Value::Mapping(Mapping::default()))),
    })
}

/// The class of a file, or the function of a library, that a source or target names in the place of a type, and the name
/// of the generator that stands for it.
pub fn named_class(kind: ActionType, holder: &Node) -> Option<(&Node, String)> {
    let key = match kind {
        ActionType::Load => "custom_reader",
        ActionType::Write => "custom_writer",
        ActionType::Transform | ActionType::Test => return None,
    };
    let node = holder.get(key)?;
    let text = node.as_str().filter(|text| is_file_reference(text))?;
    Some((node, if kind == ActionType::Write { format!("sink/{text}") } else { text.to_owned() }))
}

/// Whether a text names a class of a Python file or a function of a library, as in `readers/api.py:Reader`.
pub fn is_file_reference(text: &str) -> bool {
    let Some((file, object)) = text.rsplit_once(':') else { return false };
    let suffix = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, suffix)| suffix);
    matches!(suffix, Some("py" | "so" | "dylib" | "dll")) && crate::emit::is_identifier(object)
}

/// `catalog.schema.table` of the settings of a write, if it has all three.
fn table_of(settings: &Node) -> Option<Text> {
    let mut name = Text::default();
    for (position, key) in ["catalog", "schema", "table"].into_iter().enumerate() {
        let part = python_str(settings.get(key).filter(|node| node.is_truthy())?);
        if position > 0 {
            name.push_str(".");
        }
        name.push(&part);
    }
    Some(name)
}

/// The generator that a mapping names, and the rest of the mapping.
fn settings_of(node: &Node, words: &[&str]) -> Option<(Arc<str>, Node)> {
    let kind = node.get("type")?.as_str()?;
    let key = match node.get("sink_type").and_then(Node::as_str) {
        Some(sink) if kind == "sink" && words.contains(&"sink_type") => format!("sink/{sink}").into(),
        _ => kind.into(),
    };
    let dropped: &[&str] = if kind == "sink" { words } else { &["type"] };
    Some((key, without(node, dropped)?))
}

fn without(node: &Node, keys: &[&str]) -> Option<Node> {
    let entries = &node.as_mapping()?.entries;
    let kept = entries.iter().filter(|entry| !entry.key.as_str().is_some_and(|key| keys.contains(&key)));
    Some(node.with_value(Value::Mapping(Mapping { entries: kept.cloned().collect() })))
}
