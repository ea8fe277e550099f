//! `lhp plugin`: what is found is listed and explained, and plugins are switched without touching what a user wrote.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;

use lhp::report::{Rule, rules};
use serde_json::{Value as Json, json};
use support::package;
use support::project::{Project, Run, lhp};

const MANIFEST: &str = r#"schema: 1
id: lhp-s3
version: 1.2.0
api: "1.0"
name: S3 loader
description: Reads from S3
author: {name: Ada, email: ada@example.invalid}
license: MIT
homepage: https://example.invalid/s3
documentation_url: https://example.invalid/s3/docs
tags: [s3, batch]
requires:
  lhp: ">=0.1"
  packages: ["boto3>=1.26.0"]
provides:
  - kind: load
    key: s3_batch
    entry: s3.py.j2
    description: Reads a prefix once
    schema: {type: object, required: [bucket], properties: {bucket: {type: string, description: The bucket.}}}
"#;

const TEMPLATE: &str =
    "@dp.temporary_view()\ndef {{ target | ident }}():\n    return spark.read.load({{ spec.bucket }})\n";

const FLOWGROUP: &str = "\
pipeline: bronze
flowgroup: orders
actions:
  - name: load_orders
    type: load
    source: {type: s3_batch, bucket: shop}
    target: v_orders
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: materialized_view, catalog: c, schema: s, table: orders}
";

fn project() -> Project {
    Project::new(&[
        ("lhp.yaml", "name: shop\n"),
        ("substitutions/dev.yaml", "dev: {}\n"),
        ("pipelines/orders.yaml", FLOWGROUP),
        ("plugins/s3/plugin.yaml", MANIFEST),
        ("plugins/s3/s3.py.j2", TEMPLATE),
    ])
}

/// Asks for something that the project does not grant.
const PERMISSIONS: &str = "permissions: {env: [AWS_REGION]}\n";

fn parsed(run: &Run) -> Json {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", run.stdout))
}

#[test]
fn l_18_capabilities_have_stable_ids() {
    let project = project();
    let run = project.run(&["plugin", "list", "--json"]).exits(0);
    let expected = json!([{
        "id": "load/s3_batch", "kind": "load", "key": "s3_batch", "plugin": "lhp-s3", "version": "1.2.0",
        "runtime": "template", "origin": "./plugins", "status": "active", "reason": null, "override": false,
        "description": "Reads a prefix once",
    }]);
    assert_eq!(parsed(&run)["rows"], expected);
    let text = project.run(&["plugin", "list"]).exits(0).stdout;
    assert_eq!(
        text,
        "Plugins\nId\tPlugin\tVersion\tRuntime\tOrigin\tStatus\tNote\n\
         load/s3_batch\tlhp-s3\t1.2.0\ttemplate\t./plugins\tactive\t-\nTotal capabilities: 1\n"
    );
}

