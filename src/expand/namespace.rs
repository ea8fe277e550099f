//! Namespaces: the old combined `database` field becomes `catalog` and `schema`.

use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Mapping, Node, Value};

rules! {
    /// A table or a Delta source is named with `database`, the old form of `catalog` and `schema`.
    ///
    /// ## Why
    /// The value is split at its dot and the generated code is right, so nothing is broken. But the
    /// old form hides which part is the catalog, and is only kept for old projects.
    ///
    /// ## Wrong
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   database: ${catalog}.bronze
    ///   table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: ${catalog}
    ///   schema: bronze
    ///   table: orders
    /// ```
    pub static DATABASE_FIELD: Rule = Rule::new("LHP-DEPR-002", "database-field").warning();
    /// The `database` of a table that is written names a schema, but no catalog.
    ///
    /// ## Why
    /// Tables of Unity Catalog have three parts: catalog, schema and table. Without a catalog the
    /// table would land wherever the pipeline happens to have its default.
    ///
    /// ## Wrong
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   database: bronze
    ///   table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: ${catalog}
    ///   schema: bronze
    ///   table: orders
    /// ```
    pub static DATABASE_WITHOUT_DOT: Rule = Rule::new("LHP-CFG-011", "database-without-dot");
    /// The `database` of a Delta table that is read names a schema, but no catalog.
    ///
    /// ## Why
    /// Tables of Unity Catalog have three parts: catalog, schema and table. Without a catalog it is
    /// open which table is read.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: delta
    ///   database: sales
    ///   table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: delta
    ///   catalog: ${catalog}
    ///   schema: sales
    ///   table: orders
    /// ```
    pub static LOAD_DATABASE_WITHOUT_DOT: Rule = Rule::new("LHP-CFG-012", "database-without-dot");
    /// The key `schema` of a table holds column definitions, but it names the schema that the table
    /// belongs to.
    ///
    /// ## Why
    /// The text would become part of the name of the table, which no catalog accepts. Columns have a
    /// key of their own, `table_schema`.
    ///
    /// ## Wrong
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: ${catalog}
    ///   schema: order_id BIGINT, amount DOUBLE
    ///   table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// write_target:
    ///   type: streaming_table
    ///   catalog: ${catalog}
    ///   schema: bronze
    ///   table: orders
    ///   table_schema: order_id BIGINT, amount DOUBLE
    /// ```
    pub static DDL_AS_SCHEMA: Rule = Rule::new("LHP-CFG-013", "ddl-as-schema");
    /// A `database` has more than two parts, so that the name of the schema would contain a dot.
    ///
    /// ## Why
    /// `database` is split at its first dot into catalog and schema. With a second dot the generated
    /// name has four parts, such as `dev.bronze.raw.orders`, and Databricks refuses it.
    ///
    /// ## Wrong
    /// ```yaml
    /// database: ${catalog}.bronze.raw
    /// table: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// catalog: ${catalog}
    /// schema: bronze_raw
    /// table: orders
    /// ```
    pub static THREE_PARTS: Rule = Rule::new("LHP-CFG-084", "database-with-three-parts");
}

/// Words by which column definitions are told from a schema name.
const TYPE_WORDS: [&str; 20] = [
    "BIGINT",
    "STRING",
    "INT",
    "INTEGER",
    "SMALLINT",
    "TINYINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "BINARY",
    "ARRAY",
    "MAP",
    "STRUCT",
    "LONG",
    "SHORT",
    "BYTE",
    "VOID",
];

/// Brings the namespaces of one action into their modern form.
pub fn normalise(action: &mut Node, report: &mut Report) {
    let Some(mapping) = action.as_mapping_mut() else { return };
    match mapping.get("type").and_then(Node::as_str) {
        Some("write") => {
            let target = mapping.get_mut("write_target").and_then(Node::as_mapping_mut);
            if let Some(target) = target
                && matches!(target.get("type").and_then(Node::as_str), Some("streaming_table" | "materialized_view"))
            {
                normalise_target(target, report);
            }
        }
        Some("load") => {
            let source = mapping.get_mut("source").and_then(Node::as_mapping_mut);
            if let Some(source) = source
                && source.get("type").and_then(Node::as_str) == Some("delta")
            {
                normalise_source(source, report);
            }
        }
        _ => {}
    }
}

