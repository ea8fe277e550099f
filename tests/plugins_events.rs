//! Events and hooks: what is fired and in which order, what hooks are given, and what becomes of what they ask for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};
use support::package;
use support::project::{Project, Run};

/// A flowgroup that loads a table and writes another one.
fn flowgroup(pipeline: &str, name: &str) -> String {
    format!(
        "pipeline: {pipeline}
flowgroup: {name}
actions:
  - {{name: load_{name}, type: load, readMode: stream, target: v_{name},
     source: {{type: delta, catalog: \"${{catalog}}\", schema: raw, table: {name}}}}}
  - {{name: write_{name}, type: write, source: v_{name},
     write_target: {{type: streaming_table, catalog: \"${{catalog}}\", schema: {pipeline}, table: {name}}}}}
"
    )
}

/// A project of two pipelines with three flowgroups, and the given settings under `plugins`.
fn shop(plugins: &str) -> Project {
    let project = Project::new(&[
        ("substitutions/dev.yaml", "dev:\n  catalog: main\n"),
        ("pipelines/alpha_one.yaml", &flowgroup("alpha", "one")),
        ("pipelines/alpha_two.yaml", &flowgroup("alpha", "two")),
        ("pipelines/beta_three.yaml", &flowgroup("beta", "three")),
    ]);
    configure(&project, plugins);
    project
}

/// Replaces the settings under `plugins`.
fn configure(project: &Project, plugins: &str) {
    let indented: String = plugins.lines().map(|line| format!("  {line}\n")).collect();
    project.write("lhp.yaml", format!("name: shop\nversion: \"1.0\"\nplugins:\n{indented}"));
}

/// Makes pipeline `beta` fail.
fn break_beta(project: &Project) {
    let text = flowgroup("beta", "three").replace("${catalog}", "${nothing}");
    project.write("pipelines/beta_three.yaml", text);
}

/// A plugin with one hook: the rest of its entry, and its template.
fn add_hook(project: &Project, id: &str, entry: &str, template: &str) {
    let manifest = format!(
        "schema: 1\nid: {id}\nversion: 1.0.0\napi: \"1.0\"\nprovides:\n  - {{kind: hook, key: {id}, entry: h.json.j2, {entry}}}\n"
    );
    project.write(&format!("plugins/{id}/plugin.yaml"), manifest);
    project.write(&format!("plugins/{id}/h.json.j2"), template);
}

/// A template that logs the types of its events, and the units that they are about.
const TELL: &str = r#"{"effects": [{"kind": "log", "message": {{ events | map(attribute="type") | join(" ") ~ " " ~ (event.pipeline or "-") }}}]}"#;

/// A template that fails.
const FAIL: &str = r#"{"effects": [{"kind": "fail", "message": {{ "no owner: " ~ event.pipeline }}}]}"#;

const LOGGING: &str = "hooks: {logging: {}}\n";

fn generate(project: &Project) -> Run {
    let mut command = project.command(&["generate", "-e", "dev", "--show-details"]);
    Run::of(free_of_proxies(&mut command))
}

fn free_of_proxies(command: &mut assert_cmd::Command) -> &mut assert_cmd::Command {
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command
}

/// The events that the hook `logging` wrote.
fn events(project: &Project) -> Vec<Value> {
    let text = project.read(".lhp/logs/events.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Events without moments and durations.
fn timeless(mut events: Vec<Value>) -> Vec<Value> {
    for event in &mut events {
        event["timestamp"] = json!("…");
        if event["metadata"].get("duration_ms").is_some() {
            event["metadata"]["duration_ms"] = json!("…");
        }
        if event["type"] == "telemetry.metric" {
            event["value"] = json!("…");
        }
    }
    events
}

/// Lines on standard error that a hook of a plugin asked for.
fn told<'a>(run: &'a Run, hook: &str) -> Vec<&'a str> {
    run.stderr.lines().filter_map(|line| line.strip_prefix(hook)?.strip_prefix(": ")).collect()
}

#[test]
fn l_05_a_hook_gets_exactly_one_event_per_pipeline() {
    let project = shop("enabled: true");
    add_hook(&project, "teller", "events: [pipeline.start]", TELL);
    let run = generate(&project).exits(0);
    assert_eq!(told(&run, "teller/teller"), ["pipeline.start alpha", "pipeline.start beta"]);
}

#[test]
fn l_15_a_payload_has_the_documented_keys() {
    let project = shop(LOGGING);
    generate(&project).exits(0);
    let keys: BTreeSet<String> = events(&project)[0].as_object().unwrap().keys().cloned().collect();
    let expected =
        ["version", "seq", "type", "timestamp", "env", "pipeline", "flowgroup", "action", "metadata", "error", "tags"];
    assert_eq!(keys, expected.into_iter().map(str::to_owned).collect());
    // The context of a template has the keys of the design document too.
    let template = r#"{"effects": [{"kind": "log", "message": {{ type ~ " " ~ pipeline ~ " " ~ flowgroup ~ " " ~ action
        ~ " " ~ (timestamp > 0) ~ " " ~ (metadata is mapping) ~ " " ~ error ~ " " ~ event.type ~ " " ~ env }}}]}"#;
    add_hook(&project, "teller", "events: [pipeline.start]", template);
    let run = generate(&project).exits(0);
    assert_eq!(told(&run, "teller/teller")[0], "pipeline.start alpha None None True True None pipeline.start dev");
}

#[test]
fn l_16_an_event_record_has_its_types() {
    let project = shop("hooks: {logging: {}}\non_error: isolate");
    break_beta(&project);
    generate(&project).exits(1);
    let all = events(&project);
    for (position, event) in all.iter().enumerate() {
        assert_eq!(event["version"], "1.0");
        assert_eq!(event["seq"], position + 1);
        assert!(event["timestamp"].as_f64().unwrap() > 1.0e9);
        assert!(event["metadata"].is_object() && event["tags"].is_object());
        for key in ["pipeline", "flowgroup", "action"] {
            assert!(event[key].is_string() || event[key].is_null());
        }
    }
    let failed = all.iter().find(|event| event["type"] == "action.error").unwrap();
    assert_eq!((&failed["pipeline"], &failed["flowgroup"]), (&json!("beta"), &json!("three")));
    let error = &failed["error"];
    assert!(error["code"].as_str().unwrap().starts_with("LHP-CFG-"), "{error}");
    assert!(error["message"].is_string());
    assert_eq!(error["file"], "pipelines/beta_three.yaml");
    assert!(error["line"].as_u64().unwrap() > 0);
}

#[test]
fn l_17_one_run_fires_every_event_in_the_documented_order() {
    let project = shop("hooks: {logging: {}}\non_error: isolate");
    generate(&project).exits(0);
    let changed = flowgroup("alpha", "one").replace("type: streaming_table,", "type: streaming_table, comment: new,");
    project.write("pipelines/alpha_one.yaml", changed);
    project.write("pipelines/alpha_new.yaml", flowgroup("alpha", "new"));
    break_beta(&project);
    generate(&project).exits(1);
    let all = events(&project);
    let mut first = Vec::new();
    for kind in types(&all) {
        if !first.contains(&kind) {
            first.push(kind);
        }
    }
    let documented: Vec<&str> = lhp::plugin::events::EventType::ALL
        .iter()
        .filter(|kind| kind.phase() == lhp::plugin::events::Phase::Compile)
        .map(|kind| kind.name())
        .collect();
    let fired: BTreeSet<&str> = first.iter().copied().collect();
    assert_eq!(fired, documented.iter().copied().collect());
    // An error takes the place of an end, so that either may be first.
    let run_level = |kind: &&&str| !kind.ends_with(".end") && !kind.ends_with(".error");
    let order = |kinds: &[&'static str]| kinds.iter().filter(run_level).copied().collect::<Vec<_>>();
    let first: Vec<&'static str> =
        first.iter().map(|kind| *documented.iter().find(|known| *known == kind).unwrap()).collect();
    assert_eq!(order(&first)[..5], order(&documented)[..5]);
    let updated: Vec<(&str, &str)> = all
        .iter()
        .filter(|event| event["type"].as_str().unwrap().starts_with("table."))
        .map(|event| (event["type"].as_str().unwrap(), event["asset_key"].as_str().unwrap()))
        .collect();
    assert_eq!(updated, [("table.created", "main.alpha.new"), ("table.updated", "main.alpha.one")]);
}

#[test]
fn l_25_the_sequence_of_a_run_is_the_documented_one() {
    let project = shop(LOGGING);
    generate(&project).exits(0);
    let lines: Vec<String> = timeless(events(&project)).iter().map(Value::to_string).collect();
    insta::with_settings!({snapshot_path => package().join("snapshots/plugins"), prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("events_of_a_run", lines.join("\n"));
    });
}

#[test]
fn l_25_validate_fires_validation_and_no_generation() {
    let project = shop(LOGGING);
    break_beta(&project);
    project.run(&["validate", "-e", "dev"]).exits(1);
    let all = events(&project);
    let kinds = types(&all);
    assert_eq!(kinds[0], "validation.start");
    assert_eq!(kinds.iter().filter(|kind| **kind == "validation.error").count(), 1);
    let forbidden = ["generation.start", "generation.end", "publish.start", "publish.end", "table.created"];
    assert!(!kinds.iter().any(|kind| forbidden.contains(kind)));
    assert!(!project.path(".lhp/targets").exists() && !project.path("generated").exists());
}

#[test]
fn l_25_a_check_of_single_files_fires_nothing() {
    let project = shop(LOGGING);
    project.run(&["validate", "-e", "dev", "pipelines/alpha_one.yaml"]).exits(0);
    project.run(&["validate", "--all-envs"]).exits(0);
    project.run(&["diff", "-e", "dev"]).exits(0);
    assert!(!project.path(".lhp").exists());
}

#[test]
fn l_26_the_built_in_hooks_need_no_plugin() {
    let project = shop("hooks: {logging: {}, metrics: {}}");
    generate(&project).exits(0);
    let metrics: Value = serde_json::from_str(&project.read("artifacts/dev/metrics.json")).unwrap();
    assert_eq!(metrics["summary"]["pipelines"], 2);
    assert_eq!(metrics["summary"]["written"], 3);
    assert_eq!(metrics["events"]["pipeline.end"], 2);
    assert!(metrics["measured"]["phase.total"]["value"].as_f64().unwrap() > 0.0);
    assert!(events(&project).len() > 20);
    configure(&project, "hooks: {logging: {path: .lhp/logs/other.jsonl}, metrics: {path: reports/m.json}}");
    project.remove(".lhp/logs/events.jsonl");
    project.remove("artifacts/dev/metrics.json");
    generate(&project).exits(0);
    assert!(project.path(".lhp/logs/other.jsonl").is_file() && project.path("reports/m.json").is_file());
    assert!(!project.path(".lhp/logs/events.jsonl").exists() && !project.path("artifacts/dev/metrics.json").exists());
}

#[test]
fn l_26_a_built_in_hook_writes_no_file_that_it_should_not() {
    for path in ["../events.jsonl", "/tmp/events.jsonl", "lhp.yaml", "pipelines/alpha_one.yaml", "."] {
        let project = shop(&format!("hooks: {{logging: {{path: {path}}}}}"));
        let before = project.files("");
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("LHP-PLG-055"), "{path}: {}", run.stderr);
        assert_eq!(project.files(""), before, "{path}");
    }
}

#[test]
fn l_27_an_async_hook_is_answered_after_the_run_and_before_its_end() {
    let project = shop(LOGGING);
    add_hook(&project, "a-later", "events: [pipeline.start], mode: async, priority: 1", TELL);
    add_hook(&project, "b-sooner", "events: [generation.end], priority: 2", TELL);
    let run = generate(&project).exits(0);
    let lines: Vec<&str> =
        run.stderr.lines().filter(|line| line.starts_with("a-later/") || line.starts_with("b-sooner/")).collect();
    let expected = [
        "b-sooner/b-sooner: generation.end -",
        "a-later/a-later: pipeline.start alpha",
        "a-later/a-later: pipeline.start beta",
    ];
    assert_eq!(lines, expected, "the run does not wait for the first hook, and its end does");
}

#[test]
fn l_27_an_async_hook_that_hangs_is_left_behind_with_a_warning() {
    // A listener that accepts and never answers stands for a slow host; the time limit of the hook ends it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let project = shop(&format!("use: [{{id: poster, grant: {{net: [\"127.0.0.1:{port}\"]}}}}]"));
    let post = format!(r#"{{"effects": [{{"kind": "http_post", "url": "http://127.0.0.1:{port}/", "json": {{}}}}]}}"#);
    add_hook(&project, "poster", "events: [\"flowgroup.*\"], mode: async", &post);
    let manifest = project.read("plugins/poster/plugin.yaml");
    let more = format!("limits: {{timeout_ms: 50}}\npermissions: {{net: [\"127.0.0.1:{port}\"]}}\n");
    project.write("plugins/poster/plugin.yaml", manifest + &more);
    let run = generate(&project).exits(0);
    assert!(run.stderr.contains("LHP-PLG-047/hook-unfinished"), "{}", run.stderr);
    assert_eq!(project.generated("generated/dev").len(), 3);
    drop(listener);
}

#[test]
fn l_28_a_hook_gets_many_events_in_few_calls() {
    let project = shop("enabled: true");
    let actions: String = (0..98)
        .map(|number| {
            format!(
                "  - {{name: t_{number}, type: transform, transform_type: sql, source: w_{number}, target: w_{}, sql: \"SELECT * FROM w_{number}\"}}\n",
                number + 1
            )
        })
        .collect();
    let ends =
        flowgroup("alpha", "one").replace("target: v_one", "target: w_0").replace("source: v_one", "source: w_98");
    project.write("pipelines/alpha_one.yaml", ends + &actions);
    let filters = "events: [action.start, action.end], filters: {flowgroups: [one]}, batch: {max: 50}";
    let count = r#"{"effects": [{"kind": "log", "message": {{ events|length ~ "" }}}]}"#;
    add_hook(&project, "counter", filters, count);
    assert_eq!(told(&generate(&project).exits(0), "counter/counter"), ["50", "50", "50", "50"]);
}

#[test]
fn l_29_only_events_that_pass_the_filters_are_delivered() {
    let project = shop("enabled: true");
    add_hook(&project, "filtered", "events: [\"pipeline.*\"], filters: {pipelines: [\"a*\"]}", TELL);
    let run = generate(&project).exits(0);
    assert_eq!(told(&run, "filtered/filtered"), ["pipeline.start alpha", "pipeline.end alpha"]);
}

#[test]
fn l_29_a_project_can_leave_events_out() {
    let project =
        shop("hooks: {logging: {}}\nevents: {include: [\"pipeline.*\", \"table.*\"], exclude: [pipeline.start]}");
    generate(&project).exits(0);
    let all = events(&project);
    assert_eq!(types(&all), ["pipeline.end", "pipeline.end", "table.created", "table.created", "table.created"]);
}

#[test]
fn p_09_lineage_is_told_once_after_the_analysis() {
    let project = shop(LOGGING);
    generate(&project).exits(0);
    let all = events(&project);
    let lineage: Vec<&Value> = all.iter().filter(|event| event["type"] == "lineage.edges").collect();
    assert_eq!(lineage.len(), 1);
    let edges = &lineage[0]["edges"];
    assert_eq!(edges.as_array().unwrap().len(), 6);
    assert!(edges.as_array().unwrap().contains(&json!(["main.raw.one", "alpha/v_one"])), "{edges}");
    assert!(edges.as_array().unwrap().contains(&json!(["alpha/v_one", "main.alpha.one"])), "{edges}");
    let position = |kind: &str| types(&all).iter().position(|found| *found == kind).unwrap();
    assert!(position("validation.end") < position("lineage.edges"));
    assert!(position("lineage.edges") < position("publish.start"));
}

#[test]
fn p_10_there_is_a_metric_per_phase_and_a_log_per_diagnostic() {
    let project = shop(LOGGING);
    break_beta(&project);
    let run = project.run(&["generate", "-e", "dev", "--format", "json"]).exits(1);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let all = events(&project);
    let metrics: Vec<&str> = all
        .iter()
        .filter(|event| event["type"] == "telemetry.metric")
        .map(|event| event["name"].as_str().unwrap())
        .collect();
    assert_eq!(metrics, ["phase.discover", "phase.preflight", "phase.generate", "phase.total"]);
    let logs: Vec<&Value> = all.iter().filter(|event| event["type"] == "telemetry.log").collect();
    assert!(!logs.is_empty());
    assert_eq!(logs.len(), document["diagnostics"].as_array().unwrap().len(), "{document}");
    assert_eq!(logs[0]["level"], "error");
    assert!(logs[0]["metadata"]["message"].is_string());
}

#[test]
fn p_12_hooks_choose_by_tags_and_tables() {
    let project = shop("enabled: true");
    let by_tags = "events: [action.end], filters: {tags: {type: write, capability: streaming_table}}";
    add_hook(&project, "tags", by_tags, r#"{"effects": [{"kind": "log", "message": {{ event.action }}}]}"#);
    let by_tables = "events: [table.created], filters: {asset_keys: [\"main.beta.*\"]}";
    add_hook(&project, "tables", by_tables, r#"{"effects": [{"kind": "log", "message": {{ event.asset_key }}}]}"#);
    let run = generate(&project).exits(0);
    assert_eq!(told(&run, "tags/tags"), ["write_one", "write_two", "write_three"]);
    assert_eq!(told(&run, "tables/tables"), ["main.beta.three"]);
}

#[test]
fn p_13_the_policy_of_a_hook_decides_what_its_failure_means() {
    let project = shop("enabled: true");
    add_hook(&project, "gate", "events: [pipeline.end], failure_policy: ignore", FAIL);
    let run = generate(&project).exits(0);
    assert!(!run.stderr.contains("LHP-PLG"), "{}", run.stderr);

    add_hook(&project, "gate", "events: [pipeline.end]", FAIL);
    let run = generate(&project).exits(0);
    assert!(
        run.stderr.contains("LHP-PLG-047/hook-warning") && run.stderr.contains("no owner: alpha"),
        "{}",
        run.stderr
    );
    project.run(&["generate", "-e", "dev", "--strict"]).exits(1);
    assert_eq!(project.generated("generated/dev").len(), 3);

    for word in ["fail", "raise"] {
        let project = shop("enabled: true");
        add_hook(&project, "gate", &format!("events: [pipeline.end], failure_policy: {word}"), FAIL);
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("LHP-PLG-047/hook-failed"), "{}", run.stderr);
        assert!(run.stderr.contains("plugins/gate/plugin.yaml"), "the place of the hook: {}", run.stderr);
        assert!(!project.path("generated").exists(), "nothing is written");
    }
}

#[test]
fn p_13_a_hook_that_fails_one_unit_cannot_undo_others() {
    let project = shop("on_error: isolate");
    add_hook(&project, "gate", "events: [pipeline.end], filters: {pipelines: [beta]}, failure_policy: fail", FAIL);
    generate(&project).exits(1);
    assert_eq!(project.generated("generated/dev"), ["alpha/one.py", "alpha/two.py"]);
}

#[test]
fn p_13_a_hook_can_stop_publishing() {
    let project = shop("on_error: isolate");
    add_hook(
        &project,
        "freeze",
        "events: [publish.start], failure_policy: fail",
        r#"{"effects": [{"kind": "fail", "message": "code freeze"}]}"#,
    );
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("code freeze"));
    assert!(!project.path("generated").exists());
}

#[test]
fn p_13_every_way_to_fail_ends_in_a_finding_with_a_place() {
    for (template, message) in [
        ("{{ nothing.at.all }}", "undefined"),
        ("{\n  \"effects\": {{ event.type }}\n}", "its answer cannot be read"),
        ("{\"effects\": [{\"kind\": \"exec\", \"command\": \"rm\"}]}", "its answer cannot be read"),
        ("{\"text\": \"{{ event.type }}\"}", "inside quotes"),
        ("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "more work"),
        ("{% include '../../lhp.yaml' %}", "lhp.yaml"),
        (
            "{% for a in range(90000) %}0123456789012345678901234567890123456789012345678901234567890{% endfor %}",
            "too large",
        ),
        (
            "{\"diagnostics\": [{\"severity\": \"error\", \"code\": \"OWN-7\", \"message\": \"nobody owns it\"}]}",
            "nobody owns it (OWN-7)",
        ),
    ] {
        let project = shop("enabled: true");
        add_hook(&project, "gate", "events: [generation.start], failure_policy: fail", template);
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("LHP-PLG-047/hook-failed"), "{template}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{template}: {}", run.stderr);
        assert!(run.stderr.contains("plugins/gate/"), "{template}: {}", run.stderr);
        assert!(!project.path("generated").exists(), "{template}");
    }
    let project = shop("enabled: true");
    add_hook(&project, "gate", "events: [pipeline.failed]", TELL);
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("LHP-PLG-003/unknown-event"), "{}", run.stderr);
}

#[test]
fn p_14_hooks_are_waited_for_unless_they_say_otherwise_and_run_in_order() {
    let project = shop("enabled: true");
    add_hook(&project, "b-default", "events: [publish.start]", TELL);
    add_hook(&project, "a-default", "events: [publish.start]", TELL);
    add_hook(&project, "late", "events: [publish.start], priority: 200", TELL);
    add_hook(&project, "early", "events: [publish.start], priority: -5", TELL);
    let run = generate(&project).exits(0);
    let order: Vec<&str> = run
        .stderr
        .lines()
        .filter_map(|line| line.split_once(": publish.start")?.0.split_once('/'))
        .map(|(id, _)| id)
        .collect();
    assert_eq!(order, ["early", "a-default", "b-default", "late"]);
}

#[test]
fn isolate_keeps_the_files_of_pipelines_with_errors() {
    let project = shop("on_error: isolate");
    generate(&project).exits(0);
    let before = project.read("generated/dev/beta/three.py");
    break_beta(&project);
    project.remove("pipelines/alpha_two.yaml");
    project.write("pipelines/alpha_new.yaml", flowgroup("alpha", "new"));
    let run = generate(&project).exits(1);
    assert_eq!(project.generated("generated/dev"), ["alpha/new.py", "alpha/one.py", "beta/three.py"]);
    assert_eq!(project.read("generated/dev/beta/three.py"), before);
    assert!(run.stderr.contains("alpha"), "{}", run.stderr);
    // The list of generated files still has the one that was kept, so that it is removed when its turn comes.
    project.remove("pipelines/beta_three.yaml");
    generate(&project).exits(0);
    assert_eq!(project.generated("generated/dev"), ["alpha/new.py", "alpha/one.py"]);
}

#[test]
fn isolate_writes_nothing_if_the_project_itself_is_wrong() {
    let project = shop("on_error: isolate");
    project.write("pipelines/broken.yaml", "pipeline: [\n");
    generate(&project).exits(1);
    assert!(!project.path("generated").exists());
    let project = shop("on_error: isolate");
    break_beta(&project);
    project.run(&["generate", "-e", "dev", "--pipeline", "beta"]).exits(1);
    assert!(!project.path("generated").exists());
}

#[test]
fn without_isolate_one_error_keeps_everything_from_being_written() {
    let project = shop("on_error: fail");
    break_beta(&project);
    generate(&project).exits(1);
    assert!(!project.path("generated").exists());
}

/// Answers so many requests, and gives their heads and bodies.
fn listen(requests: usize, status: &'static str) -> (u16, mpsc::Receiver<(Vec<String>, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_owned());
            }
            let length = head
                .iter()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok())
                .unwrap_or(0);
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            send.send((head, String::from_utf8(body).unwrap())).unwrap();
        }
    });
    (port, receive)
}

