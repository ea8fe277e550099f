//! Native readers: libraries in C and Rust, in a process of their own.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use support::package;
use support::project::{Project, Run};

const PROJECT: &str = "name: native\nplugins:\n  use: [{id: 'lib/libreader.so:create_reader', allow_native: true}]\n";
const READER: &str = "lib/libreader.so:create_reader";

/// Compiles the C fixture. None without a compiler.
fn compile(target: &Path) -> Option<()> {
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(target);
    let output = compiler.arg(package().join("fixtures/native/reader.c")).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

fn native() -> Option<Project> {
    let project = Project::new(&[("lhp.yaml", PROJECT), ("substitutions/dev.yaml", "dev: {}\n")]);
    compile(&project.path("lib/libreader.so"))?;
    Some(project)
}

fn sample(project: &Project, settings: &str) -> Run {
    project.write("c.yaml", settings);
    project.run(&["source", "sample", READER, "--config", "c.yaml", "--json"])
}

#[test]
fn n_12_a_sample_reads_three_batches_and_gives_every_string_back() {
    let Some(project) = native() else { return };
    let run = sample(&project, "connection: {}\n").exits(0);
    let answer: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&answer["batches"], answer["rows"].as_array().unwrap().len()), (&json!(3), 6));
    assert_eq!(answer["rows"][5], json!({"batch": 3, "row": 2}));
    assert!(run.stderr.contains("made a reader\n"), "what a library prints is not lost: {}", run.stderr);
    let all = project.run(&["source", "sample", READER, "--batches", "9", "--json"]).exits(0);
    assert_eq!(serde_json::from_str::<Json>(&all.stdout).unwrap()["complete"], true);
    let endless = sample(&project, "connection: {endless: true}\n").exits(0);
    assert_eq!(serde_json::from_str::<Json>(&endless.stdout).unwrap()["batches"], 3, "the host stops by itself");
}

#[test]
fn n_12_every_string_is_given_back_exactly_once() {
    let Some(project) = native() else { return };
    // One process answers all of this, and counts.
    use lhp::plugin::runtime::native::{Library, Profile};
    let library = Library::load(&project.path("lib/libreader.so")).unwrap();
    library.check(Profile::Dativo, "create_reader").unwrap();
    for settings in ["{}", "{\"connection\": {\"fails\": 1}}", "{\"connection\": {\"latin\": 1}}"] {
        let mut reader = library.reader("create_reader", settings).unwrap();
        while let Ok(Some(_)) = reader.extract_batch() {}
        reader.ask("check_connection").unwrap().unwrap();
        let counts = reader.ask("discover").unwrap().unwrap();
        assert!(counts.contains("\"out\": 0, \"twice\": 0, \"readers\": 1"), "{settings}: {counts}");
    }
    assert!(library.reader("create_reader", "\"refuse\"").is_err());
    let mut last = library.reader("create_reader", "{}").unwrap();
    assert!(last.ask("discover").unwrap().unwrap().contains("\"readers\": 1"), "readers are freed, too");
}

#[test]
fn n_12_n_18_checks_and_discovery_are_those_of_the_library() {
    let Some(project) = native() else { return };
    let check = project.run(&["source", "check", READER]).exits(1);
    assert_eq!(check.stdout, "failed: no route\n  error_code: CONNECTION_ERROR\n");
    let found = project.run(&["source", "discover", READER, "--json"]).exits(0);
    assert_eq!(serde_json::from_str::<Json>(&found.stdout).unwrap()["metadata"]["out"], 0);
}

#[test]
fn the_end_of_the_rows_is_no_error_and_an_error_is_no_end() {
    let Some(project) = native() else { return };
    let run = sample(&project, "connection: {fails: true}\n").exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-040/plugin-finding]"), "{}", run.stderr);
    assert!(run.stderr.contains("the second batch is gone"), "{}", run.stderr);
}