#[test]
fn l_18_capabilities_of_this_program_are_listed_on_demand() {
    let project = project();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let run = project.run(&[&["plugin", "list", "--json"], arguments].concat()).exits(0);
        let rows = parsed(&run)["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let loads = ids(&["--builtin", "--type", "load"]);
    assert!(loads.contains(&"load/delta".to_owned()) && loads.contains(&"load/s3_batch".to_owned()), "{loads:?}");
    assert!(ids(&["--all"]).contains(&"write/sink/kafka".to_owned()));
    assert_eq!(ids(&["--type", "test"]), Vec::<String>::new());
}

#[test]
fn l_18_plugins_are_listed_outside_of_a_project_too() {
    let home = Project::new(&[(".lhp/plugins/s3/plugin.yaml", MANIFEST), ("here/readme.txt", "")]);
    let mut command = home.command(&["plugin", "list", "--builtin", "--type", "load", "--json"]);
    command.current_dir(home.path("here")).env("HOME", home.root());
    let run = Run::of(&mut command).exits(0);
    let rows = parsed(&run)["rows"].as_array().unwrap().clone();
    assert!(rows.iter().any(|row| row["id"] == "load/delta"), "{}", run.stdout);
}

#[test]
fn p_01_families_of_other_tools_are_kinds() {
    let project = project();
    let families =
        ["services", "sources", "quality", "transforms", "dagster", "cli", "hooks", "custom_reader", "custom_writer"];
    for family in families {
        project.run(&["plugin", "list", "--type", family]).exits(0);
    }
    let listed = project.run(&["plugin", "list", "--type", "lhp.load_generators", "--json"]).exits(0);
    assert_eq!(parsed(&listed)["rows"][0]["id"], "load/s3_batch");
    let unknown = project.run(&["plugin", "list", "--type", "hok"]).exits(2);
    assert!(unknown.stderr.contains("did you mean `hook`?"), "{}", unknown.stderr);
}

#[test]
fn l_09_metadata_has_the_names_of_the_design_document() {
    let information = parsed(&project().run(&["plugin", "info", "lhp-s3", "--json"]).exits(0));
    assert_eq!(information["name"], "S3 loader");
    assert_eq!(information["version"], "1.2.0");
    assert_eq!(information["description"], "Reads from S3");
    assert_eq!(information["author"], "Ada <ada@example.invalid>");
    assert_eq!(information["requires_lhp_version"], ">=0.1");
    assert_eq!(information["dependencies"], json!(["boto3>=1.26.0"]));
}

#[test]
fn p_18_metadata_of_other_tools_is_shown_too() {
    let project = project();
    project.write("plugins/s3/plugin.yaml", format!("{MANIFEST}{PERMISSIONS}"));
    let information = parsed(&project.run(&["plugin", "info", "lhp-s3", "--json"]).exits(0));
    assert_eq!(information["homepage"], "https://example.invalid/s3");
    assert_eq!(information["documentation_url"], "https://example.invalid/s3/docs");
    assert_eq!(information["tags"], json!(["s3", "batch"]));
    assert_eq!(information["license"], "MIT");
    assert_eq!(information["permissions"]["requested"]["env"], json!(["AWS_REGION"]));
    assert_eq!(information["provides"][0]["schema"]["required"], json!(["bucket"]));
    let used = json!([{
        "id": "load/s3_batch", "flowgroup": "orders", "action": "load_orders",
        "file": "pipelines/orders.yaml", "line": 6,
    }]);
    assert_eq!(information["used"], used);
    let text = project.run(&["plugin", "info", "load/s3_batch"]).exits(0).stdout;
    for line in [
        "id:             lhp-s3\n",
        "license:        MIT\n",
        "      bucket (string, required)  The bucket.\n",
        "  pipelines/orders.yaml:6  flowgroup orders, action load_orders  load/s3_batch\n",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
}

#[test]
fn l_33_an_unknown_id_gets_a_near_match() {
    let project = project();
    for command in ["info", "docs", "doctor", "enable"] {
        let run = project.run(&["plugin", command, "lhp-s4"]).exits(1);
        assert!(
            run.stderr.starts_with("error[LHP-PLG-010/unknown-plugin-id]: there is no plugin `lhp-s4`"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("help: did you mean `lhp-s3`?"), "{}", run.stderr);
    }
    let built_in = project.run(&["plugin", "info", "load/delta"]).exits(1);
    assert!(built_in.stderr.contains("help: `lhp docs load/delta` prints its page"), "{}", built_in.stderr);
}

#[test]
fn l_33_every_active_plugin_is_loaded_once() {
    let project = project();
    let run = project.run(&["plugin", "check"]).exits(0);
    assert!(run.stdout.contains("\nlhp-s3\t1.2.0\ttemplate\t./plugins\tok\n"), "{}", run.stdout);
    project.write("plugins/s3/s3.py.j2", "{% if %}\n");
    let broken = project.run(&["plugin", "check", "--json"]).exits(1);
    let document = parsed(&broken);
    assert_eq!((&document["plugins"][0]["ok"], &document["plugins"][0]["errors"]), (&json!(false), &json!(1)));
    assert!(broken.stderr.contains(",-[plugins/s3/s3.py.j2:1:1]"), "{}", broken.stderr);
}

#[test]
fn f_15_the_doctor_says_where_it_looked_and_what_it_found() {
    let project = project();
    let run = project.run(&["plugin", "doctor", "lhp-s3"]).exits(0);
    assert!(run.stdout.starts_with("Searched for plugins\n  ./plugins\n  ~/.lhp/plugins\n"), "{}", run.stdout);
    assert!(run.stdout.contains("\nlhp-s3 1.2.0 is active\n"), "{}", run.stdout);
    assert!(run.stdout.contains("load/s3_batch"), "{}", run.stdout);
    let document = parsed(&project.run(&["plugin", "doctor", "--json"]).exits(0));
    assert_eq!(document["plugins"][0]["status"], "active");
    assert!(document["plugins"][0]["steps"].as_array().unwrap().len() > 2);
    let unknown = project.run(&["plugin", "doctor", "nothing-here"]).exits(1);
    assert!(unknown.stdout.contains("./plugins"), "{}", unknown.stdout);
}

#[test]
fn l_40_the_page_of_a_plugin_is_made_of_manifest_and_schemas() {
    let project = project();
    project.write("plugins/s3/plugin.yaml", format!("{MANIFEST}{PERMISSIONS}"));
    let page = project.run(&["plugin", "docs", "lhp-s3"]).exits(0).stdout;
    for text in [
        "# S3 loader\n\nReads from S3.\n",
        "| author | Ada <ada@example.invalid> |\n".replace('<', "&lt;").as_str(),
        "\n## load/s3_batch\n\nReads a prefix once.\n\nA load uses it if its `source` says `type: s3_batch`.",
        "| `bucket` | text | required | The bucket. |\n",
        "## Permissions\n",
    ] {
        assert!(page.contains(text), "{text}:\n{page}");
    }
}

#[test]
fn l_40_schemas_for_authors_are_printed() {
    let list = Run::of(&mut lhp(&["plugin", "schema"])).exits(0).stdout;
    for name in ["manifest", "config", "event", "diagnostics"] {
        assert!(list.contains(&format!("\n{name}\t")), "{list}");
        let schema = parsed(&Run::of(&mut lhp(&["plugin", "schema", name])).exits(0));
        assert!(schema["properties"].is_object(), "{name}");
    }
    let manifest = Run::of(&mut lhp(&["plugin", "schema", "manifest"])).stdout;
    assert_eq!(manifest, fs::read_to_string(package().join("schemas/plugin.schema.json")).unwrap());
    let unknown = Run::of(&mut lhp(&["plugin", "schema", "manifesto"])).exits(2);
    assert!(unknown.stderr.contains("did you mean `manifest`?"), "{}", unknown.stderr);
}

#[test]
fn l_40_every_method_of_the_protocol_is_described_in_one_document() {
    let protocol = parsed(&Run::of(&mut lhp(&["plugin", "schema", "protocol"])).exits(0));
    assert_eq!(protocol["protocol"], "1.0");
    for method in ["initialize", "validate", "generate", "emit", "event", "check", "sample", "shutdown", "host/render"]
    {
        let described = &protocol["methods"][method];
        assert!(described["params"]["type"] == "object" && described["result"]["type"] == "object", "{method}");
    }
}

#[test]
fn a_plugin_is_switched_without_touching_the_rest_of_the_file() {
    let project = project();
    project.write("lhp.yaml", "# my shop\nname: shop  # short\nplugins:\n  allow: [\"lhp-*\"]  # ours\n");
    let off = project.run(&["plugin", "disable", "lhp-s3"]).exits(0);
    assert_eq!(off.stdout, "~ disabled  lhp-s3  in lhp.yaml\n");
    let expected = "# my shop\nname: shop  # short\nplugins:\n  allow: [\"lhp-*\"]  # ours\n  use:\n    - id: lhp-s3\n      enabled: false\n";
    assert_eq!(project.read("lhp.yaml"), expected);
    assert_eq!(project.run(&["plugin", "disable", "lhp-s3"]).exits(0).stdout, "= lhp-s3 is disabled already\n");
    project.run(&["plugin", "enable", "lhp-s3"]).exits(0);
    assert_eq!(project.read("lhp.yaml"), expected.replace("false", "true"));
}

#[test]
fn settings_that_cannot_be_edited_are_left_alone() {
    let project = project();
    let text = "{name: shop}  # one line is enough\n";
    project.write("lhp.yaml", text);
    let run = project.run(&["plugin", "enable", "lhp-s3"]).exits(1);
    assert!(
        run.stderr.contains("error[LHP-PLG-008/settings-not-edited]: `lhp.yaml` was not edited: "),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("help: write `{id: lhp-s3}` into the list `plugins.use` by hand"), "{}", run.stderr);
    assert_eq!(project.read("lhp.yaml"), text);
}

#[test]
fn plugins_are_switched_in_a_project_only() {
    let run = Run::of(Project::new(&[]).command(&["plugin", "enable", "lhp-s3"]).env("HOME", "/")).exits(1);
    assert!(run.stderr.starts_with("error[LHP-CFG-011/no-project]"), "{}", run.stderr);
}

#[test]
fn completions_know_the_commands() {
    let script = Run::of(&mut lhp(&["completions", "bash"])).exits(0).stdout;
    for command in
        ["list", "info", "validate", "check", "doctor", "create", "test", "enable", "disable", "schema", "docs"]
    {
        assert!(script.contains(&format!("lhp__subcmd__plugin__subcmd__{command}")), "{command}");
    }
}

#[test]
fn x_23_every_rule_of_plugins_says_what_to_do() {
    let rules: Vec<&Rule> = rules::all().into_iter().filter(|rule| rule.code.starts_with("LHP-PLG-")).collect();
    assert!(rules.len() > 8);
    let snapshots = package().join("snapshots/invalid");
    let shown: Vec<(String, String)> = fs::read_dir(snapshots)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    for rule in rules {
        assert!(rule.page().contains("\n## Right\n"), "{rule} has a page that says what is right");
        let name = rule.to_string().replace('/', "-");
        for (file, text) in shown.iter().filter(|(file, _)| file.starts_with(&name)) {
            assert!(text.contains("help: "), "{file} has help");
        }
    }
}

#[test]
fn l_48_a_list_without_entries_is_one_that_plugins_can_be_switched_in() {
    for (before, after) in [
        ("plugins:\n  use:\n", "plugins:\n  use:\n    - id: p\n"),
        ("plugins:\n  use:  # none yet\n  allow: []\n", "plugins:\n  use:  # none yet\n    - id: p\n  allow: []\n"),
        ("plugins:\n  use:\n    # - id: other\n", "plugins:\n  use:\n    - id: p\n    # - id: other\n"),
        ("plugins: {use: }\n", "plugins: {use: [{id: p}]}\n"),
        ("plugins: ~\n", "plugins: {use: [{id: p}]}\n"),
        ("plugins:\n", "plugins:\n  use:\n    - id: p\n"),
    ] {
        let project = Project::new(&[("lhp.yaml", &format!("name: shop\n{before}"))]);
        project.run(&["plugin", "create", "p", "--kind", "load"]).exits(0);
        project.run(&["plugin", "enable", "p"]).exits(0);
        assert_eq!(project.read("lhp.yaml"), format!("name: shop\n{after}"));
        project.run(&["plugin", "disable", "p"]).exits(0);
        project.run(&["plugin", "list"]).exits(0);
    }
}

#[test]
fn f_15_the_doctor_fails_where_something_has_to_be_put_right() {
    let project = Project::new(&[("lhp.yaml", "name: shop\nplugins:\n  deny: [denied]\n")]);
    for (id, runtime) in [("module", "wasm"), ("waiting", "python"), ("denied", "template"), ("good", "template")] {
        project.run(&["plugin", "create", id, "--kind", "load", "--runtime", runtime]).exits(0);
    }
    project.run(&["plugin", "doctor"]).exits(0);
    let waiting = project.run(&["plugin", "doctor", "waiting"]).exits(0);
    assert!(waiting.stdout.contains("help: `lhp plugin enable waiting` asks for it"), "{}", waiting.stdout);
    let denied = project.run(&["plugin", "doctor", "denied"]).exits(0);
    assert!(denied.stdout.contains("help: remove `denied` from `plugins.deny`"), "{}", denied.stdout);

    let manifest = project.read("plugins/module/plugin.yaml");
    let digest = manifest.lines().find(|line| line.contains("sha256:")).unwrap().split('"').nth(1).unwrap();
    project.write("plugins/module/plugin.yaml", manifest.replace(digest, &format!("sha256:{}", "0".repeat(64))));
    let run = project.run(&["plugin", "doctor", "module"]).exits(1);
    let help = format!("if the file is right, write `plugin.wasm: \"{digest}\"` into the manifest");
    assert!(run.stdout.contains(&help), "{}", run.stdout);
    assert!(!run.stdout.contains("plugin trust"), "trusting it would not help: {}", run.stdout);
    project.run(&["plugin", "doctor"]).exits(1);
    project.run(&["plugin", "doctor", "--json"]).exits(1);
    project.run(&["plugin", "doctor", "load/module"]).exits(1);
    let good = project.run(&["plugin", "doctor", "load/good"]).exits(0);
    assert_eq!(good.stderr, "", "what is wrong with another plugin is not told");
    let before = project.files("");
    let trusted = project.run(&["plugin", "trust", "module"]).exits(1);
    assert!(trusted.stderr.contains("nothing was written, for `module` cannot be used"), "{}", trusted.stderr);
    assert_eq!(project.files(""), before);

    project.write("plugins/module/plugin.yaml", manifest.replace("api: \"1.0\"", "api: \"2.0\""));
    let run = project.run(&["plugin", "doctor", "module"]).exits(1);
    assert!(run.stdout.contains("help: use a newer version of `lhp`"), "{}", run.stdout);
}