/// The example, which sends to a listener of the test.
fn with_slack(project: &Project, port: u16) {
    support::copy_tree(&package().join("examples/plugins/slack_notify"), &project.path("plugins/slack_notify"));
    let manifest =
        project.read("plugins/slack_notify/plugin.yaml").replace("hooks.slack.com", &format!("\"127.0.0.1:{port}\""));
    project.write("plugins/slack_notify/plugin.yaml", manifest);
}

fn slack_settings(port: u16, grant: &str) -> String {
    format!(
        "use: [{{id: slack-notify, grant: {{net: [{grant}]}}}}]
config:
  slack: {{webhook_url: \"${{SLACK_WEBHOOK_URL}}\", channel: \"#alerts\"}}
hooks: {{logging: {{}}}}
# port {port}"
    )
}

fn generate_with_slack(project: &Project, port: u16) -> Run {
    let mut command = project.command(&["--verbose", "--log-file", "generate", "-e", "dev", "--show-details"]);
    command.env("SLACK_WEBHOOK_URL", format!("http://127.0.0.1:{port}/services/T0P/S3CR3T"));
    Run::of(free_of_proxies(&mut command))
}

/// Nothing that a run wrote or printed has the secret.
#[track_caller]
fn assert_secret_is_kept(project: &Project, run: &Run) {
    assert!(!run.stdout.contains("S3CR3T") && !run.stderr.contains("S3CR3T"), "{}{}", run.stdout, run.stderr);
    for (path, content) in project.files("") {
        assert!(!String::from_utf8_lossy(&content).contains("S3CR3T"), "{path}");
    }
}

#[test]
fn http_post_sends_to_a_granted_host() {
    let (port, requests) = listen(2, "200 OK");
    let project = shop(&slack_settings(port, &format!("\"127.0.0.1:{port}\"")));
    with_slack(&project, port);
    break_beta(&project);
    let run = generate_with_slack(&project, port).exits(1);
    assert!(!run.stderr.contains("LHP-PLG"), "{}", run.stderr);
    let (head, body) = requests.recv().unwrap();
    assert_eq!(head[0], "POST /services/T0P/S3CR3T HTTP/1.1");
    assert!(head.iter().any(|line| line.eq_ignore_ascii_case("content-type: application/json")));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["channel"], "#alerts");
    assert!(body["text"].as_str().unwrap().starts_with("Pipeline beta failed in dev: LHP-"), "{body}");
    let (_, summary) = requests.recv().unwrap();
    assert!(summary.contains("1 of 2 pipelines failed in dev"), "{summary}");
    assert_secret_is_kept(&project, &run);
}

#[test]
fn http_post_to_another_host_is_refused_with_what_to_grant() {
    let project = shop(&slack_settings(9, "\"127.0.0.1:1\""));
    with_slack(&project, 1);
    break_beta(&project);
    let run = generate_with_slack(&project, 9).exits(1);
    assert!(run.stderr.contains("LHP-PLG-052/host-not-granted"), "{}", run.stderr);
    assert!(run.stderr.contains("{id: slack-notify, grant: {net: [\"127.0.0.1:9\"]}}"), "{}", run.stderr);
    assert!(run.stderr.contains("ask for it in `plugin.yaml`"), "{}", run.stderr);
    assert_secret_is_kept(&project, &run);
}

#[test]
fn a_message_that_cannot_be_sent_is_a_matter_of_the_policy() {
    let (port, _requests) = listen(2, "500 Internal Server Error");
    let project = shop(&slack_settings(port, &format!("\"127.0.0.1:{port}\"")));
    with_slack(&project, port);
    let summary = project.read("plugins/slack_notify/hooks/summary.json.j2").replace("counts.errors > 0", "true");
    project.write("plugins/slack_notify/hooks/summary.json.j2", summary);
    let run = generate_with_slack(&project, port).exits(0);
    assert!(run.stderr.contains("LHP-PLG-047/hook-warning"), "{}", run.stderr);
    assert!(run.stderr.contains("the answer was 500"), "{}", run.stderr);
    let manifest = project.read("plugins/slack_notify/plugin.yaml").replace("policy: log", "policy: fail");
    project.write("plugins/slack_notify/plugin.yaml", manifest);
    let run = generate_with_slack(&project, port).exits(1);
    assert!(run.stderr.contains("LHP-PLG-047/hook-failed"), "{}", run.stderr);
    assert_secret_is_kept(&project, &run);
}

#[test]
fn secrets_of_the_settings_are_hidden_in_lines_files_and_failures() {
    let project = shop(&slack_settings(9, "\"127.0.0.1:9\""));
    with_slack(&project, 9);
    let leak = r#"{"effects": [
        {"kind": "log", "message": {{ config.webhook_url }}},
        {"kind": "write_file", "path": "leak.json", "content": {"url": {{ config.webhook_url }}}},
        {"kind": "metric", "name": {{ config.webhook_url }}, "value": 1},
        {"kind": "fail", "message": {{ config.webhook_url }}}
    ]}"#;
    project.write("plugins/slack_notify/hooks/summary.json.j2", leak);
    let run = generate_with_slack(&project, 9).exits(0);
    assert_eq!(told(&run, "slack-notify/summary"), ["***"]);
    assert!(run.stderr.contains("hook `slack-notify/summary` failed: ***"), "{}", run.stderr);
    assert!(project.read("artifacts/dev/hooks/slack-notify/leak.json").contains("***"));
    assert_secret_is_kept(&project, &run);
}

