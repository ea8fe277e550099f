//! Which string fields the JSON Schemas know, and which of them hold a marker in `fixtures/strings/`.
//!
//! A place is written like `load/kafka.options.*`: the generator and the way to the field. `*` is any key of a free
//! mapping and `{key}` the key itself; `:` begins a key of the action that is not a setting of its generator.

use std::collections::BTreeSet;
use std::fs;

use lhp::syntax::yaml::{self, Limits};
use lhp::syntax::{Node, Value};
use serde_json::Value as Json;

use super::fields::FLOWGROUPS;
use super::support::package;

/// Fields without a marker, by the reason why they need none. A `*` in front stands for any generator.
const EXEMPT: &[(&str, &[&str])] = &[
    (
        "a Python name: other text is refused",
        &[
            "*.custom_datasource_class",
            "*.custom_sink_class",
            "*.function_name",
            "*.sink_name",
            "*.source_function.function",
            "*.source_function.parameters.{key}",
            "write/materialized_view.table",
        ],
    ),
    (
        "the path of a file that must exist; what stands in the file has markers of its own",
        &[
            "*.expectations_file",
            "*.module_path",
            "*.schema_file",
            "*.source_function.file",
            "*.sql_path",
            "*.tags_file",
            "load/cloudfiles.schema",
        ],
    ),
    ("one of a few words, or a number", &["*.create_table", "*.mode", "*.private", "*.readMode", "*.tolerance"]),
    (
        "a key that is one of a few words",
        &["*.source.{key}", "*.source[].{key}", "*.expectations[].{key}", "*.quarantine.{key}"],
    ),
    ("other fields take its value before code is generated", &["*.database"]),
    ("an item of a list of sources is read like a single one", &["*.source[]", "*.source[].*", "*.source.*"]),
    ("a list of sources is refused", &["write/sink/foreachbatch:source[]"]),
    ("stands in a comment only", &["write/sink/foreachbatch.comment"]),
    (
        "does not reach the generated code",
        &[
            "*.cdc_config.source",
            "*.cdc_config.stored_as_scd_type",
            "*.snapshot_cdc_config.scd_type",
            "test/custom_sql.source",
            "transform/sql.source",
            "write/materialized_view.description",
            "write/sink/custom.batch_handler",
            "write/sink/custom.bootstrap_servers",
            "write/sink/custom.description",
            "write/sink/custom.topic",
            "write/sink/delta.batch_handler",
            "write/sink/delta.bootstrap_servers",
            "write/sink/delta.custom_sink_class",
            "write/sink/delta.description",
            "write/sink/delta.topic",
            "write/sink/foreachbatch.bootstrap_servers",
            "write/sink/foreachbatch.description",
            "write/sink/foreachbatch.options",
            "write/sink/foreachbatch.topic",
            "write/sink/kafka.batch_handler",
            "write/sink/kafka.description",
            "write/streaming_table.description",
        ],
    ),
];

/// The string fields of all generators.
fn known() -> BTreeSet<String> {
    let root = package().join("schemas");
    let mut places = BTreeSet::new();
    for kind in ["load", "test", "transform", "write"] {
        for entry in walkdir::WalkDir::new(root.join(kind)) {
            let path = entry.unwrap().into_path();
            let Some(name) = path.to_str().unwrap().strip_suffix(".schema.json") else { continue };
            let generator = name.strip_prefix(root.to_str().unwrap()).unwrap().trim_start_matches('/');
            let schema: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            collect(&schema, generator.to_owned(), &schema, &mut places);
            places.insert(format!("{generator}:description"));
            if kind == "write" {
                places.extend([format!("{generator}:source"), format!("{generator}:source[]")]);
            }
        }
    }
    places
}

