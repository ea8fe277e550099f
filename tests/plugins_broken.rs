//! Broken plugins: each ends in its code with a place and exit code 1, everything else is still reported, and nothing is
//! written.
//!
//! Every fault by itself has a project in `fixtures/invalid`, which `invalid.rs` runs. Here it meets a second pipeline
//! with a fault of its own, and output of an earlier run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run};

const MANIFEST: &str = r#"schema: 1
id: lhp-feed
version: 1.0.0
api: "1.0"
runtime: {type: template, root: templates}
provides:
  - kind: load
    key: feed
    entry: feed.py.j2
"#;

const TEMPLATE: &str = "@dp.temporary_view()
def {{ target | ident }}():
    df = spark.read.load({{ spec.path }})
    return df
";

const FLOWGROUP: &str = "pipeline: bronze
flowgroup: orders
actions:
  - {name: load_orders, type: load, source: {type: feed, path: /Volumes/shop/orders}, target: v_orders}
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: materialized_view, catalog: shop, schema: bronze, table: orders}
";

/// Another pipeline, whose fault has nothing to do with plugins.
const OTHER: &str = "pipeline: silver
flowgroup: returns
actions:
  - {name: load_returns, type: load, source: {type: delta, catalog: '${catlog}', schema: a, table: b}, target: v_returns}
  - name: write_returns
    type: write
    source: v_returns
    write_target: {type: materialized_view, catalog: shop, schema: silver, table: returns}
";

/// A project whose plugin works, and that was generated once.
fn generated() -> Project {
    let project = Project::new(&[
        ("lhp.yaml", "name: shop\n"),
        ("substitutions/dev.yaml", "dev: {catalog: shop}\n"),
        ("plugins/feed/plugin.yaml", MANIFEST),
        ("plugins/feed/templates/feed.py.j2", TEMPLATE),
        ("pipelines/orders.yaml", FLOWGROUP),
    ]);
    project.run(&["generate", "-e", "dev"]).exits(0);
    project
}

/// Breaks something, and expects one code at a place, the other fault, and the files as they were.
fn breaks(code: &str, place: &str, breaking: impl FnOnce(&Project)) -> Run {
    let project = generated();
    breaking(&project);
    project.write("pipelines/returns.yaml", OTHER);
    let before = project.files("");
    let mut last = None;
    for command in ["validate", "generate"] {
        let run = project.run(&[command, "-e", "dev"]).exits(1);
        assert!(run.stderr.contains(&format!("error[{code}")), "{code} is told by {command}:\n{}", run.stderr);
        assert!(run.stderr.contains(&format!(",-[{place}:")), "{code} has a place in {place}:\n{}", run.stderr);
        assert!(run.stderr.contains("error[LHP-CFG-010"), "the other fault is told by {command}:\n{}", run.stderr);
        assert!(run.stderr.contains("  help: "), "{}", run.stderr);
        assert_eq!(project.files(""), before, "{command} writes nothing");
        last = Some(run);
    }
    last.unwrap()
}

/// Breaks the template of the plugin.
fn breaks_template(code: &str, place: &str, template: &str) -> Run {
    breaks(code, place, |project| project.write("plugins/feed/templates/feed.py.j2", template))
}

/// Gives the plugin something to say beside code.
fn breaks_meta(code: &str, place: &str, meta: &str) -> Run {
    breaks(code, place, |project| project.write("plugins/feed/templates/feed.meta.yaml.j2", meta))
}

#[test]
fn a_manifest_that_cannot_be_read() {
    let broken =
        ["provides: [\n", "", "- a list\n", "schema: 1\nid: lhp-feed\nprovides: [{kind: nothing, key: feed}]\n"];
    for (manifest, code) in broken.into_iter().zip(["002", "002", "003", "003"]) {
        breaks(&format!("LHP-PLG-{code}/manifest-"), "plugins/feed/plugin.yaml", |project| {
            project.write("plugins/feed/plugin.yaml", manifest);
        });
    }
}