#[test]
fn a_hook_writes_files_only_where_it_may() {
    let project = shop("enabled: true");
    let write = |path: &str| {
        format!(r#"{{"effects": [{{"kind": "write_file", "path": {}, "content": {{"a": 1}}}}]}}"#, json!(path))
    };
    add_hook(&project, "writer", "events: [publish.end]", &write("sub/report.json"));
    generate(&project).exits(0);
    assert_eq!(project.read("artifacts/dev/hooks/writer/sub/report.json"), "{\n  \"a\": 1\n}\n");
    for path in ["../report.json", "/tmp/lhp-report.json", "a/../../b.json", "", "a\\b.json"] {
        add_hook(&project, "writer", "events: [publish.end]", &write(path));
        let before = project.paths("");
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("LHP-PLG-055/unsafe-hook-path"), "{path}: {}", run.stderr);
        assert_eq!(project.paths(""), before, "{path}");
    }
}

#[test]
fn metrics_of_hooks_reach_the_file() {
    let project = shop("hooks: {metrics: {}}");
    let metric = r#"{"effects": [{"kind": "metric", "name": "rows", "value": 4.5, "unit": "k", "tags": {"a": "b"}}]}"#;
    add_hook(&project, "counter", "events: [validation.end]", metric);
    generate(&project).exits(0);
    let metrics: Value = serde_json::from_str(&project.read("artifacts/dev/metrics.json")).unwrap();
    let expected = json!([{"hook": "counter/counter", "name": "rows", "value": 4.5, "unit": "k", "tags": {"a": "b"}}]);
    assert_eq!(metrics["metrics"], expected);
    assert_eq!(metrics["hooks"]["counter/counter"]["calls"], 1);
}

