//! Writers: what is generated around their classes, and what these write.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeSet;
use std::env::consts::DLL_SUFFIX;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value as Json, json};
use support::project::{Project, Run};
use support::{copy_tree, package};

fn sea() -> Project {
    Project::copy("fixtures/readers")
}

#[test]
fn n_06_n_07_n_08_files_are_numbered_and_committed_once_per_batch() {
    let project = sea();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", project.path("stubs")).env("PYTHONDONTWRITEBYTECODE", "1");
    python.arg(project.path("stubs/run.py")).arg(project.path("generated/dev/sea"));
    let output = python.arg("json_files").arg(project.path("out")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    // Two micro-batches of two tasks with three rows each, at most two of them in a file.
    let files = found["files"].as_array().unwrap();
    assert_eq!(files.len(), 8);
    let paths: BTreeSet<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 8, "no file is written twice");
    for file in files {
        let content = std::fs::read_to_string(file["path"].as_str().unwrap()).unwrap();
        assert_eq!(content.len() as u64, file["size_bytes"].as_u64().unwrap());
        assert_eq!(content.lines().count() as u64, file["record_count"].as_u64().unwrap());
    }
    let commit = json!({"status": "success", "files_added": 4, "total_records": 6});
    assert_eq!(found["commits"], json!([commit, commit]));
}

#[test]
fn n_06_each_view_of_a_sink_has_a_flow() {
    let project = sea();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let module = project.read("generated/dev/sea/sea.py");
    assert_eq!(module.matches("dp.create_sink(").count(), 1);
    assert_eq!(module.matches("@dp.append_flow(").count(), 2);
    let adapter = project.read("generated/dev/sea/custom_python_functions/lhp_json_files_writer_datasource.py");
    assert!(adapter.contains("_BATCH_SIZE = 2\n"), "{adapter}");
}

#[test]
fn n_07_a_writer_is_checked_like_a_reader() {
    let project = sea();
    project.write("out.yaml", format!("output_base: {}\n", project.path("out").display()));
    let run = project.run(&["source", "check", "json_files", "--config", "out.yaml"]).exits(0);
    assert_eq!(run.stdout, "ok: Target accessible\n");
    project.write("taken", "a file in the way");
    project.write("out.yaml", format!("output_base: {}\n", project.path("taken").display()));
    let run = project.run(&["source", "check", "json_files", "--config", "out.yaml"]).exits(1);
    assert!(run.stderr.contains("FileExistsError"), "{}", run.stderr);
    let run = project.run(&["source", "check", "plugins/sea/my_writer.py:MyCustomWriter"]).exits(0);
    assert_eq!(run.stdout, "ok: Target accessible\n");
}

#[test]
fn n_10_a_class_of_a_file_can_be_a_sink() {
    let project = sea();
    project.write("lhp.yaml", "name: sea\nplugins:\n  allow: ['*']\n");
    let flowgroup = project.read("pipelines/sea.yaml").replace(
        "sink_type: json_files",
        "sink_type: python_writer\n      custom_writer: plugins/sea/my_writer.py:MyCustomWriter",
    );
    project.write("pipelines/sea.yaml", flowgroup);
    project.run(&["generate", "-e", "dev"]).exits(0);
    let module = project.read("generated/dev/sea/sea.py");
    assert!(module.contains("format=\"lhp_my_writer_mycustomwriter_writer\""), "{module}");
    assert!(!module.contains("custom_writer\""), "the reference is nothing for the class");
}

#[test]
fn a_sink_needs_a_name_and_a_source() {
    let project = sea();
    let flowgroup = project.read("pipelines/sea.yaml").replace("      sink_name: tides\n", "");
    project.write("pipelines/sea.yaml", &flowgroup);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-VAL-007/missing-field]: sink `write_ports` has no `sink_name`"));
    let flowgroup = sea().read("pipelines/sea.yaml").replace("    source: [v_tides, v_lonely]\n", "");
    project.write("pipelines/sea.yaml", &flowgroup);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-VAL-007/sink-without-source]"), "{}", run.stderr);
}

