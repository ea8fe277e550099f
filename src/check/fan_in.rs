//! Several change feeds into one table: what describes the table must be the same in all of them.

use super::pipeline::Write;
use crate::generator::text_of;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;
use crate::syntax::{Node, Value};

rules! {
    /// Several change feeds write into one table and differ in a setting of the table: keys, sequence,
    /// SCD type, tracked columns, or a property with which the table is created.
    ///
    /// ## Why
    /// The table is created once, and its rows have one kind of key. With other keys or another
    /// sequence the second feed would change the wrong rows.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: &orders
    ///     {type: streaming_table, catalog: shop, schema: bronze, table: orders,
    ///      mode: cdc, cdc_config: {keys: [order_id], sequence_by: changed_at}}
    /// - name: write_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target:
    ///     <<: *orders
    ///     create_table: false
    ///     cdc_config: {keys: [id], sequence_by: changed_at}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: &orders
    ///     {type: streaming_table, catalog: shop, schema: bronze, table: orders,
    ///      mode: cdc, cdc_config: {keys: [order_id], sequence_by: changed_at}}
    /// - name: write_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target:
    ///     <<: *orders
    ///     create_table: false
    /// ```
    pub static FAN_IN_MISMATCH: Rule = Rule::new("LHP-CFG-010", "fan-in-mismatch");
}

/// Where a setting stands, and the value that its absence stands for.
struct Shared {
    block: Option<&'static str>,
    key: &'static str,
    default: Value,
}

/// The settings that all feeds of a table share, in the order in which they are compared.
const SHARED: [Shared; 15] = [
    shared(Some("cdc_config"), "keys", Value::Null),
    shared(Some("cdc_config"), "sequence_by", Value::Null),
    shared(Some("cdc_config"), "scd_type", Value::Int(1)),
    shared(Some("cdc_config"), "track_history_column_list", Value::Null),
    shared(Some("cdc_config"), "track_history_except_column_list", Value::Null),
    shared(None, "partition_columns", Value::Null),
    shared(None, "cluster_columns", Value::Null),
    shared(None, "cluster_by_auto", Value::Null),
    shared(None, "table_properties", Value::Null),
    shared(None, "spark_conf", Value::Null),
    shared(None, "table_schema", Value::Null),
    shared(None, "comment", Value::Null),
    shared(None, "path", Value::Null),
    shared(None, "row_filter", Value::Null),
    shared(None, "temporary", Value::Bool(false)),
];

const fn shared(block: Option<&'static str>, key: &'static str, default: Value) -> Shared {
    Shared { block, key, default }
}

impl Shared {
    /// The value in a write that is not null.
    fn given<'a>(&self, write: &Write<'a>) -> Option<&'a Node> {
        match self.block {
            None => write.action.setting(self.key),
            Some(block) => write.action.setting(block)?.get(self.key).filter(|node| !node.is_null()),
        }
    }

    fn title(&self) -> String {
        self.block.map_or_else(|| self.key.to_owned(), |block| format!("{block}.{}", self.key))
    }

    /// Where the value stands, or should stand.
    fn place(&self, write: &Write<'_>) -> Span {
        let block = self.block.and_then(|block| write.action.setting(block));
        self.given(write).or(block).unwrap_or(write.place()).span
    }

    fn says(&self, write: &Write<'_>) -> String {
        match self.given(write) {
            Some(node) => {
                let shown = text_of(node).display();
                let cut: String = shown.chars().take(40).collect();
                let more = if cut.len() < shown.len() { "…" } else { "" };
                format!("`{}` says `{cut}{more}`", write.title())
            }
            None => format!("`{}` says nothing", write.title()),
        }
    }
}

/// Compares every feed with the first one and reports the first setting on which two differ.
pub(super) fn check(table: &str, first: &Write<'_>, rest: &[Write<'_>], report: &mut Report) {
    for field in &SHARED {
        let value = |write: &Write<'_>| field.given(write).map_or(field.default.clone(), |node| node.value.clone());
        let expected = value(first);
        let Some(other) = rest.iter().find(|write| !same(&value(write), &expected)) else { continue };
        let via = field.given(other).and_then(|node| node.via.as_ref());
        report.push(
            Diagnostic::error(&FAN_IN_MISMATCH, format!("the change feeds of `{table}` differ in `{}`", field.title()))
                .label(field.place(other), field.says(other))
                .through(via)
                .label(field.place(first), field.says(first))
                .help(format!("write the same `{}` in all actions that feed the table", field.key)),
        );
        return;
    }
}

/// Whether two values are equal for Python: numbers by value, mappings in any order.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(&left.value, &right.value))
        }
        (Value::Mapping(left), Value::Mapping(right)) => {
            left.entries.len() == right.entries.len()
                && left.entries.iter().all(|entry| {
                    let twin = right.entries.iter().find(|twin| same(&twin.key.value, &entry.key.value));
                    twin.is_some_and(|twin| same(&twin.value.value, &entry.value.value))
                })
        }
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left == right,
            _ => left == right,
        },
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}
