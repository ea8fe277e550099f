//! Column-schema files as generators use them: DDL text and Spark struct fields.

use minijinja::{Value as TemplateValue, context};

use super::context::load;
use super::{Context, text_of, unreplaced};
use crate::check::{COLUMN_SCHEMA_SHAPE, check_file};
use crate::emit::literal::python_str;
use crate::emit::template_text;
use crate::model::FileKind;
use crate::project::{Project, read_single};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text, Value};

rules! {
    /// A schema file has no list of columns, or a column in it has no name or no type. The file is used
    /// for `table_schema` or for the option `cloudFiles.schemaHints`, where columns are written as DDL.
    ///
    /// ## Why
    /// `amount DECIMAL(10, 2)` needs both parts. A column without a type would make a statement that
    /// Spark does not parse, so the table could not be created.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/orders.yaml, named by table_schema
    /// columns:
    ///   - name: order_id
    ///     type: BIGINT
    ///   - name: amount
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # schemas/orders.yaml, named by table_schema
    /// columns:
    ///   - name: order_id
    ///     type: BIGINT
    ///   - name: amount
    ///     type: DECIMAL(10, 2)
    /// ```
    pub static INCOMPLETE_COLUMNS: Rule = Rule::new("LHP-VAL-016", "incomplete-columns");
    /// A schema file has no columns, a column in it has no name or no type, or its `nullable` is not
    /// true or false. The file is used as the `schema` or `schema_file` of a load, where each column
    /// becomes a field of a Spark struct.
    ///
    /// ## Why
    /// Files are read with exactly these fields. Without columns nothing would be read, and a field
    /// without a name or type cannot be made.
    ///
    /// ## Wrong
    /// ```yaml
    /// # schemas/orders.yaml, named by schema_file
    /// columns:
    ///   - name: order_id
    ///     type: BIGINT
    ///     nullable: "no"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # schemas/orders.yaml, named by schema_file
    /// columns:
    ///   - name: order_id
    ///     type: BIGINT
    ///     nullable: false
    /// ```
    pub static INCOMPLETE_FIELDS: Rule = Rule::new("LHP-VAL-011", "incomplete-fields");
    /// A column of a schema file has a type that is read as text.
    ///
    /// ## Why
    /// A load of files gets its schema as Python types. There is one for numbers, dates and the like, but
    /// none for arrays, maps and structs: such columns become strings, as does `DECIMAL(10, 2)` with a
    /// blank.
    ///
    /// ## Wrong
    /// ```yaml
    /// columns:
    ///   - name: tags
    ///     type: ARRAY<STRING>
    /// ```
    ///
    /// ## Right
    /// Describe the type in the action instead:
    /// ```yaml
    /// options:
    ///   cloudFiles.schemaHints: tags ARRAY<STRING>
    /// ```
    pub static READ_AS_TEXT: Rule = Rule::new("LHP-CFG-080", "column-read-as-text").advice();
}

/// The class of text columns, which stands in for all types that are not known.
const TEXT: &str = "StringType";

/// Endings by which a text is taken for the path of a file.
const FILE_ENDINGS: [&str; 5] = [".yaml", ".yml", ".json", ".ddl", ".sql"];

/// Whether a text names a file rather than being column definitions itself.
///
/// Text with white space is column definitions, unless a file of that name exists.
pub fn is_path(text: &str, context: &Context<'_>) -> bool {
    let lower = text.to_lowercase();
    let looks = FILE_ENDINGS.iter().any(|ending| lower.contains(ending)) || text.contains(['/', '\\']);
    let spaced = text.trim().contains(char::is_whitespace);
    looks && (!spaced || context.project.root.join(text.replace('\\', "/")).is_file())
}

/// Column definitions as DDL text: inline, from a text file, or made from a column-schema file.
pub fn ddl_text(node: &Node, context: &Context<'_>, report: &mut Report) -> Option<Text> {
    let Some(text) = node.as_str().filter(|text| is_path(text, context)) else { return Some(text_of(node)) };
    let lower = text.to_lowercase();
    if [".yaml", ".yml", ".json"].iter().any(|ending| lower.ends_with(ending)) {
        ddl_from_file(node, context, report).map(Text::from)
    } else {
        context.read_verbatim(node, report).map(Text::from)
    }
}

/// The columns of a column-schema file as DDL text.
pub fn ddl_from_file(path: &Node, context: &Context<'_>, report: &mut Report) -> Option<String> {
    let schema = read(path, context.project, report)?;
    let columns = columns(&schema, &INCOMPLETE_COLUMNS, path, report)?;
    advise_tokens(columns, &["name", "type"], context, report);
    let mut parts = Vec::with_capacity(columns.len());
    for column in columns {
        let (name, data_type) = name_and_type(column, &INCOMPLETE_COLUMNS, path, report)?;
        let required = column.get("nullable").is_some_and(|nullable| !nullable.is_truthy());
        parts.push(format!("{} {data_type}{}", quoted(&name), if required { " NOT NULL" } else { "" }));
    }
    Some(parts.join(", "))
}

