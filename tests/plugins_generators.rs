//! Capabilities of template plugins as actions of a project. Tests that begin with an id prove a requirement.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;

use support::package;
use support::project::{Project, tree};

const FIXTURE: &str = "fixtures/projects/plugins";

/// A project with one plugin and one flowgroup.
fn project(provision: &str, templates: &[(&str, &str)], actions: &str) -> Project {
    let manifest = format!(
        "schema: 1\nid: lhp-x\nversion: 1.0.0\napi: \"1.0\"\nruntime: {{type: template, root: templates}}\n\
         provides:\n  - {provision}\n"
    );
    let project = Project::new(&[
        ("lhp.yaml", "name: shop\n"),
        ("substitutions/dev.yaml", "dev: {catalog: shop}\nsecrets: {default_scope: shop}\n"),
        ("plugins/x/plugin.yaml", &manifest),
        ("pipelines/f.yaml", &format!("pipeline: p\nflowgroup: f\nactions:\n{actions}")),
    ]);
    templates.iter().for_each(|(name, text)| project.write(&format!("plugins/x/templates/{name}"), text));
    project
}

const LOAD: &str = "{kind: load, key: x, entry: x.py.j2}";
const VIEW: &str = "@dp.temporary_view()\ndef {{ target | ident }}():\n    return spark.read.load({{ spec.path }})\n";
const WRITE: &str = "  - name: w
    type: write
    source: v
    write_target: {type: materialized_view, catalog: a, schema: b, table: c}
";

/// A load by the plugin, and a write.
fn load(settings: &str) -> String {
    format!("  - name: l\n    type: load\n    source: {{type: x{settings}}}\n    target: v\n{WRITE}")
}

fn module(project: &Project) -> String {
    project.run(&["generate", "-e", "dev", "--include-tests"]).exits(0);
    project.read("generated/dev/p/f.py")
}

/// Takes one example plugin away, and expects its type to be unknown at a place.
fn goes_away(plugin: &str, key: &str, place: &str) {
    let project = Project::copy(FIXTURE);
    project.run(&["validate", "-e", "dev", "--include-tests"]).exits(0);
    fs::remove_dir_all(project.path(&format!("plugins/{plugin}"))).unwrap();
    let run = project.run(&["validate", "-e", "dev", "--include-tests"]).exits(1);
    assert!(run.stderr.contains(&format!("of type `{key}`")), "{}", run.stderr);
    assert!(run.stderr.contains(&format!(",-[{place}")), "{}", run.stderr);
}

#[test]
fn l_01_a_load_type_needs_no_change_of_the_core() {
    let project = Project::copy(FIXTURE);
    project.run(&["validate", "-e", "dev"]).exits(0);
    project.run(&["generate", "-e", "dev"]).exits(0);
    let text = project.read("generated/dev/orders/orders.py");
    assert!(text.contains("spark.read.format(\"json\")") && text.contains("s3://dev-landing/orders/"), "{text}");
    goes_away("s3_batch", "s3_batch", "pipelines/orders.yaml:9:13");
}

#[test]
fn l_02_a_transform_type_needs_no_change_of_the_core() {
    goes_away("dedupe", "dedupe", "pipelines/orders.yaml:29:21");
}

#[test]
fn l_03_a_write_type_needs_no_change_of_the_core() {
    goes_away("jdbc_sink", "jdbc", "pipelines/export.yaml:18:18");
    let project = project(
        "{kind: write, key: log, entry: x.py.j2}",
        &[("x.py.j2", "dp.create_sink(name={{ action.name }}, format=\"console\")\n")],
        "  - {name: l, type: load, source: {type: delta, catalog: a, schema: b, table: c}, target: v}\n\
         \x20 - {name: w, type: write, source: v, write_target: {type: log}}\n",
    );
    assert!(module(&project).contains("dp.create_sink(name=\"w\", format=\"console\")"));
}

