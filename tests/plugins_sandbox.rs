//! A module of WebAssembly reaches nothing but its request: whatever else it tries fails or finds nothing, and the rest
//! of the run goes on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run};
use support::runtimes::{OTHER, Runtime, guest, project, run, write_manifest, write_wat};

/// A project whose plugin has a module with some definitions and a body of `lhp_call`.
fn with(imports: &str, definitions: &str, body: &str, limits: &str) -> Project {
    let project = project();
    write_manifest(&project, Runtime::Wasm, limits);
    write_wat(&project, &guest(imports, definitions, body));
    project.write("secret.txt", "hunter2");
    project.write("pipelines/returns.yaml", OTHER);
    project
}

/// Runs `validate`: another fault of the project is told whatever the module does.
#[track_caller]
fn validate(project: &Project) -> Run {
    let run = run(project, &["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-CFG-010"), "{}", run.stderr);
    run
}

/// The module ends in a rule.
#[track_caller]
fn fails(project: &Project, rule: &str) -> Run {
    let run = validate(project);
    assert!(run.stderr.contains(&format!("error[{rule}]")), "{}", run.stderr);
    run
}

/// The module goes on, having found nothing: it traps if a condition does not hold.
#[track_caller]
fn finds(imports: &str, condition: &str) {
    let body = format!("(if (i32.eqz {condition}) (then unreachable)) (call $answer)");
    let data = "(data (i32.const 8192) \"secret.txt\") (data (i32.const 8300) \"\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\ff\")";
    let project = with(imports, data, &body, "");
    let run = validate(&project);
    assert!(!run.stderr.contains("LHP-PLG"), "{condition}:\n{}", run.stderr);
    project.remove("pipelines/returns.yaml");
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(project.read("generated/dev/bronze/orders.py").contains("def v_orders"));
}

const WASI: &str = "wasi_snapshot_preview1";

#[test]
fn l_37_f_18_no_file_can_be_opened() {
    let open = format!(
        "(import \"{WASI}\" \"path_open\" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"
    );
    // 8 is EBADF: there is no directory that a path could start from.
    for descriptor in [0, 3, 4] {
        let call = format!(
            "(i32.eq (i32.const 8) (call $open (i32.const {descriptor}) (i32.const 0) (i32.const 8192) (i32.const 10) \
             (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 8300)))"
        );
        finds(&open, &call);
    }
    let preopened = format!("(import \"{WASI}\" \"fd_prestat_get\" (func $prestat (param i32 i32) (result i32)))");
    finds(&preopened, "(i32.eq (i32.const 8) (call $prestat (i32.const 3) (i32.const 8300)))");
}

#[test]
fn l_37_the_clock_stands() {
    let clock = format!("(import \"{WASI}\" \"clock_time_get\" (func $clock (param i32 i64 i32) (result i32)))");
    for number in [0, 1] {
        finds(
            &clock,
            &format!(
                "(i32.and (i32.eqz (call $clock (i32.const {number}) (i64.const 1) (i32.const 8300))) (i64.eqz (i64.load \
                 (i32.const 8300))))"
            ),
        );
    }
}

#[test]
fn l_37_random_bytes_are_the_same_in_every_run() {
    let random = format!("(import \"{WASI}\" \"random_get\" (func $random (param i32 i32) (result i32)))");
    // SplitMix64 from 0 begins with this number.
    finds(
        &random,
        "(i32.and (i32.eqz (call $random (i32.const 8300) (i32.const 8))) (i64.eq (i64.load (i32.const 8300)) (i64.const \
         0xe220a8397b1dcdaf)))",
    );
}

#[test]
fn l_37_there_are_no_variables_and_no_arguments() {
    for name in ["environ_sizes_get", "args_sizes_get"] {
        let sizes = format!("(import \"{WASI}\" \"{name}\" (func $sizes (param i32 i32) (result i32)))");
        finds(
            &sizes,
            "(i32.and (i32.eqz (call $sizes (i32.const 8300) (i32.const 8304))) (i64.eqz (i64.load (i32.const 8300))))",
        );
    }
}

#[test]
fn l_37_no_socket_can_be_used() {
    let accept = format!("(import \"{WASI}\" \"sock_accept\" (func $accept (param i32 i32 i32) (result i32)))");
    finds(&accept, "(i32.eq (i32.const 8) (call $accept (i32.const 3) (i32.const 0) (i32.const 8300)))");
    // Nothing makes one either.
    let open = format!("(import \"{WASI}\" \"sock_open\" (func $open (param i32 i32 i32) (result i32)))");
    let run = fails(&with(&open, "", "(call $answer)", ""), "LHP-PLG-033/unknown-import");
    assert!(run.stderr.contains("`wasi_snapshot_preview1.sock_open`"), "{}", run.stderr);
}

#[test]
fn l_37_f_18_a_file_that_was_not_granted_is_not_read() {
    let read = r#"(import "lhp" "read_file" (func $read (param i32 i32) (result i64)))"#;
    let data = "(data (i32.const 8192) \"secret.txt\")";
    let body = "(drop (call $read (i32.const 8192) (i32.const 10))) (call $answer)";
    let run = fails(&with(read, data, body, ""), "LHP-PLG-052/not-granted");
    assert!(run.stderr.contains("grant: {read: [\"secret.txt\"]}"), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[test]
fn l_37_an_endless_loop_ends() {
    let endless = "(loop $on (br $on)) unreachable";
    fails(&with("", "", endless, "limits: {fuel: 1000000}\n"), "LHP-PLG-045/out-of-fuel");
    let much = "limits: {fuel: 1000000000000000, timeout_ms: 10}\n";
    fails(&with("", "", endless, much), "LHP-PLG-044/plugin-timeout");
}

#[test]
fn l_37_memory_is_bounded() {
    let greedy = "(loop $on (drop (memory.grow (i32.const 16))) (br $on)) unreachable";
    let run = fails(&with("", "", greedy, "limits: {memory_mb: 2}\n"), "LHP-PLG-046/too-large");
    assert!(run.stderr.contains("more memory than 2 MiB"), "{}", run.stderr);
}

#[test]
fn l_37_an_unknown_function_is_refused_by_name() {
    let unknown = r#"(import "env" "system" (func (param i32) (result i32)))"#;
    let run = fails(&with(unknown, "", "(call $answer)", ""), "LHP-PLG-033/unknown-import");
    assert!(run.stderr.contains("`env.system`"), "{}", run.stderr);
}

#[test]
fn l_37_a_stack_that_overflows_ends_the_call_and_nothing_else() {
    let deep = "(func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))";
    let body = "(drop (call $deep (i32.const 1))) (call $answer)";
    fails(&with("", deep, body, ""), "LHP-PLG-048/plugin-crashed");
}

#[test]
fn l_37_a_module_that_ends_its_process_ends_its_call() {
    let exit = format!("(import \"{WASI}\" \"proc_exit\" (func $exit (param i32)))");
    let run = fails(&with(&exit, "", "(call $exit (i32.const 3)) (call $answer)", ""), "LHP-PLG-048/plugin-crashed");
    assert!(run.stderr.contains("exit code 3"), "{}", run.stderr);
}
