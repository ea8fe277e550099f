//! `database: catalog.schema` → `catalog` and `schema`, in write targets and Delta sources.

use memchr::memmem;

use super::{Family, Knowledge, Parsed, Proposals};
use crate::fix::edit::Edit;
use crate::fix::layout::{Layout, Reason, Style, Surroundings, owner, surroundings, value};
use crate::fix::scope::{Block, Kind, settings, visit};
use crate::source::Span;
use crate::syntax::{Entry, Mapping, Node, Value};

pub struct DatabaseField;

const OLD: &str = "database";

impl Family for DatabaseField {
    fn name(&self) -> &'static str {
        "database-field"
    }

    fn concerns(&self, _: Kind, text: &str) -> bool {
        memmem::find(text.as_bytes(), OLD.as_bytes()).is_some()
    }

    fn propose(&self, file: &Parsed<'_>, _: &Knowledge<'_>, found: &mut Proposals) {
        for document in file.documents {
            for settings in settings(document, file.kind) {
                let Some(entry) = outdated(settings.block, &settings.kind, &settings.node) else { continue };
                let Some(mapping) = settings.node.as_mapping() else { continue };
                let place = Place { layout: file.layout(), document, mapping, entry };
                let edits = place.edits(settings.block);
                found.add(self.name(), entry.key.span, OLD, edits);
            }
        }
    }

    fn modernise(&self, document: &mut Node, kind: Kind, _: &Knowledge<'_>) {
        visit(document, kind, &mut |block, kind, node| {
            let old = outdated(block, kind, node)
                .and_then(|entry| Some((entry.value.clone(), entry.value.as_str()?.to_owned())));
            let (Some((old, text)), Some(mapping)) = (old, node.as_mapping_mut()) else { return };
            let with = |part: &str| old.with_value(Value::String(part.into()));
            match split(&text) {
                Some((catalog, schema)) => {
                    mapping.remove(OLD);
                    if block == Block::Target
                        && let Some(ddl) = mapping.remove("schema").filter(|entry| !entry.value.is_null())
                    {
                        mapping.insert(Node::string("table_schema", ddl.key.span), ddl.value);
                    }
                    mapping.insert(Node::string("catalog", old.span), with(catalog));
                    mapping.insert(Node::string("schema", old.span), with(schema));
                }
                None if block == Block::Source => {
                    mapping.remove(OLD);
                    mapping.insert(Node::string("schema", old.span), old);
                }
                None => {}
            }
        });
    }
}

/// The old key of settings in which it has an effect. Its value is a text.
fn outdated<'n>(block: Block, kind: &str, node: &'n Node) -> Option<&'n Entry> {
    let ours = match block {
        Block::Source => kind == "delta",
        Block::Target => matches!(kind, "streaming_table" | "materialized_view"),
    };
    let mapping = node.as_mapping().filter(|_| ours)?;
    let set = |key: &str| mapping.get(key).is_some_and(Node::is_truthy);
    let entry = mapping.entry(OLD).filter(|_| !(set("catalog") && set("schema")))?;
    entry.value.as_str().filter(|text| !text.is_empty()).map(|_| entry)
}

/// Splits a text at its first dot that is not part of a token or a template.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_usize;
    let dot = text.char_indices().find(|(_, letter)| {
        match letter {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
        *letter == '.' && open == 0
    });
    let (catalog, schema) = text.split_at_checked(dot?.0)?;
    Some((catalog, schema.strip_prefix('.')?)).filter(|(catalog, schema)| !catalog.is_empty() && !schema.is_empty())
}

/// An old key and what surrounds it.
struct Place<'a> {
    layout: Layout<'a>,
    document: &'a Node,
    mapping: &'a Mapping,
    entry: &'a Entry,
}

