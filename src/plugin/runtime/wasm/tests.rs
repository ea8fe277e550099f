use std::sync::Arc;
use std::time::Duration;

use super::guest::{Level, NotPermitted};
use super::meter::CALL;
use super::*;

/// A host with one file and one template.
struct OneFile;

impl HostAccess for OneFile {
    fn read_file(&self, path: &str) -> Result<Option<String>, NotPermitted> {
        match path {
            "schemas/orders.yaml" => Ok(Some("columns: []".to_owned())),
            "schemas/none.yaml" => Ok(None),
            _ => Err(NotPermitted { path: path.to_owned() }),
        }
    }

    fn render(&self, request: &str, fuel: u64, time: Duration) -> Result<Rendered, NotRendered> {
        let failed = |fault: Fault| Err(NotRendered { fault, message: "it failed".to_owned() });
        match request {
            "broken" => failed(Fault::Template { message: "undefined value".to_owned(), place: None }),
            "endless" => failed(Fault::OutOfFuel { limit: fuel, place: None }),
            "slow" => failed(Fault::timeout(u64::try_from(time.as_millis()).unwrap())),
            "long" => Ok(Rendered { text: "x".repeat(1000), fuel: 1_000_000 }),
            other => Ok(Rendered { text: format!("<{other}>"), fuel: 7 }),
        }
    }
}

fn bounds() -> Bounds {
    Bounds { fuel: 50_000_000, memory: 4 << 20, output: 1 << 16, time: Duration::from_secs(60) }
}

/// A guest with the usual exports around a body of `lhp_call`, and more definitions.
fn guest(definitions: &str, body: &str) -> String {
    let (imports, rest): (Vec<&str>, Vec<&str>) =
        definitions.lines().map(str::trim).partition(|line| line.starts_with("(import"));
    format!(
        r#"(module {imports}
            (memory (export "memory") 1)
            (global $next (mut i32) (i32.const 4096))
            (func (export "lhp_abi") (result i32) i32.const 1)
            (func $alloc (export "lhp_alloc") (param $size i32) (result i32)
                global.get $next
                (global.set $next (i32.add (global.get $next) (local.get $size))))
            (func (export "lhp_dealloc") (param i32 i32))
            (func $pack (param $at i32) (param $size i32) (result i64)
                (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))
            {rest}
            (func (export "lhp_call") (param $at i32) (param $size i32) (result i64) {body}))"#,
        imports = imports.join("\n"),
        rest = rest.join("\n"),
    )
}

fn load(text: &str) -> Result<Guest, LoadFault> {
    Guest::load(&wat::parse_str(text).unwrap())
}

fn call(text: &str, request: &str) -> Result<Reply, CallFault> {
    load(text).unwrap().call(request.as_bytes(), Arc::new(OneFile), bounds())
}

const ECHO: &str = "(call $pack (local.get $at) (local.get $size))";

#[test]
fn what_a_guest_gives_back_is_copied_out_of_its_memory() {
    let reply = call(&guest("", ECHO), "{\"id\":1}").unwrap();
    assert_eq!(String::from_utf8(reply.output).unwrap(), "{\"id\":1}");
    assert!(reply.fuel > 0 && reply.fuel < 10_000, "{}", reply.fuel);
}

#[test]
fn every_call_gets_an_instance_of_its_own() {
    let counting = guest(
        "(global $calls (mut i32) (i32.const 48))",
        "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (i32.store8 (local.get $at) (global.get $calls)) (call $pack (local.get $at) (i32.const 1))",
    );
    let module = load(&counting).unwrap();
    for _ in 0..3 {
        let reply = module.call(b"x", Arc::new(OneFile), bounds()).unwrap();
        assert_eq!(reply.output, b"1");
    }
}

#[test]
fn the_same_request_costs_the_same_fuel() {
    let module = load(&guest("", ECHO)).unwrap();
    let fuel = || module.call(b"abc", Arc::new(OneFile), bounds()).unwrap().fuel;
    assert_eq!(fuel(), fuel());
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    assert_eq!(call(&guest("", "(loop $on (br $on)) unreachable"), ""), Err(CallFault::OutOfFuel));
}

#[test]
fn an_endless_loop_with_much_fuel_runs_out_of_time() {
    let endless = load(&guest("", "(loop $on (br $on)) unreachable")).unwrap();
    let bounds = Bounds { fuel: u64::MAX / 4, time: Duration::ZERO, ..bounds() };
    assert_eq!(endless.call(b"", Arc::new(OneFile), bounds), Err(CallFault::Timeout));
}

