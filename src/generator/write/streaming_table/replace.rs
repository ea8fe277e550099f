//! `mode: replace` — new rows take the place of all rows with the same key.

use minijinja::context;

use super::block::{given, read};
use super::{ReplaceConfig, flow_name, fragment};
use crate::emit::{template_text, template_value};
use crate::expand::Action;
use crate::generator::write::source::{self, Sources, views};
use crate::generator::{Context, Fragment, string_value};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A write in mode `replace` is to read a batch.
    ///
    /// ## Why
    /// A replace flow reads its source as a stream: each new set of rows takes the place of the rows
    /// with the same key. It has no form for a batch.
    ///
    /// ## Wrong
    /// ```yaml
    /// readMode: batch
    /// write_target:
    ///   mode: replace
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// readMode: stream
    /// write_target:
    ///   mode: replace
    /// ```
    pub static BATCH_REPLACE: Rule = Rule::new("LHP-VAL-007", "batch-replace-flow");
}

pub(super) fn check(action: &Action, report: &mut Report) {
    source::check(action, Sources::One, report);
    if let Some(node) = action.get("readMode").filter(|node| node.as_str() == Some("batch")) {
        report.push(
            Diagnostic::error(&BATCH_REPLACE, "a replace flow always reads a stream")
                .at(node, "asks for a batch")
                .help("remove `readMode`, or write `readMode: stream`"),
        );
    }
    read::<ReplaceConfig>(action, report);
}

pub(super) fn generate(action: &Action, table: &Text, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
    let (block, _) = read::<ReplaceConfig>(action, &mut Report::default())?;
    let description = action.description().unwrap_or_else(|| {
        let mut text: Text = "Replace-using flow to ".into();
        text.push(table);
        text
    });
    let setting = |key: &str| given(block, key).filter(|node| Node::is_truthy(node));
    let values = context! {
        target => template_text(table),
        name => flow_name(&action.name),
        view => views(action).first().map(template_text),
        replace_using => setting("replace_using").map(template_value),
        sequence_by => setting("sequence_by").map(string_value),
        description => template_text(&description),
    };
    fragment("write/streaming_table_replace.py.j2", values, action, context, report)
}
