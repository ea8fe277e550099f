//! Tagging: a hook that sets the declared tags of tables and columns in Unity Catalog.
//!
//! In: the writes of a pipeline that create tables. Out: one module with the tags and the code that sets them.

use minijinja::{Value as TemplateValue, context};

use super::tag_file::{self, TableTags};
use super::tags::{self, Tags, Written};
use super::{Hook, HookFile, Pipeline, Surroundings};
use crate::emit::template_text;
use crate::expand::{Action, is_true};
use crate::model::ActionType;
use crate::report::{Diagnostic, Report, Rule, Subject, rules};
use crate::syntax::{Node, Text};

rules! {
    /// A write has tags, but they are not set: it only appends to the table, or the table is temporary.
    ///
    /// ## Why
    /// Tags belong to a table in Unity Catalog, and the action that creates the table sets them. A
    /// temporary table is not in the catalog.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: append_returns
    ///   type: write
    ///   source: v_returns
    ///   write_target:
    ///     type: streaming_table
    ///     catalog: main
    ///     schema: bronze
    ///     table: orders
    ///     create_table: false
    ///     tags: { owner: sales }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: write_orders      # the action that creates the table
    ///   type: write
    ///   source: v_orders
    ///   write_target:
    ///     type: streaming_table
    ///     catalog: main
    ///     schema: bronze
    ///     table: orders
    ///     tags: { owner: sales }
    /// ```
    pub static TAGS_WITHOUT_EFFECT: Rule = Rule::new("LHP-CFG-069", "tags-without-effect").advice();
}

/// The hook.
pub struct UcTaggingHook;

/// Name of the module.
const MODULE: &str = "_uc_tagging_hook";

impl Hook for UcTaggingHook {
    fn modules(&self) -> &'static [&'static str] {
        &[MODULE]
    }

    fn files(&self, pipeline: &Pipeline<'_>, surroundings: &Surroundings<'_>, report: &mut Report) -> Vec<HookFile> {
        let settings = surroundings.project.loaded.settings.uc_tagging.clone().unwrap_or_default();
        if !settings.enabled {
            return Vec::new();
        }
        let keep = |tags: &Tags| !tags.is_empty() || settings.remove_undeclared_tags;
        let mut tables = Vec::new();
        let mut columns = Vec::new();
        let flowgroups = pipeline.flowgroups.iter();
        for (flowgroup, action) in flowgroups.flat_map(|own| own.actions.iter().map(|action| (&own.flowgroup, action)))
        {
            let before = report.diagnostics.len();
            let declared = declared(action, surroundings, report);
            let (flowgroup, name) = (Some(flowgroup.clone()), Some(action.name.clone()));
            report.set_subject(before, &Subject { flowgroup, action: name, ..Subject::default() });
            let Some((table, found)) = declared else { continue };
            if let Some(tags) = found.table.filter(keep) {
                tables.push((template_text(&table), pairs(tags)));
            }
            let tagged: Vec<_> = found.columns.into_iter().filter(|(_, tags)| keep(tags)).collect();
            if !tagged.is_empty() {
                let tagged = tagged.into_iter().map(|(name, tags)| (TemplateValue::from(name), pairs(tags)));
                columns.push((template_text(&table), TemplateValue::from_pairs(tagged)));
            }
        }
        if tables.is_empty() && columns.is_empty() {
            return Vec::new();
        }
        let values = context! {
            pipeline => pipeline.name,
            table_tags => TemplateValue::from_pairs(tables),
            column_tags => TemplateValue::from_pairs(columns),
            remove => settings.remove_undeclared_tags,
            concurrency => settings.tag_update_concurrency,
            failures => settings.max_allowable_consecutive_failures,
        };
        surroundings.module(MODULE, "hook/uc_tagging.py.j2", values, report).into_iter().collect()
    }
}

fn pairs(tags: Tags) -> TemplateValue {
    TemplateValue::from_pairs(
        tags.into_iter().map(|(key, value)| (TemplateValue::from(key), TemplateValue::from(value))),
    )
}

/// The full name of the table that a write creates, and its tags.
fn declared(action: &Action, surroundings: &Surroundings<'_>, report: &mut Report) -> Option<(Text, TableTags)> {
    let is_table = matches!(action.key.as_ref(), "streaming_table" | "materialized_view");
    if action.kind != ActionType::Write || !is_table {
        return None;
    }
    let file = action.setting("tags_file").filter(|path| path.is_truthy());
    let inline = action.setting("tags");
    let temporary = action.setting("temporary").filter(|node| is_true(node));
    if !action.creates_table() || temporary.is_some() {
        advise_without_effect(action, inline.filter(|tags| tags.is_truthy()).or(file), temporary, report);
        return None;
    }
    let table = action.table()?.clone();
    let Surroundings { project, source, .. } = surroundings;
    tag_file::check_schema_file(action, project, report);
    let found = match (file, inline) {
        (Some(path), _) => tag_file::read(path, action, project, source, report)?,
        (None, Some(node)) => {
            TableTags { table: Some(tags::read(node, Written::InFlowgroup, source, report)?), columns: Vec::new() }
        }
        (None, None) => return None,
    };
    Some((table, found))
}

fn advise_without_effect(action: &Action, tags: Option<&Node>, temporary: Option<&Node>, report: &mut Report) {
    let Some(tags) = tags else { return };
    let message = format!("the tags of write `{}` are not set", action.name);
    let advice = Diagnostic::advice(&TAGS_WITHOUT_EFFECT, message).at(tags, "no effect");
    report.push(match temporary {
        Some(temporary) => advice.label(temporary.span, "the table is temporary").help("remove the tags"),
        None => advice.help("move the tags to the action that creates the table"),
    });
}
