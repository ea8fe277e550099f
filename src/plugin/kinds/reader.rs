//! Readers: a class that reads rows, or a native library, becomes a load through a data source of Spark.
//!
//! What is generated has the form of `load: custom_datasource`. The settings of the action are one option, made when the
//! pipeline runs, so that secrets are looked up then.

use std::sync::Arc;

use minijinja::context;

use super::adapter::Adapter;
use super::columns;
use super::emitted::Emitted;
use crate::emit::{template_text, template_value};
use crate::expand::Action;
use crate::generator::python_module::PACKAGE;
use crate::generator::{Capability, Context, Fragment, Generator, Section, metadata_values};
use crate::plugin::Plugin;
use crate::plugin::cache::Results;
use crate::plugin::host::Call;
use crate::plugin::manifest::{Provision, ReadMode};
use crate::plugin::runtime::Runtimes;
use crate::plugin::runtime::wire::{at_pointer, json};
use crate::plugin::spec::{check_read_mode, read_mode};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Node;

rules! {
    /// The columns that a reader gives are not known, or are not written as columns.
    ///
    /// ## Why
    /// Spark must know the columns before the first row is read. They are those of `output_schema` in the manifest, else
    /// those of `get_schema` of the class, else those that the action names.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: my_api # whose class knows no columns
    ///   connection: {base_url: "https://api.example.invalid"}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: my_api
    ///   connection: {base_url: "https://api.example.invalid"}
    ///   output_schema: {id: int, name: string}
    /// ```
    pub static NO_COLUMNS: Rule = Rule::new("LHP-PLG-085", "reader-without-columns");
    /// A reader is read as a stream, and no column tells how far it has come.
    ///
    /// ## Why
    /// Between two micro-batches Spark remembers the highest value of one column, and the next one asks for what lies
    /// behind it.
    ///
    /// ## Wrong
    /// ```yaml
    /// readMode: stream
    /// source:
    ///   type: my_api
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// readMode: stream
    /// source:
    ///   type: my_api
    ///   incremental: {cursor_field: updated_at}
    /// ```
    pub static NO_CURSOR: Rule = Rule::new("LHP-PLG-086", "reader-without-cursor");
    /// A reader makes one task for each element of a list, and the action has no list there.
    ///
    /// ## Why
    /// `partition_by` in the manifest names the setting. Each element of it is read by a task of its own, so it must be
    /// a list.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: my_api # partition_by: /objects
    ///   objects: users
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: my_api
    ///   objects: [users]
    /// ```
    pub static NO_LIST: Rule = Rule::new("LHP-PLG-087", "reader-partitions");
}

/// The setting of an action that names the columns.
const COLUMNS: &str = "output_schema";

/// The generator for a reader of a plugin.
pub(crate) fn of(
    plugin: &Arc<Plugin>,
    index: usize,
    project: &Project,
    runtimes: &Arc<Runtimes>,
    results: Option<&Arc<Results>>,
) -> Option<Arc<dyn Generator>> {
    let mut adapter = Adapter::new(plugin, index, project, (runtimes, results), &[])?;
    adapter.provision.modes = modes(&adapter.provision);
    Some(Arc::new(Reader { adapter }))
}

/// How rows can be read: once, and as a stream if the class can do that.
fn modes(provision: &Provision) -> Vec<ReadMode> {
    match provision.supports.iter().any(|word| word == "stream") {
        _ if !provision.modes.is_empty() => provision.modes.clone(),
        true => vec![ReadMode::Batch, ReadMode::Stream],
        false => vec![ReadMode::Batch],
    }
}

struct Reader {
    adapter: Adapter,
}

impl Generator for Reader {
    fn capability(&self) -> &Capability {
        &self.adapter.capability
    }

