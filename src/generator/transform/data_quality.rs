//! `transform: data_quality` — a view whose rows are held to rules.
//!
//! In: one view and rules, in a file or inline. Out, in mode `dqe`: one temporary view with expectations. In mode
//! `quarantine`: the same, and flows that keep the failed rows in a table and bring repaired ones back.

pub(crate) mod quarantine;
pub(crate) mod rules;

use minijinja::{Value as TemplateValue, context};
use schemars::JsonSchema;
use serde::Deserialize;

use super::only_view;
use crate::emit::template_text;
use crate::expand::Action;
use crate::generator::{BuiltIn, Context, Fragment, Section, metadata_values, string_value, text_of};
use crate::model::ActionType;
use crate::model::lax::{Free, SourceShape};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule};
use crate::syntax::{Node, Text};
use rules::{Expectation, Outcome};

pub use quarantine::{names_suffix, sink_names};

crate::report::rules! {
    /// The source of a data quality transform is not the name of exactly one view.
    ///
    /// ## Why
    /// The rules are attached to one view that reads one other view. Rows of several views have to be
    /// brought together first, or each view gets a transform of its own.
    ///
    /// ## Wrong
    /// ```yaml
    /// source: [v_orders, v_returns]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source: v_orders
    /// ```
    pub static ONE_SOURCE: Rule = Rule::new("LHP-VAL-007", "data-quality-source");
    /// A data quality transform names no file of rules.
    ///
    /// ## Why
    /// Without rules nothing is checked. The key is required even if the action holds rules of its own
    /// under `expectations`; in mode `dqe` the file is not opened then.
    ///
    /// ## Wrong
    /// ```yaml
    /// description: only known orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations_file: expectations/orders.yaml
    /// ```
    pub static NO_EXPECTATIONS_FILE: Rule = Rule::new("LHP-VAL-001", "no-expectations-file");
    /// A data quality transform is to read something other than a stream.
    ///
    /// ## Why
    /// The generated view reads its source with `spark.readStream`. To check rows of a batch, write the
    /// conditions as a SQL transform, or add a `test` action that counts the rows which break them.
    ///
    /// ## Wrong
    /// ```yaml
    /// readMode: batch
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// readMode: stream
    /// ```
    pub static STREAM_ONLY: Rule = Rule::new("LHP-VAL-068", "data-quality-not-a-stream");
    /// Mode `quarantine` has no block `quarantine`, or the block is there in another mode.
    ///
    /// ## Why
    /// The block names the table that keeps the failed rows. Without it they would have nowhere to go;
    /// with it but without `mode: quarantine` nothing would be kept, although the flowgroup looks as if
    /// it were.
    ///
    /// ## Wrong
    /// ```yaml
    /// mode: quarantine
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// mode: quarantine
    /// quarantine:
    ///   dlq_table: main.ops.failed_rows
    ///   source_table: main.silver.orders
    /// ```
    pub static QUARANTINE_BLOCK: Rule = Rule::new("LHP-VAL-007", "quarantine-block");
    /// A table in the block `quarantine` is not named by catalog, schema and table.
    ///
    /// ## Why
    /// A shorter name would depend on the default catalog and schema of the pipeline, and failed rows
    /// could end up where nobody looks for them.
    ///
    /// ## Wrong
    /// ```yaml
    /// quarantine:
    ///   dlq_table: ops.failed_rows
    ///   source_table: main.silver.orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// quarantine:
    ///   dlq_table: main.ops.failed_rows
    ///   source_table: main.silver.orders
    /// ```
    pub static QUARANTINE_TABLE: Rule = Rule::new("LHP-VAL-007", "quarantine-table");
    /// Two rules of a data quality transform that do the same with failed rows have one name, so only
    /// the last one is checked.
    ///
    /// ## Why
    /// Databricks keeps the rules of a view under their names. The second rule takes the place of the
    /// first, and rows that break the first pass.
    ///
    /// ## Wrong
    /// ```yaml
    /// - {name: valid, expression: id IS NOT NULL, failureAction: drop}
    /// - {name: valid, expression: amount > 0, failureAction: drop}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - {name: known, expression: id IS NOT NULL, failureAction: drop}
    /// - {name: positive, expression: amount > 0, failureAction: drop}
    /// ```
    pub static REPEATED_LABEL: Rule = Rule::new("LHP-CFG-080", "repeated-expectation").advice();
}

