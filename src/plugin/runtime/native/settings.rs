//! Settings for the functions that make readers and writers: those of a developer command go in, what Dativo gives to a
//! library comes out. Generated adapters give the same.

use serde_json::{Map, Value as Json, json};

use crate::plugin::Kind;

/// The settings for the reader or writer `key`.
pub(super) fn of(kind: Kind, key: &str, spec: Option<&Json>) -> Json {
    let mut own = spec.and_then(Json::as_object).cloned().unwrap_or_default();
    own.remove("library_path");
    // Their classes have these as mappings, whether they are set or not.
    let blocks = ["connection", "credentials", "engine", "incremental"];
    for block in blocks.into_iter().filter(|block| kind == Kind::Reader || *block != "incremental") {
        own.entry(block).or_insert_with(|| json!({}));
    }
    if kind == Kind::Writer { of_writer(key, own) } else { of_reader(key, own) }
}

fn of_reader(key: &str, mut source: Map<String, Json>) -> Json {
    source.entry("type").or_insert_with(|| key.into());
    source.into()
}

fn of_writer(key: &str, mut target: Map<String, Json>) -> Json {
    let asset = target.remove("asset").filter(Json::is_object).unwrap_or_else(|| json!({"name": "sample"}));
    let base = target.remove("output_base").unwrap_or_else(|| "".into());
    let part = |key: &str| target.get(key).cloned().unwrap_or_default();
    json!({
        "asset_name": asset.get("name"),
        "schema": asset.get("schema"),
        "output_base": base,
        "target_type": target.get("type").cloned().unwrap_or_else(|| key.into()),
        "connection": part("connection"),
        "file_format": part("file_format"),
        "engine": part("engine"),
        "asset": asset,
        "target": target,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n_06_a_writer_is_given_what_dativo_gives() {
        let spec =
            json!({"asset": {"name": "tides"}, "output_base": "/out", "engine": {"options": {}}, "library_path": "/l"});
        let given = of(Kind::Writer, "files", Some(&spec));
        let expected = json!({"asset_name": "tides", "schema": null, "output_base": "/out", "target_type": "files",
            "connection": {}, "file_format": null, "engine": {"options": {}}, "asset": {"name": "tides"},
            "target": {"engine": {"options": {}}, "connection": {}, "credentials": {}}});
        assert_eq!(given, expected);
    }

    #[test]
    fn n_12_a_reader_is_given_its_settings_and_its_type() {
        let given = of(Kind::Reader, "csv", Some(&json!({"connection": {"path": "a"}})));
        let expected =
            json!({"type": "csv", "connection": {"path": "a"}, "credentials": {}, "engine": {}, "incremental": {}});
        assert_eq!(given, expected);
        assert_eq!(of(Kind::Reader, "csv", Some(&json!({"type": "own"})))["type"], "own");
        assert_eq!(of(Kind::Reader, "csv", None)["type"], "csv");
    }
}