    fn check(&self, action: &Action, project: &Project, report: &mut Report) {
        let provision = &self.adapter.provision;
        self.adapter.check(action, project, report);
        check_read_mode(action, provision, report);
        if let Some(columns) = action.setting(COLUMNS)
            && let Err(wrong) = columns::written(columns)
        {
            report.push(
                Diagnostic::error(&NO_COLUMNS, format!("`{COLUMNS}` must name columns with their types"))
                    .at(wrong, "no column with a type")
                    .help("write one column per line, as `name: type`, or DDL such as `id BIGINT, name STRING`"),
            );
        }
        let cursor = action.setting("incremental").and_then(|block| block.get("cursor_field"));
        let streams = read_mode(action, provision) == ReadMode::Stream && provision.modes.contains(&ReadMode::Stream);
        if streams && !cursor.is_some_and(Node::is_truthy) {
            let place = action.setting("incremental").unwrap_or(&action.settings);
            report.push(
                Diagnostic::error(&NO_CURSOR, format!("action `{}` reads a stream without a cursor", action.name))
                    .at(place, "needs `incremental.cursor_field`")
                    .help("add `incremental: {cursor_field: …}` with a column whose values only grow, or read in the mode `batch`"),
            );
        }
        if let Some(pointer) = &provision.partition_by {
            let found = at_pointer(&action.settings, pointer);
            if found.exact && !found.node.is_null() && found.node.as_sequence().is_none() {
                let name = pointer.trim_start_matches('/').replace('/', ".");
                report.push(
                    Diagnostic::error(&NO_LIST, format!("`{name}` must be a list, not {}", found.node.kind()))
                        .at(found.node, "one task is made for each element")
                        .label(self.adapter.provision_span("partition_by"), "declared here")
                        .help("write it as a list, also if it has one element"),
                );
            }
        }
    }

    fn generate(&self, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let adapter = &self.adapter;
        let call = adapter.call(action, context);
        let emitted = adapter.emitted(&call, report)?;
        let provision = &adapter.provision;
        let settings = adapter.settings(action);
        if emitted.can("validate") {
            adapter.validate(&settings, &call, report)?;
        }
        let declared = columns::declared(&provision.output_schema);
        let schema = match &declared {
            Some(_) => None,
            None => self.columns(&settings, emitted, &call, report)?,
        };
        let values = context! {
            contract => emitted.contract.as_str(),
            schema => declared,
            partition_by => provision.partition_by.as_deref(),
            stream => provision.modes.contains(&ReadMode::Stream),
        };
        let helpers = adapter.helpers(emitted, "reader/datasource.py.j2", values, &call, report)?;
        let class = adapter.data_source();
        let default = || format!("Load data with {} of plugin {}", emitted.class, adapter.plugin.id());
        let description = action.description().unwrap_or_else(|| default().as_str().into());
        let values = context! {
            target => action.target(),
            description => template_text(&description),
            class => class,
            stream => read_mode(action, provision) == ReadMode::Stream,
            format => adapter.format(),
            schema => schema,
            config => template_value(&settings),
            metadata => metadata_values(action),
        };
        let body = context.render("reader/load.py.j2", values, action, report)?;
        Some(Fragment {
            imports: vec![
                "import json".to_owned(),
                format!("import {PACKAGE}"),
                "from pyspark import cloudpickle as _lhp_cloudpickle".to_owned(),
                adapter.import(),
            ],
            preamble: vec![format!("_lhp_cloudpickle.register_pickle_by_value({PACKAGE})")],
            helpers,
            ..Fragment::new(Section::Loads, body)
        })
    }
}

impl Reader {
    /// The columns for an action, as DDL; none if the class is asked for them when the pipeline runs. The report says
    /// why there are none; then the outer value is None.
    fn columns(
        &self,
        settings: &Node,
        emitted: &Emitted,
        call: &Call<'_>,
        report: &mut Report,
    ) -> Option<Option<String>> {
        let action = call.place.action;
        let written = action.setting(COLUMNS);
        let known = match emitted.contract.as_str() {
            "phlo.source" => self.adapter.known_columns(json(settings), call, report)?,
            // It would be made for this, and may connect to its source.
            _ if emitted.can("schema") => return Some(None),
            _ => None,
        };
        if let Some(columns) = known.or_else(|| written.and_then(|node| columns::written(node).ok())) {
            return Some(Some(columns));
        }
        report.push(
            Diagnostic::error(
                &NO_COLUMNS,
                format!(
                    "the columns that `{}` of plugin `{}` gives are not known",
                    emitted.class,
                    self.adapter.plugin.id()
                ),
            )
            .at(&action.settings, format!("needs `{COLUMNS}`"))
            .help(format!("add `{COLUMNS}: {{name: type, …}}` to the action, or to the plugin")),
        );
        None
    }
}
