//! `mode: standard` — one append flow for each source view.

use minijinja::context;

use super::{flow_name, fragment};
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::write::source::{self, Sources, views};
use crate::generator::{Context, Fragment};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::syntax::{Node, Text};

rules! {
    /// The `readMode` of a write is neither `stream` nor `batch`.
    ///
    /// ## Why
    /// An unknown word counts as `stream`. A write that was to read all rows at once then reads only
    /// what is new.
    ///
    /// ## Wrong
    /// ```yaml
    /// source: v_orders
    /// readMode: bacth
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// readMode: batch
    /// ```
    pub static UNKNOWN_READ_MODE: Rule = Rule::new("LHP-CFG-080", "unknown-read-mode").advice();
    /// A write without a `readMode` reads a batch because the write that creates its table does.
    ///
    /// ## Why
    /// Of several writes into one table, those without `readMode` take over that of the write which
    /// creates it. A flow that was to take in the new rows of each update then reads a batch, which
    /// Databricks accepts from a flow with `once: true` only.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: write_history
    ///   readMode: batch
    ///   once: true
    ///   write_target: {table: orders, …}
    /// - name: write_orders
    ///   write_target: {table: orders, create_table: false, …}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders
    ///   readMode: stream
    ///   write_target: {table: orders, create_table: false, …}
    /// ```
    pub static INHERITED_BATCH: Rule = Rule::new("LHP-CFG-080", "inherited-read-mode").advice();
}

pub(super) fn check(action: &Action, report: &mut Report) {
    source::check(action, Sources::Many, report);
    let Some(node) = action.get("readMode").filter(|node| node.is_truthy()) else { return };
    let Some(word) = node.as_str().filter(|word| !matches!(*word, "stream" | "batch")) else { return };
    report.push(
        Diagnostic::advice(&UNKNOWN_READ_MODE, format!("`{word}` is not a read mode"))
            .at(node, "taken for `stream`")
            .help(match did_you_mean(word, ["stream", "batch"]) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "write `stream` or `batch`".to_owned(),
            }),
    );
}

pub(super) fn generate(action: &Action, table: &Text, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
    let inherited = context.creator.filter(|creator| read_mode(action).is_none() && creator.index != action.index);
    let batch = read_mode(action).or_else(|| inherited.and_then(read_mode)).and_then(Node::as_str) == Some("batch");
    if let (true, Some(node)) = (batch, inherited.and_then(read_mode)) {
        report.push(
            Diagnostic::advice(
                &INHERITED_BATCH,
                format!("write `{}` reads a batch because another write into its table does", action.name),
            )
            .at(action.get("name").unwrap_or(&action.node), "no `readMode` of its own")
            .label(node.span, "taken over from here")
            .help("write `readMode: batch` or `readMode: stream` in this action too"),
        );
    }
    let views = views(action);
    let flow = |(name, view): (String, &Text)| {
        let description = action.description().unwrap_or_else(|| {
            let mut text: Text = "Append flow to ".into();
            text.push(table);
            if views.len() > 1 {
                text.push_str(" from ");
                text.push(view);
            }
            text
        });
        context! { name => name, view => template_text(view), description => template_text(&description) }
    };
    let values = context! {
        target => template_text(table),
        flows => flow_names(action).into_iter().zip(&views).map(flow).collect::<minijinja::Value>(),
        once => action.once(),
        batch => batch,
    };
    fragment("write/streaming_table.py.j2", values, action, context, report)
}

/// The names of the flows: that of the action, numbered if there are several views.
pub(super) fn flow_names(action: &Action) -> Vec<String> {
    let name = flow_name(&action.name);
    match views(action).len() {
        0 | 1 => vec![name],
        several => (1..=several).map(|number| format!("{name}_{number}")).collect(),
    }
}

fn read_mode(action: &Action) -> Option<&Node> {
    action.get("readMode").filter(|node| node.is_truthy())
}
