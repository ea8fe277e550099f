//! Projects whose findings are hard to write down.

use super::support::project::Project;

/// A project without findings: pipelines `raw` and `money`, with one flowgroup each.
pub fn clean() -> Project {
    let project = Project::new(&[
        ("lhp.yaml", "name: shop\nversion: \"1.0\"\n"),
        ("substitutions/dev.yaml", "dev:\n  catalog: dev_catalog\n"),
    ]);
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders", "${catalog}"));
    project.write("pipelines/refunds.yaml", flowgroup("money", "refunds", "${catalog}"));
    project
}

/// A flowgroup that copies a table of its own name from a catalog.
pub fn flowgroup(pipeline: &str, name: &str, catalog: &str) -> String {
    format!(
        "pipeline: {pipeline}
flowgroup: {name}
actions:
  - name: load_{name}
    type: load
    source: {{type: delta, catalog: \"{catalog}\", schema: sales, table: {name}}}
    target: v_{name}
  - name: write_{name}
    type: write
    source: v_{name}
    write_target: {{type: streaming_table, catalog: c, schema: bronze, table: {name}}}
"
    )
}

const TEMPLATE: &str = "name: copy
parameters:
  - {name: table, type: string, required: true}
  - {name: catalog, type: string, required: true}
actions:
  - name: \"load_{{ table }}\"
    type: load
    source: {type: delta, catalog: \"{{ catalog }}\", schema: s, table: \"{{ table }}\"}
    target: \"v_{{ table }}\"
  - name: \"write_{{ table }}\"
    type: write
    source: \"v_{{ table }}\"
    write_target: {type: streaming_table, catalog: c, schema: bronze, table: \"{{ table }}\", colour: red}
";

/// The clean project, with
/// * a warning,
/// * errors in a file with an awkward name, behind characters of one to four bytes,
/// * an error that came through a template, its parameter and a list of flowgroups,
/// * an error whose message holds control characters, markup and percent signs,
/// * a finding without a place.
pub fn awkward() -> Project {
    let project = clean();
    project.write("databricks.yml", "bundle:\n  name: shop\n");
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders", "{catalog}"));
    project.write("pipelines/ü 100%,#[a]:b.yaml", flowgroup("odd", "odd", "é𝒳🎉${nope}"));
    project.write("templates/copy.yaml", TEMPLATE);
    project.write(
        "pipelines/copies.yaml",
        "pipeline: copies
use_template: copy
flowgroups:
  - flowgroup: one
    template_parameters: {table: one, catalog: \"${nowhere}\"}
  - flowgroup: two
    template_parameters: {table: two, catalog: c}
",
    );
    project.write("pipelines/bell.yaml", flowgroup("\"be\\all\\uFFFE/<&>\\\"100%]]>\\e[31m\"", "bell", "c"));
    project
}
