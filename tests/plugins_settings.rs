//! Settings of plugins are checked against the schemas of the plugins, and secrets in them stay secret.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use lhp::project::PluginOptions;
use lhp::report::{Style, Warnings, render_all};
use support::plugins::{TEMPLATE, codes, flowgroup, manifest, options, plugin, table_with};
use support::project::{Project, Run};

const SCHEMA: &str = r##"{
  "type": "object",
  "properties": {
    "default_region": {"type": "string"},
    "retry_attempts": {"type": "integer", "minimum": 0},
    "webhook_url": {"type": "string", "format": "uri-reference", "minLength": 12},
    "channel": {"type": "string"},
    "token": {"type": "string", "x-secret": true, "maxLength": 20},
    "login": {
      "type": "object",
      "properties": {"password": {"type": "string", "writeOnly": true}, "user": {"type": "string"}}
    },
    "keys": {"type": "array", "items": {"$ref": "#/$defs/key"}}
  },
  "$defs": {"key": {"type": "string", "format": "password"}},
  "additionalProperties": false
}
"##;

const DECLARED: &str = "config: {key: s3_batch, schema: config.json, secret: [/webhook_url]}\n";

fn project(config: &str) -> Project {
    let project = Project::new(&[]);
    let indented: String = config.lines().map(|line| format!("      {line}\n")).collect();
    project.write("lhp.yaml", format!("name: shop\nplugins:\n  config:\n    s3_batch:\n{indented}"));
    project.write("pipelines/orders.yaml", flowgroup("s3_batch"));
    project.write("substitutions/dev.yaml", "dev:\n  catalog: shop\n");
    project.write("plugins/s3/plugin.yaml", manifest("lhp-s3", "s3_batch", DECLARED));
    project.write("plugins/s3/config.json", SCHEMA);
    project.write("plugins/s3/s3.py.j2", TEMPLATE);
    project
}

fn process() -> PluginOptions {
    options(|name| match name {
        "SLACK_WEBHOOK_URL" => Some("https://hooks.example.invalid/T/SECRET".to_owned()),
        "TOKEN" => Some("a-token-that-is-much-too-long-for-it".to_owned()),
        "REGION" => Some("eu-central-1".to_owned()),
        _ => None,
    })
}

#[test]
fn l_23_settings_come_from_the_project_and_the_environment() {
    let project = project(
        "default_region: ${REGION}\nretry_attempts: 3\nwebhook_url: ${SLACK_WEBHOOK_URL}\nchannel: \"${CHANNEL:-#alerts}\"",
    );
    let (table, report, _) = table_with(project.root(), process());
    assert_eq!(codes(&report), Vec::<String>::new());
    let config = &plugin(&table, "lhp-s3").config;
    let value = |key: &str| config.values.as_ref().unwrap().get(key).unwrap().plain_text().into_owned();
    assert_eq!(value("default_region"), "eu-central-1");
    assert_eq!(value("retry_attempts"), "3");
    assert_eq!(value("webhook_url"), "https://hooks.example.invalid/T/SECRET");
    assert_eq!(value("channel"), "#alerts");
    let secrets: Vec<&str> = config.secrets.iter().map(AsRef::as_ref).collect();
    assert_eq!(secrets, ["https://hooks.example.invalid/T/SECRET"]);
    assert!(!format!("{config:?}").contains("SECRET"), "values are not printed by accident");
}

#[test]
fn l_23_an_unknown_key_gets_a_guess_at_its_place() {
    let misspelt = project("default_regoin: us-east-1");
    let run = misspelt.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-004/plugin-config]: unknown key `default_regoin`"), "{}", run.stderr);
    assert!(
        run.stderr.contains("[lhp.yaml:5:7]") && run.stderr.contains("did you mean `default_region`?"),
        "{}",
        run.stderr
    );
    misspelt.write("lhp.yaml", "name: shop\nplugins:\n  confg: {}\n");
    let run = misspelt.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-004/plugin-settings]: unknown key `confg`"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `config`?"), "{}", run.stderr);
}

#[test]
fn l_23_a_variable_that_is_not_set_is_named_at_its_place() {
    let project = project("channel: \"#a-${LHP_TEST_NO_SUCH_VARIABLE}\"");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-004/variable-not-set]"), "{}", run.stderr);
    assert!(run.stderr.contains("[lhp.yaml:5:20]"), "{}", run.stderr);
    project
        .write("lhp.yaml", "name: shop\nplugins:\n  config: {s3_batch: {channel: '$${LHP_TEST_NO_SUCH_VARIABLE}'}}\n");
    project.run(&["validate"]).exits(0);
}

