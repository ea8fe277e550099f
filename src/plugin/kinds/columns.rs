//! Columns of readers: names with types, or DDL text, go in; DDL of Spark comes out.

use indexmap::IndexMap;

use crate::syntax::{Node, Value};

/// Types in the words of connectors, and in those of Spark. The module that goes along with pipelines has the same.
const TYPES: [(&str, &str); 22] = [
    ("array", "string"),
    ("binary", "binary"),
    ("bool", "boolean"),
    ("boolean", "boolean"),
    ("bytes", "binary"),
    ("date", "date"),
    ("datetime", "timestamp"),
    ("decimal", "decimal(38, 18)"),
    ("dict", "string"),
    ("double", "double"),
    ("float", "double"),
    ("int", "bigint"),
    ("integer", "bigint"),
    ("list", "string"),
    ("long", "bigint"),
    ("number", "double"),
    ("object", "string"),
    ("str", "string"),
    ("string", "string"),
    ("text", "string"),
    ("timestamp", "timestamp"),
    ("varchar", "string"),
];

/// The DDL of columns. Words that are none of a connector are taken for types of Spark.
pub(crate) fn ddl<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let column = |(name, written): (&str, &str)| {
        let word = written.trim().to_lowercase();
        let known = TYPES.iter().find(|(own, _)| *own == word).map(|(_, spark)| *spark);
        format!("`{}` {}", name.replace('`', "``"), known.unwrap_or(written))
    };
    columns.into_iter().map(column).collect::<Vec<_>>().join(", ")
}

/// The DDL of the columns that a manifest names. None if it names none.
pub(crate) fn declared(columns: &IndexMap<String, String>) -> Option<String> {
    let pairs = columns.iter().map(|(name, written)| (name.as_str(), written.as_str()));
    (!columns.is_empty()).then(|| ddl(pairs))
}

/// The DDL that a node of an action stands for: a mapping of names to types, or DDL as text.
///
/// # Errors
/// The node that is neither.
pub(crate) fn written(node: &Node) -> Result<String, &Node> {
    match &node.value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Value::Mapping(mapping) if !mapping.entries.is_empty() => {
            let mut pairs = Vec::with_capacity(mapping.entries.len());
            for entry in &mapping.entries {
                let name = entry.key.as_str().filter(|name| !name.is_empty()).ok_or(&entry.key)?;
                let type_ = entry.value.as_str().filter(|written| !written.trim().is_empty()).ok_or(&entry.value)?;
                pairs.push((name, type_));
            }
            Ok(ddl(pairs))
        }
        _ => Err(node),
    }
}
