//! Capabilities: what a row of the plugin table promises, and how a generator keeps it.

use std::marker::PhantomData;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::{Context, Fragment};
use crate::check::{CompiledSchema, Problem};
use crate::expand::Action;
use crate::model::{ActionType, from_node, schema_of};
use crate::plugin::Plugin;
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Node;

rules! {
    /// A setting has the right form, but a value that generation cannot use: a secret where the text
    /// itself is needed, or a number of more than 64 bits.
    ///
    /// ## Why
    /// Secrets are known only when the pipeline runs. What decides about the generated code, such as the
    /// path of a file, must be known before.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: sql
    ///   sql_path: ${secret:shop/query_path}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: sql
    ///   sql_path: sql/orders.sql
    /// ```
    pub static UNUSABLE_SETTINGS: Rule = Rule::new("LHP-VAL-007", "unusable-settings");
}

/// What a generator is for.
pub struct Capability {
    pub kind: ActionType,
    /// Matched against the type of the source or target, the transform type or the test type.
    pub name: String,
    /// One line for lists and documentation.
    pub summary: String,
    /// Schema of the settings.
    pub schema: CompiledSchema,
    /// Whether operational metadata columns are added to what the action defines.
    pub adds_metadata: bool,
    /// The plugin that brought it; none if it is built in.
    pub plugin: Option<Arc<Plugin>>,
    /// JSON pointers of settings that name tables that are read, beside the `source` of the action.
    pub reads: Vec<String>,
    /// Whether the `source` of a load may be text that begins with the name.
    pub takes_text: bool,
    /// Settings that this program reads itself; the schema need not know them.
    pub host_keys: Vec<&'static str>,
}

/// Turns one resolved action into code.
pub trait Generator: Send + Sync {
    /// What the generator is for.
    fn capability(&self) -> &Capability;

    /// Rules that a schema cannot state. Runs only after schema validation passed.
    fn check(&self, action: &Action, project: &Project, report: &mut Report);

    /// The code of an action that passed its checks. None if a file that it needs is wrong; the report says why.
    fn generate(&self, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment>;

    /// How many actions it is best asked for at once.
    fn batch(&self) -> usize {
        1
    }

    /// The code of several actions, which may be of several flowgroups, in their order.
    fn generate_all(&self, actions: &[(&Action, &Context<'_>)]) -> Vec<Generated> {
        let generate = |(action, context): &(&Action, &Context<'_>)| {
            let mut report = Report::default();
            Generated { fragment: self.generate(action, context, &mut report), report }
        };
        actions.iter().map(generate).collect()
    }
}

/// What became of one of several actions.
#[derive(Default)]
pub struct Generated {
    /// None if something is wrong; the report says what.
    pub fragment: Option<Fragment>,
    pub report: Report,
}

/// A generator that is compiled in, with typed settings.
pub trait BuiltIn: Send + Sync + 'static {
    /// What an author may write; its documentation is the documentation of the generator.
    type Settings: DeserializeOwned + JsonSchema;
    const KIND: ActionType;
    const NAME: &'static str;
    const SUMMARY: &'static str;
    const ADDS_METADATA: bool = false;

    /// Rules that a schema cannot state.
    fn check(_settings: &Self::Settings, _action: &Action, _project: &Project, _report: &mut Report) {}

    /// The code of an action.
    fn generate(
        settings: &Self::Settings,
        action: &Action,
        context: &Context<'_>,
        report: &mut Report,
    ) -> Option<Fragment>;
}

/// The row of a built-in generator.
struct Row<B> {
    capability: Capability,
    built_in: PhantomData<fn() -> B>,
}

/// Makes the row of a built-in generator.
pub fn row<B: BuiltIn>() -> Arc<dyn Generator> {
    let capability = Capability {
        kind: B::KIND,
        name: B::NAME.to_owned(),
        summary: B::SUMMARY.to_owned(),
        schema: CompiledSchema::new(|| schema_of::<B::Settings>().to_value()),
        adds_metadata: B::ADDS_METADATA,
        plugin: None,
        reads: Vec::new(),
        takes_text: false,
        host_keys: Vec::new(),
    };
    Arc::new(Row::<B> { capability, built_in: PhantomData })
}

impl<B: BuiltIn> Row<B> {
    fn settings(&self, action: &Action, report: &mut Report) -> Option<B::Settings> {
        let read = from_node(&action.settings);
        match read.or_else(|error| self.without_ignored(action).map_or(Err(error), |kept| from_node(&kept))) {
            Ok(settings) => Some(settings),
            Err(error) => {
                report.push(
                    Diagnostic::error(
                        &UNUSABLE_SETTINGS,
                        format!("action `{}` cannot use this value: {error}", action.name),
                    )
                    .label(error.span.unwrap_or(action.settings.span), "this value")
                    .through(action.settings.via.as_ref())
                    .help("write the value itself, not a secret and not a number of more than 64 bits"),
                );
                None
            }
        }
    }

    /// The settings without the keys that the schema does not know, if there are such keys. They are no fault in
    /// transforms and tests, where all keys of all types stand side by side; elsewhere the check refused them.
    fn without_ignored(&self, action: &Action) -> Option<Node> {
        let mut kept = action.settings.clone();
        let mapping = kept.as_mapping_mut()?;
        let before = mapping.entries.len();
        for violation in self.capability.schema.violations(&action.settings) {
            if let (Problem::Unknown { key, .. }, "") = (&violation.problem, violation.path.as_str()) {
                mapping.remove(key);
            }
        }
        (mapping.entries.len() < before).then_some(kept)
    }
}

impl<B: BuiltIn> Generator for Row<B> {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn check(&self, action: &Action, project: &Project, report: &mut Report) {
        if let Some(settings) = self.settings(action, report) {
            B::check(&settings, action, project, report);
        }
    }

    fn generate(&self, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        B::generate(&self.settings(action, report)?, action, context, report)
    }
}