#[test]
fn l_38_secrets_are_marked_by_manifest_and_schema() {
    let project = project(
        "webhook_url: https://hooks.example.invalid/1\ntoken: t0ken\nlogin: {user: me, password: pa55}\nkeys: [k1, k2]",
    );
    let (table, report, _) = table_with(project.root(), process());
    assert_eq!(codes(&report), Vec::<String>::new());
    let secrets: Vec<&str> = plugin(&table, "lhp-s3").config.secrets.iter().map(AsRef::as_ref).collect();
    assert_eq!(secrets, ["https://hooks.example.invalid/1", "k1", "k2", "pa55", "t0ken"]);
}

#[test]
fn l_38_values_of_variables_and_secrets_are_not_shown() {
    for config in ["token: ${TOKEN}", "retry_attempts: ${REGION}"] {
        let project = project(config);
        let (_, report, sources) = table_with(project.root(), process());
        assert_eq!(codes(&report), ["error LHP-PLG-004/plugin-config"]);
        let text = render_all(&report, &sources, Style::default(), None).warnings(Warnings::Detailed).to_string();
        assert!(!text.contains("a-token") && !text.contains("eu-central"), "{text}");
        assert!(text.contains("lhp.yaml:5:"), "{text}");
    }
    let project = project("webhook_url: hunter2");
    let run = project.run(&["validate"]).exits(1);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[test]
fn l_38_secrets_are_not_locked() {
    let project = project("token: ${LHP_TEST_TOKEN}");
    Run::of(project.command(&["plugin", "lock"]).env("LHP_TEST_TOKEN", "s3cr3t")).exits(0);
    assert!(!project.read("lhp-plugins.lock").contains("s3cr3t"));
}

#[test]
fn required_settings_are_missed_where_the_plugin_is_used() {
    let project = project("channel: x");
    project.write("plugins/s3/config.json", "{\"type\": \"object\", \"required\": [\"region\"]}");
    project.write("lhp.yaml", "name: shop\nplugins:\n  use: [{id: lhp-s3}]\n");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("`region` is missing"), "{}", run.stderr);
    assert!(run.stderr.contains("write `region: …` under `plugins.config.s3_batch`"), "{}", run.stderr);
}

#[test]
fn a_broken_schema_is_a_fault_of_the_plugin_at_its_place() {
    let project = project("channel: x");
    project.write("plugins/s3/config.json", "{\n  \"properties\": {\"channel\": {\"type\": \"text\"}}\n}\n");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("LHP-PLG-003/plugin-schema"), "{}", run.stderr);
    assert!(run.stderr.contains("[plugins/s3/config.json:2:38]"), "{}", run.stderr);
}

#[test]
fn settings_of_plugins_that_are_not_used_are_not_checked() {
    let project = project("anything: goes");
    let text = project.read("lhp.yaml");
    project.write("lhp.yaml", format!("{text}  use: [{{id: lhp-s3, enabled: false}}]\n"));
    project.write(
        "pipelines/orders.yaml",
        flowgroup("delta").replace("bucket: landing", "catalog: c, schema: s, table: t"),
    );
    project.run(&["validate"]).exits(0);
}

#[test]
fn a_variable_that_is_not_closed_stays_as_it_is_with_a_warning() {
    let project = project("default_region: \"eu-${REGION\"\nchannel: \"$${x\"");
    let (table, report, _) = table_with(project.root(), process());
    assert_eq!(codes(&report), ["warning LHP-PLG-004/unclosed-variable"]);
    let values = plugin(&table, "lhp-s3").config.values.clone().unwrap();
    assert_eq!(values.get("default_region").unwrap().as_str(), Some("eu-${REGION"));
    assert_eq!(values.get("channel").unwrap().as_str(), Some("${x"));
    let run = project.run(&["validate", "--show-details"]).exits(0);
    assert!(run.stderr.contains("[lhp.yaml:5:27]"), "{}", run.stderr);
}

