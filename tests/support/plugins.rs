//! Projects with plugins, and their plugin tables.

use std::path::Path;
use std::sync::Arc;

use lhp::plugin::{self, Plugin, Table};
use lhp::project::{Locking, PluginOptions, PluginSwitch, Project, ProjectOptions, Variables};
use lhp::report::Report;
use lhp::source::SourceMap;

/// The template of the load `s3_batch`.
pub const TEMPLATE: &str = "@dp.temporary_view()\ndef {{ target | ident }}():\n    \
                            return spark.read.format(\"parquet\").load({{ spec.bucket }})\n";

/// The manifest of a plugin with one load.
pub fn manifest(id: &str, key: &str, more: &str) -> String {
    format!(
        "schema: 1\nid: {id}\nversion: 1.0.0\napi: \"1.0\"\n{more}provides:\n  - kind: load\n    key: {key}\n    \
         entry: s3.py.j2\n"
    )
}

/// A flowgroup that loads with a type and writes a table.
pub fn flowgroup(source_type: &str) -> String {
    format!(
        "pipeline: bronze\nflowgroup: orders\nactions:\n  - name: load_orders\n    type: load\n    source: {{type: \
         {source_type}, bucket: landing}}\n    target: v_orders\n  - name: write_orders\n    type: write\n    source: \
         v_orders\n    write_target: {{type: streaming_table, catalog: shop, schema: bronze, table: orders}}\n"
    )
}

/// The plugin table of a project, and what was found. Variables of the process do not count, but `variables` do.
pub fn table_with(root: &Path, options: PluginOptions) -> (Table, Report, Arc<SourceMap>) {
    let sources = Arc::new(SourceMap::new(root));
    let mut report = Report::default();
    let project_options = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
    let project = Project::open(sources.clone(), &project_options, &mut report).unwrap();
    let base = Table::built_in();
    let mut report = Report::default();
    let table = plugin::load(&project, &base, &options, &mut report).unwrap_or(base);
    (table, report, sources)
}

/// What a project lists, references in its actions included.
pub fn listed(root: &Path) -> Table {
    let options = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
    let project = Project::open(Arc::new(SourceMap::new(root)), &options, &mut Report::default()).unwrap();
    let base = Table::built_in();
    let mut table = plugin::load(&project, &base, &PluginOptions::default(), &mut Report::default()).unwrap_or(base);
    plugin::add_references(&project, &mut table);
    table
}

/// The plugin table of a project in a process without variables.
pub fn table(root: &Path) -> (Table, Report) {
    let (table, report, _) = table_with(root, options(|_| None));
    (table, report)
}

/// Options of a process with variables.
pub fn options(variables: fn(&str) -> Option<String>) -> PluginOptions {
    PluginOptions {
        variables: Variables(variables),
        home: None,
        switch: PluginSwitch::AsProject,
        locking: Locking::AsProject,
        ..PluginOptions::default()
    }
}

/// A plugin of a table.
#[track_caller]
pub fn plugin<'a>(table: &'a Table, id: &str) -> &'a Arc<Plugin> {
    table.plugins().iter().find(|plugin| plugin.id() == id).unwrap_or_else(|| panic!("no plugin {id}"))
}

/// `id status` of every plugin, in the order in which they were found.
pub fn statuses(table: &Table) -> Vec<String> {
    table.plugins().iter().map(|plugin| format!("{} {}", plugin.id(), plugin.status.word())).collect()
}

/// `kind/key status` of every row of a plugin.
pub fn rows(table: &Table) -> Vec<String> {
    table.plugin_rows().iter().map(|row| format!("{} {}", row.id(), row.status.word())).collect()
}

/// Codes with names of all diagnostics, with their severities.
pub fn codes(report: &Report) -> Vec<String> {
    let line = |found: &lhp::report::Diagnostic| format!("{} {}", found.severity.word(), found.rule);
    report.diagnostics.iter().map(line).collect()
}
