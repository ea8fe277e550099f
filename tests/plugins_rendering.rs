//! Templates that plugins of other runtimes render through the host: what they may use is bounded, and what is wrong with
//! them is told where it stands.
#![cfg(feature = "wasm")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::{Duration, Instant};

use support::project::{Project, Run};
use support::runtimes::{self, BODY, HOME, Runtime, guest, write_manifest, write_python, write_wat};

/// A template that doubles a text forty times.
const GREEDY: &str =
    "{% set ns = namespace(s=\"x\" * 1000) %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}x = 1\n";

/// A template that takes some hundred thousand units of work.
const SLOW: &str = "{% for a in range(9999) %}{% for b in range(9) %}{% endfor %}{% endfor %}x = 1\n";

/// A template with an unknown name in its second line.
const WRONG: &str = "# first\nx = {{ nope }}\n";

fn with_template(runtime: Runtime, text: &str, more: &str) -> Project {
    let project = runtimes::project();
    write_manifest(&project, runtime, more);
    project.write(&format!("{HOME}/t.j2"), text);
    project.write(&format!("{HOME}/good.j2"), BODY);
    project
}

/// A guest that does something with `$request`, the place and size of a request for the template, and may `$fail`.
fn write_guest(project: &Project, body: &str) {
    let request = r#"{"template": "t.j2", "context": {}}"#;
    let refusal = r#"{"diagnostics": [{"severity": "error", "message": "no template"}]}"#;
    let data = |text: &str| text.bytes().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let definitions = format!(
        "(data (i32.const 4096) \"{}\") (data (i32.const 5120) \"{}\")
         (func $try (result i64) (call $render (i32.const 4096) (i32.const {})))
         (func $refuse (result i64) (call $pack (i32.const 5120) (i32.const {})))",
        data(request),
        data(refusal),
        request.len(),
        refusal.len()
    );
    let import = "(import \"lhp\" \"render\" (func $render (param i32 i32) (result i64)))";
    write_wat(project, &guest(import, &definitions, body));
}

/// A plugin that renders the template once, and is content with whatever comes.
fn rendering(runtime: Runtime, text: &str, more: &str) -> Project {
    let project = with_template(runtime, text, more);
    match runtime {
        Runtime::Wasm => write_guest(&project, "(drop (call $try)) (call $answer)"),
        _ => write_python(
            &project,
            "from lhp_plugin_sdk.generator import host\nhost().render('t.j2', {})\nreturn 'x = 1'",
        ),
    }
    project
}

fn generate(project: &Project) -> Run {
    runtimes::run(project, &["generate", "-e", "dev"])
}

#[test]
fn memory_of_a_template_is_bounded() {
    for runtime in [Runtime::Wasm, Runtime::Python] {
        let started = Instant::now();
        let project = rendering(runtime, GREEDY, "limits: {memory_mb: 16}\n");
        project.write("pipelines/returns.yaml", runtimes::OTHER);
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("LHP-CFG-010"), "{runtime:?}: {}", run.stderr);
        let expected =
            "error[LHP-PLG-046/too-large]: plugin `lhp-feed`: a template of it wanted more memory than 16 MiB";
        assert!(run.stderr.contains(expected), "{runtime:?}: {}", run.stderr);
        assert!(run.stderr.contains(",-[pipelines/orders.yaml:4:"), "{runtime:?}: {}", run.stderr);
        assert!(started.elapsed() < Duration::from_secs(20), "{runtime:?}: {:?}", started.elapsed());
    }
}

