//! Rules for all quarantines of a pipeline together: their rows and their functions must not mix.

use crate::expand::{Action, Resolved};
use crate::generator::text_of;
use crate::generator::transform::data_quality::{is_quarantine, names_suffix};
use crate::report::{Diagnostic, Report, Rule, Subject, rules};
use crate::syntax::Node;

rules! {
    /// Two quarantines of a pipeline keep their rows in the same `dlq_table` under the same
    /// `source_table`.
    ///
    /// ## Why
    /// A quarantine finds its rows by these two names. With the same names, each of them also takes
    /// back the repaired rows of the other.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: check_orders
    ///   type: transform
    ///   transform_type: data_quality
    ///   source: v_orders
    ///   target: v_orders_checked
    ///   expectations_file: expectations/orders.yaml
    ///   mode: quarantine
    ///   quarantine: &inbox {dlq_table: shop.ops.rejected, source_table: shop.sales.orders}
    /// - name: check_returns
    ///   type: transform
    ///   transform_type: data_quality
    ///   source: v_returns
    ///   target: v_returns_checked
    ///   expectations_file: expectations/returns.yaml
    ///   mode: quarantine
    ///   quarantine: *inbox
    /// ```
    ///
    /// ## Right
    /// In the second action:
    /// ```yaml
    /// quarantine: {dlq_table: shop.ops.rejected, source_table: shop.sales.returns}
    /// ```
    pub static SHARED_ROWS: Rule = Rule::new("LHP-VAL-069", "shared-quarantine-rows");
    /// Two quarantines of a pipeline read views of the same name.
    ///
    /// ## Why
    /// The flows and helper views of a quarantine are named after the view that it reads. With the same
    /// name they would be defined twice, and the pipeline would be refused when it starts.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: check_ids
    ///   type: transform
    ///   transform_type: data_quality
    ///   source: v_orders
    ///   target: v_orders_checked
    ///   expectations_file: expectations/orders.yaml
    ///   mode: quarantine
    ///   quarantine: {dlq_table: shop.ops.rejected, source_table: shop.sales.orders}
    /// - name: check_amounts
    ///   type: transform
    ///   transform_type: data_quality
    ///   source: v_orders
    ///   target: v_returns_checked
    ///   expectations_file: expectations/returns.yaml
    ///   mode: quarantine
    ///   quarantine: {dlq_table: shop.ops.wrong_amounts, source_table: shop.sales.orders}
    /// ```
    ///
    /// ## Right
    /// Put all rules into the file of one quarantine. If both are needed, let the second one read what
    /// the first one lets through:
    /// ```yaml
    /// source: v_orders_checked
    /// ```
    pub static SHARED_NAMES: Rule = Rule::new("LHP-VAL-007", "shared-quarantine-names");
}

/// One quarantine of a pipeline.
struct Quarantine<'a> {
    flowgroup: &'a Resolved,
    action: &'a Action,
}

impl<'a> Quarantine<'a> {
    fn node(&self, key: &str) -> Option<&'a Node> {
        self.action.setting("quarantine")?.get(key)
    }

    /// The rows in the inbox that belong to this quarantine. Table names are case-insensitive there.
    fn rows(&self) -> Option<(String, String)> {
        let name = |key: &str| self.node(key).map(|node| text_of(node).display());
        Some((name("dlq_table")?.to_lowercase(), name("source_table")?))
    }
}

/// Checks one pipeline: every quarantine against the first earlier one that it collides with.
pub fn check(flowgroups: &[&Resolved], report: &mut Report) {
    let all: Vec<Quarantine<'_>> = flowgroups
        .iter()
        .flat_map(|flowgroup| flowgroup.actions.iter().map(|action| Quarantine { flowgroup, action }))
        .filter(|quarantine| is_quarantine(quarantine.action))
        .collect();
    for (position, later) in all.iter().enumerate() {
        let earlier = || all.iter().take(position);
        let before = report.diagnostics.len();
        if let Some(first) = earlier().find(|first| first.rows().is_some() && first.rows() == later.rows()) {
            report.push(shared_rows(first, later));
        } else if let Some(first) = earlier().find(|first| names_suffix(first.action) == names_suffix(later.action)) {
            report.push(shared_names(first, later));
        }
        let subject = Subject {
            pipeline: Some(later.flowgroup.pipeline.clone()),
            flowgroup: Some(later.flowgroup.flowgroup.clone()),
            action: Some(later.action.name.clone()),
        };
        report.set_subject(before, &subject);
    }
}

fn shared_rows(first: &Quarantine<'_>, later: &Quarantine<'_>) -> Diagnostic {
    let place = |quarantine: &Quarantine<'_>| quarantine.node("source_table").unwrap_or(&quarantine.action.node).span;
    let table = later.node("dlq_table").map(|node| text_of(node).display()).unwrap_or_default();
    Diagnostic::error(&SHARED_ROWS, format!("two quarantines keep the same rows of `{table}`"))
        .label(place(later), format!("used again by `{}`", later.action.name))
        .label(place(first), format!("used by `{}`", first.action.name))
        .help("give each of them a `source_table` of its own, or another `dlq_table`")
}

fn shared_names(first: &Quarantine<'_>, later: &Quarantine<'_>) -> Diagnostic {
    let place =
        |quarantine: &Quarantine<'_>| quarantine.action.setting("source").unwrap_or(&quarantine.action.node).span;
    let message = format!("the functions of two quarantines are named after `{}`", names_suffix(later.action));
    Diagnostic::error(&SHARED_NAMES, message)
        .label(place(later), format!("checked again by `{}`", later.action.name))
        .label(place(first), format!("checked by `{}`", first.action.name))
        .help("put all rules into one quarantine, or read another view")
}
