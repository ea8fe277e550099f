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

    #[test]
    fn the_keys_of_files_come_from_their_schemas() {
        let known = keys(&[FileKind::Flowgroup, FileKind::FlowgroupArray]);
        assert!(["actions", "flowgroups", "pipeline", "use_template"].iter().all(|key| known.iter().any(|k| k == key)));
    }
}