/// The rules stand in a file. Each is a condition, and says what happens to a row that breaks it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataQualityTransform {
    /// View to check, or a mapping with the key `view`.
    pub source: Option<SourceShape>,
    /// YAML or JSON file with the rules, relative to the project root. Required even beside `expectations`.
    pub expectations_file: Option<String>,
    /// Rules that are used in place of those in the file.
    pub expectations: Option<Vec<Free>>,
    /// `dqe` (default) counts, drops or fails; `quarantine` keeps failed rows in a table, also those for which a rule is
    /// null.
    pub mode: Option<Mode>,
    /// Tables of mode `quarantine`.
    pub quarantine: Option<QuarantineTables>,
}

/// What happens to rows that break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-lhp-expects" = "`dqe` or `quarantine`"))]
pub enum Mode {
    #[default]
    Dqe,
    Quarantine,
}

/// Tables of the quarantine mode. They and the outbox, `<dlq_table>_outbox`, must exist.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct QuarantineTables {
    /// Inbox for failed rows, `catalog.schema.table`.
    #[schemars(extend("minLength" = 1))]
    pub dlq_table: Text,
    /// Name under which the rows are kept there, `catalog.schema.table`.
    #[schemars(extend("minLength" = 1))]
    pub source_table: Text,
}

/// The generator.
pub struct DataQuality;

impl BuiltIn for DataQuality {
    type Settings = DataQualityTransform;
    const KIND: ActionType = ActionType::Transform;
    const NAME: &'static str = "data_quality";
    const SUMMARY: &'static str = "Hold the rows of a view to rules, and keep those that fail if asked to";
    const ADDS_METADATA: bool = true;

    fn check(settings: &DataQualityTransform, action: &Action, _: &Project, report: &mut Report) {
        if only_view(action).is_none() {
            let fault =
                Diagnostic::error(&ONE_SOURCE, format!("data quality transform `{}` needs one source", action.name));
            report.push(match action.setting("source") {
                Some(list) if list.as_sequence().is_some_and(|views| views.len() > 1) => fault
                    .at(list, "these are several views")
                    .help("check each view in a transform of its own, or bring the views together before"),
                source => fault
                    .at(source.unwrap_or(&action.node), "names no single view")
                    .help("write `source: …` with the name of a view"),
            });
        }
        let mode = action.get("readMode").filter(|mode| mode.is_truthy() && mode.as_str() != Some("stream"));
        if let Some(mode) = mode {
            report.push(
                Diagnostic::error(&STREAM_ONLY, format!("transform `{}` can only read a stream", action.name))
                    .at(mode, "not a stream")
                    .help("write `readMode: stream`, or remove the key"),
            );
        }
        if settings.expectations_file.as_deref().unwrap_or_default().is_empty() {
            report.push(
                Diagnostic::error(&NO_EXPECTATIONS_FILE, format!("transform `{}` names no expectations", action.name))
                    .at(&action.node, "needs `expectations_file`")
                    .help("add `expectations_file: …` with the path of a YAML file with rules"),
            );
        }
        check_quarantine(settings, action, report);
    }