#[test]
fn a_misspelt_type_is_not_blamed_on_a_manifest_that_cannot_be_read() {
    let project = generated();
    project.write("plugins/feed/plugin.yaml", "provides: [\n");
    project.write("pipelines/orders.yaml", FLOWGROUP.replace("type: feed, path: /Volumes/shop/orders", "type: detla"));
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-VAL-007/unknown-sub-type]"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_manifest_that_is_a_link_out_of_its_directory() {
    let run = breaks("LHP-PLG-055/unsafe-manifest-path", "plugins/feed/plugin.yaml", |project| {
        project.write("elsewhere.yaml", "token: TOPSECRET\n");
        project.remove("plugins/feed/plugin.yaml");
        std::os::unix::fs::symlink("../../elsewhere.yaml", project.path("plugins/feed/plugin.yaml")).unwrap();
    });
    assert!(!run.stderr.contains("TOPSECRET"), "{}", run.stderr);
}

#[test]
fn a_schema_that_is_none() {
    let manifest = format!("{MANIFEST}    schema: {{type: objekt}}\n");
    breaks("LHP-PLG-003/plugin-schema", "plugins/feed/plugin.yaml", |project| {
        project.write("plugins/feed/plugin.yaml", manifest);
    });
}

#[test]
fn settings_that_do_not_fit() {
    let schema = "    schema: {type: object, additionalProperties: false, properties: {folder: {type: string}}}\n";
    breaks("LHP-PLG-041/plugin-setting", "pipelines/orders.yaml", |project| {
        project.write("plugins/feed/plugin.yaml", format!("{MANIFEST}{schema}"));
    });
}

#[test]
fn a_template_error() {
    breaks_template("LHP-PLG-040/template-failed", "plugins/feed/templates/feed.py.j2", "{{ spec.nothing }}\n");
    breaks_template("LHP-PLG-040/template-failed", "plugins/feed/templates/feed.py.j2", "{% if %}\n");
}

#[test]
fn a_missing_file() {
    breaks("LHP-PLG-030/entry-missing", "plugins/feed/plugin.yaml", |project| {
        project.remove("plugins/feed/templates/feed.py.j2");
    });
    breaks_template(
        "LHP-PLG-040/template-failed",
        "plugins/feed/templates/feed.py.j2",
        "{% include 'other.py.j2' %}\n",
    );
}

#[test]
fn output_that_does_not_parse() {
    let run = breaks_template("LHP-PLG-043/refused-code", "pipelines/orders.yaml", "def {{ target | ident }}(:\n");
    assert!(run.stderr.contains("in line 1 of its code: `def v_orders(:`"), "{}", run.stderr);
}

#[test]
fn output_that_defines_the_wrong_name() {
    let run = breaks_template("LHP-PLG-043/refused-code", "pipelines/orders.yaml", "def orders():\n    pass\n");
    assert!(run.stderr.contains("does not define `v_orders`"), "{}", run.stderr);
}

#[test]
fn output_that_does_more_than_define() {
    breaks_template(
        "LHP-PLG-043/refused-code",
        "pipelines/orders.yaml",
        &format!("import os\n\nos.remove('x')\n{TEMPLATE}"),
    );
}

#[test]
fn huge_output() {
    let template = format!("{{% for i in range(90000) %}}\n# {}\n{{% endfor %}}\n{TEMPLATE}", "x".repeat(80));
    breaks_template("LHP-PLG-046/too-large", "pipelines/orders.yaml", &template);
    let many: String = (0..65).map(|index| format!("- {{path: {index}.json, content: x}}\n")).collect();
    breaks_meta("LHP-PLG-046/too-large", "pipelines/orders.yaml", &format!("files:\n{many}"));
}