#[test]
fn l_04_a_test_type_needs_no_change_of_the_core() {
    goes_away("freshness", "freshness", "pipelines/orders.yaml:");
    let project = Project::copy(FIXTURE);
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(!project.read("generated/dev/orders/orders.py").contains("tmp_test_"));
    project.run(&["generate", "-e", "dev", "--include-tests"]).exits(0);
    assert!(project.read("generated/dev/orders/orders.py").contains("def tmp_test_test_orders_are_fresh():"));
    // An unknown type of a test is an error whether or not tests are part of the run.
    project.write(
        "pipelines/orders.yaml",
        project.read("pipelines/orders.yaml").replace("test_type: freshness", "test_type: freshnes"),
    );
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("did you mean `freshness`?"), "{}", run.stderr);
}

#[test]
fn l_13_imports_of_templates_are_merged_with_the_others() {
    let meta = "imports: [from pyspark.sql import functions as F, import os, from pyspark import pipelines as dp]\n";
    let body = format!("import json  # moved\nfrom pyspark.sql import (\n    functions as F,\n    Window,\n)\n{VIEW}");
    let project = project(LOAD, &[("x.py.j2", &body), ("x.meta.yaml.j2", meta)], &load(", path: /a"));
    let text = module(&project);
    let header = text.split("PIPELINE_ID").next().unwrap();
    let imports: Vec<&str> = header.lines().filter(|line| line.contains("import ")).collect();
    assert_eq!(
        imports,
        [
            "import json",
            "import os",
            "from pyspark.sql import Window",
            "from pyspark.sql import functions as F",
            "from pyspark import pipelines as dp"
        ]
    );
    assert_eq!(text.matches("import ").count(), imports.len(), "{text}");
}

#[test]
fn l_21_built_in_types_work_beside_those_of_plugins() {
    let project = Project::copy(FIXTURE);
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(
        project.read("generated/dev/export/export.py").contains("spark.readStream.table(\"dev_shop.silver.orders\")")
    );
}

#[test]
fn l_30_nothing_of_a_plugin_is_read_that_no_action_uses() {
    let project = project(LOAD, &[("x.py.j2", VIEW)], &load(", path: /a"));
    project.write(
        "plugins/unused/plugin.yaml",
        "schema: 1\nid: unused\nversion: 1.0.0\napi: \"1.0\"\nprovides:\n  \
         - {kind: load, key: unused, entry: no.py.j2, schema: no.json}\n",
    );
    project.run(&["generate", "-e", "dev"]).exits(0);
}

#[test]
fn l_39_the_example_plugins_are_what_the_fixture_uses() {
    let examples = tree(&package().join("examples/plugins"));
    let copies = tree(&package().join(FIXTURE).join("plugins"));
    for (path, content) in &copies {
        assert!(examples.get(path) == Some(content), "`{path}` is a copy; copy it again from examples/plugins");
    }
    for plugin in ["s3_batch", "dedupe", "jdbc_sink", "freshness"] {
        let files: Vec<_> = examples.keys().filter(|path| path.starts_with(&format!("{plugin}/"))).collect();
        assert!(files.iter().all(|path| copies.contains_key(*path)), "{plugin} has files without a copy");
    }
}

#[test]
fn l_43_templates_include_each_other_inside_of_the_plugin_only() {
    let include = "{% include \"load/view.py.j2\" %}\n";
    let project = project(LOAD, &[("x.py.j2", include), ("load/view.py.j2", VIEW)], &load(", path: /a"));
    assert!(module(&project).contains("return spark.read.load(\"/a\")"));
    for name in ["../plugin.yaml", "/etc/hostname", "load/../../plugin.yaml", "load\\\\view.py.j2"] {
        project.write("plugins/x/templates/x.py.j2", format!("{{% include \"{name}\" %}}\n"));
        let run = project.run(&["validate", "-e", "dev"]).exits(1);
        assert!(run.stderr.contains("is not a path below the template directory"), "{}", run.stderr);
    }
}

