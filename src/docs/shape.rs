//! What a value may be, in a few words: the schema of a key goes in, words and the mapping inside it come out.

use serde_json::Value as Json;

use super::markdown::code;

/// What a value may be.
pub(super) struct Shape<'a> {
    pub words: String,
    /// What deserves a table of its own: a mapping with known keys, or constants with explanations.
    pub inner: Option<Inner<'a>>,
}

/// A part of a value that is explained separately.
pub(super) struct Inner<'a> {
    /// What follows the key in the path of the part: `[]` for items, `.<name>` for values of a mapping.
    pub suffix: String,
    pub schema: &'a Json,
    /// The name under which the schema is defined, if it has one.
    pub definition: Option<&'a str>,
}

/// How many schemas may lie within each other. A schema that refers to itself ends there.
const DEPTH: usize = 8;

/// What stands between a collection and a choice of what its values may be.
const EACH: &str = ", each ";

/// The shape of the values that a schema allows. `root` holds the definitions.
pub(super) fn shape<'a>(schema: &'a Json, root: &'a Json) -> Shape<'a> {
    inspect(schema, root, DEPTH)
}

/// A constant of a schema and its explanation.
pub(super) fn constants(schema: &Json) -> Option<Vec<(&Json, &str)>> {
    let branches = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
    branches.iter().map(|branch| Some((branch.get("const")?, description(branch)))).collect()
}

/// The explanation in a schema.
pub(super) fn description(schema: &Json) -> &str {
    schema.get("description").and_then(Json::as_str).unwrap_or_default()
}

/// The schema that a reference leads to.
pub(super) fn referred<'a>(reference: &str, root: &'a Json) -> Option<&'a Json> {
    root.pointer(reference.strip_prefix('#')?)
}

fn plain<'a>(words: impl Into<String>) -> Shape<'a> {
    Shape { words: words.into(), inner: None }
}

fn inspect<'a>(schema: &'a Json, root: &'a Json, depth: usize) -> Shape<'a> {
    let Some(depth) = depth.checked_sub(1) else { return plain("any") };
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        return match referred(reference, root) {
            Some(target) => named(reference, target, inspect(target, root, depth)),
            None => plain("any"),
        };
    }
    let mut shape = union(schema, root, depth).unwrap_or_else(|| typed(schema, root, depth));
    if let Some(words) = schema.get("x-lhp-expects").and_then(Json::as_str) {
        shape.words = words.trim_start_matches("a ").trim_start_matches("an ").to_owned();
    }
    shape
}

/// Remembers the name of a definition whose own schema is to be explained.
fn named<'a>(reference: &'a str, target: &'a Json, mut shape: Shape<'a>) -> Shape<'a> {
    if let Some(inner) = &mut shape.inner
        && std::ptr::eq(inner.schema, target)
    {
        inner.definition = reference.rsplit('/').next();
    }
    shape
}

/// A choice between schemas, or between constants.
fn union<'a>(schema: &'a Json, root: &'a Json, depth: usize) -> Option<Shape<'a>> {
    if let Some(all) = constants(schema) {
        let explained = all.iter().any(|(_, meaning)| !meaning.is_empty());
        let inner = explained.then(|| Inner { suffix: String::new(), schema, definition: None });
        return Some(Shape { words: one_of(all.into_iter().map(|(value, _)| value)), inner });
    }
    if let Some(all) = schema.get("enum").and_then(Json::as_array) {
        return Some(plain(one_of(all.iter())));
    }
    let branches = schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?;
    let says_something = |branch: &&Json| {
        let null = branch.get("type").and_then(Json::as_str) == Some("null");
        let open = branch.as_object().is_some_and(serde_json::Map::is_empty);
        !null && !open
    };
    let mut words: Vec<String> = Vec::new();
    let mut inner = None;
    for branch in branches.iter().filter(says_something) {
        let shape = inspect(branch, root, depth);
        if !words.contains(&shape.words) {
            words.push(shape.words);
        }
        inner = inner.or(shape.inner);
    }
    Some(Shape { words: if words.is_empty() { "any".to_owned() } else { join(&words) }, inner })
}