fn collect(schema: &Json, path: String, root: &Json, places: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return collect(root.pointer(reference.trim_start_matches('#')).unwrap(), path, root, places);
    }
    let choices = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    choices.for_each(|choice| collect(choice, path.clone(), root, places));
    let types: Vec<&str> = match &schema["type"] {
        Json::Array(types) => types.iter().filter_map(Json::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let settled = ["enum", "const", "anyOf", "oneOf", "properties"].iter().any(|key| schema.get(key).is_some());
    if (types.contains(&"string") || types.is_empty()) && !settled {
        places.insert(path.clone());
    }
    let properties = schema["properties"].as_object();
    for (key, property) in properties.into_iter().flatten() {
        collect(property, format!("{path}.{key}"), root, places);
    }
    if types.contains(&"object") && schema["additionalProperties"] != Json::Bool(false) {
        places.extend([format!("{path}.*"), format!("{path}.{{key}}")]);
    }
    if schema.get("items").is_some() {
        collect(&schema["items"], format!("{path}[]"), root, places);
    }
}

/// The places of all markers in flowgroups.
fn marked() -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for source in FLOWGROUPS {
        let sources = lhp::source::SourceMap::new("/");
        let file = sources.add(source.path, source.text);
        let parsed = yaml::parse(file, source.text, &Limits::default()).unwrap();
        for action in parsed.documents[0].get("actions").unwrap().as_sequence().unwrap() {
            let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
            let kind = text(action, "type");
            let (settings, name) = match kind.as_str() {
                "load" => (action.get("source").unwrap(), text(action.get("source").unwrap(), "type")),
                "write" => {
                    let target = action.get("write_target").unwrap();
                    let sink = target.get("sink_type").and_then(Node::as_str).map(|sink| format!("/{sink}"));
                    (target, text(target, "type") + &sink.unwrap_or_default())
                }
                _ => (action, text(action, &format!("{kind}_type"))),
            };
            let generator = format!("{kind}/{name}");
            find(settings, generator.clone(), &mut places);
            let common = ["description", "source"].into_iter().filter_map(|key| Some((key, action.get(key)?)));
            common.for_each(|(key, node)| find(node, format!("{generator}:{key}"), &mut places));
        }
    }
    places
}

fn find(node: &Node, path: String, places: &mut BTreeSet<String>) {
    let is_marker = |text: &str| text.starts_with('<') && text.ends_with('>');
    match &node.value {
        Value::String(text) if is_marker(text) => {
            places.insert(path);
        }
        Value::Sequence(items) => items.iter().for_each(|item| find(item, format!("{path}[]"), places)),
        Value::Mapping(mapping) => {
            for entry in &mapping.entries {
                let key = entry.key.as_str().unwrap();
                if is_marker(key) {
                    places.insert(format!("{path}.{{key}}"));
                }
                find(&entry.value, format!("{path}.{}", if is_marker(key) { "*" } else { key }), places);
            }
        }
        _ => {}
    }
}

/// Whether a marker stands at a place, or below it if the place can hold anything.
fn covers(marker: &str, place: &str) -> bool {
    let split = |path: &str| -> Vec<String> { path.replace("[]", ".[]").split('.').map(str::to_owned).collect() };
    let (marker, place) = (split(marker), split(place));
    let same = |(one, other): (&String, &String)| one == other || (other == "*" && one != "{key}" && one != "[]");
    marker.len() >= place.len() && marker.iter().zip(&place).all(same)
}

fn is_exempt(place: &str, exempt: &str) -> bool {
    exempt.strip_prefix('*').map_or(place == exempt, |end| place.ends_with(end))
}

#[test]
fn every_string_field_of_every_generator_has_a_marker_or_a_reason() {
    let (known, marked) = (known(), marked());
    assert!(known.len() > 100, "{}", known.len());
    let exempt = || EXEMPT.iter().flat_map(|(_, places)| *places);
    let is_marked = |place: &&String| marked.iter().any(|marker| covers(marker, place));
    let missing: Vec<&String> =
        known.iter().filter(|place| !is_marked(place) && !exempt().any(|exempt| is_exempt(place, exempt))).collect();
    assert!(missing.is_empty(), "no marker in fixtures/strings, and no reason why not: {missing:#?}");
    for exempt in exempt() {
        let places: Vec<&String> = known.iter().filter(|place| is_exempt(place, exempt)).collect();
        assert!(places.iter().any(|place| !is_marked(place)), "not needed: {exempt}");
    }
}
