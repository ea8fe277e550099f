//! Plugins as WebAssembly modules, through the program itself: they work, and they cannot do anything else.
#![cfg(feature = "wasm")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run};
use support::{copy_tree, package};

/// A module in the text format around the body of `lhp_call`, which answers with a text at 16 unless it does something
/// else before.
fn module(imports: &str, before: &str, answer: &str) -> Vec<u8> {
    let escaped = answer.replace('\\', "\\\\").replace('"', "\\\"");
    wat::parse_str(format!(
        r#"(module {imports}
            (memory (export "memory") 1)
            (data (i32.const 16) "{escaped}")
            (global $next (mut i32) (i32.const 32768))
            (func (export "lhp_abi") (result i32) i32.const 1)
            (func (export "lhp_alloc") (param $size i32) (result i32)
                global.get $next
                (global.set $next (i32.add (global.get $next) (local.get $size))))
            (func (export "lhp_dealloc") (param i32 i32))
            (func (export "lhp_call") (param $at i32) (param $size i32) (result i64)
                {before}
                (i64.const {packed})))"#,
        packed = (16_u64 << 32) | answer.len() as u64,
    ))
    .unwrap()
}

const ANSWER: &str = r#"{"body": "@dp.temporary_view()\ndef v_orders():\n    return spark.range(1)\n"}"#;

/// A project with a plugin that provides something by a module.
fn project(provides: &str, module: &[u8]) -> Project {
    let project = Project::new(&[("lhp.yaml", "name: shop\n"), ("substitutions/dev.yaml", "dev: {}\n")]);
    let manifest = format!(
        "schema: 1\nid: guest\nversion: 1.0.0\napi: \"1.0\"\nruntime:\n  type: wasm\n  module: guest.wasm\nprovides:\n  \
         - {{{provides}}}\n"
    );
    project.write("plugins/guest/plugin.yaml", manifest);
    project.write("plugins/guest/guest.wasm", module);
    load(&project, "{type: guest}");
    project
}

fn load(project: &Project, source: &str) {
    let text = format!(
        "pipeline: bronze\nflowgroup: orders\nactions:\n  - name: load_orders\n    type: load\n    source: {source}\n    \
         target: v_orders\n  - {{name: write_orders, type: write, source: v_orders, write_target: {{type: \
         materialized_view, catalog: shop, schema: bronze, table: orders}}}}\n"
    );
    project.write("pipelines/orders.yaml", text);
}

const LOAD: &str = "kind: load, key: guest, entry: lhp_call";

fn generate(project: &Project) -> Run {
    project.run(&["generate", "-e", "dev"])
}

/// A project whose load does something else than to answer.
fn doing(imports: &str, before: &str) -> Project {
    project(LOAD, &module(imports, before, ANSWER))
}

#[test]
fn l_39_the_kafka_plugin_works_in_a_project() {
    let project = Project::new(&[("lhp.yaml", "name: shop\n"), ("substitutions/dev.yaml", "dev: {}\n")]);
    copy_tree(&package().join("examples/plugins/kafka_source"), &project.path("plugins/kafka_source"));
    load(&project, "{type: kafka_ext, bootstrap_servers: 'b:9092', topics: [orders]}");
    generate(&project).exits(0);
    let made = project.read("generated/dev/bronze/orders.py");
    assert!(made.contains(".option(\"subscribe\", \"orders\")"), "{made}");
    load(&project, "{type: kafka_ext, bootstrap_servers: 'b:9092', topics: [orders], topic_pattern: 'o.*'}");
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("LHP-PLG-040/plugin-finding"), "{}", run.stderr);
    assert!(run.stderr.contains("KAFKA-001"), "{}", run.stderr);
    assert!(run.stderr.contains(",-[pipelines/orders.yaml:6:"), "{}", run.stderr);
}

#[test]
fn l_39_the_kafka_plugin_passes_its_golden_cases() {
    let project = Project::new(&[]);
    copy_tree(&package().join("examples/plugins/kafka_source"), &project.path("kafka_source"));
    assert_eq!(project.run(&["plugin", "test", "kafka_source"]).exits(0).stderr, "3 passed\n");
    project.run(&["plugin", "validate", "kafka_source"]).exits(0);
}