#[test]
fn time_counts_while_the_host_renders() {
    let project = with_template(Runtime::Wasm, SLOW, "limits: {timeout_ms: 500, fuel: 100000000000}\n");
    write_guest(&project, "(loop $again (drop (call $try)) (br $again)) unreachable");
    let started = Instant::now();
    let run = generate(&project).exits(1);
    assert!(
        run.stderr.contains("error[LHP-PLG-044/plugin-timeout]: plugin `lhp-feed` took more than 500 ms"),
        "{}",
        run.stderr
    );
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[test]
fn a_template_that_never_ends_is_stopped_when_time_is_up() {
    let endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x = 1\n";
    for runtime in [Runtime::Wasm, Runtime::Python] {
        let project = rendering(runtime, endless, "limits: {timeout_ms: 1500, fuel: 100000000000}\n");
        let started = Instant::now();
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-044/plugin-timeout]: "), "{runtime:?}: {}", run.stderr);
        assert!(run.stderr.contains("took more than 1500 ms"), "{runtime:?}: {}", run.stderr);
        assert!(started.elapsed() < Duration::from_secs(20), "{runtime:?}: {:?}", started.elapsed());
    }
}

#[test]
fn work_of_a_template_is_work_of_its_plugin() {
    let project = with_template(Runtime::Wasm, SLOW, "limits: {fuel: 2000000}\n");
    write_guest(&project, "(loop $again (drop (call $try)) (br $again)) unreachable");
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-045/out-of-fuel]: "), "{}", run.stderr);
    assert!(run.stderr.contains("did more than 2000000 units of work"), "{}", run.stderr);
}

#[test]
fn a_template_that_fails_is_told_where_it_does() {
    let project = with_template(Runtime::Wasm, WRONG, "");
    write_guest(&project, "(if (i64.eq (call $try) (i64.const -1)) (then (return (call $refuse)))) (call $answer)");
    let wasm = generate(&project).exits(1).stderr;
    let python = generate(&rendering(Runtime::Python, WRONG, "")).exits(1).stderr;
    for told in [&wasm, &python] {
        let expected = "error[LHP-PLG-040/template-failed]: a template of plugin `lhp-feed` failed: undefined value";
        assert!(told.contains(expected), "{told}");
        assert!(told.contains(",-[plugins/feed/t.j2:2:"), "{told}");
        assert!(told.contains(",-[pipelines/orders.yaml:4:"), "{told}");
    }
}

#[test]
fn a_plugin_may_do_without_a_template_that_fails() {
    generate(&rendering(Runtime::Wasm, WRONG, "")).exits(0);
    let project = with_template(Runtime::Python, WRONG, "");
    let statements = format!(
        "from lhp_plugin_sdk.generator import host\ntry:\n    host().render('t.j2', {{}})\nexcept Exception as error:\n    assert 'line 2: undefined value' in str(error), error\nreturn {}",
        serde_json::Value::from(BODY)
    );
    write_python(&project, &statements);
    generate(&project).exits(0);
}

#[test]
fn a_template_that_is_not_there_or_not_of_the_plugin_is_told() {
    for name in ["absent.j2", "../../../lhp.yaml"] {
        let project = with_template(Runtime::Python, "", "");
        write_python(&project, &format!("from lhp_plugin_sdk.generator import host\nhost().render('{name}', {{}})"));
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-040/template-failed]: "), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("`{name}`")), "{}", run.stderr);
        assert!(!run.stderr.contains("name: shop"), "{}", run.stderr);
    }
}

#[test]
fn the_process_that_renders_ends_with_the_one_that_asks() {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::process::{Command, Stdio};
    let mut command = Command::new(env!("CARGO_BIN_EXE_lhp"));
    command.args(["__plugin-templates", "67108864", "1000"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut requests, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let request =
        r#"{"id": 1, "method": "render", "params": {"request": "{\"template\": \"t\"}", "fuel": 1000000000}}"#;
    let endless = r#"{"id": "source", "result": {"text": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"}}"#;
    writeln!(requests, "{request}\n{endless}").unwrap();
    let mut question = String::new();
    answers.read_line(&mut question).unwrap();
    assert!(question.contains("\"method\":\"host/source\""), "{question}");
    drop(requests);
    let mut rest = String::new();
    answers.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), child.wait().unwrap().success()), ("", true));
}
