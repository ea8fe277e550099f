//! Mode `quarantine`: the failed rows of a view go to an inbox table, where people repair them; repaired rows go
//! to an outbox table and from there back into the view.
//!
//! Out: the names and functions of `templates/transform/quarantine.py.j2`, which all end in a suffix made from the
//! name of the source, and once in a module the helpers of `quarantine_shared.py.j2`.

use std::collections::BTreeSet;

use minijinja::{Value as TemplateValue, context};

use super::rules::{Expectation, Outcome};
use super::{Labelled, add};
use crate::emit::template_text;
use crate::expand::Action;
use crate::expand::metadata::built_in_names;
use crate::generator::transform::only_view;
use crate::generator::{Context, Fragment, Section, metadata_values, string_value, text_of};
use crate::project::metadata_columns;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Text;

rules! {
    /// A rule of a quarantine says `warn` or `fail`, but in mode `quarantine` every failed row is set
    /// aside.
    ///
    /// ## Why
    /// The mode `quarantine` moves each row that breaks a rule into the table `dlq_table`, whatever the
    /// rule says: `warn` does not let the row pass, and `fail` does not stop the run. Whoever reads the
    /// rule expects something else.
    ///
    /// ## Wrong
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     expression: id IS NOT NULL
    ///     failureAction: warn
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// expectations:
    ///   - name: known
    ///     expression: id IS NOT NULL
    ///     failureAction: drop
    /// ```
    pub static TAKEN_AS_DROP: Rule = Rule::new("LHP-CFG-080", "taken-as-drop").advice();
}

/// A column that Auto Loader adds and that repaired rows do not have.
const RESCUED: &str = "_rescued_data";

/// The end of all names that belong to the quarantine of an action.
pub fn names_suffix(action: &Action) -> String {
    let name = only_view(action).map(|view| text_of(view).display()).unwrap_or_default();
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '_' }).collect()
}

/// The names of the sinks for failed and for repaired rows.
pub fn sink_names(action: &Action) -> [String; 2] {
    ["dlq_sink_", "recycle_sink_"].map(|prefix| format!("{prefix}{}", names_suffix(action)))
}

/// The code of a quarantine.
pub(super) fn generate(
    action: &Action,
    expectations: &[Expectation],
    description: &Text,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Fragment> {
    let block = action.setting("quarantine")?;
    let mut rules: Vec<Labelled<'_>> = Vec::new();
    for expectation in expectations {
        advise_outcome(expectation, report);
        let label = expectation.quarantine_label(rules.len());
        add(&mut rules, label, expectation, report);
    }
    let mut outbox = text_of(block.get("dlq_table")?);
    outbox.push_str("_outbox");
    let values = context! {
        suffix => names_suffix(action),
        target => action.target(),
        description => template_text(description),
        source => string_value(only_view(action)?),
        rules => rules.iter().map(value_of).collect::<TemplateValue>(),
        all_hold => template_text(&all_hold(&rules)),
        dlq_table => string_value(block.get("dlq_table")?),
        outbox => template_text(&outbox),
        source_table => string_value(block.get("source_table")?),
        hash_exclude => not_hashed(context),
        metadata => metadata_values(action),
    };
    let body = context.render("transform/quarantine.py.j2", values, action, report)?;
    let shared = context.render("transform/quarantine_shared.py.j2", context! {}, action, report)?;
    let imports = [
        "from delta.tables import DeltaTable",
        "from pyspark.sql import functions as F",
        "from pyspark.sql.types import BinaryType",
        "from pyspark.sql.window import Window",
    ];
    Some(Fragment {
        imports: imports.map(str::to_owned).to_vec(),
        group: Some("quarantine".to_owned()),
        head: Some(shared),
        ..Fragment::new(Section::DataQuality, body)
    })
}

fn value_of(rule: &Labelled<'_>) -> TemplateValue {
    let expression = &rule.expectation.expression;
    let mut negated: Text = "NOT (".into();
    negated.push(expression);
    negated.push_str(")");
    context! {
        label => template_text(&rule.label),
        expression => template_text(expression),
        negated => template_text(&negated),
        // A repaired row has nothing rescued any more.
        recycled => !expression.display().contains(RESCUED),
    }
}

/// The condition that a row fulfils if no rule fails.
fn all_hold(rules: &[Labelled<'_>]) -> Text {
    let mut all = Text::default();
    for (position, rule) in rules.iter().enumerate() {
        all.push_str(if position > 0 { " AND (" } else { "(" });
        all.push(&rule.expectation.expression);
        all.push_str(")");
    }
    all
}

/// Columns that differ from run to run and must not make the same row another one: metadata columns, built-in or
/// of the project.
fn not_hashed(context: &Context<'_>) -> BTreeSet<String> {
    let own = metadata_columns(&context.project.loaded).into_iter().map(|(name, ..)| name);
    built_in_names().map(str::to_owned).chain(own).collect()
}

fn advise_outcome(expectation: &Expectation, report: &mut Report) {
    let (Some(outcome @ (Outcome::Fail | Outcome::Warn)), Some(place)) =
        (expectation.outcome, &expectation.outcome_place)
    else {
        return;
    };
    let does = if outcome == Outcome::Fail { "does not stop the run" } else { "does not let the row pass" };
    report.push(
        Diagnostic::advice(&TAKEN_AS_DROP, format!("in a quarantine this rule {does}: the row is set aside"))
            .at(place, "taken as `drop`")
            .help("write `drop`, or check the rule in a transform of its own in mode `dqe`"),
    );
}
