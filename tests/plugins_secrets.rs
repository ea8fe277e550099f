//! Secrets around plugins: those of their settings are neither shown nor kept, however they are spelled, and those of
//! actions are named as in YAML.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run};
use support::runtimes::{
    BODY, FLOWGROUP, Runtime, SETTINGS, project, run, write_manifest, write_python, write_wasm_answer,
};

/// A secret that JSON and Python spell in other ways.
const SECRET: &str = "hüt\"er/\\2";

/// A project whose plugin, in Python, has a secret in its settings; `statements` are those of `generate`.
fn with_secret(statements: &str) -> Project {
    let project = project();
    let declared = "config:\n  schema: {type: object, properties: {password: {type: string}}}\n  secret: [/password]\n";
    write_manifest(&project, Runtime::Python, declared);
    let secret = serde_json::Value::from(SECRET);
    write_python(
        &project,
        &format!("import json\nSECRET = {secret}\nBODY = {}\n{statements}", serde_json::Value::from(BODY)),
    );
    project.write("lhp.yaml", format!("{SETTINGS}  config: {{lhp-feed: {{password: \"${{FEED_PASSWORD}}\"}}}}\n"));
    project
}

fn run_with_secret(project: &Project, arguments: &[&str]) -> Run {
    let mut command = project.command(arguments);
    Run::of(command.env("LHP_PYTHON", support::runtimes::python()).env("FEED_PASSWORD", SECRET))
}

#[test]
fn l_38_every_part_and_spelling_of_an_answer_is_searched_for_secrets() {
    for value in [
        "{'body': BODY + '# ' + SECRET + '\\n'}",
        "{'body': BODY + '# ' + json.dumps(SECRET) + '\\n'}",
        "{'body': BODY + '# ' + repr(SECRET) + '\\n'}",
        "{'body': BODY + '# ' + ascii(SECRET) + '\\n'}",
        "{'body': BODY + '# ' + json.dumps(SECRET, ensure_ascii=False) + '\\n'}",
        "{'body': BODY, 'reads': [SECRET]}",
        "{'body': BODY, 'writes': [SECRET]}",
        "{'body': BODY, 'depends_on_files': [SECRET]}",
        "{'body': BODY, 'defines': ['v_orders', SECRET]}",
        "{'body': BODY, 'diagnostics': [{'severity': 'warning', 'message': 'm', 'path': '/' + SECRET}]}",
        "{'body': BODY, 'diagnostics': [{'severity': 'warning', 'message': json.dumps([SECRET])}]}",
    ] {
        let project = with_secret(&format!("return {value}"));
        let run = run_with_secret(&project, &["validate", "-e", "dev"]).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-056/leaked-secret]"), "{value}: {}", run.stderr);
        assert!(run.stderr.contains("pipelines/orders.yaml") && !run.stderr.contains("\\2"), "{}", run.stderr);
        for (path, content) in project.files(".lhp") {
            assert!(!String::from_utf8_lossy(&content).contains("er/"), "{path} keeps {value}");
        }
    }
}

#[test]
fn l_38_every_spelling_of_a_secret_is_hidden_in_what_a_process_said() {
    for expression in
        ["SECRET", "json.dumps(SECRET)", "repr(SECRET)", "ascii(SECRET)", "json.dumps(json.dumps(SECRET))"]
    {
        let statements =
            format!("import sys\nprint('with', {expression}, file=sys.stderr)\nsys.stderr.flush()\nos._exit(3)");
        let project = with_secret(&statements);
        let run = run_with_secret(&project, &["validate", "-e", "dev"]).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-048/plugin-crashed]"), "{}", run.stderr);
        assert!(run.stderr.contains("***") && !run.stderr.contains("er/"), "{expression}: {}", run.stderr);
    }
}

/// A project whose action has a secret, and whose plugin does something with its `PATH`.
fn with_token(statements: &str) -> Project {
    let project = project();
    write_manifest(&project, Runtime::Python, "");
    write_python(
        &project,
        &format!("PATH = action['source']['path']\nBODY = {}\n{statements}", serde_json::Value::from(BODY)),
    );
    let flowgroup = FLOWGROUP.replace("/Volumes/shop/orders", "'/Volumes/${secret:shop/folder}'");
    project.write("pipelines/orders.yaml", flowgroup);
    project
}