#[test]
fn n_14_a_library_that_crashes_takes_nobody_along() {
    let Some(project) = native() else { return };
    for (mode, words) in [
        ("segfault", "ended by signal 11 (segmentation fault)"),
        ("abort", "ended by signal 6 (abort)"),
        ("exit", "ended itself with exit code 7"),
    ] {
        let run = sample(&project, &format!("connection: {{{mode}: true}}\n")).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-048/plugin-crashed]"), "{mode}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{mode}: {}", run.stderr);
    }
    for mode in ["garbage", "latin"] {
        let run = sample(&project, &format!("connection: {{{mode}: true}}\n")).exits(1);
        assert!(run.stderr.contains("error[LHP-PLG-049/malformed-answer]"), "{mode}: {}", run.stderr);
    }
    let run = sample(&project, "connection: {mapping: true}\n").exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-049/malformed-answer]"), "{}", run.stderr);
    assert!(run.stderr.contains("a batch must be a list of mappings, and this one is {\"id\": 1}"), "{}", run.stderr);
    let run = sample(&project, "connection: {refuse: true}\n").exits(1);
    assert!(run.stderr.contains("error["), "{}", run.stderr);
}

#[test]
fn n_14_a_library_that_hangs_is_ended() {
    let Some(project) = native() else { return };
    project.write("lhp.yaml", format!("{PROJECT}  limits: {{timeout_ms: 300}}\n"));
    let start = Instant::now();
    let run = sample(&project, "connection: {hang: true}\n").exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-044/plugin-timeout]"), "{}", run.stderr);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn n_13_the_other_suffixes_are_tried() {
    let Some(project) = native() else { return };
    let run = project.run(&["source", "sample", "lib/libreader.dll:create_reader"]).exits(0);
    assert!(run.stdout.contains("Total records: 6"), "{}", run.stdout);
    let run = project.run(&["source", "sample", "lib/libother.dylib:create_reader"]).exits(1);
    let tried = "tried `libother.dylib`, `libother.so`, `libother.dll`";
    assert!(run.stderr.contains(tried), "{}", run.stderr);
    let run = project.run(&["source", "sample", "lib/libreader.so:create_other"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-031/wrong-interface]"), "{}", run.stderr);
    assert!(run.stderr.contains("the library has no function `create_other`"), "{}", run.stderr);
}

fn flowgroup(source: &str) -> String {
    format!(
        "pipeline: native\nflowgroup: native\nactions:\n  - name: load_rows\n    type: load\n    source:\n{source}    target: v_rows\n  \
         - name: write_rows\n    type: write\n    source: v_rows\n    write_target: {{type: streaming_table, catalog: a, schema: b, table: t}}\n"
    )
}

const SOURCE: &str = "      custom_reader: lib/libreader.so:create_reader\n      library_path: LIB\n      connection: {}\n      output_schema: {batch: int, row: int}\n";

#[test]
fn n_10_n_14_a_library_of_an_action_is_wrapped_and_not_loaded() {
    let Some(project) = native() else { return };
    let library = project.path("lib/libreader.so");
    project.write("pipelines/native.yaml", flowgroup(&SOURCE.replace("LIB", &library.display().to_string())));
    // Code is made without the library: one that would end any process that loads it will do.
    let good = std::fs::read(&library).unwrap();
    std::fs::write(&library, "no library").unwrap();
    project.run(&["generate", "-e", "dev"]).exits(0);
    std::fs::write(&library, good).unwrap();
    let module = "custom_python_functions.lhp_libreader_create_reader.library";
    let script = format!(
        "import sys; sys.path.insert(0, {:?}); from custom_python_functions.lhp_plugin_rt import SourceConfig, PluginError\n\
         from {module} import LhpLibreaderCreateReaderLibrary as Reader\n\
         make = lambda **c: Reader(SourceConfig(library_path={:?}, connection=c))\n\
         print([len(batch) for batch in make().extract()])\n\
         try:\n    list(make(fails=True).extract())\nexcept PluginError as error:\n    print(error)\n",
        project.path("generated/dev/native").display().to_string(),
        library.display().to_string(),
    );
    let output = Command::new("python3").args(["-B", "-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("[2, 2, 2]\n") && text.contains("the second batch is gone\n"), "{text}");
}

#[test]
fn native_code_needs_permission_in_so_many_words() {
    let Some(project) = native() else { return };
    project.write("pipelines/native.yaml", flowgroup(SOURCE));
    project.write("lhp.yaml", "name: native\nplugins:\n  use: [{id: 'lib/libreader.so:create_reader'}]\n");
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-051/plugin-not-allowed]"), "{}", run.stderr);
    assert!(run.stderr.contains("allow_native: true"), "{}", run.stderr);
    project.write("lhp.yaml", "name: native\nplugins:\n  allow: ['*']\n");
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-011/plugin-not-enabled]"), "{}", run.stderr);
}