#[test]
fn an_endless_loop() {
    let template = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}\n";
    breaks_template("LHP-PLG-045/out-of-fuel", "plugins/feed/templates/feed.py.j2", template);
    let template = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}\n";
    breaks_template("LHP-PLG-040/template-failed", "plugins/feed/templates/feed.py.j2", template);
}

#[test]
fn a_path_that_leads_out() {
    for path in ["../../lhp.yaml", "/etc/motd", "a/../../b", "C:/a", "a//b", ".lhp-manifest.json", "a\\\\b", ""] {
        breaks_meta(
            "LHP-PLG-055/unsafe-path",
            "pipelines/orders.yaml",
            &format!("files: [{{path: \"{path}\", content: x}}]\n"),
        );
    }
    let include = "{% include '../plugin.yaml' %}\n";
    breaks_template("LHP-PLG-040/template-failed", "plugins/feed/templates/feed.py.j2", include);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out() {
    breaks("LHP-PLG-040/template-failed", "plugins/feed/templates/feed.py.j2", |project| {
        std::os::unix::fs::symlink("/etc/hostname", project.path("plugins/feed/templates/host.py.j2")).unwrap();
        project.write("plugins/feed/templates/feed.py.j2", "{% include 'host.py.j2' %}\n");
    });
    breaks("LHP-PLG-055/unsafe-path", "pipelines/orders.yaml", |project| {
        std::os::unix::fs::symlink("/etc/hostname", project.path("host.txt")).unwrap();
        project.write("plugins/feed/plugin.yaml", format!("{MANIFEST}    files: [/path]\n"));
        project.write("pipelines/orders.yaml", FLOWGROUP.replace("/Volumes/shop/orders", "host.txt"));
    });
}

#[test]
fn a_secret_of_the_settings_is_never_generated() {
    let config = "    config: {secret: [/token]}\n".trim_start();
    let of_settings = |expression: &str| TEMPLATE.replace("spec.path", expression);
    let cases = [
        // Templates of code are not given secrets, so no filter can disguise them and no message can show them.
        ("LHP-PLG-040/template-failed", "plugins/feed/templates/feed.py.j2", of_settings("config.token")),
        ("LHP-PLG-040/template-failed", "plugins/feed/templates/feed.py.j2", of_settings("config.token | reverse")),
        ("LHP-PLG-056/leaked-secret", "pipelines/orders.yaml", TEMPLATE.replace("spec.path", "'s3cr\"et!'")),
        (
            "LHP-PLG-056/leaked-secret",
            "pipelines/orders.yaml",
            TEMPLATE.replace("    return", "    # {{ 's3cr\"et!' | comment }}\n    return"),
        ),
    ];
    for (code, place, template) in cases {
        let run = breaks(code, place, |project| {
            project.write("plugins/feed/plugin.yaml", MANIFEST.replace("provides:", &format!("{config}provides:")));
            project.write("lhp.yaml", "name: shop\nplugins: {config: {lhp-feed: {token: \"s3cr\\\"et!\"}}}\n");
            project.write("plugins/feed/templates/feed.py.j2", template);
        });
        assert!(code.ends_with("leaked-secret") || !run.stderr.contains("et!"), "{}", run.stderr);
        assert!(!run.stderr.contains("et!\"") && !run.stdout.contains("et!"), "{}", run.stderr);
    }
}

#[test]
fn an_error_of_the_plugin_itself() {
    let meta = "diagnostics: [{code: FEED-001, message: nothing is there, path: /spec/path}]\n";
    let run = breaks_meta("LHP-PLG-040/plugin-finding", "pipelines/orders.yaml", meta);
    assert!(run.stderr.contains("error[LHP-PLG-040/plugin-finding (FEED-001)]: nothing is there"), "{}", run.stderr);
}

#[test]
fn a_broken_plugin_that_nobody_uses_breaks_nothing() {
    let project = generated();
    project.write("plugins/other/plugin.yaml", MANIFEST.replace("feed", "other"));
    project.run(&["generate", "-e", "dev"]).exits(0);
}