#[test]
fn the_fixture_becomes_what_it_became_before() {
    let project = Project::copy(FIXTURE);
    project.run(&["generate", "-e", "dev", "--include-tests", "--verify-plugins"]).exits(0);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(package().join("snapshots/plugins"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut text = String::new();
    for path in ["generated", "artifacts"]
        .into_iter()
        .flat_map(|below| project.generated(below).into_iter().map(move |path| format!("{below}/{path}")))
    {
        text.push_str(&format!("==> {path} <==\n{}\n", project.read(&path)));
    }
    settings.bind(|| insta::assert_snapshot!("fixture", text));
}

#[test]
fn everything_that_a_template_knows() {
    let template = "@dp.temporary_view()
def {{ target | ident }}():
    # {{ pipeline | comment }} {{ flowgroup | comment }}
    facts = {{ [action.name, spec.a, env, pipeline, flowgroup, project, job_name, presets, target, read_mode,
                metadata, files, upstream, platform.engine] }}
    return {{ config }}
";
    let provision = "{kind: load, key: x, entry: x.py.j2, modes: [batch, stream], files: [/file]}";
    let actions =
        format!("{}job_name: nightly\npresets: [base]\n", load(", a: {b: [1, 2.5, null, true]}, file: notes/a.txt"));
    let project = project(provision, &[("x.py.j2", template)], &actions);
    project.write("presets/base.yaml", "name: base\nversion: \"1.0\"\ndefaults: {load_actions: {x: {c: 1}}}\n");
    project.write("notes/a.txt", "some\ntext");
    let text = module(&project);
    let facts = text.split("facts = ").nth(1).unwrap().split("return").next().unwrap();
    let flat: String = facts.split_whitespace().collect();
    assert_eq!(
        flat,
        "[\"l\",{\"b\":[1,2.5,None,True]},\"dev\",\"p\",\"f\",\"shop\",\"nightly\",[\"base\"],\"v\",\"batch\",[],\
         {\"notes/a.txt\":\"some\\ntext\"},[],\"lakeflow\",]"
    );
}

#[test]
fn a_source_may_be_text_if_the_plugin_says_so() {
    let provision = "{kind: load, key: x, entry: x.py.j2, source_string: true, schema: {type: [string, object]}}";
    let template = VIEW.replace("spec.path", "spec");
    let actions = format!("  - {{name: l, type: load, source: \"x:s3://a/b\", target: v}}\n{WRITE}");
    let made = project(provision, &[("x.py.j2", &template)], &actions);
    assert!(module(&made).contains("spark.read.load(\"s3://a/b\")"));
    let refused = project(LOAD, &[("x.py.j2", &template)], &actions);
    let run = refused.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("must be a mapping"), "{}", run.stderr);
}

#[test]
fn secrets_of_actions_become_calls() {
    let template = "dp.create_sink(name=\"s\", options={\"a\": {{ \"x\" ~ spec.password }}})\n".to_owned() + VIEW;
    let project = project(LOAD, &[("x.py.j2", &template)], &load(", path: /a, password: '${secret:key}'"));
    let text = module(&project);
    assert!(text.contains("f\"x{dbutils.secrets.get(scope='shop', key='key')}\""), "{text}");
}

#[test]
fn helpers_and_files_are_written_and_removed_with_the_action() {
    let meta = "helpers:
  - name: rows
    content: |
      def path():
          return   {{ spec.path }}
files:
  - {path: x/notes.json, content: '{}'}
";
    let body = format!("from custom_python_functions.lhp_x_rows import path\n\n{VIEW}");
    let project = project(LOAD, &[("x.py.j2", &body), ("x.meta.yaml.j2", meta)], &load(", path: /a"));
    let text = module(&project);
    assert!(text.contains("from custom_python_functions.lhp_x_rows import path\n"), "{text}");
    assert_eq!(
        project.read("generated/dev/p/custom_python_functions/lhp_x_rows.py"),
        "# Generated by lhp - do not edit, the next run overwrites this file.\n#\n# Plugin: lhp-x\n\n\
         def path():\n    return \"/a\"\n"
    );
    assert!(project.path("generated/dev/p/custom_python_functions/__init__.py").is_file());
    assert_eq!(project.generated("artifacts"), ["dev/x/notes.json"]);
    // A file of somebody else stays, one of ours goes.
    project.write("artifacts/dev/mine.json", "{}");
    fs::remove_file(project.path("plugins/x/templates/x.meta.yaml.j2")).unwrap();
    project.write("plugins/x/templates/x.py.j2", VIEW);
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(project.generated("artifacts"), ["dev/mine.json"]);
    assert!(!project.path("generated/dev/p/custom_python_functions").exists());
}

#[test]
fn one_pipeline_leaves_the_artifacts_of_others_alone() {
    let project = Project::copy(FIXTURE);
    project.run(&["generate", "-e", "dev"]).exits(0);
    project.run(&["generate", "-e", "dev", "--pipeline", "orders"]).exits(0);
    assert_eq!(project.generated("artifacts"), ["dev/jdbc/crm_orders.json"]);
}

#[test]
fn two_actions_may_not_write_one_file_with_two_contents() {
    let meta = "files: [{path: a.json, content: \"{{ spec.path }}\"}]\n";
    let actions =
        format!("{}  - {{name: m, type: load, source: {{type: x, path: /b}}, target: u}}\n", load(", path: /a"));
    let project = project(LOAD, &[("x.py.j2", VIEW), ("x.meta.yaml.j2", meta)], &actions);
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("LHP-VAL-019/occupied-path"), "{}", run.stderr);
    assert!(!project.path("artifacts").exists());
}