#[test]
fn the_number_of_workers_changes_no_event() {
    let mut outcomes = Vec::new();
    for workers in ["1", "2", "8"] {
        let project = Project::copy("fixtures/projects/energy_grid");
        let settings = project.read("lhp.yaml") + "\nplugins:\n  hooks: {logging: {}}\n";
        project.write("lhp.yaml", settings);
        add_hook(&project, "teller", "events: [\"pipeline.*\", \"flowgroup.*\"], mode: async, batch: {max: 7}", TELL);
        let run = project.run(&["generate", "-e", "dev", "--max-workers", workers]).exits(0);
        outcomes.push((timeless(events(&project)), told(&run, "teller/teller").join("\n"), project.files("generated")));
    }
    assert!(outcomes[0].0.len() > 100 && !outcomes[0].1.is_empty());
    assert!(outcomes[0] == outcomes[1] && outcomes[0] == outcomes[2]);
}

#[test]
fn without_hooks_nothing_is_left_behind_and_nothing_differs() {
    let with = shop("hooks: {logging: {}, metrics: {}}");
    let without = shop("enabled: true");
    for project in [&with, &without] {
        generate(project).exits(0);
    }
    assert_eq!(with.files("generated"), without.files("generated"));
    assert!(!without.path(".lhp").exists() && !without.path("artifacts").exists());
    configure(&with, "enabled: false\nhooks: {logging: {}}");
    with.remove(".lhp/logs/events.jsonl");
    generate(&with).exits(0);
    assert!(!with.path(".lhp/logs/events.jsonl").exists(), "plugins are off, and so are hooks");
}