/// The columns of a column-schema file as arguments of `StructField`, with the types that need an import.
pub fn struct_fields(
    path: &Node,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<(Vec<TemplateValue>, Vec<&'static str>)> {
    let schema = read(path, context.project, report)?;
    let columns = columns(&schema, &INCOMPLETE_FIELDS, path, report)?;
    advise_tokens(columns, &["name", "type", "comment"], context, report);
    if columns.is_empty() {
        report.push(no_columns(&INCOMPLETE_FIELDS, &schema, path));
        return None;
    }
    let mut fields = Vec::with_capacity(columns.len());
    let mut types = Vec::new();
    for column in columns {
        let (name, data_type) = name_and_type(column, &INCOMPLETE_FIELDS, path, report)?;
        let nullable = match column.get("nullable") {
            None => true,
            Some(Node { value: Value::Bool(flag), .. }) => *flag,
            Some(other) => {
                report.push(
                    Diagnostic::error(
                        &INCOMPLETE_FIELDS,
                        format!("`nullable` of column `{name}` must be true or false"),
                    )
                    .at(other, format!("this is {}", other.kind()))
                    .label(path.span, "the file is named here")
                    .help("write `nullable: false` or `nullable: true`"),
                );
                return None;
            }
        };
        let (type_name, constructor) = spark_type(&data_type);
        advise_type(&data_type, type_name, column, report);
        types.push(type_name);
        let metadata = match column.get("comment").filter(|comment| comment.is_truthy()) {
            Some(comment) => TemplateValue::from_pairs([("comment", template_text(&python_str(comment)))]),
            None => TemplateValue::from_pairs::<_, &str, TemplateValue>([]),
        };
        fields.push(context! { name => name, constructor => constructor, nullable => nullable, metadata => metadata });
    }
    Some((fields, types))
}

/// Reads a column-schema file and checks its form.
pub fn read(path: &Node, project: &Project, report: &mut Report) -> Option<Node> {
    load(path, project, report)?;
    let relative = path.as_str()?.replace('\\', "/");
    let node = read_single(&project.sources, relative.as_ref(), report)?;
    if node.as_mapping().is_none() {
        report.push(
            Diagnostic::error(&COLUMN_SCHEMA_SHAPE, format!("a schema file must be a mapping, not {}", node.kind()))
                .at(&node, "expected `columns:`")
                .label(path.span, "named here")
                .help("list the columns under `columns:`, each with `name` and `type`"),
        );
        return None;
    }
    let found = check_file(FileKind::ColumnSchema, &node);
    let usable = !found.iter().any(Diagnostic::is_error);
    report.diagnostics.extend(found.into_iter().map(|fault| fault.label(path.span, "the file is named here")));
    usable.then_some(node)
}

fn no_columns(rule: &'static Rule, schema: &Node, path: &Node) -> Diagnostic {
    Diagnostic::error(rule, "this schema file defines no columns")
        .at(schema, "no columns")
        .label(path.span, "named here")
        .help("list the columns under `columns:`, each with `name` and `type`")
}

fn columns<'a>(schema: &'a Node, rule: &'static Rule, path: &Node, report: &mut Report) -> Option<&'a [Node]> {
    let columns = schema.get("columns").and_then(Node::as_sequence);
    if columns.is_none() {
        report.push(no_columns(rule, schema, path));
    }
    columns
}

fn name_and_type(column: &Node, rule: &'static Rule, path: &Node, report: &mut Report) -> Option<(String, String)> {
    let mut part = |key: &str| match column.get(key).filter(|node| node.is_truthy()) {
        Some(node) => Some(python_str(node).display()),
        None => {
            report.push(
                Diagnostic::error(rule, format!("a column has no `{key}`"))
                    .at(column, "this column")
                    .label(path.span, "the file is named here")
                    .help(format!("add `{key}: …`")),
            );
            None
        }
    };
    let (name, data_type) = (part("name"), part("type"));
    name.zip(data_type)
}

/// Remarks on tokens in what is taken from the columns.
fn advise_tokens(columns: &[Node], keys: &[&str], context: &Context<'_>, report: &mut Report) {
    for column in columns {
        let parts = keys.iter().filter_map(|key| column.get(key));
        parts.for_each(|part| unreplaced::advise_tree(part, context.project, report));
    }
}

/// A column name as DDL shows it: bare where it can be, else in backticks.
pub(super) fn quoted(name: &str) -> String {
    let mut letters = name.chars();
    let bare = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if bare { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

/// The Spark class for a type, and the call that makes it.
fn spark_type(text: &str) -> (&'static str, String) {
    let upper = text.trim().to_uppercase();
    let name = match upper.as_str() {
        "BIGINT" | "LONG" => "LongType",
        "INT" | "INTEGER" => "IntegerType",
        "DOUBLE" => "DoubleType",
        "FLOAT" => "FloatType",
        "BOOLEAN" => "BooleanType",
        "DATE" => "DateType",
        "TIMESTAMP" => "TimestampType",
        "BINARY" => "BinaryType",
        "BYTE" => "ByteType",
        "SHORT" => "ShortType",
        _ => match decimal(&upper) {
            Some((precision, scale)) => return ("DecimalType", format!("DecimalType({precision}, {scale})")),
            None => TEXT,
        },
    };
    (name, format!("{name}()"))
}

/// Remarks on a type that has no class here, so that its columns are read as text.
fn advise_type(written: &str, class: &str, column: &Node, report: &mut Report) {
    if class != TEXT || written.trim().eq_ignore_ascii_case("STRING") {
        return;
    }
    let Some(place) = column.get("type") else { return };
    let upper = written.to_uppercase();
    let help = match upper.replace(char::is_whitespace, "") {
        closed if decimal(&closed).is_some() => format!("write `{closed}`, without blanks"),
        _ => "use `cloudFiles.schemaHints`, which takes every type, or write `STRING` if text is meant".to_owned(),
    };
    report.push(
        Diagnostic::advice(&READ_AS_TEXT, format!("columns of type `{written}` are read as text"))
            .at(place, "taken for `STRING`")
            .help(help),
    );
}

/// Precision and scale of a text that begins with `DECIMAL(p,s)`.
fn decimal(upper: &str) -> Option<(u32, u32)> {
    let (precision, rest) = upper.strip_prefix("DECIMAL(")?.split_once(',')?;
    let (scale, _) = rest.split_once(')')?;
    Some((precision.parse().ok()?, scale.parse().ok()?))
}