#[test]
fn work_over_several_portions_of_fuel_goes_on_where_it_stopped() {
    let counting = guest(
        "",
        "(local $n i32)
         (loop $on (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $on (i32.lt_u (local.get $n) (i32.const 6000000))))
         (i32.store (local.get $at) (local.get $n)) (call $pack (local.get $at) (i32.const 4))",
    );
    let module = load(&counting).unwrap();
    let bounds = Bounds { fuel: 1_000_000_000, ..bounds() };
    let reply = module.call(b"abcd", Arc::new(OneFile), bounds).unwrap();
    assert_eq!(reply.output, 6_000_000_u32.to_le_bytes());
    assert!(reply.fuel > 10_000_000, "{}", reply.fuel);
}

#[test]
fn memory_beyond_the_bound_is_refused() {
    let greedy = guest("", "(loop $on (drop (memory.grow (i32.const 16))) (br $on)) unreachable");
    assert_eq!(call(&greedy, ""), Err(CallFault::Memory));
    let born_large = guest("", ECHO).replace("(memory (export \"memory\") 1)", "(memory (export \"memory\") 900)");
    assert_eq!(call(&born_large, ""), Err(CallFault::Memory));
}

#[test]
fn a_trap_ends_the_call_only() {
    let Err(CallFault::Trap(detail)) = call(&guest("", "unreachable"), "") else { panic!("it must trap") };
    assert!(detail.contains("unreachable"), "{detail}");
    let deep = guest("(func $deep (call $deep))", "(call $deep) (i64.const 0)");
    assert!(matches!(call(&deep, ""), Err(CallFault::Trap(_) | CallFault::OutOfFuel)));
}

#[test]
fn answers_outside_of_the_memory_are_malformed() {
    let outside = call(&guest("", "(call $pack (i32.const 65530) (i32.const 100))"), "");
    assert!(matches!(outside, Err(CallFault::Malformed(_))), "{outside:?}");
    let wild = guest("", ECHO).replace("global.get $next\n", "i32.const -16\n");
    let wild = call(&wild, "x");
    assert!(matches!(wild, Err(CallFault::Malformed(_))), "{wild:?}");
}

#[test]
fn answers_beyond_the_bound_are_not_copied() {
    let large = call(&guest("", "(call $pack (i32.const 0) (i32.const 65537))"), "");
    assert_eq!(large, Err(CallFault::Output { size: 65_537 }));
}

#[test]
fn exports_that_are_missing_or_wrong_are_named() {
    let fault = |text: &str| load(text).unwrap_err().to_string();
    assert_eq!(fault("(module)"), "the module does not export `memory`, its linear memory");
    let without = guest("", ECHO).replace("(export \"lhp_dealloc\")", "");
    assert_eq!(fault(&without), "the module does not export `lhp_dealloc`, a function `(i32, i32) -> ()`");
    let wrong = guest("", ECHO).replace("(export \"lhp_abi\") (result i32) i32.const 1", "(export \"lhp_abi\")");
    assert_eq!(fault(&wrong), "the export `lhp_abi` must be a function `() -> i32`");
    assert!(Guest::load(b"not wasm").unwrap_err().to_string().starts_with("this is not a WebAssembly module"));
}

#[test]
fn imports_that_nobody_offers_are_named() {
    let fault = |import: &str| load(&guest(import, ECHO)).unwrap_err().to_string();
    let unknown = "the module imports `env.get_env_var`, which this program does not offer";
    assert_eq!(fault("(import \"env\" \"get_env_var\" (func (param i32)))"), unknown);
    let socket = "the module imports `lhp.connect`, which this program does not offer";
    assert_eq!(fault("(import \"lhp\" \"connect\" (func (param i32)))"), socket);
    let wrong = "the import `lhp.log` has another signature than this program offers";
    assert_eq!(fault("(import \"lhp\" \"log\" (func (param i64)))"), wrong);
    assert!(fault("(import \"lhp\" \"log\" (memory 1))").contains("another signature"), "a memory is no function");
}

#[test]
fn another_version_of_the_interface_is_refused() {
    let newer = guest("", ECHO).replace("(result i32) i32.const 1", "(result i32) i32.const 2");
    assert_eq!(call(&newer, ""), Err(CallFault::Load(LoadFault::Version { found: 2 })));
}

const READ: &str = "(import \"lhp\" \"read_file\" (func $read (param i32 i32) (result i64)))";

