//! The page of a generator: its settings, the keys of every action of its type, and examples.

use serde_json::Value as Json;

use super::keys::{Key, key_tables, keys_of};
use super::markdown::{block, code, sentence};
use super::shape::description;
use super::{Example, Examples, Group, NOTICE, Page};
use crate::generator::Capability;
use crate::model::{ActionType, FileKind, file_schema};

/// The page of a generator.
pub(super) fn page(capability: &Capability, examples: &Examples) -> Page {
    let name = format!("{}/{}", capability.kind.word(), capability.name);
    let schema = capability.schema.json();
    let mut parts = vec![
        NOTICE.to_owned(),
        format!("# {name}"),
        sentence(&capability.summary),
        description(&schema).to_owned(),
        chosen_by(capability),
        "## Settings".to_owned(),
        place_of_settings(capability.kind).to_owned(),
        key_tables(&keys_of(&schema), &schema, &[]),
        format!("## Keys of every {}", capability.kind.word()),
        common(capability, &schema),
    ];
    parts.extend(examples.get(&name).into_iter().flatten().flat_map(example));
    let text: Vec<&str> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    Page {
        group: Group::Generator(capability.kind),
        name,
        summary: sentence(&capability.summary),
        text: format!("{}\n", text.join("\n\n")),
    }
}

/// How the name of a generator stands in the names of its fixtures.
pub fn fixture_stem(name: &str) -> String {
    name.replace('/', "-")
}

/// What an author writes to get this generator.
fn chosen_by(capability: &Capability) -> String {
    let name = &capability.name;
    match (capability.kind, name.split_once('/')) {
        (ActionType::Load, _) => format!("A load uses it if its `source` says `type: {name}`."),
        (ActionType::Transform, _) => format!("A transform uses it if it says `transform_type: {name}`."),
        (ActionType::Write, Some((kind, sub))) => {
            format!("A write uses it if its `write_target` says `type: {kind}` and `{kind}_type: {sub}`.")
        }
        (ActionType::Write, None) => format!("A write uses it if its `write_target` says `type: {name}`."),
        (ActionType::Test, _) => {
            format!("A test uses it if it says `test_type: {name}`. Tests are generated with `--include-tests` only.")
        }
    }
}

fn place_of_settings(kind: ActionType) -> &'static str {
    match kind {
        ActionType::Load => "These keys stand in `source`, beside `type`. Any other key is an error.",
        ActionType::Write => "These keys stand in `write_target`, beside `type`. Any other key is an error.",
        ActionType::Transform | ActionType::Test => {
            "These keys stand in the action itself. Keys of other actions have no effect here, which is reported as advice."
        }
    }
}

/// The keys that an action has whatever its generator is.
fn common(capability: &Capability, settings: &Json) -> String {
    let root = file_schema(FileKind::Flowgroup).to_value();
    let Some(action) = root.pointer("/$defs/Action") else { return String::new() };
    let own: Vec<&str> = match capability.kind {
        ActionType::Transform | ActionType::Test => keys_of(settings).iter().map(|key| key.name).collect(),
        ActionType::Load | ActionType::Write => Vec::new(),
    };
    let shown = |key: &Key<'_>| {
        capability.kind.common_keys().contains(&key.name)
            && !own.contains(&key.name)
            && (capability.adds_metadata || key.name != "operational_metadata")
    };
    let mut keys: Vec<Key<'_>> = keys_of(action).into_iter().filter(shown).collect();
    for key in &mut keys {
        key.required |= key.name == "target" && capability.kind.defines_view();
    }
    key_tables(&keys, &root, &[])
}

/// An example, paragraph by paragraph.
fn example(example: &Example) -> Vec<String> {
    let title = match example.variant.as_str() {
        "" => "## Example".to_owned(),
        variant => format!("## Example: {variant}"),
    };
    let mut parts = vec![
        title,
        block("yaml", &example.flowgroup),
        "It becomes this module:".to_owned(),
        block("python", &example.module),
    ];
    if !example.helpers.is_empty() {
        let helpers: Vec<String> = example.helpers.iter().map(|path| code(path)).collect();
        parts.push(format!("Generated with it: {}.", helpers.join(", ")));
    }
    parts
}