#[test]
fn l_38_what_a_plugin_says_of_a_secret_of_an_action_names_it_as_in_yaml() {
    for statements in [
        "return {'body': BODY, 'diagnostics': [{'message': 'no ' + PATH, 'help': 'not ' + PATH}]}",
        "raise ValueError('no ' + PATH)",
        "import sys\nprint('no ' + PATH, file=sys.stderr)\nsys.stderr.flush()\nos._exit(3)",
        "return {'body': BODY, 'pre_pipeline': ['x = = \"no ' + PATH + '\"']}",
        "return {'body': BODY.replace('/Volumes/shop/orders\"', 'no ' + PATH + '\" = ')}",
    ] {
        let project = with_token(statements);
        for command in ["validate", "generate"] {
            let run = run(&project, &[command, "-e", "dev"]).exits(1);
            assert!(!run.stderr.contains("__lhp_secret"), "{statements}: {}", run.stderr);
        }
    }
    let project = with_token("raise ValueError('no ' + PATH)");
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("no /Volumes/${secret:shop/folder}"), "{}", run.stderr);
}

#[test]
fn l_38_findings_of_validate_name_secrets_of_actions_as_in_yaml() {
    let project = with_token("return BODY");
    let module = project.read("plugins/feed/src/feed.py");
    let class = "\n\nclass Feed:\n    def generate(self, action, context):\n        return generate(action, context)\n\n    \
                 def validate(self, action, context=None):\n        return [{'message': 'no ' + str(action), 'severity': \
                 'error'}]\n";
    project.write("plugins/feed/src/feed.py", module + class);
    let manifest = project.read("plugins/feed/plugin.yaml").replace("feed:generate", "feed:Feed");
    project.write("plugins/feed/plugin.yaml", manifest);
    let run = run(&project, &["validate", "-e", "dev"]).exits(1);
    assert!(!run.stderr.contains("__lhp_secret"), "{}", run.stderr);
    assert!(run.stderr.contains("${secret:shop/folder}"), "{}", run.stderr);
}

#[test]
fn l_38_a_secret_of_an_action_becomes_no_name_or_path() {
    for value in [
        "{'body': BODY, 'imports': ['import ' + TOKEN]}",
        "{'body': BODY, 'helpers': [{'name': TOKEN, 'content': ''}]}",
        "{'body': BODY, 'files': [{'path': 'a/' + TOKEN, 'content': ''}]}",
        "{'body': BODY + 'def ' + TOKEN + '():\\n    pass\\n'}",
        "{'body': BODY, 'defines': ['v_orders', TOKEN]}",
        "{'body': BODY, 'reads': [TOKEN]}",
        "{'body': BODY, 'writes': ['a.' + TOKEN]}",
        "{'body': BODY, 'depends_on_files': [TOKEN]}",
    ] {
        let project = with_token(&format!("TOKEN = PATH.rsplit('/', 1)[1]\nreturn {value}"));
        let run = run(&project, &["generate", "-e", "dev"]).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-043/refused-code]"), "{value}: {}", run.stderr);
        assert!(run.stderr.contains("pipelines/orders.yaml"), "{value}: {}", run.stderr);
        assert!(!run.stderr.contains("__lhp_secret"), "{value}: {}", run.stderr);
        assert!(project.paths("generated").is_empty() && project.paths("artifacts").is_empty());
    }
}

#[test]
fn l_38_a_module_is_searched_for_secrets_like_a_process() {
    let project = project();
    let declared = "config:\n  schema: {type: object, properties: {password: {type: string}}}\n  secret: [/password]\n";
    write_manifest(&project, Runtime::Wasm, declared);
    write_wasm_answer(&project, &serde_json::json!({"body": BODY, "reads": [SECRET]}).to_string());
    project.write("lhp.yaml", format!("{SETTINGS}  config: {{lhp-feed: {{password: \"${{FEED_PASSWORD}}\"}}}}\n"));
    let run = run_with_secret(&project, &["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-056/leaked-secret]"), "{}", run.stderr);
}
