//! Instances with flat parameters: `blueprint: b` → `use_blueprint: b`, with the parameters under `parameters`.

use memchr::memmem;

use super::{Family, Knowledge, Parsed, Proposals};
use crate::expand::collect::is_instance;
use crate::fix::edit::Edit;
use crate::fix::layout::{Layout, Reason, Surroundings, surroundings, within};
use crate::fix::scope::Kind;
use crate::syntax::{Entry, Mapping, Node, Value};

pub struct FlatInstance;

const OLD: &str = "blueprint";
const NEW: &str = "use_blueprint";
const PARAMETERS: &str = "parameters";
const INDENTATION: &str = "  ";

impl Family for FlatInstance {
    fn name(&self) -> &'static str {
        "flat-instance"
    }

    fn concerns(&self, kind: Kind, text: &str) -> bool {
        kind == Kind::Pipelines && memmem::find(text.as_bytes(), OLD.as_bytes()).is_some()
    }

    fn propose(&self, file: &Parsed<'_>, _: &Knowledge<'_>, found: &mut Proposals) {
        for document in file.documents {
            let Some((mapping, entry)) = flat(document) else { continue };
            let edits = match file.documents {
                [_] => rewrite(&file.layout(), document, mapping, entry),
                _ => Err("an instance must be the only document of its file".to_owned()),
            };
            found.add(self.name(), entry.key.span, OLD, edits);
        }
    }

    fn modernise(&self, document: &mut Node, kind: Kind, _: &Knowledge<'_>) {
        let Some((mapping, entry)) = flat(document).filter(|_| kind == Kind::Pipelines) else { return };
        let key = Node::string(NEW, entry.key.span);
        let mut entries = vec![Entry { key, value: entry.value.clone() }];
        let flat: Vec<Entry> =
            mapping.entries.iter().filter(|entry| entry.key.as_str() != Some(OLD)).cloned().collect();
        if !flat.is_empty() {
            let value = document.with_value(Value::Mapping(Mapping { entries: flat }));
            entries.push(Entry { key: Node::string(PARAMETERS, document.span), value });
        }
        document.value = Value::Mapping(Mapping { entries });
    }
}

/// The mapping of an instance of the flat form, and the pair that names its blueprint.
fn flat(document: &Node) -> Option<(&Mapping, &Entry)> {
    let mapping = document.as_mapping().filter(|mapping| is_instance(document) && !mapping.contains(NEW))?;
    Some((mapping, mapping.entry(OLD)?))
}

fn rewrite(layout: &Layout<'_>, document: &Node, mapping: &Mapping, name: &Entry) -> Result<Vec<Edit>, Reason> {
    if mapping.entries.iter().any(|entry| !within(entry.key.span, document.span)) {
        return Err("a part of the instance is merged from elsewhere".to_owned());
    }
    layout.separator(name)?;
    layout.scalar(&name.value)?;
    let renamed = layout.rename(&name.key, NEW)?;
    let mut flat: Vec<&Entry> = mapping.entries.iter().filter(|entry| entry.key.span != name.key.span).collect();
    flat.sort_by_key(|entry| entry.key.span.start);
    let (Some(first), Some(last)) = (flat.first(), flat.last()) else { return Ok(vec![renamed]) };
    let is_first = name.key.span.start < first.key.span.start;
    match surroundings(layout, document) {
        Surroundings::Flow if is_first => {
            let (start, end) = (first.key.span.start as usize, last.value.span.end as usize);
            let (key, _) = layout.scalar(&name.key)?;
            let open = format!("{}: {{", key.around(PARAMETERS));
            Ok(vec![renamed, Edit::insert(layout.file, start, open), Edit::insert(layout.file, end, "}")])
        }
        Surroundings::Flow => Err("the blueprint is not named first".to_owned()),
        Surroundings::Block => in_block(layout, name, renamed, (first, last)),
    }
}

/// Indents the lines of the parameters. If some stand in front of the name, its line moves to their top.
fn in_block(
    layout: &Layout<'_>,
    name: &Entry,
    renamed: Edit,
    (first, last): (&Entry, &Entry),
) -> Result<Vec<Edit>, Reason> {
    let (key, first) = (name.key.span.start as usize, first.key.span.start as usize);
    let indent = " ".repeat(layout.indent(name.key.span)?);
    if !layout.starts_line(key) || !layout.starts_line(first) {
        return Err("a key does not start its line".to_owned());
    }
    layout.comment_behind(name.value.span.end as usize)?;
    let (line, next) = (layout.line_start(key), layout.next_line(key));
    let line_break = layout.line_break(key);
    let mut header = format!("{indent}{PARAMETERS}:{line_break}");
    let mut edits = Vec::new();
    let top = if key < first {
        edits.push(renamed);
        next
    } else {
        let written = layout.text.get(line..layout.line_end(key)).unwrap_or_default();
        let written = written.replacen(layout.written(name.key.span), &renamed.replacement, 1);
        header = format!("{written}{line_break}{header}");
        edits.push(Edit::remove(layout.file, line, next));
        layout.line_start(first)
    };
    let mut at = top;
    while at < last.value.span.end.max(last.key.span.end) as usize {
        if at != line || key < first {
            let blanks = if layout.line_end(at) == at { "" } else { INDENTATION };
            let text = if at == top { format!("{header}{blanks}") } else { blanks.to_owned() };
            if !text.is_empty() {
                edits.push(Edit::insert(layout.file, at, text));
            }
        }
        at = layout.next_line(at);
    }
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::{only_rewritten, rewritten};

    #[test]
    fn parameters_get_a_mapping_of_their_own() {
        for (old, new) in [
            ("blueprint: b\n", "use_blueprint: b\n"),
            ("blueprint: b  # c\na: 1\n\nd: |\n  e\n", "use_blueprint: b  # c\nparameters:\n  a: 1\n\n  d: |\n    e\n"),
            ("a: 1\r\nblueprint: b\r\nd: 2", "use_blueprint: b\r\nparameters:\r\n  a: 1\r\n  d: 2"),
            ("{blueprint: b, a: 1}", "{use_blueprint: b, parameters: {a: 1}}"),
            ("{\"blueprint\": \"b\", \"a\": [1]}", "{\"use_blueprint\": \"b\", \"parameters\": {\"a\": [1]}}"),
        ] {
            assert_eq!(only_rewritten(&FlatInstance, Kind::Pipelines, old), new);
        }
    }

    #[test]
    fn other_files_stay() {
        for text in ["use_blueprint: b\n", "blueprint: b\nactions: []\n", "blueprint: [b]\n"] {
            assert_eq!(only_rewritten(&FlatInstance, Kind::Pipelines, text), text);
        }
    }

    #[test]
    fn instances_that_are_no_plain_lines_are_refused() {
        for text in ["{a: 1, blueprint: b}", "blueprint: b\n---\na: 1\n", "blueprint: b\n<<: {a: 1}\nc: 2\n"] {
            let (same, refused) = rewritten(&FlatInstance, Kind::Pipelines, text);
            assert_eq!((same.as_str(), refused.len()), (text, 1), "{text}");
        }
    }
}