#[test]
fn l_01_a_module_adds_a_type_of_loads_without_any_settings() {
    let project = doing("", "");
    generate(&project).exits(0);
    assert!(project.read("generated/dev/bronze/orders.py").contains("    return spark.range(1)\n"));
    let checked = project.run(&["plugin", "check"]).exits(0);
    assert!(checked.stdout.contains("\nguest\t1.0.0\twasm\t./plugins\tok\n"), "{}", checked.stdout);
}

#[test]
fn an_error_without_a_kind_is_what_the_module_says() {
    let refused = r#"{"jsonrpc": "2.0", "id": 1, "error": {"code": 7, "message": "no bucket is named"}}"#;
    let run = generate(&project(LOAD, &module("", "", refused))).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-040/plugin-finding]: no bucket is named\n"), "{}", run.stderr);
    assert!(run.stderr.contains(",-[pipelines/orders.yaml:"), "{}", run.stderr);
    let answered = format!(r#"{{"jsonrpc": "2.0", "id": 1, "error": null, "result": {ANSWER}}}"#);
    generate(&project(LOAD, &module("", "", &answered))).exits(0);
}

#[test]
fn a_protocol_or_features_in_another_form_are_refused() {
    for (said, rule) in [
        (r#"{"protocol": 2, "features": []}"#, "LHP-PLG-032/wrong-interface-version"),
        (r#"{"protocol": "1.0", "features": "validate"}"#, "LHP-PLG-049/malformed-answer"),
    ] {
        let answer = format!(r#"{{"jsonrpc": "2.0", "id": 1, "result": {said}}}"#);
        let run = generate(&project(LOAD, &module("", "", &answer))).exits(1);
        assert!(run.stderr.contains(&format!("error[{rule}]: ")), "{}", run.stderr);
    }
}

#[test]
fn l_05_a_module_can_be_a_hook() {
    let answer = r#"{"effects": [{"kind": "write_file", "path": "a.txt", "content": "told"}]}"#;
    let hook = "kind: hook, key: guest, entry: lhp_call, events: [pipeline.start]";
    let project = project(hook, &module("", "", answer));
    load(&project, "{type: delta, catalog: shop, schema: raw, table: orders}");
    generate(&project).exits(0);
    assert_eq!(project.read("artifacts/dev/hooks/guest/a.txt"), "told");
}

#[test]
fn l_37_f_18_a_guest_that_opens_files_finds_that_there_are_none() {
    let open =
        "(import \"wasi_snapshot_preview1\" \"path_open\" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) \
                (result i32)))
        (import \"wasi_snapshot_preview1\" \"fd_prestat_get\" (func $prestat (param i32 i32) (result i32)))";
    // Both must answer that there is no such descriptor (8), and the guest traps if one does not.
    let tries = "(if (i32.ne (call $prestat (i32.const 3) (i32.const 8192)) (i32.const 8)) (then unreachable))
        (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 4) (i32.const 0) (i64.const 0)
            (i64.const 0) (i32.const 0) (i32.const 8192))) (then unreachable))";
    generate(&doing(open, tries)).exits(0);
}

#[test]
fn l_37_endless_work_and_endless_memory_are_bounded() {
    let project = doing("", "(loop $again (br $again))");
    let manifest = project.read("plugins/guest/plugin.yaml");
    project.write("plugins/guest/plugin.yaml", manifest.replace("provides:", "limits: {fuel: 1000000}\nprovides:"));
    let endless = generate(&project).exits(1);
    assert!(endless.stderr.contains("error[LHP-PLG-045/out-of-fuel]: "), "{}", endless.stderr);
    assert!(endless.stderr.contains(",-[pipelines/orders.yaml:"), "{}", endless.stderr);
    let greedy = generate(&doing("", "(drop (memory.grow (i32.const 4000)))")).exits(1);
    assert!(greedy.stderr.contains("error[LHP-PLG-046/too-large]: "), "{}", greedy.stderr);
}

#[test]
fn l_37_f_18_the_network_does_not_exist_for_a_guest() {
    let connect = "(import \"env\" \"connect\" (func (param i32) (result i32)))";
    let project = doing(connect, "");
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-033/unknown-import]: "), "{}", run.stderr);
    assert!(run.stderr.contains("`env.connect`"), "{}", run.stderr);
    let inspected = project.run(&["plugin", "validate", "plugins/guest"]).exits(1);
    assert!(inspected.stderr.contains("error[LHP-PLG-033/unknown-import]: "), "{}", inspected.stderr);
    assert!(inspected.stderr.contains(",-[plugins/guest/plugin.yaml:7:11]"), "{}", inspected.stderr);
}