#[test]
fn secrets_of_a_target_are_looked_up_when_the_pipeline_runs() {
    let project = sea();
    let flowgroup = project
        .read("pipelines/sea.yaml")
        .replace("sink_name: tides", "sink_name: tides\n      credentials: {key: \"${secret:sea/writer_key}\"}");
    project.write("pipelines/sea.yaml", &flowgroup);
    project.run(&["generate", "-e", "dev"]).exits(0);
    let module = project.read("generated/dev/sea/sea.py");
    let lookup = "\"credentials\": {\"key\": dbutils.secrets.get(scope=\"sea\", key=\"writer_key\")}";
    let flat = module.split_whitespace().collect::<Vec<_>>().join(" ").replace("{ ", "{").replace(" }", "}");
    assert!(flat.contains(lookup), "{module}");
}

/// The statements of a golden case, without its imports.
fn statements(text: &str) -> &str {
    text.split_once("register_pickle_by_value(custom_python_functions)\n").map_or(text, |(_, rest)| rest).trim()
}

#[test]
fn l_39_the_examples_give_what_their_cases_say() {
    let project = Project::new(&[(
        "lhp.yaml",
        "name: examples\nplugins:\n  use:\n    - {id: lhp-rest-api}\n    - {id: lhp-json-file-writer}\n    - {id: lhp-csv-reader, allow_native: true}\n",
    )]);
    let has_requests = Command::new("python3").args(["-I", "-c", "import requests"]).output();
    let has_requests = has_requests.is_ok_and(|output| output.status.success());
    for name in ["rest_api", "json_file_writer", "csv_reader"] {
        copy_tree(&package().join("examples/plugins").join(name), &project.path(&format!("plugins/{name}")));
    }
    // What is generated does not depend on the library itself.
    for file in ["libcsv_reader.so", "libcsv_reader.dylib"] {
        project.write(&format!("plugins/csv_reader/lib/{file}"), "");
    }
    let cases = [("rest_api", "pages"), ("json_file_writer", "jsonl"), ("csv_reader", "volume")];
    for (name, case) in cases.into_iter().filter(|(name, _)| *name != "rest_api" || has_requests) {
        let input = project.read(&format!("plugins/{name}/tests/{case}/input.yaml"));
        let indented: String = input.lines().map(|line| format!("    {line}\n")).collect();
        let rest = match input.contains("type: write") {
            true => "  - {name: l, type: load, source: {type: sql, sql: SELECT 1}, target: v_orders}\n".to_owned(),
            false => {
                let target = input.lines().find_map(|line| line.strip_prefix("target: ")).unwrap();
                format!(
                    "  - {{name: w, type: write, source: {target}, write_target: {{type: streaming_table, catalog: a, schema: b, table: {name}}}}}\n"
                )
            }
        };
        let flowgroup = format!("pipeline: {name}\nflowgroup: {name}\nactions:\n  -\n{indented}{rest}");
        project.write(&format!("pipelines/{name}.yaml"), flowgroup);
    }
    project.write("substitutions/dev.yaml", "dev: {}\n");
    let run: Run = project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(!run.stderr.contains("error["), "{}", run.stderr);
    for (name, case) in cases.into_iter().filter(|(name, _)| *name != "rest_api" || has_requests) {
        let module = project.read(&format!("generated/dev/{name}/{name}.py"));
        let expected = project.read(&format!("plugins/{name}/tests/{case}/expected.py"));
        assert!(module.contains(statements(&expected)), "{name}\n{module}");
    }
}

#[test]
fn l_10_l_39_the_batch_loader_in_python_says_what_it_lacks() {
    let project = Project::new(&[
        ("lhp.yaml", "name: s3\nplugins:\n  use: [{id: lhp-s3-plugin}]\n"),
        ("substitutions/dev.yaml", "dev: {}\n"),
    ]);
    copy_tree(&package().join("examples/plugins/s3_batch_python"), &project.path("plugins/s3"));
    let input = project.read("plugins/s3/tests/defaults/input.yaml");
    let indented: String = input.lines().map(|line| format!("    {line}\n")).collect();
    let write = "  - {name: w, type: write, source: v_orders, write_target: {type: streaming_table, catalog: a, schema: b, table: t}}\n";
    project.write("pipelines/s3.yaml", format!("pipeline: s3\nflowgroup: s3\nactions:\n  -\n{indented}{write}"));
    let stub = project.read("plugins/s3/src/boto3/__init__.py");
    project.write("plugins/s3/src/boto3/__init__.py", "raise ImportError(\"no module named boto3\")\n");
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-042/environment-refused]"), "{}", run.stderr);
    assert!(run.stderr.contains("its `validate_environment` said no"), "{}", run.stderr);
    project.write("plugins/s3/src/boto3/__init__.py", stub);
    project.run(&["generate", "-e", "dev"]).exits(0);
    let module = project.read("generated/dev/s3/s3.py");
    let expected = project.read("plugins/s3/tests/defaults/expected.py");
    let (_, function) = expected.split_once("@dp").unwrap();
    assert!(module.contains("import boto3\n") && module.contains(function.trim_end()), "{module}");
}

