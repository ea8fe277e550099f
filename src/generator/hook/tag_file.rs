//! Files with tags: the path of a column-schema file goes in; the tags of its table and columns come out.

use super::tags::{self, Tags, Written};
use crate::expand::Action;
use crate::expand::substitution::Source;
use crate::generator::column_schema;
use crate::generator::text_of;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A part of a tags file has the wrong form: `table` or `name` is no text, a column with tags has no
    /// name or is listed twice, or its tags are not a mapping.
    ///
    /// ## Why
    /// It is not clear to which table or column the tags belong, or what they are.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/orders.yaml, named by tags_file
    /// columns:
    ///   - type: STRING
    ///     tags:
    ///       pii: email
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # schemas/orders.yaml, named by tags_file
    /// columns:
    ///   - name: email
    ///     type: STRING
    ///     tags:
    ///       pii: email
    /// ```
    pub static TAG_FILE_SHAPE: Rule = Rule::new("LHP-CFG-067", "tags-file-shape");
    /// A tags file names another table than the one whose `tags_file` it is.
    ///
    /// ## Why
    /// Its tags are set on the table of the write all the same. If the file was copied or confused, that
    /// table gets the tags of another one.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/customers.yaml has `table: customers`
    /// write_target:
    ///   type: streaming_table
    ///   catalog: main
    ///   schema: bronze
    ///   table: orders
    ///   tags_file: schemas/customers.yaml
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: main
    ///   schema: bronze
    ///   table: orders
    ///   tags_file: schemas/orders.yaml
    /// ```
    pub static OTHER_TABLE: Rule = Rule::new("LHP-CFG-068", "tags-of-other-table").advice();
    /// The schema file of a table has tags, but the file is not the `tags_file` of the table.
    ///
    /// ## Why
    /// `table_schema` takes only names and types from the file. The tags are not set in Unity Catalog.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/orders.yaml has tags
    /// table_schema: schemas/orders.yaml
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table_schema: schemas/orders.yaml
    /// tags_file: schemas/orders.yaml
    /// ```
    pub static UNUSED_TAGS: Rule = Rule::new("LHP-CFG-069", "unused-tags").advice();
}

/// The tags of a table and of its columns. Tags that are not declared at all are not managed.
#[derive(Default)]
pub(super) struct TableTags {
    pub table: Option<Tags>,
    pub columns: Vec<(String, Tags)>,
}

/// Reads the tags file of an action. None if it cannot be used; the report says why.
pub(super) fn read(
    path: &Node,
    action: &Action,
    project: &Project,
    source: &Source<'_>,
    report: &mut Report,
) -> Option<TableTags> {
    let before = report.diagnostics.len();
    let file = column_schema::read(path, project, report)?;
    check_identifier(&file, path, action, report);
    let mut found = TableTags::default();
    if let Some(node) = file.get("tags").filter(|node| !node.is_null()) {
        found.table = read_tags(node, path, source, report);
    }
    for column in file.get("columns").and_then(Node::as_sequence).unwrap_or_default() {
        let Some(node) = column.get("tags").filter(|node| !node.is_null()) else { continue };
        let shape = |message: &str, place: &Node, label: &str| {
            Diagnostic::error(&TAG_FILE_SHAPE, message).at(place, label).label(path.span, "the file is named here")
        };
        let Some(name) = column.get("name").and_then(Node::as_str).filter(|name| !name.trim().is_empty()) else {
            report.push(shape("a column with tags has no name", column, "this column").help("add `name: …`"));
            continue;
        };
        if node.as_mapping().is_none() {
            let message = format!("`tags` of column `{name}` must be a mapping, not {}", node.kind());
            report.push(shape(&message, node, "expected a mapping").help("write `key: value` pairs"));
            continue;
        }
        if found.columns.iter().any(|(known, _)| known == name) {
            let message = format!("column `{name}` has tags twice");
            report.push(shape(&message, column, "the second one").help("write all tags of a column in one place"));
            continue;
        }
        if let Some(tags) = read_tags(node, path, source, report) {
            found.columns.push((name.to_owned(), tags));
        }
    }
    let failed = report.diagnostics.iter().skip(before).any(Diagnostic::is_error);
    (!failed).then_some(found)
}

/// The tags of a mapping in the file that `path` names.
fn read_tags(node: &Node, path: &Node, source: &Source<'_>, report: &mut Report) -> Option<Tags> {
    let mut own = Report::default();
    let found = tags::read(node, Written::InFile, source, &mut own);
    let named = own.diagnostics.into_iter().map(|fault| fault.label(path.span, "the file is named here"));
    report.diagnostics.extend(named);
    found
}

/// `table` counts, else `name`; both may be the bare name of the table or its full name.
fn check_identifier(file: &Node, path: &Node, action: &Action, report: &mut Report) {
    let mut named = None;
    for key in ["table", "name"] {
        let Some(node) = file.get(key).filter(|node| !node.is_null()) else { continue };
        match node.as_str().filter(|name| !name.trim().is_empty()) {
            Some(name) => named = named.or(Some((name, node))),
            None => report.push(
                Diagnostic::error(&TAG_FILE_SHAPE, format!("`{key}` must be the name of a table"))
                    .at(node, "no name")
                    .label(path.span, "the file is named here")
                    .help("write the name of the table, or remove the key"),
            ),
        }
    }
    let Some((name, place)) = named else { return };
    let target = action.setting("table").map(text_of).unwrap_or_default().display();
    let full = action.table().map(Text::display).unwrap_or_default();
    if ![&target, &full].iter().any(|known| known.eq_ignore_ascii_case(name)) {
        report.push(
            Diagnostic::advice(
                &OTHER_TABLE,
                format!("this file names the table `{name}`, but its tags go to `{full}`"),
            )
            .at(place, "another table")
            .label(path.span, "used for the tags here")
            .help("correct the name, or use the file for its own table"),
        );
    }
}

/// Advises on tags in the schema file of a table whose tags come from elsewhere.
pub(super) fn check_schema_file(action: &Action, project: &Project, report: &mut Report) {
    let Some(schema) = action.setting("table_schema") else { return };
    let Some(path) = schema.as_str().map(|path| path.replace('\\', "/")) else { return };
    let tags_file = action.setting("tags_file").and_then(Node::as_str).map(|path| path.replace('\\', "/"));
    let is_yaml = [".yaml", ".yml", ".json"].iter().any(|ending| path.to_lowercase().ends_with(ending));
    if !is_yaml || tags_file.as_deref() == Some(path.as_str()) || !project.root.join(&path).is_file() {
        return;
    }
    // What is wrong with the file itself was said when the table was generated.
    let Some(file) = column_schema::read(schema, project, &mut Report::default()) else { return };
    let columns = file.get("columns").and_then(Node::as_sequence).unwrap_or_default();
    let tags = columns.iter().chain([&file]).find_map(|holder| holder.get("tags").filter(|tags| tags.is_truthy()));
    if let Some(tags) = tags {
        report.push(
            Diagnostic::advice(&UNUSED_TAGS, "the tags of a schema file are set only if it is the `tags_file` too")
                .at(tags, "not set")
                .label(schema.span, "used for the columns here")
                .help(format!("add `tags_file: {path}`")),
        );
    }
}