#[test]
fn only_declared_files_can_be_read() {
    let reading = guest(READ, "(call $read (local.get $at) (local.get $size))");
    let reply = call(&reading, "schemas/orders.yaml").unwrap();
    assert_eq!(
        (reply.output.as_slice(), reply.read),
        (b"columns: []".as_slice(), vec!["schemas/orders.yaml".to_owned()])
    );
    let refused = call(&reading, "/etc/passwd");
    assert_eq!(refused, Err(CallFault::NotPermitted(NotPermitted { path: "/etc/passwd".to_owned() })));
    let absent = guest(
        READ,
        "(i64.store (local.get $at) (call $read (local.get $at) (local.get $size))) (call $pack (local.get $at) (i32.const 8))",
    );
    assert_eq!(call(&absent, "schemas/none.yaml").unwrap().output, (-1_i64).to_le_bytes());
}

#[test]
fn templates_are_rendered_by_the_host() {
    let import = "(import \"lhp\" \"render\" (func $render (param i32 i32) (result i64)))";
    let rendering = guest(import, "(call $render (local.get $at) (local.get $size))");
    assert_eq!(call(&rendering, "{}").unwrap().output, b"<{}>");
}

#[test]
fn what_the_host_does_costs_fuel_that_is_the_same_everywhere() {
    let import = "(import \"lhp\" \"render\" (func $render (param i32 i32) (result i64)))";
    let fuel = |times: i32, request: &str| {
        let body = format!(
            "(local $n i32) (loop $on (drop (call $render (local.get $at) (local.get $size)))
               (br_if $on (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const {times}))))
             {ECHO}"
        );
        call(&guest(import, &body), request).unwrap().fuel
    };
    let one_more = fuel(3, "long") - fuel(2, "long");
    let itself = CALL + 4 + 1_000_000 + 1000;
    assert!((itself..itself + 100).contains(&one_more), "{one_more}");
    let short = fuel(3, "a") - fuel(2, "a");
    assert!((CALL + 1 + 7 + 3..CALL + 111).contains(&short), "{short}");
}

#[test]
fn fuel_and_time_are_bounds_for_what_the_host_does() {
    let import = "(import \"lhp\" \"render\" (func $render (param i32 i32) (result i64)))";
    let forever =
        guest(import, "(loop $on (drop (call $render (local.get $at) (local.get $size))) (br $on)) unreachable");
    assert_eq!(call(&forever, "long"), Err(CallFault::OutOfFuel));
    assert!(matches!(call(&forever, "endless"), Err(CallFault::Host(Fault::OutOfFuel { .. }))));
    assert!(matches!(call(&forever, "slow"), Err(CallFault::Host(Fault::Timeout { .. }))));
    let failing = call(&forever, "broken");
    assert!(matches!(failing, Err(CallFault::Host(Fault::Template { .. }))), "it fails too often: {failing:?}");
    let bounds = Bounds { fuel: u64::MAX / 4, time: Duration::ZERO, ..bounds() };
    assert_eq!(load(&forever).unwrap().call(b"a", Arc::new(OneFile), bounds), Err(CallFault::Timeout));
}

#[test]
fn room_for_what_the_host_gives_is_made_within_the_bounds() {
    let import = "(import \"lhp\" \"render\" (func $render (param i32 i32) (result i64)))";
    // Room for the request is made, and that for the output of the template never is.
    let text = guest(import, "(call $render (local.get $at) (local.get $size))").replace(
        "global.get $next\n",
        "(if (i32.gt_u (global.get $next) (i32.const 4096)) (then (loop $on (br $on)))) global.get $next\n",
    );
    assert_eq!(call(&text, "a"), Err(CallFault::OutOfFuel));
    let bounds = Bounds { fuel: u64::MAX / 4, time: Duration::from_millis(50), ..bounds() };
    assert_eq!(load(&text).unwrap().call(b"a", Arc::new(OneFile), bounds), Err(CallFault::Timeout));
}

#[test]
fn a_template_that_fails_gives_nothing_and_is_noted() {
    let import = "(import \"lhp\" \"render\" (func $render (param i32 i32) (result i64)))";
    let trying = guest(
        import,
        "(i64.store (local.get $at) (call $render (local.get $at) (local.get $size))) (call $pack (local.get $at) (i32.const 8))",
    );
    let reply = call(&trying, "broken").unwrap();
    assert_eq!(reply.output, (-1_i64).to_le_bytes());
    assert_eq!((reply.logs, reply.failed.len()), (vec![(Level::Error, "it failed".to_owned())], 1));
}