#[test]
fn limits_that_are_none_are_told_in_the_terms_of_the_user() {
    let cases = [
        ("99999999999999999999", "must be at most 9223372036854775807, not the number `99999999999999999999`"),
        ("1.0e+30", "must be at most 9223372036854775807, not the number `1e30`"),
        ("-5", "must be at least 1, not the number `-5`"),
        ("0", "must be at least 1, not the number `0`"),
        ("1.5", "must be an integer, not the number `1.5`"),
        ("\"5\"", "must be an integer, not the string `5`"),
        ("many", "must be an integer, not the string `many`"),
    ];
    let project = project("default_region: x");
    let plain = project.read("plugins/s3/plugin.yaml");
    for (value, message) in cases {
        project.write("plugins/s3/plugin.yaml", format!("{plain}limits: {{fuel: {value}}}\n"));
        let run = project.run(&["plugin", "validate", "plugins/s3"]).exits(1);
        let found = format!("error[LHP-PLG-003/manifest-shape]: `fuel` {message}");
        assert!(run.stderr.contains(&found), "{found}:\n{}", run.stderr);
        project.write("plugins/s3/plugin.yaml", plain.as_str());
        project.write("lhp.yaml", format!("name: shop\nplugins:\n  limits: {{timeout_ms: {value}}}\n"));
        let run = project.run(&["validate"]).exits(1);
        let found = format!("error[LHP-PLG-004/plugin-settings]: `timeout_ms` {message}");
        assert!(run.stderr.contains(&found) && run.stderr.contains("[lhp.yaml:3:24]"), "{found}:\n{}", run.stderr);
    }
    // To a schema, a number with a fraction of zero is whole.
    project.write("lhp.yaml", "name: shop\nplugins:\n  limits: {timeout_ms: 5000.0}\n");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("expected an integer, found the number `5000.0`"), "{}", run.stderr);
    assert!(run.stderr.contains("[lhp.yaml:3:24]"), "{}", run.stderr);
}

#[test]
fn a_value_that_is_right_but_for_its_quotes_is_told_as_that() {
    let project = project("default_region: x");
    let plain = project.read("plugins/s3/plugin.yaml");
    let told = |from: &str, to: &str, texts: &[&str]| {
        project.write("plugins/s3/plugin.yaml", plain.replace(from, to));
        let run = project.run(&["plugin", "validate", "plugins/s3"]).exits(1);
        texts.iter().for_each(|text| assert!(run.stderr.contains(text), "{text}:\n{}", run.stderr));
    };
    let numbers = ["`schema` must be the number `1`, not the string `1`", "help: write it without quotes"];
    told("schema: 1", "schema: \"1\"", &numbers);
    told("schema: 1", "schema: 2", &["`schema` must be the number `1`, not the number `2`"]);
    told(
        "api: \"1.0\"",
        "api: 1.0",
        &["`api` must be a string, not the number `1.0`", "help: put the value in quotes"],
    );
    project.write("plugins/s3/plugin.yaml", plain.as_str());
    project.write(
        "plugins/s3/config.json",
        r#"{"properties": {"default_region": {"enum": [1, 2, "x"]}, "level": {"enum": ["1", "2"]}}}"#,
    );
    project.write("lhp.yaml", "name: shop\nplugins:\n  config:\n    s3_batch: {default_region: \"1\", level: 1}\n");
    let run = project.run(&["validate"]).exits(1);
    for text in [
        "`default_region` must be one of `1`, `2`, `x`, not the string `1`",
        "help: write it without quotes",
        "`level` must be one of `1`, `2`, not the number `1`",
        "help: put the value in quotes",
    ] {
        assert!(run.stderr.contains(text), "{text}:\n{}", run.stderr);
    }
}

#[test]
fn a_broken_schema_has_one_code_whoever_finds_it() {
    let project = project("default_region: x");
    let plain = project.read("plugins/s3/plugin.yaml");
    let settings = project.read("lhp.yaml");
    let texts = ["{\"type\": \"objekt\"}", "{\"type\": "];
    for text in texts {
        for broken in ["s3.json", "config.json"] {
            project.write("plugins/s3/plugin.yaml", format!("{plain}    schema: s3.json\n"));
            project.write("plugins/s3/s3.json", "{\"type\": \"object\"}");
            project.write("plugins/s3/config.json", SCHEMA);
            project.write(&format!("plugins/s3/{broken}"), text);
            project.write("lhp.yaml", settings.as_str());
            for command in [["validate"].as_slice(), &["plugin", "validate", "plugins/s3"]] {
                let run = project.run(command).exits(1);
                assert!(run.stderr.contains("error[LHP-PLG-003/plugin-schema]"), "{command:?}:\n{}", run.stderr);
                assert!(run.stderr.contains(&format!("[plugins/s3/{broken}:1:")), "{command:?}:\n{}", run.stderr);
            }
        }
    }
}