#[test]
fn metadata_columns_stand_at_the_marker_or_before_the_return() {
    let provision = "{kind: load, key: x, entry: x.py.j2, operational_metadata: true}";
    let settings = "name: shop\noperational_metadata: {columns: {_at: {expression: F.now(), applies_to: [view]}}}\n";
    let actions = load(", path: /a").replace("    target: v\n", "    target: v\n    operational_metadata: [_at]\n");
    let column = "withColumn(\"_at\", F.now())";
    for (template, expected) in [
        (
            VIEW.to_owned(),
            format!(
                "    df = spark.read.load(\"/a\")\n    # Operational metadata\n    df = df.{column}\n    return df\n"
            ),
        ),
        (
            VIEW.replace("return spark", "rows = spark") + "    # done\n    return rows\n",
            format!("    # done\n    # Operational metadata\n    rows = rows.{column}\n    return rows\n"),
        ),
        (
            VIEW.replace("return spark", "df = spark")
                + "    # lhp:operational-metadata\n    df = df.limit(1)\n    return df\n",
            format!("    # Operational metadata\n    df = df.{column}\n    df = df.limit(1)\n    return df\n"),
        ),
    ] {
        let project = project(provision, &[("x.py.j2", &template)], &actions);
        project.write("lhp.yaml", settings);
        let text = module(&project);
        assert!(text.contains(&expected), "{text}");
        assert!(text.contains("from pyspark.sql import functions as F"), "{text}");
    }
    let nowhere = "@dp.temporary_view()\ndef {{ target | ident }}():\n    if True:\n        return 1\n";
    let project = project(provision, &[("x.py.j2", nowhere)], &actions);
    project.write("lhp.yaml", settings);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("no place for operational metadata"), "{}", run.stderr);
}

