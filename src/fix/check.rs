//! Proof by parsing: a file and its edits go in; the edited text comes out if it has the tree that it should have.

use std::sync::LazyLock;

use super::edit::{Fix, apply};
use super::family::{Family, Knowledge, Parsed};
use super::layout::Reason;
use super::scope::{Kind, same};
use crate::expand::collect::is_instance;
use crate::model::{FileKind, file_schema};
use crate::syntax::Node;
use crate::syntax::yaml::{self, Limits};

/// The text after the fixes of a file.
///
/// Both trees, before and after, are made modern in the same way and must then be the same.
pub fn edited(
    file: &Parsed<'_>,
    fixes: &[&Fix],
    family: &dyn Family,
    project: &Knowledge<'_>,
) -> Result<String, Reason> {
    let edits = fixes.iter().flat_map(|fix| &fix.edits);
    let text = apply(file.text, edits).ok_or("its edits would overlap")?;
    if file.kind == Kind::Sql {
        return Ok(text);
    }
    let before = yaml::parse(file.file, file.text, &Limits::default());
    let after = yaml::parse(file.file, &text, &Limits::default());
    let (Ok(before), Ok(after)) = (before, after) else {
        return Err("the file could not be read afterwards".to_owned());
    };
    let modern = |document: &Node| {
        let mut document = document.clone();
        family.modernise(&mut document, file.kind, project);
        without_parked(&mut document, file.kind);
        document
    };
    let equal = before.documents.len() == after.documents.len()
        && after.warnings.len() <= before.warnings.len()
        && before.documents.iter().zip(&after.documents).all(|(left, right)| same(&modern(left), &modern(right)));
    if equal { Ok(text) } else { Err("another part of the file would change".to_owned()) }
}

/// Drops keys that nothing reads. They hold anchors, whose meaning shows where the anchors are used.
fn without_parked(document: &mut Node, kind: Kind) {
    static PIPELINES: LazyLock<Vec<String>> = LazyLock::new(|| keys(&[FileKind::Flowgroup, FileKind::FlowgroupArray]));
    static ACTIONS: LazyLock<Vec<String>> = LazyLock::new(|| keys(&[FileKind::Blueprint, FileKind::Template]));
    static PRESET: LazyLock<Vec<String>> = LazyLock::new(|| keys(&[FileKind::Preset]));
    let known = match kind {
        // Every key of an instance may be a parameter.
        Kind::Pipelines if is_instance(document) => return,
        Kind::Pipelines => &PIPELINES,
        Kind::Actions => &ACTIONS,
        Kind::Preset => &PRESET,
        Kind::Substitution | Kind::Definition | Kind::Sql => return,
    };
    if let Some(mapping) = document.as_mapping_mut() {
        mapping.entries.retain(|entry| entry.key.as_str().is_some_and(|key| known.iter().any(|known| known == key)));
    }
}

/// The top-level keys of kinds of files.
fn keys(kinds: &[FileKind]) -> Vec<String> {
    let of = |kind: &FileKind| {
        let schema = file_schema(*kind).to_value();
        let properties = schema.get("properties").and_then(|properties| properties.as_object());
        properties.map(|properties| properties.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    };
    kinds.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited_with(text: &str, start: usize, end: usize, replacement: &str) -> Result<String, Reason> {
        let file = crate::source::SourceMap::new("").add("a.yaml", text);
        let documents = yaml::parse(file, text, &Limits::default()).unwrap().documents;
        let path = std::path::Path::new("a.yaml");
        let parsed = Parsed { path, kind: Kind::Preset, file, text, documents: &documents };
        let place = crate::source::Span::new(file, start, end);
        let fix = Fix { name: "test", place, edits: vec![crate::fix::edit::Edit::replace(place, replacement)] };
        let [_, _, suffix, ..] = crate::fix::family::all();
        edited(&parsed, &[&fix], suffix, &Knowledge { environments: &[], reports: Vec::new() })
    }

    #[test]
    fn only_the_change_that_a_family_makes_is_accepted() {
        let text = "defaults: {write_actions: {t: {database_suffix: x}}}\nx-parked: 1\n";
        let (start, end) = (text.find("database").unwrap(), text.find(": x}").unwrap());
        assert!(edited_with(text, start, end, "schema_suffix").is_ok());
        assert!(edited_with(text, start, end, "schema_sufix").is_err(), "another key");
        assert!(edited_with(text, start, end, "schema_suffix: x, y").is_err(), "another pair");
        assert!(edited_with(text, start, end, "{").unwrap_err().contains("read"), "no YAML");
        assert!(edited_with(text, 0, 8, "default").is_err(), "another place");
        assert!(edited_with(text, text.len() - 2, text.len() - 1, "2").is_ok(), "nothing reads this key");
        assert!(edited_with(text, 0, text.len() + 1, "").is_err(), "beyond the end");
    }

    #[test]
    fn the_keys_of_files_come_from_their_schemas() {
        let known = keys(&[FileKind::Flowgroup, FileKind::FlowgroupArray]);
        assert!(["actions", "flowgroups", "pipeline", "use_template"].iter().all(|key| known.iter().any(|k| k == key)));
    }
}
