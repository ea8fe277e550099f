//! Tables of keys: the keys of a mapping go in, one table for them and one for each mapping inside comes out.

use serde_json::Value as Json;

use super::markdown::{anchor, code, sentence, table};
use super::shape::{Inner, constant, constants, description, shape};

/// Explanations that stand elsewhere: the name of a definition and the link to them.
pub(super) type Elsewhere = [(&'static str, &'static str)];

/// A key of a mapping.
pub(super) struct Key<'a> {
    pub name: &'a str,
    pub schema: &'a Json,
    pub required: bool,
}

/// The keys of a mapping, in the order in which they are declared.
pub(super) fn keys_of(schema: &Json) -> Vec<Key<'_>> {
    let required = schema.get("required").and_then(Json::as_array);
    let required = |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
    let keys = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
    keys.map(|(name, schema)| Key { name, schema, required: required(name) }).collect()
}

/// A table of keys as Markdown, followed by a section for each mapping inside. `root` holds the definitions.
pub(super) fn key_tables(keys: &[Key<'_>], root: &Json, elsewhere: &Elsewhere) -> String {
    let mut tables = KeyTables { root, elsewhere, explained: Vec::new(), text: String::new() };
    tables.mapping("", keys);
    tables.text
}

struct KeyTables<'a> {
    root: &'a Json,
    elsewhere: &'a Elsewhere,
    /// Definitions that have a section, with the paths of these.
    explained: Vec<(&'a str, String)>,
    text: String,
}

/// A part that gets its section after the table that mentions it.
struct Pending<'a> {
    path: String,
    schema: &'a Json,
}

impl<'a> KeyTables<'a> {
    /// The table of a mapping, then the sections of its parts.
    fn mapping(&mut self, path: &str, keys: &[Key<'a>]) {
        let mut pending = Vec::new();
        let rows: Vec<[String; 4]> = keys
            .iter()
            .map(|key| {
                let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
                [code(key.name), self.kind(path, key.schema, &mut pending), default(key), meaning(key.schema)]
            })
            .collect();
        self.text.push_str(&table(["key", "type", "default", "meaning"], rows));
        for part in pending {
            self.section(&part);
        }
    }

    /// What a value may be, with a link to the explanation of its parts.
    fn kind(&mut self, path: String, schema: &'a Json, pending: &mut Vec<Pending<'a>>) -> String {
        let shape = shape(schema, self.root);
        match shape.inner {
            Some(inner) => format!("[{}]({})", shape.words, self.link(path, &inner, pending)),
            None => shape.words,
        }
    }

    fn link(&mut self, path: String, inner: &Inner<'a>, pending: &mut Vec<Pending<'a>>) -> String {
        if let Some(definition) = inner.definition {
            if let Some((_, link)) = self.elsewhere.iter().find(|(known, _)| *known == definition) {
                return (*link).to_owned();
            }
            if let Some((_, known)) = self.explained.iter().find(|(known, _)| *known == definition) {
                return format!("#{}", anchor(known));
            }
        }
        let path = format!("{path}{}", inner.suffix);
        let link = format!("#{}", anchor(&path));
        self.explained.extend(inner.definition.map(|definition| (definition, path.clone())));
        pending.push(Pending { path, schema: inner.schema });
        link
    }

    /// The section of a part: its explanation, and its keys or constants.
    fn section(&mut self, part: &Pending<'a>) {
        let heading = format!("\n### {}\n\n", code(&part.path));
        self.text.push_str(&heading);
        let explanation = sentence(description(part.schema));
        if !explanation.is_empty() {
            self.text.push_str(&format!("{explanation}\n\n"));
        }
        match constants(part.schema) {
            Some(values) => {
                let rows = values.into_iter().map(|(value, meaning)| [constant(value), sentence(meaning)]);
                self.text.push_str(&table(["value", "meaning"], rows));
            }
            None => self.mapping(&part.path, &keys_of(part.schema)),
        }
    }
}

/// What holds if the key is absent, as far as the schema says.
fn default(key: &Key<'_>) -> String {
    if key.required {
        return "required".to_owned();
    }
    match key.schema.get("default").filter(|value| !value.is_null()) {
        Some(value) => code(&value.to_string()),
        None if key.schema.get("deprecated").and_then(Json::as_bool) == Some(true) => "deprecated".to_owned(),
        None => String::new(),
    }
}

fn meaning(schema: &Json) -> String {
    sentence(description(schema))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_have_sections_that_their_keys_link_to() {
        let part = json!({"type": "object", "description": "A part", "properties": {"x": {"description": "An x."}}});
        let reference = json!({"$ref": "#/$defs/Part", "description": "One."});
        let root = json!({
            "properties": {
                "one": reference,
                "many": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "default": []}
            },
            "required": ["one"],
            "$defs": {"Part": part}
        });
        let expected = "\
| key | type | default | meaning |
| --- | --- | --- | --- |
| `one` | [mapping](#one) | required | One. |
| `many` | [list of mappings](#one) | `[]` |  |

### `one`

A part.

| key | type | default | meaning |
| --- | --- | --- | --- |
| `x` | any |  | An x. |
";
        assert_eq!(key_tables(&keys_of(&root), &root, &[]), expected);
        let elsewhere = key_tables(&keys_of(&root), &root, &[("Part", "part.md")]);
        assert!(elsewhere.contains("[list of mappings](part.md)") && !elsewhere.contains("###"), "{elsewhere}");
    }
}
