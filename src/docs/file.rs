//! The page of a kind of file.

use super::keys::{Elsewhere, key_tables, keys_of};
use super::markdown::sentence;
use super::shape::description;
use super::{Group, NOTICE, Page};
use crate::model::{FileKind, file_schema};

/// Actions and flowgroups are explained once, on the page of flowgroups.
const FLOWGROUPS: &Elsewhere = &[("Action", "flowgroup.md#actions"), ("Flowgroup", "flowgroup.md")];

/// The page of a kind of file.
pub(super) fn page(kind: FileKind) -> Page {
    let name = kind.name();
    let schema = file_schema(kind).to_value();
    let elsewhere = if kind == FileKind::Flowgroup { &[] } else { FLOWGROUPS };
    let parts = [
        NOTICE.to_owned(),
        format!("# {name}"),
        description(&schema).to_owned(),
        place(kind).to_owned(),
        "## Keys".to_owned(),
        key_tables(&keys_of(&schema), &schema, elsewhere),
    ];
    let text = parts.each_ref().map(|part| part.trim_end()).join("\n\n");
    let summary = sentence(description(&schema).lines().next().unwrap_or_default());
    Page { group: Group::File, name: name.to_owned(), summary, text: format!("{text}\n") }
}

/// Where such a file stands.
fn place(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Flowgroup => {
            "It stands in a YAML file below `pipelines/`, which may hold several, separated by `---`. Which keys an \
             action may have depends on its type: each load, transform, write and test has [a page](README.md#loads) \
             of its own."
        }
        FileKind::FlowgroupArray => {
            "It stands in a YAML file below `pipelines/` that holds nothing else. The key `flowgroups` makes it one."
        }
        FileKind::Project => "It is the file `lhp.yaml` in the root of the project.",
        FileKind::Preset => "It stands in a YAML file in `presets/`, not in a subdirectory.",
        FileKind::Template => "It stands in a YAML file below `templates/`.",
        FileKind::Blueprint => "It stands in a YAML file below `blueprints/`.",
        FileKind::Instance => {
            "It stands in a YAML file below `pipelines/` that holds nothing else. The key `use_blueprint` makes it one."
        }
        FileKind::Substitution => {
            "It is the file `substitutions/<env>.yaml`. Every key that is not listed here is the name of an \
             environment, with a mapping from tokens to their values."
        }
        FileKind::ColumnSchema => "It stands wherever the action that names it says.",
        FileKind::Plugin => "It is the file `plugin.yaml` in the directory of a plugin.",
    }
}