#[test]
fn the_example_passes_its_golden_cases() {
    use lhp::plugin::events::{Event, Hooks, answers};
    let cases = package().join("examples/plugins/slack_notify/tests");
    for case in ["pipeline_failed", "run_ended", "quiet_run"] {
        let input = std::fs::read_to_string(cases.join(case).join("input.yaml")).unwrap();
        let expected = std::fs::read_to_string(cases.join(case).join("expected.json")).unwrap();
        let project = Project::new(&[("substitutions/dev.yaml", "dev: {}\n")]);
        let settings = std::fs::read_to_string(cases.join(case).join("config.yaml")).unwrap();
        let indented: String = settings.lines().map(|line| format!("      {line}\n")).collect();
        project.write("lhp.yaml", format!("name: shop\nplugins:\n  use: [{{id: slack-notify, grant: {{net: [hooks.slack.com]}}}}]\n  config:\n    slack:\n{indented}"));
        support::copy_tree(&package().join("examples/plugins/slack_notify"), &project.path("plugins/slack_notify"));
        let sources = std::sync::Arc::new(lhp::source::SourceMap::new(project.root()));
        let options = lhp::project::ProjectOptions { environment: "dev".to_owned(), ..Default::default() };
        let mut report = lhp::report::Report::default();
        let opened = lhp::project::Project::open(sources, &options, &mut report).unwrap();
        let table = lhp::plugin::load(&opened, &lhp::plugin::Table::built_in(), &options.plugins, &mut report).unwrap();
        let hooks = Hooks::of(&opened, &table, &options.plugins, &mut report).unwrap();
        let event: Event = serde_json::from_value(yaml_value(&input)).unwrap();
        let found = answers(&hooks, &[event]).unwrap().to_json();
        assert_eq!(found, serde_json::from_str::<Value>(&expected).unwrap(), "{case}");
        assert!(!report.has_errors());
    }
}

/// The small YAML of golden inputs as JSON: block and flow mappings of plain scalars.
fn yaml_value(text: &str) -> Value {
    let scalar = |word: &str| serde_json::from_str(word).unwrap_or_else(|_| json!(word));
    let mut root = BTreeMap::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let (key, value) = line.split_once(':').unwrap();
        let value = value.trim();
        let parsed = match value.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            Some(inner) => {
                let pairs = inner.split(',').filter_map(|pair| pair.split_once(':'));
                json!(
                    pairs.map(|(key, value)| (key.trim().to_owned(), scalar(value.trim()))).collect::<BTreeMap<_, _>>()
                )
            }
            None => scalar(value),
        };
        match (line.starts_with(' '), value.is_empty()) {
            (true, _) => {
                let parent: &mut Value = root.get_mut(block.as_ref().unwrap()).unwrap();
                parent[key.trim()] = parsed;
            }
            (false, true) => {
                block = Some(key.to_owned());
                root.insert(key.to_owned(), json!({}));
            }
            (false, false) => drop(root.insert(key.to_owned(), parsed)),
        }
    }
    json!(root)
}