#[test]
fn l_37_files_that_were_not_granted_cannot_be_read() {
    let read = "(import \"lhp\" \"read_file\" (func $read (param i32 i32) (result i64)))";
    let run = generate(&doing(read, "(drop (call $read (i32.const 16) (i32.const 6)))")).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-052/not-granted]: "), "{}", run.stderr);
}

#[test]
fn a_module_that_is_none_or_lacks_an_export_is_found_without_running_it() {
    let project = doing("", "");
    project.write("plugins/guest/guest.wasm", "not a module");
    let none = project.run(&["plugin", "validate", "plugins/guest"]).exits(1);
    assert!(none.stderr.contains("error[LHP-PLG-030/missing-entry]: `guest.wasm`: "), "{}", none.stderr);
    project.write("plugins/guest/guest.wasm", wat::parse_str("(module (memory (export \"memory\") 1))").unwrap());
    let lacking = project.run(&["plugin", "validate", "plugins/guest"]).exits(1);
    assert!(lacking.stderr.contains("error[LHP-PLG-031/wrong-interface]: "), "{}", lacking.stderr);
    assert!(lacking.stderr.contains("`lhp_abi`"), "{}", lacking.stderr);
}

#[test]
fn a_module_for_another_version_is_found_when_it_is_started() {
    let project = doing("", "");
    let text = "(module (memory (export \"memory\") 1) (func (export \"lhp_abi\") (result i32) i32.const 2) (func (export \
                \"lhp_alloc\") (param i32) (result i32) i32.const 0) (func (export \"lhp_dealloc\") (param i32 i32)) (func \
                (export \"lhp_call\") (param i32 i32) (result i64) i64.const 0))";
    project.write("plugins/guest/guest.wasm", wat::parse_str(text).unwrap());
    project.run(&["plugin", "validate", "plugins/guest"]).exits(0);
    let checked = project.run(&["plugin", "check"]).exits(1);
    assert!(checked.stderr.contains("error[LHP-PLG-032/wrong-interface-version]: "), "{}", checked.stderr);
    assert!(checked.stdout.contains("\nguest\t1.0.0\twasm\t./plugins\tLHP-PLG-032/"), "{}", checked.stdout);
}

#[test]
fn a_module_that_was_tampered_with_is_not_used() {
    let project = doing("", "");
    let manifest = project.read("plugins/guest/plugin.yaml");
    let digest = format!("artifacts: {{guest.wasm: \"sha256:{}\"}}\nprovides:", "0".repeat(64));
    project.write("plugins/guest/plugin.yaml", manifest.replace("provides:", &digest));
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("LHP-PLG-050/digest-mismatch"), "{}", run.stderr);
}

#[test]
fn what_is_locked_and_what_is_there_is_shown() {
    let project = doing("", "");
    let unlocked = project.run(&["plugin", "info", "guest"]).exits(0).stdout;
    assert!(unlocked.contains("\nDigests\n  all files  sha256:"), "{unlocked}");
    project.run(&["plugin", "lock"]).exits(0);
    let lock = |project: &Project| -> serde_json::Value {
        let run = project.run(&["plugin", "info", "guest", "--json"]).exits(0);
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["lock"].clone()
    };
    assert_eq!(lock(&project)["unchanged"], true);
    project.write("plugins/guest/more.txt", "more");
    assert_eq!(lock(&project)["unchanged"], false);
}

#[cfg(unix)]
#[test]
fn a_module_that_is_no_file_is_told_for_what_it_is() {
    let project = doing("", "");
    let module = project.path("plugins/guest/guest.wasm");
    std::fs::remove_file(&module).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&module).status().unwrap();
    assert!(made.success());
    let told = |expected: &str| {
        for arguments in [vec!["validate", "-e", "dev"], vec!["plugin", "validate", "plugins/guest"]] {
            let run = project.run(&arguments).exits(1);
            assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
            assert!(!run.stderr.contains("did you mean"), "{arguments:?}: {}", run.stderr);
        }
    };
    told("`guest.wasm` is a named pipe, not a file");
    std::fs::remove_file(&module).unwrap();
    std::fs::create_dir(&module).unwrap();
    told("`guest.wasm` is a directory, not a file");
}