impl Place<'_> {
    fn edits(&self, block: Block) -> Result<Vec<Edit>, Reason> {
        let separator = self.layout.separator(self.entry)?;
        let (style, inner) = self.layout.scalar(&self.entry.value)?;
        let Some(parts) = split(inner) else { return self.without_dot(block) };
        let holder = self.holder()?;
        let (key_style, _) = self.layout.scalar(&self.entry.key)?;
        let mut edits = Vec::new();
        let mut pairs = Vec::new();
        for (key, part) in [("catalog", parts.0), ("schema", parts.1)] {
            let text = match style {
                Style::Plain => value(part, surroundings(&self.layout, holder)),
                _ => style.around(part),
            };
            match self.mapping.entry(key) {
                Some(ddl) if block == Block::Target && key == "schema" && !ddl.value.is_null() => {
                    edits.push(self.table_schema(ddl)?);
                    pairs.push(format!("{}{separator}{text}", key_style.around(key)));
                }
                Some(taken) => edits.push(self.overwrite(taken, &text)?),
                None => pairs.push(format!("{}{separator}{text}", key_style.around(key))),
            }
        }
        edits.push(self.replace(&pairs, holder)?);
        Ok(edits)
    }

    /// A Delta source may name its schema by the old key.
    fn without_dot(&self, block: Block) -> Result<Vec<Edit>, Reason> {
        if block == Block::Target || self.entry.value.as_str().is_some_and(|text| text.contains('.')) {
            return Err("the text does not show where the catalog ends and the schema begins".to_owned());
        }
        match self.mapping.entry("schema") {
            Some(_) => Err("`schema` is written as well".to_owned()),
            None => self.layout.rename(&self.entry.key, "schema").map(|edit| vec![edit]),
        }
    }

    /// The mapping in which the key is written.
    fn holder(&self) -> Result<&Node, Reason> {
        owner(self.document, self.entry.key.span).ok_or_else(|| "the key is merged from a place of its own".to_owned())
    }

    /// Column definitions under `schema` move to a key of their own.
    fn table_schema(&self, ddl: &Entry) -> Result<Edit, Reason> {
        if self.mapping.contains("table_schema") {
            return Err("both `schema` and `table_schema` are written".to_owned());
        }
        self.same_holder(ddl)?;
        self.layout.rename(&ddl.key, "table_schema")
    }

    /// The old key wins over one of the new ones.
    fn overwrite(&self, taken: &Entry, text: &str) -> Result<Edit, Reason> {
        self.same_holder(taken)?;
        if taken.value.span.is_empty() {
            return Ok(Edit::insert(taken.value.span.file, taken.value.span.end as usize, format!(" {text}")));
        }
        self.layout.separator(taken)?;
        self.layout.scalar(&taken.value)?;
        Ok(Edit::replace(taken.value.span, text))
    }

    fn same_holder(&self, other: &Entry) -> Result<(), Reason> {
        let holder = owner(self.document, other.key.span).map(|node| node.span);
        match holder.is_some() && holder == self.holder().ok().map(|node| node.span) {
            true => Ok(()),
            false => Err(format!("`{}` is merged from elsewhere", other.key.as_str().unwrap_or_default())),
        }
    }

    /// Puts pairs in the place of the old one.
    fn replace(&self, pairs: &[String], holder: &Node) -> Result<Edit, Reason> {
        if pairs.is_empty() {
            return self.layout.remove(holder, self.entry);
        }
        let whole = Span { end: self.entry.value.span.end, ..self.entry.key.span };
        let joint = match surroundings(&self.layout, holder) {
            Surroundings::Flow => ", ".to_owned(),
            Surroundings::Block => {
                let indent = self.layout.indent(self.entry.key.span)?;
                format!("{}{}", self.layout.line_break(whole.start as usize), " ".repeat(indent))
            }
        };
        Ok(Edit::replace(whole, pairs.join(&joint)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::family::testing::{only_rewritten, rewritten};

    fn target(keys: &str) -> String {
        format!("actions: [{{type: write, write_target: {{type: streaming_table, {keys}}}}}]\n")
    }

    #[test]
    fn tokens_and_templates_are_not_split() {
        assert_eq!(split("${a}.${b}.c"), Some(("${a}", "${b}.c")));
        assert_eq!(split("{{ a.b }}.c"), Some(("{{ a.b }}", "c")));
        assert_eq!(split("${secret:a.b/c}"), None);
        assert_eq!((split(".a"), split("a."), split("a")), (None, None, None));
    }

    #[test]
    fn the_parts_take_the_place_of_the_whole() {
        for (old, new) in [
            ("database: a.b, table: t", "catalog: a, schema: b, table: t"),
            ("database: 'a.b'", "catalog: 'a', schema: 'b'"),
            ("database: a.yes", "catalog: a, schema: \"yes\""),
            ("database: a.b, schema: id INT", "catalog: a, schema: b, table_schema: id INT"),
            ("catalog: x, database: a.b", "catalog: a, schema: b"),
            ("catalog: a, schema: b, database: c.d", "catalog: a, schema: b, database: c.d"),
        ] {
            assert_eq!(only_rewritten(&DatabaseField, Kind::Actions, &target(old)), target(new));
        }
        let source = |keys: &str| format!("actions:\n- type: load\n  source:\n    type: delta\n    {keys}\n");
        let text = only_rewritten(&DatabaseField, Kind::Actions, &source("database: b  # c\n    catalog: a"));
        assert_eq!(text, source("schema: b  # c\n    catalog: a"));
        let text = only_rewritten(&DatabaseField, Kind::Actions, &source("database: a.b  # c"));
        assert_eq!(text, source("catalog: a\n    schema: b  # c"));
    }

    #[test]
    fn what_does_not_show_its_parts_is_refused() {
        for keys in
            ["database: \"${x}\"", "database: a.b, schema: x, table_schema: y", "database: &a a.b", "database: a"]
        {
            let (same, refused) = rewritten(&DatabaseField, Kind::Actions, &target(keys));
            assert_eq!((same, refused.len()), (target(keys), 1), "{keys}");
        }
    }
}