#[test]
fn settings_of_transforms_are_those_of_the_plugin() {
    // `columns` and `mode` are settings of built-in types, with other forms.
    let provision = "{kind: transform, key: x, entry: x.py.j2, schema: {type: object, additionalProperties: false, \
                     properties: {columns: {type: object}, mode: {type: integer}, own: {type: string}}}}";
    let template = VIEW.replace("spec.path", "[spec.columns, spec.mode, spec.own]");
    let actions = "  - {name: l, type: load, source: {type: delta, catalog: a, schema: b, table: c}, target: u}
  - name: t
    type: transform
    transform_type: x
    source: u
    columns: {a: b}
    mode: 3
    own: text
    target: v
";
    let project = project(provision, &[("x.py.j2", &template)], &format!("{actions}{WRITE}"));
    let run = project.run(&["generate", "-e", "dev", "--show-details"]).exits(0);
    assert!(!run.stderr.contains("advice["), "{}", run.stderr);
    assert!(project.read("generated/dev/p/f.py").contains("[{\"a\": \"b\"}, 3, \"text\"]"));
}

#[test]
fn tables_that_settings_name_are_sources() {
    let provision = "{kind: transform, key: x, entry: x.py.j2, reads: [/other]}";
    let actions = "  - {name: l, type: load, source: {type: delta, catalog: a, schema: b, table: c}, target: u}
  - {name: t, type: transform, transform_type: sql, source: u, sql: SELECT * FROM u, target: looked_up}
  - {name: j, type: transform, transform_type: x, source: u, other: looked_up, path: /a, target: v}
";
    let made = project(provision, &[("x.py.j2", VIEW)], &format!("{actions}{WRITE}"));
    made.run(&["generate", "-e", "dev"]).exits(0);
    let without =
        project(&provision.replace(", reads: [/other]", ""), &[("x.py.j2", VIEW)], &format!("{actions}{WRITE}"));
    let run = without.run(&["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("nothing reads the view `looked_up`"), "{}", run.stderr);
}

#[test]
fn a_write_of_a_plugin_may_need_no_load_and_may_create_a_table() {
    let template = "dp.create_streaming_table(name={{ spec.catalog ~ \".\" ~ spec.schema ~ \".\" ~ spec.table }})\n";
    let target = "catalog: a, schema: b, table: c";
    let actions = format!(
        "  - {{name: w, type: write, write_target: {{type: x, {target}}}}}\n\
         \x20 - {{name: l, type: load, source: {{type: delta, catalog: a, schema: b, table: d}}, target: v}}\n\
         \x20 - {{name: a, type: write, source: v, write_target: {{type: streaming_table, {target}, create_table: false}}}}\n"
    );
    let provision = "{kind: write, key: x, entry: x.py.j2}";
    let both = project(provision, &[("x.py.j2", template)], &actions);
    both.run(&["generate", "-e", "dev"]).exits(0);
    let alone = project(provision, &[("x.py.j2", template)], actions.lines().next().unwrap());
    alone.run(&["generate", "-e", "dev"]).exits(0);
}

#[test]
fn raw_capabilities_may_do_more_than_define() {
    let template =
        format!("LIMIT = {{{{ spec.limit }}}}\nif LIMIT > 1:\n    LIMIT = 1\n\n\nclass Rows:\n    pass\n\n\n{VIEW}");
    let provision = "{kind: load, key: x, entry: x.py.j2, raw: true}";
    let project = project(provision, &[("x.py.j2", &template)], &load(", path: /a, limit: 3"));
    assert!(module(&project).contains("LIMIT = 3\nif LIMIT > 1:\n    LIMIT = 1\n"));
}

#[test]
fn templates_and_presets_give_settings_to_plugins() {
    let actions = "";
    let project = project(LOAD, &[("x.py.j2", VIEW)], actions);
    project.write(
        "templates/t.yaml",
        "name: t\nversion: \"1.0\"\nparameters: [{name: folder}]\nactions:\n  \
         - {name: l, type: load, source: {type: x, path: \"/${catalog}/{{ folder }}\"}, target: v}\n  \
         - {name: w, type: write, source: v, write_target: {type: materialized_view, catalog: a, schema: b, table: c}}\n",
    );
    project.write(
        "pipelines/f.yaml",
        "pipeline: p\nflowgroup: f\nuse_template: t\ntemplate_parameters: {folder: orders}\n",
    );
    assert!(module(&project).contains("spark.read.load(\"/shop/orders\")"));
}