fn truthy(mapping: &Mapping, key: &str) -> bool {
    mapping.get(key).is_some_and(Node::is_truthy)
}

fn normalise_target(target: &mut Mapping, report: &mut Report) {
    if truthy(target, "catalog") && truthy(target, "schema") {
        check_schema_name(target, report);
        return;
    }
    let Some(database) = target.get("database").filter(|database| database.is_truthy()).cloned() else { return };
    let Some(text) = database.as_str() else { return };
    let Some((catalog, schema)) = text.split_once('.') else {
        report.push(
            Diagnostic::error(&DATABASE_WITHOUT_DOT, format!("`database: {text}` names no catalog"))
                .at(&database, "expected `catalog.schema`")
                .help(format!("write `catalog: …` and `schema: {text}`")),
        );
        return;
    };
    report_old_form(&database, catalog, schema, report);
    let (catalog, schema) = (catalog.to_owned(), schema.to_owned());
    target.remove("database");
    if let Some(old) = target.remove("schema").filter(|entry| !entry.value.is_null()) {
        target.insert(Node::string("table_schema", old.key.span), old.value);
    }
    set(target, "catalog", &catalog, &database);
    set(target, "schema", &schema, &database);
}

fn normalise_source(source: &mut Mapping, report: &mut Report) {
    if truthy(source, "catalog") && truthy(source, "schema") {
        source.remove("database");
        return;
    }
    let Some(database) = source.get("database").filter(|database| database.is_truthy()).cloned() else { return };
    let Some(text) = database.as_str().map(str::to_owned) else { return };
    match text.split_once('.') {
        Some((catalog, schema)) => {
            report_old_form(&database, catalog, schema, report);
            source.remove("database");
            set(source, "catalog", catalog, &database);
            set(source, "schema", schema, &database);
        }
        None if truthy(source, "catalog") => {
            report.push(
                Diagnostic::warning(&DATABASE_FIELD, "`database` is the old name of `schema`")
                    .at(&database, "old form")
                    .help(match &database.via {
                        None => format!("write `schema: {text}`, which `lhp fix` does"),
                        Some(_) => "write `schema:` instead of `database:`, which `lhp fix` does".to_owned(),
                    }),
            );
            source.remove("database");
            set(source, "schema", &text, &database);
        }
        None => report.push(
            Diagnostic::error(&LOAD_DATABASE_WITHOUT_DOT, format!("`database: {text}` names no catalog"))
                .at(&database, "expected `catalog.schema`")
                .help(format!("write `catalog: …` and `schema: {text}`")),
        ),
    }
}

fn set(mapping: &mut Mapping, key: &str, text: &str, like: &Node) {
    mapping.insert(Node::string(key, like.span), like.with_value(Value::String(text.into())));
}

fn report_old_form(database: &Node, catalog: &str, schema: &str, report: &mut Report) {
    if schema.contains('.') {
        report.push(
            Diagnostic::error(&THREE_PARTS, format!("`{schema}` cannot be the name of a schema: it contains a dot"))
                .at(database, "has more than two parts")
                .help("write catalog, schema and table under `catalog:`, `schema:` and `table:`"),
        );
        return;
    }
    report.push(
        Diagnostic::warning(&DATABASE_FIELD, "`database` is the old form of `catalog` and `schema`")
            .at(database, "old form")
            .help(match &database.via {
                None => format!("write `catalog: {catalog}` and `schema: {schema}`, which `lhp fix` does"),
                // The value may hold tokens that the author does not want to lose.
                Some(_) => {
                    "write the part before the dot under `catalog:` and the rest under `schema:`; `lhp fix` does it"
                        .to_owned()
                }
            }),
    );
}

fn check_schema_name(target: &Mapping, report: &mut Report) {
    let Some(schema) = target.get("schema") else { return };
    let Some(text) = schema.as_str().filter(|text| text.contains(' ')) else { return };
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    if words.into_iter().any(|word| TYPE_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))) {
        report.push(
            Diagnostic::error(
                &DDL_AS_SCHEMA,
                "`schema` holds column definitions, but it names the schema of the table",
            )
            .at(schema, "column definitions")
            .help("move the column definitions to `table_schema`"),
        );
    }
}