#[test]
fn what_is_logged_is_bounded() {
    let import = "(import \"lhp\" \"log\" (func $log (param i32 i32 i32)))";
    let logging = guest(
        import,
        "(local $n i32) (loop $on (call $log (i32.const 2) (i32.const 0) (i32.const 65536))
           (br_if $on (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
         (call $pack (i32.const 0) (i32.const 0))",
    );
    let logged: usize = call(&logging, "").unwrap().logs.iter().map(|(_, text)| text.len()).sum();
    assert_eq!(logged, 1 << 20);
}

#[test]
fn messages_are_kept() {
    let import = "(import \"lhp\" \"log\" (func $log (param i32 i32 i32)))";
    let logging = guest(
        import,
        "(call $log (i32.const 2) (local.get $at) (local.get $size)) (call $pack (i32.const 0) (i32.const 0))",
    );
    assert_eq!(call(&logging, "careful").unwrap().logs, [(Level::Warning, "careful".to_owned())]);
    let wild = guest(import, "(call $log (i32.const 2) (i32.const -1) (i32.const 10)) (i64.const 0)");
    assert!(matches!(call(&wild, ""), Err(CallFault::Trap(_))));
}

/// A call of a WASI function; the answer is its result and the word at address 64.
fn wasi(import: &str, call_text: &str) -> Result<Reply, CallFault> {
    let body = format!(
        "(i64.store (i32.const 64) (i64.const 77)) (i32.store (i32.const 60) {call_text}) (call $pack (i32.const 60) (i32.const 12))"
    );
    call(&guest(import, &body), "")
}

#[test]
fn there_are_no_files() {
    let import = "(import \"wasi_snapshot_preview1\" \"path_open\" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))";
    let opened = wasi(import, "(call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0) (i64.const 1) (i64.const 1) (i32.const 0) (i32.const 64))").unwrap();
    assert_eq!(opened.output.split_at(4).0, 8_i32.to_le_bytes());
    let import = "(import \"wasi_snapshot_preview1\" \"fd_prestat_get\" (func $p (param i32 i32) (result i32)))";
    assert_eq!(
        wasi(import, "(call $p (i32.const 3) (i32.const 64))").unwrap().output.split_at(4).0,
        8_i32.to_le_bytes()
    );
}

#[test]
fn there_are_no_sockets() {
    let import = "(import \"wasi_snapshot_preview1\" \"sock_send\" (func $s (param i32 i32 i32 i32 i32) (result i32)))";
    let sent =
        wasi(import, "(call $s (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64))").unwrap();
    assert_eq!(sent.output.split_at(4).0, 8_i32.to_le_bytes());
}

#[test]
fn the_clock_stands_still() {
    let import = "(import \"wasi_snapshot_preview1\" \"clock_time_get\" (func $t (param i32 i64 i32) (result i32)))";
    let reply = wasi(import, "(call $t (i32.const 0) (i64.const 1) (i32.const 64))").unwrap();
    assert_eq!(reply.output, [0; 12]);
}

#[test]
fn random_bytes_are_always_the_same() {
    let import = "(import \"wasi_snapshot_preview1\" \"random_get\" (func $r (param i32 i32) (result i32)))";
    let bytes = || wasi(import, "(call $r (i32.const 64) (i32.const 8))").unwrap().output;
    assert_eq!(bytes(), bytes());
    assert_ne!(bytes().split_at(4).1, 77_i64.to_le_bytes());
}

#[test]
fn there_are_no_arguments_and_no_variables() {
    for name in ["args_sizes_get", "environ_sizes_get"] {
        let import = format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func $a (param i32 i32) (result i32)))");
        assert_eq!(wasi(&import, "(call $a (i32.const 64) (i32.const 68))").unwrap().output, [0; 12]);
    }
}

#[test]
fn an_exit_ends_the_call_only() {
    let import = "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))";
    let Err(CallFault::Trap(detail)) = call(&guest(import, "(call $exit (i32.const 7)) unreachable"), "") else {
        panic!()
    };
    assert_eq!(detail, "the plugin ended itself with exit code 7");
}

#[test]
fn what_is_written_to_standard_streams_is_logged() {
    let import = "(import \"wasi_snapshot_preview1\" \"fd_write\" (func $w (param i32 i32 i32 i32) (result i32)))";
    let writing = guest(
        import,
        "(i32.store (i32.const 16) (local.get $at)) (i32.store (i32.const 20) (local.get $size))
         (drop (call $w (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 32)))
         (call $pack (i32.const 32) (i32.const 4))",
    );
    let reply = call(&writing, "oh no").unwrap();
    assert_eq!((reply.output, reply.logs), (5_u32.to_le_bytes().to_vec(), vec![(Level::Warning, "oh no".to_owned())]));
}