    fn generate(
        settings: &DataQualityTransform,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment> {
        let mode = settings.mode.unwrap_or_default();
        let expectations = rules::of(action, mode, context, report)?;
        let source = only_view(action)?;
        let name = text_of(source);
        let description = action.description().unwrap_or_else(|| {
            let mut text: Text = "Data quality checks for ".into();
            text.push(&name);
            text
        });
        if mode == Mode::Quarantine {
            return quarantine::generate(action, &expectations, &description, context, report);
        }
        let values = context! {
            target => action.target(),
            description => template_text(&description),
            source => string_value(source),
            sets => sets(&expectations, report),
            metadata => metadata_values(action),
        };
        let body = context.render("transform/data_quality.py.j2", values, action, report)?;
        Some(Fragment::new(Section::DataQuality, body))
    }
}

fn check_quarantine(settings: &DataQualityTransform, action: &Action, report: &mut Report) {
    let block = action.setting("quarantine");
    match (settings.mode.unwrap_or_default(), block) {
        (Mode::Quarantine, None) => report.push(
            Diagnostic::error(&QUARANTINE_BLOCK, "mode `quarantine` needs the block `quarantine`")
                .at(action.setting("mode").unwrap_or(&action.node), "nothing says where failed rows go")
                .help("add `quarantine: {dlq_table: catalog.schema.table, source_table: catalog.schema.table}`"),
        ),
        (Mode::Dqe, Some(block)) => report.push(
            Diagnostic::error(&QUARANTINE_BLOCK, "the block `quarantine` belongs to mode `quarantine`")
                .at(block, "not used in mode `dqe`")
                .help("add `mode: quarantine`, or remove the block"),
        ),
        (Mode::Quarantine, Some(block)) => {
            for key in ["dlq_table", "source_table"] {
                let Some(table) = block.get(key) else { continue };
                let name = text_of(table);
                // What a secret holds, nobody knows before the run.
                if !name.has_secret() && name.display().matches('.').count() != 2 {
                    report.push(
                        Diagnostic::error(&QUARANTINE_TABLE, format!("`{key}` must name catalog, schema and table"))
                            .at(table, "not a name of three parts")
                            .help("write `catalog.schema.table`"),
                    );
                }
            }
        }
        (Mode::Dqe, None) => {}
    }
}

/// The decorators with their rules, from the hardest to the mildest. An empty set has no decorator.
fn sets(expectations: &[Expectation], report: &mut Report) -> TemplateValue {
    let decorators =
        [(Outcome::Fail, "expect_all_or_fail"), (Outcome::Drop, "expect_all_or_drop"), (Outcome::Warn, "expect_all")];
    let set = |(outcome, decorator): (Outcome, &'static str)| {
        let mut rules: Vec<Labelled<'_>> = Vec::new();
        for expectation in expectations.iter().filter(|expectation| expectation.outcome == Some(outcome)) {
            add(&mut rules, expectation.decorator_label(), expectation, report);
        }
        let pairs = rules.iter().map(|rule| (template_text(&rule.label), template_text(&rule.expectation.expression)));
        (!rules.is_empty()).then(|| context! { decorator => decorator, rules => TemplateValue::from_pairs(pairs) })
    };
    decorators.into_iter().filter_map(set).collect()
}

/// A rule under its label.
struct Labelled<'a> {
    label: Text,
    expectation: &'a Expectation,
}

/// Adds a rule. One with a known label takes the place of the earlier one, as in a Python dictionary.
fn add<'a>(rules: &mut Vec<Labelled<'a>>, label: Text, expectation: &'a Expectation, report: &mut Report) {
    let Some(known) = rules.iter_mut().find(|rule| rule.label == label) else {
        rules.push(Labelled { label, expectation });
        return;
    };
    report.push(
        Diagnostic::advice(&REPEATED_LABEL, format!("two rules are named `{}`; the last one counts", label.display()))
            .at(&expectation.place, "replaces the other")
            .label(known.expectation.place.span, "this rule is not used")
            .help("give one of them another name"),
    );
    known.expectation = expectation;
}

/// Whether an action is a data quality transform in mode `quarantine`.
pub fn is_quarantine(action: &Action) -> bool {
    action.kind == ActionType::Transform
        && action.key.as_ref() == DataQuality::NAME
        && action.setting("mode").and_then(Node::as_str) == Some("quarantine")
}