/// The library of the example in Rust, which is built with these tests.
fn csv_library() -> Option<PathBuf> {
    // Naming something of it makes it part of this build.
    let _ = std::any::type_name::<csv_reader::CsvReader>();
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let names = ["libcsv_reader.so", "libcsv_reader.dylib"];
    names.iter().flat_map(|name| [deps.join(name), deps.join("..").join(name)]).find(|path| path.is_file())
}

#[test]
fn n_12_l_39_the_example_in_rust_reads_a_file_in_batches() {
    let Some(library) = csv_library() else { return };
    let project =
        Project::new(&[("lhp.yaml", "name: csv\nplugins:\n  use: [{id: lhp-csv-reader, allow_native: true}]\n")]);
    support::copy_tree(&package().join("examples/plugins/csv_reader"), &project.path("plugins/csv_reader"));
    let name = library.file_name().unwrap().to_string_lossy().into_owned();
    std::fs::create_dir_all(project.path("plugins/csv_reader/lib")).unwrap();
    std::fs::copy(&library, project.path(&format!("plugins/csv_reader/lib/{name}"))).unwrap();
    project.write("orders.csv", "id,name\n1,north\n2,\"south, east\"\n3,\n4,west\n5,a\n6,b\n7,c\n");
    project.write("c.yaml", format!("connection: {{path: {}, batch_size: 2}}\n", project.path("orders.csv").display()));
    let ask = |method: &str| {
        let run = project.run(&["source", method, "csv_files", "--config", "c.yaml", "--json"]).exits(0);
        serde_json::from_str::<Json>(&run.stdout).unwrap()
    };
    assert_eq!(ask("check")["success"], true);
    assert_eq!(ask("discover")["objects"][0]["description"], "id, name");
    let sample = ask("sample");
    assert_eq!((&sample["batches"], sample["rows"].as_array().unwrap().len()), (&json!(3), 6));
    assert_eq!(sample["rows"][1], json!({"id": "2", "name": "south, east"}));
    assert_eq!(sample["rows"][2], json!({"id": "3", "name": null}));
    project.write("c.yaml", "connection: {path: nowhere.csv}\n");
    let run = project.run(&["source", "sample", "csv_files", "--config", "c.yaml"]).exits(1);
    assert!(run.stderr.contains("nowhere.csv"), "{}", run.stderr);
    let run = project.run(&["source", "check", "csv_files", "--config", "c.yaml"]).exits(1);
    assert!(run.stdout.contains("error_code: NOT_FOUND"), "{}", run.stdout);
}

#[test]
fn a_library_that_never_ends_does_not_outlive_the_program() {
    use support::runtimes::{Runtime, write_manifest, write_native};
    let project = support::runtimes::project();
    write_manifest(&project, Runtime::Native, "");
    write_native(
        &project,
        "FILE *file = fopen(\"started.tmp\", \"w\");\nfprintf(file, \"%d\", (int)getpid());\nfclose(file);\nrename(\"started.tmp\", \
         \"started\");\nfor (;;) {}",
    );
    let mut program = Command::new(env!("CARGO_BIN_EXE_lhp"));
    program.args(["validate", "-e", "dev"]).current_dir(project.root());
    let mut program = program.stderr(std::process::Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    let wait = |done: &dyn Fn() -> bool| {
        while !done() {
            assert!(Instant::now() < deadline, "it takes too long");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait(&|| project.path("started").is_file());
    program.kill().unwrap();
    program.wait().unwrap();
    let process: i32 = project.read("started").parse().unwrap();
    let process = rustix::process::Pid::from_raw(process).unwrap();
    wait(&|| rustix::process::test_kill_process(process).is_err());
}
