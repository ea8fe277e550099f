//! Views that are read in a pipeline: names that nobody defines but that look like one that somebody does.

use rustc_hash::FxHashSet;

use crate::expand::{Action, Resolved};
use crate::model::ActionType;
use crate::report::{Diagnostic, Report, Rule, Subject, did_you_mean, rules};

rules! {
    /// An action reads a view that no action of the pipeline defines, and whose name is nearly that of
    /// a view that exists.
    ///
    /// ## Why
    /// It may be meant: a name without dots can also be a table of the default schema. More often it is
    /// misspelt, and the pipeline fails when it starts.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: {type: delta, catalog: shop, schema: raw, table: orders}
    ///   target: v_orders
    /// - name: write_orders
    ///   type: write
    ///   source: v_ordres
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   type: write
    ///   source: v_orders
    ///   write_target: {type: streaming_table, catalog: shop, schema: bronze, table: orders}
    /// ```
    pub static MISSPELT_VIEW: Rule = Rule::new("LHP-CFG-093", "misspelt-view").advice();
}

/// Remarks on the sources of all actions of a pipeline, every one of which is known.
pub(super) fn check(flowgroups: &[&Resolved], report: &mut Report) {
    let actions = || flowgroups.iter().flat_map(|flowgroup| &flowgroup.actions);
    let defined: FxHashSet<&str> = actions().filter_map(Action::target).collect();
    for flowgroup in flowgroups {
        // What a load reads lies outside of the pipeline.
        for action in flowgroup.actions.iter().filter(|action| action.kind != ActionType::Load) {
            for source in action.sources() {
                let name = source.name.as_str();
                if name.contains(['.', '{', '`']) || defined.contains(name) {
                    continue;
                }
                // The candidates come from a set without order; the closest one must not depend on it.
                let mut candidates: Vec<&str> = defined.iter().copied().collect();
                candidates.sort_unstable();
                let Some(close) = did_you_mean(name, candidates) else { continue };
                // An unused view whose name it may be meant for has been reported with this place.
                let told = |found: &Diagnostic| found.labels.iter().any(|label| label.span == source.node.span);
                if report.diagnostics.iter().any(told) {
                    continue;
                }
                let from = report.diagnostics.len();
                report.push(
                    Diagnostic::advice(&MISSPELT_VIEW, format!("no action of this pipeline defines the view `{name}`"))
                        .at(source.node, "read here")
                        .help(format!("did you mean `{close}`?")),
                );
                report.set_subject(
                    from,
                    &Subject {
                        pipeline: Some(flowgroup.pipeline.clone()),
                        flowgroup: Some(flowgroup.flowgroup.clone()),
                        action: Some(action.name.clone()),
                    },
                );
            }
        }
    }
}
