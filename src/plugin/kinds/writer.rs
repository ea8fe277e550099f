//! Writers: a class that writes batches of rows, or a native library, becomes a sink through a data source of Spark.
//!
//! What is generated has the form of `write: sink`, `sink_type: custom`: the sink, and one flow for each view.

use std::sync::Arc;

use minijinja::context;

use super::adapter::{Adapter, plain};
use crate::check::action::MISSING_FIELD;
use crate::emit::template_value;
use crate::expand::Action;
use crate::generator::python_module::PACKAGE;
use crate::generator::write::sink;
use crate::generator::{Capability, Context, Fragment, Generator};
use crate::plugin::Plugin;
use crate::plugin::cache::Results;
use crate::plugin::runtime::Runtimes;
use crate::project::Project;
use crate::report::{Diagnostic, Report};
use crate::syntax::{Entry, Mapping, Node, Text, Value};

/// Rows that a class is given at once, unless its manifest says otherwise.
const BATCH: u64 = 1000;

/// What a write says about its sink, and not about the target of the class.
const OWN_KEYS: [&str; 5] = ["sink_name", "comment", "description", "asset", "output_base"];

/// The generator for a writer of a plugin.
pub(crate) fn of(
    plugin: &Arc<Plugin>,
    index: usize,
    project: &Project,
    runtimes: &Arc<Runtimes>,
    results: Option<&Arc<Results>>,
) -> Option<Arc<dyn Generator>> {
    let adapter = Adapter::new(plugin, index, project, (runtimes, results), &OWN_KEYS)?;
    Some(Arc::new(Writer { adapter }))
}

struct Writer {
    adapter: Adapter,
}

impl Generator for Writer {
    fn capability(&self) -> &Capability {
        &self.adapter.capability
    }

    fn check(&self, action: &Action, project: &Project, report: &mut Report) {
        self.adapter.check(action, project, report);
        if !action.setting("sink_name").is_some_and(Node::is_truthy) {
            report.push(
                Diagnostic::error(&MISSING_FIELD, format!("sink `{}` has no `sink_name`", action.name))
                    .at(&action.settings, "needs `sink_name`")
                    .help("add `sink_name: …`; its flows are named after it"),
            );
        } else {
            sink::check_sink(action, &[], report);
        }
        sink::check_source(action, report);
    }

    fn generate(&self, action: &Action, context: &Context<'_>, report: &mut Report) -> Option<Fragment> {
        let adapter = &self.adapter;
        let call = adapter.call(action, context);
        let emitted = adapter.emitted(&call, report)?;
        let values = context! {
            batch_size => adapter.provision.batch_size.filter(|size| *size > 0).unwrap_or(BATCH),
            // Flows into sinks are streams.
            stream => true,
        };
        let helpers = adapter.helpers(emitted, "writer/datasource.py.j2", values, &call, report)?;
        let mut default: Text = "Sink of plugin ".into();
        default.push_str(&format!("{}: {}", adapter.plugin.id(), emitted.class));
        let comment = sink::comment(action, default);
        let description = action.description().unwrap_or_else(|| comment.clone());
        let values = context! {
            class => adapter.data_source(),
            format => adapter.format(),
            config => template_value(&self.config(action)),
            ..sink::values(action, &comment, &description)
        };
        let mut fragment = sink::fragment(context.render("writer/sink.py.j2", values, action, report)?);
        fragment.imports.extend([
            "import json".to_owned(),
            format!("import {PACKAGE}"),
            "from pyspark import cloudpickle as _lhp_cloudpickle".to_owned(),
            adapter.import(),
        ]);
        fragment.preamble.push(format!("_lhp_cloudpickle.register_pickle_by_value({PACKAGE})"));
        fragment.helpers = helpers;
        Some(fragment)
    }
}

impl Writer {
    /// What the class is made with: `asset`, whose name is that of the sink unless it has one, `target` and
    /// `output_base`.
    fn config(&self, action: &Action) -> Node {
        let settings = &action.settings;
        let text = |text: &str| settings.with_value(Value::String(text.into()));
        let entry = |key: &str, value: Node| Entry { key: text(key), value };
        let mut asset =
            action.setting("asset").map_or_else(|| settings.with_value(Value::Mapping(Mapping::default())), plain);
        if asset.get("name").is_none()
            && let (Some(name), Some(mapping)) = (action.setting("sink_name"), asset.as_mapping_mut())
        {
            mapping.entries.insert(0, entry("name", name.clone()));
        }
        let base = action.setting("output_base").cloned().unwrap_or_else(|| text(""));
        let entries =
            vec![entry("asset", asset), entry("target", self.adapter.settings(action)), entry("output_base", base)];
        settings.with_value(Value::Mapping(Mapping { entries }))
    }
}
