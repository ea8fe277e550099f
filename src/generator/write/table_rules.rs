//! Rules for the properties that streaming tables and materialized views share.
//!
//! The schema has said that every value has its type; here is what a schema cannot say.

use crate::emit::literal::{self, python_str};
use crate::expand::Action;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Kind, Node, Value};

rules! {
    /// The catalog, schema or table of a write is not a name: the value is `false` or zero.
    ///
    /// ## Why
    /// YAML reads `no`, `off` and `false` as a boolean, and `0` as a number, unless they stand in
    /// quotes. The table would be called `main.False.orders`.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema: off
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema: "off"
    /// ```
    pub static NOT_A_NAME: Rule = Rule::new("LHP-VAL-007", "table-name-missing");
    /// A table is partitioned and clustered at the same time.
    ///
    /// ## Why
    /// Databricks does not create a table with both: liquid clustering takes the place of partitions.
    /// Clustering is what Databricks recommends for new tables.
    ///
    /// ## Wrong
    /// ```yaml
    /// partition_columns: [day]
    /// cluster_columns: [shop]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// cluster_columns: [day, shop]
    /// ```
    pub static PARTITION_AND_CLUSTER: Rule = Rule::new("LHP-VAL-007", "partition-and-cluster");
    /// A key of `table_properties` or `spark_conf` is not a string to YAML.
    ///
    /// ## Why
    /// The keys are names of properties, which are strings. YAML reads `on`, `yes` or `1` without
    /// quotes as a boolean or a number, and the property would get a name such as `True`.
    ///
    /// ## Wrong
    /// ```yaml
    /// table_properties:
    ///   on: "yes"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table_properties:
    ///   "on": "yes"
    /// ```
    pub static KEY_NOT_STRING: Rule = Rule::new("LHP-VAL-007", "key-not-string");
    /// A value of `table_properties` or `spark_conf` is a date to YAML.
    ///
    /// ## Why
    /// Properties are strings, numbers or booleans, and Python has no literal for a date. In quotes the
    /// date is a string.
    ///
    /// ## Wrong
    /// ```yaml
    /// table_properties:
    ///   valid_from: 2026-01-01
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// table_properties:
    ///   valid_from: "2026-01-01"
    /// ```
    pub static DATE_IN_PROPERTY: Rule = Rule::new("LHP-ACT-002", "date-in-property");
    /// A table has tags under `tags` and in a file.
    ///
    /// ## Why
    /// Which of them counts, if both name the same tag, would be a guess. A file can hold tags of the
    /// columns too, so it is the one to keep if there are any.
    ///
    /// ## Wrong
    /// ```yaml
    /// tags_file: tags/orders.yaml
    /// tags:
    ///   owner: sales
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// tags:
    ///   owner: sales
    /// ```
    pub static TAGS_TWICE: Rule = Rule::new("LHP-VAL-007", "tags-twice");
    /// A tag of a table has no usable name or value.
    ///
    /// ## Why
    /// The name of a tag is text, and its value is text, a number, a boolean or nothing. Unity Catalog
    /// refuses anything else when the tags are set.
    ///
    /// ## Wrong
    /// ```yaml
    /// tags:
    ///   owners: [sales, finance]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// tags:
    ///   owners: sales, finance
    /// ```
    pub static MALFORMED_TAG: Rule = Rule::new("LHP-VAL-007", "malformed-tag");
}

/// Mappings whose keys are names and whose values become Python literals.
const PROPERTY_KEYS: [&str; 2] = ["spark_conf", "table_properties"];

/// Checks the properties of a table.
pub(super) fn check(action: &Action, report: &mut Report) {
    for key in ["catalog", "schema", "table"] {
        let Some(node) = action.settings.get(key).filter(|node| !node.is_truthy()) else { continue };
        report.push(
            Diagnostic::error(&NOT_A_NAME, format!("`{key}` must be a name, not {}", node.kind()))
                .at(node, format!("YAML reads this as {}", node.kind()))
                .help("write a name; if this is one, put quotes around it"),
        );
    }
    for key in PROPERTY_KEYS {
        check_property(action, key, report);
    }
    check_layout(action, report);
    check_tags(action, report);
}

fn check_property(action: &Action, key: &str, report: &mut Report) {
    let Some(property) = action.setting(key) else { return };
    let entries = property.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    for entry in entries.iter().filter(|entry| entry.key.kind() != Kind::String) {
        let name = python_str(&entry.key).display();
        report.push(
            Diagnostic::error(&KEY_NOT_STRING, format!("a key of `{key}` must be a string, not {}", entry.key.kind()))
                .at(&entry.key, format!("YAML reads this as `{name}`"))
                .help("put quotes around the key as it stands here"),
        );
    }
    if let Some(place) = literal::first_date(property) {
        let date = python_str(place).display();
        report.push(
            Diagnostic::error(&DATE_IN_PROPERTY, format!("`{key}` holds a date, which is no value of a property"))
                .at(place, "YAML reads this as a date")
                .help(format!("put quotes around it: `\"{date}\"`")),
        );
    }
}

fn check_layout(action: &Action, report: &mut Report) {
    let set = |key: &str| action.setting(key).filter(|node| node.is_truthy());
    let Some(partition) = set("partition_columns") else { return };
    for key in ["cluster_columns", "cluster_by_auto"] {
        let Some(cluster) = set(key) else { continue };
        report.push(
            Diagnostic::error(&PARTITION_AND_CLUSTER, format!("`partition_columns` and `{key}` exclude each other"))
                .at(cluster, "clustered here")
                .label(partition.span, "partitioned here")
                .help("keep one of them"),
        );
    }
}

fn check_tags(action: &Action, report: &mut Report) {
    let (tags, file) = (action.setting("tags"), action.setting("tags_file"));
    if let (Some(tags), Some(file)) = (tags, file) {
        report.push(
            Diagnostic::error(&TAGS_TWICE, "`tags` and `tags_file` exclude each other")
                .at(file, "tags in a file")
                .label(tags.span, "tags written here")
                .help("keep one of them"),
        );
        return;
    }
    let blank = |node: &Node| node.as_str().is_some_and(|text| text.trim().is_empty());
    if let Some(file) = file.filter(|file| blank(file)) {
        report.push(
            Diagnostic::error(&MALFORMED_TAG, "`tags_file` is blank")
                .at(file, "names no file")
                .help("write the path of a file with tags, or remove the key"),
        );
    }
    for entry in tags.and_then(Node::as_mapping).map(|tags| tags.entries.as_slice()).unwrap_or_default() {
        if entry.key.kind() != Kind::String || blank(&entry.key) {
            report.push(
                Diagnostic::error(&MALFORMED_TAG, "the name of a tag must be text")
                    .at(&entry.key, "not the name of a tag")
                    .help("write a name, with quotes around it if YAML takes it for something else"),
            );
        }
        if matches!(entry.value.value, Value::Timestamp(_) | Value::Sequence(_) | Value::Mapping(_)) {
            report.push(
                Diagnostic::error(
                    &MALFORMED_TAG,
                    format!("the value of a tag must be text, a number or a boolean, not {}", entry.value.kind()),
                )
                .at(&entry.value, format!("this is {}", entry.value.kind()))
                .help(match entry.value.value {
                    Value::Timestamp(_) => "put quotes around the date",
                    _ => "write a single value, such as a text with commas, or one tag for each of them",
                }),
            );
        }
    }
}