/// A schema that names types.
fn typed<'a>(schema: &'a Json, root: &'a Json, depth: usize) -> Shape<'a> {
    let mut types: Vec<&str> = match schema.get("type") {
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    types.retain(|name| *name != "null");
    if ["string", "number", "boolean"].iter().all(|name| types.contains(name)) {
        types.retain(|name| !["string", "number", "boolean"].contains(name));
        types.insert(0, "scalar");
    }
    let mut inner = None;
    let mut words: Vec<String> = Vec::new();
    for name in &types {
        let shape = match *name {
            "object" => mapping(schema, root, depth),
            "array" => list(schema, root, depth),
            "string" => plain("text"),
            "boolean" => plain("true or false"),
            "integer" | "number" => plain(format!("{name}{}", limits(schema))),
            other => plain(other),
        };
        // Among other types, what a collection holds would make the words ambiguous.
        let short = shape.words.split(EACH).next().filter(|_| types.len() > 1).map(str::to_owned);
        words.push(short.unwrap_or(shape.words));
        inner = inner.or(shape.inner);
    }
    Shape { words: if words.is_empty() { "any".to_owned() } else { join(&words) }, inner }
}

fn mapping<'a>(schema: &'a Json, root: &'a Json, depth: usize) -> Shape<'a> {
    if schema.get("properties").and_then(Json::as_object).is_some_and(|keys| !keys.is_empty()) {
        let inner = Inner { suffix: String::new(), schema, definition: None };
        return Shape { words: "mapping".to_owned(), inner: Some(inner) };
    }
    match schema.get("additionalProperties").filter(|values| values.is_object()) {
        Some(values) => within("mapping", ".<name>", inspect(values, root, depth)),
        None => plain("mapping"),
    }
}

fn list<'a>(schema: &'a Json, root: &'a Json, depth: usize) -> Shape<'a> {
    match schema.get("items").filter(|items| items.is_object()) {
        Some(items) => within("list", "[]", inspect(items, root, depth)),
        None => plain("list"),
    }
}

/// A collection of values of one shape.
fn within<'a>(collection: &str, suffix: &str, mut values: Shape<'a>) -> Shape<'a> {
    if let Some(inner) = &mut values.inner {
        inner.suffix.insert_str(0, suffix);
    }
    let words = match values.words.as_str() {
        "any" => collection.to_owned(),
        "mapping" | "scalar" | "integer" | "number" | "list" => format!("{collection} of {}s", values.words),
        words if words.contains(" or ") => format!("{collection}{EACH}{words}"),
        words => format!("{collection} of {words}"),
    };
    Shape { words, inner: values.inner }
}

fn limits(schema: &Json) -> String {
    // The bounds of the types of this program are no bounds that a reader cares for.
    let of_type = [i64::MIN, i64::MAX, i64::from(u32::MAX)];
    let is_limit = |limit: &&Json| limit.is_number() && !limit.as_i64().is_some_and(|limit| of_type.contains(&limit));
    let limit = |key: &str| schema.get(key).filter(is_limit);
    match (limit("minimum"), limit("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        (None, None) => String::new(),
    }
}

/// Constants in words; null and empty text stand for the absence of a value.
fn one_of<'a>(values: impl Iterator<Item = &'a Json>) -> String {
    let words: Vec<String> =
        values.filter(|value| !value.is_null() && value.as_str() != Some("")).map(constant).collect();
    join(&words)
}

/// A constant as YAML.
pub(super) fn constant(value: &Json) -> String {
    match value {
        Json::String(text) if !text.is_empty() => code(text),
        other => code(&other.to_string()),
    }
}

/// `a`, `a or b`, `a, b or c`.
fn join(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(schema: Json) -> String {
        shape(&schema, &json!({"$defs": {"Word": {"type": "string"}}})).words
    }

    #[test]
    fn types_are_named_in_the_words_of_yaml() {
        assert_eq!(words(json!({"type": ["string", "null"]})), "text");
        assert_eq!(words(json!({"type": ["string", "number", "boolean"]})), "scalar");
        assert_eq!(words(json!({"type": "array", "items": {"type": "string"}})), "list of text");
        assert_eq!(words(json!({"type": "integer", "minimum": 1, "maximum": 20})), "integer from 1 to 20");
        assert_eq!(words(json!({"type": "integer", "minimum": 1, "maximum": i64::MAX})), "integer, at least 1");
        assert_eq!(
            words(json!({"type": "object", "additionalProperties": {"$ref": "#/$defs/Word"}})),
            "mapping of text"
        );
        assert_eq!(words(json!({})), "any");
    }

    #[test]
    fn a_choice_within_a_collection_is_set_apart_or_left_out() {
        let items = json!({"type": ["string", "object"]});
        assert_eq!(words(json!({"type": "array", "items": items})), "list, each text or mapping");
        assert_eq!(words(json!({"type": ["string", "array", "object"], "items": items})), "text, list or mapping");
    }

    #[test]
    fn null_and_open_branches_of_a_union_say_nothing() {
        assert_eq!(words(json!({"anyOf": [{"type": "integer"}, {"type": "null"}, {}]})), "integer");
        assert_eq!(words(json!({"anyOf": [{"type": "string"}, {"type": "object"}]})), "text or mapping");
    }

    #[test]
    fn constants_are_listed() {
        assert_eq!(words(json!({"enum": ["a", "b", 3, null]})), "`a`, `b` or `3`");
        let explained = json!({"oneOf": [{"const": "on", "description": "Always."}, {"const": ""}]});
        let shape = shape(&explained, &explained);
        assert_eq!((shape.words.as_str(), shape.inner.is_some()), ("`on`", true));
    }

    #[test]
    fn a_schema_that_contains_itself_has_an_end() {
        let root = json!({"$defs": {"Tree": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}});
        let tree = json!({"$ref": "#/$defs/Tree"});
        assert!(shape(&tree, &root).words.starts_with("list of list of"));
    }
}