/// A new native writer in a project that may use it, built. None without a compiler.
fn native() -> Option<Project> {
    let project = sea();
    project.run(&["plugin", "create", "my-plugin", "--kind", "writer", "--runtime", "native"]).exits(0);
    Command::new("cc").arg("--version").output().ok()?;
    let script = project.path("plugins/my-plugin/build.sh");
    assert!(Command::new("sh").arg(script).output().unwrap().status.success());
    project.write("lhp.yaml", project.read("lhp.yaml").replace("\"lhp-*\"", "\"lhp-*\", my-plugin"));
    project.run(&["plugin", "trust", "my-plugin"]).exits(0);
    Some(project)
}

fn library(project: &Project) -> PathBuf {
    project.path(&format!("plugins/my-plugin/lib/{}my_plugin{}", std::env::consts::DLL_PREFIX, DLL_SUFFIX))
}

#[test]
fn n_06_n_08_a_new_native_writer_numbers_its_files_and_commits_once_per_batch() {
    let Some(project) = native() else { return };
    project.write("pipelines/export.yaml", project.read("plugins/my-plugin/examples/my_plugin.yaml"));
    project.run(&["generate", "-e", "dev"]).exits(0);
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", project.path("stubs")).env("PYTHONDONTWRITEBYTECODE", "1");
    python.arg(project.path("stubs/run.py")).arg(project.path("generated/dev/export")).arg("native_files");
    let output = python.arg(library(&project)).arg(project.path("out/ä \" b")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    // Of two micro-batches with two tasks each, every task writes its rows at once.
    let files = found["files"].as_array().unwrap();
    let paths: BTreeSet<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!((files.len(), paths.len()), (4, 4), "no file is written twice");
    for (path, number) in paths.iter().zip(["000000000000", "000001000000", "1000000000000", "1000001000000"]) {
        assert!(path.ends_with(&format!("/out/ä \" b/Gezeiten_ä_{number}.jsonl")), "{path}");
    }
    for file in files {
        let content = std::fs::read_to_string(file["path"].as_str().unwrap()).unwrap();
        assert_eq!(content, "{\"id\": 0}\n{\"id\": 1}\n{\"id\": 2}\n");
        assert_eq!((&file["size_bytes"], &file["record_count"]), (&json!(content.len()), &json!(3)));
    }
    let commit = json!({"status": "success", "files_added": 2, "total_records": 6});
    assert_eq!(found["commits"], json!([commit, commit]));
}

#[test]
fn n_07_a_new_native_writer_is_checked_by_itself() {
    let Some(project) = native() else { return };
    let base = |path: &str| project.write("out.yaml", format!("output_base: {}\n", project.path(path).display()));
    base("some/where");
    let run = project.run(&["source", "check", "my_plugin", "--config", "out.yaml"]).exits(0);
    assert_eq!(run.stdout, "ok: the folder can be written\n");
    assert_eq!(project.paths("some/where"), Vec::<String>::new(), "nothing is left behind");
    project.write("taken", "a file in the way");
    base("taken");
    let run = project.run(&["source", "check", "my_plugin", "--config", "out.yaml"]).exits(1);
    assert!(run.stdout.starts_with("failed: the folder ") && run.stdout.contains("ACCESS_ERROR"), "{}", run.stdout);
}

#[test]
fn n_12_a_new_native_writer_says_why_it_fails_and_nothing_else_ends() {
    use lhp::plugin::runtime::native::{Library, LibraryFault, Profile};
    let Some(project) = native() else { return };
    let library = Library::load(&library(&project)).unwrap();
    library.check(Profile::Dativo, "create_writer").unwrap();
    let settings = |base: &str| json!({"asset": {"name": "a"}, "target": {}, "output_base": base}).to_string();
    let message = |fault| match fault {
        LibraryFault::Failed { message, .. } => message,
        other => panic!("{other}"),
    };
    let mut writer = library.writer("create_writer", &settings(&project.path("out").to_string_lossy())).unwrap();
    for (batch, why) in [
        ("", "the batch has no `records`"),
        ("{\"records\": 1}", "the batch has no `records`"),
        ("{\"records\": [{}]}", "the batch has no `file_counter`"),
        ("{\"records\": [{}], \"file_counter\": \"../x\"}", "the batch has no `file_counter`"),
    ] {
        assert_eq!(message(writer.write_batch(batch).unwrap_err()), why, "{batch}");
    }
    let row = "{\"records\": [{\"records\": \"]}\\\"\"}], \"file_counter\": 7}";
    let written = writer.write_batch(row).unwrap();
    assert_eq!(writer.write_batch(row).unwrap(), written, "the same batch gives the same file");
    assert_eq!(project.read("out/a_000000000007.jsonl"), "{\"records\": \"]}\\\"\"}\n");
    assert_eq!(
        writer.commit_files(&written).unwrap().as_deref(),
        Some("{\"status\": \"success\", \"files_added\": 1, \"total_records\": 1}")
    );
    project.remove("out/a_000000000007.jsonl");
    assert!(message(writer.commit_files(&written).unwrap_err()).ends_with("which was written, is not there"));
    let mut homeless = library.writer("create_writer", &settings("")).unwrap();
    assert_eq!(message(homeless.write_batch(row).unwrap_err()), "`output_base` must name the folder");
}

#[test]
fn n_06_a_native_writer_is_given_the_same_by_the_pipeline_and_by_commands() {
    let Some(project) = native() else { return };
    // It notes what it is made with, and the batch.
    let source = "#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void note(const char *path, const char *text) { FILE *file = fopen(path, \"w\"); fputs(text, file); fclose(file); }
void *create_writer(const char *config) { note(\"config.json\", config); return malloc(1); }
const char *write_batch(void *writer, const char *batch) { note(\"batch.json\", batch); return strdup(\"[]\"); }
const char *check_connection(void *writer) { return strdup(\"{\\\"success\\\": true}\"); }
void free_writer(void *writer) { free(writer); }
void free_string(const char *text) { free((char *)text); }
";
    project.write("writer.c", source);
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-w", "-o"]).arg(library(&project)).arg(project.path("writer.c"));
    assert!(compiler.status().unwrap().success());
    let config = || -> Json { serde_json::from_str(&project.read("config.json")).unwrap() };
    project.write("out.yaml", "asset: {name: tides}\noutput_base: /out\nengine: {options: {format: jsonl}}\n");
    project.run(&["source", "check", "my_plugin", "--config", "out.yaml"]).exits(0);
    let checked = config();
    assert_eq!((&checked["asset_name"], &checked["target_type"]), (&json!("tides"), &json!("my_plugin")));
    project.write("pipelines/export.yaml", project.read("plugins/my-plugin/examples/my_plugin.yaml"));
    project.run(&["generate", "-e", "dev"]).exits(0);
    let module = "custom_python_functions.lhp_my_plugin_writer.library";
    let program = format!(
        "import sys, datetime\nsys.path.insert(0, {generated:?})\nfrom {module} import *\nfrom \
         custom_python_functions.lhp_plugin_rt import AssetDefinition, TargetConfig\nwriter = \
         LhpMyPluginWriterLibrary(AssetDefinition({{'name': 'tides'}}), TargetConfig({{'library_path': {library:?}, \
         'engine': {{'options': {{'format': 'jsonl'}}}}}}), '/out')\nwriter.write_batch([{{'at': \
         datetime.datetime(2024, 1, 2, 3)}}], 7)\n",
        generated = project.path("generated/dev/export"),
        library = library(&project),
    );
    let output = Command::new("python3").args(["-B", "-c", &program]).current_dir(project.root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(config(), checked);
    let batch: Json = serde_json::from_str(&project.read("batch.json")).unwrap();
    assert_eq!(batch, json!({"records": [{"at": "2024-01-02T03:00:00"}], "file_counter": 7}));
}
