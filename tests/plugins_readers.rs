//! Readers: what is generated around their classes, and what they answer to developers.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value as Json, json};
use support::project::{Project, Run};
use support::{copy_tree, package};

const CONFIG: &str = "connection: {count: 5}\ncredentials: {key: \"${SEA_KEY}\"}\nobjects: [north, south]\n";

fn sea() -> Project {
    let project = Project::copy("fixtures/readers");
    project.write("tides.yaml", CONFIG);
    project
}

/// `lhp source …` with a key in the environment.
fn source(project: &Project, arguments: &[&str]) -> Run {
    let all: Vec<&str> = ["source"].into_iter().chain(arguments.iter().copied()).collect();
    Run::of(project.command(&all).env("SEA_KEY", "open-sesame"))
}

/// Runs a generated adapter with a stand-in for Spark.
fn run_adapter(project: &Project, arguments: &[&str]) -> Json {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", project.path("stubs")).env("PYTHONDONTWRITEBYTECODE", "1");
    python.arg(project.path("stubs/run.py")).arg(project.path("generated/dev/sea")).args(arguments);
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn p_17_n_10_actions_load_through_data_sources() {
    let project = sea();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let module = project.read("generated/dev/sea/sea.py");
    insta::with_settings!({snapshot_path => "../snapshots/plugins", prepend_module_to_snapshot => false}, { insta::assert_snapshot!("readers", module) });
    assert_eq!(
        project.generated("generated/dev/sea/custom_python_functions"),
        [
            "__init__.py",
            "lhp_json_files_writer/__init__.py",
            "lhp_json_files_writer/my_writer.py",
            "lhp_json_files_writer_datasource.py",
            "lhp_lonely_lonely/__init__.py",
            "lhp_lonely_lonely/lonely.py",
            "lhp_lonely_lonely_datasource.py",
            "lhp_plugin_rt.py",
            "lhp_ports/__init__.py",
            "lhp_ports/helper.py",
            "lhp_ports/tides.py",
            "lhp_ports_datasource.py",
            "lhp_tides/__init__.py",
            "lhp_tides/helper.py",
            "lhp_tides/tides.py",
            "lhp_tides_datasource.py",
        ]
    );
    let copy = project.read("generated/dev/sea/custom_python_functions/lhp_tides/tides.py");
    assert!(copy.contains("from custom_python_functions.lhp_plugin_rt import"), "{copy}");
    assert!(copy.contains("from custom_python_functions.lhp_tides.helper import rows_of"), "{copy}");
    assert!(!project.read("generated/dev/sea/custom_python_functions/lhp_tides_datasource.py").contains("secret"));
    let before = project.files("generated");
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(before == project.files("generated"), "a second run writes the same bytes");
}

#[test]
fn n_01_n_21_the_adapter_gives_the_rows_of_the_class_one_batch_at_a_time() {
    let project = sea();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let found = run_adapter(&project, &["tides"]);
    assert_eq!(found["schema"], "`id` bigint, `name` string, `at` timestamp");
    assert_eq!(found["is_lazy"], true);
    let parts = found["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 2, "one task for each object");
    let rows: Vec<&Json> = parts.iter().flat_map(|part| part.as_array().unwrap()).collect();
    let direct = found["direct"].as_array().unwrap();
    assert_eq!(rows.len(), direct.len());
    for (row, direct) in rows.iter().zip(direct) {
        assert_eq!((&row[0], &row[1]), (&direct["id"], &direct["name"]));
        assert_eq!(row[2].as_str().unwrap().replace(' ', "T").replace("+00:00", "Z"), direct["at"].as_str().unwrap());
    }
    assert_eq!((&found["first"], &found["again"]), (&json!(10), &json!(0)), "each record once");
    assert_eq!(found["offset"], found["same"]);
}

#[test]
fn p_17_a_connector_fills_what_records_lack() {
    let project = sea();
    project.run(&["generate", "-e", "dev"]).exits(0);
    let found = run_adapter(&project, &["ports"]);
    assert_eq!(found["parts"], json!([[[0, "port 0", null], [1, "port 1", null], [2, "port 2", null]]]));
}

#[test]
fn n_02_n_18_a_check_passes_on_what_the_reader_says() {
    let project = sea();
    let good = source(&project, &["check", "tides", "--config", "tides.yaml"]).exits(0);
    assert_eq!(good.stdout, "ok: signed in with ***\n  gauges: 2\n");
    project.write("empty.yaml", "{}\n");
    let bad = source(&project, &["check", "reader/tides", "--config", "empty.yaml", "--json"]).exits(1);
    let answer: Json = serde_json::from_str(&bad.stdout).unwrap();
    let expected = json!({"success": false, "message": "no key", "error_code": "AUTH_FAILED", "details": {}});
    assert_eq!(answer, expected);
    let refused = source(&project, &["check", "ports", "--config", "empty.yaml"]).exits(1);
    assert_eq!(refused.stdout, "failed: the connector refuses these settings\n  error_code: CONFIG_ERROR\n");
}

#[test]
fn l_38_short_credentials_are_hidden_where_they_stand_alone() {
    let project = sea();
    project.write("tides.yaml", CONFIG.replace("credentials: {", "credentials: {gauges: 2, "));
    let good = source(&project, &["check", "tides", "--config", "tides.yaml"]).exits(0);
    assert_eq!(good.stdout, "ok: signed in with ***\n  gauges: ***\n");
    let run = source(&project, &["estimate", "tides", "--config", "tides.yaml", "--json"]).exits(0);
    assert!(!run.stdout.contains("***"), "{}", run.stdout);
}

#[test]
fn n_03_objects_are_discovered() {
    let project = sea();
    let run = source(&project, &["discover", "tides", "--config", "tides.yaml", "--json"]).exits(0);
    let answer: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["objects"][1], json!({"name": "south", "type": "table", "description": "gauge south"}));
    assert_eq!(answer["metadata"], json!({"api_version": "v1"}));
    let table = source(&project, &["discover", "tides", "--config", "tides.yaml"]).exits(0);
    assert!(table.stdout.contains("north\ttable\tgauge north\n"), "{}", table.stdout);
}

#[test]
fn n_04_records_are_estimated() {
    let project = sea();
    assert_eq!(source(&project, &["estimate", "tides"]).exits(0).stdout, "About 10 records\n");
    let run = source(&project, &["estimate", "ports"]).exits(1);
    assert!(run.stderr.contains("cannot estimate its records"), "{}", run.stderr);
}

#[test]
fn p_17_schemas_and_samples_are_shown() {
    let project = sea();
    let schema = source(&project, &["schema", "--plugin", "ports"]).exits(0);
    assert!(schema.stdout.ends_with("\n`id` bigint, `name` string, `missing` string\n"), "{}", schema.stdout);
    let declared = source(&project, &["schema", "tides", "--json"]).exits(0);
    assert!(declared.stdout.contains("`id` bigint, `name` string, `at` timestamp"), "{}", declared.stdout);
    project.write("three.yaml", "count: 3\n");
    let sample = source(&project, &["sample", "--plugin", "ports", "--config", "three.yaml", "--json"]).exits(0);
    let answer: Json = serde_json::from_str(&sample.stdout).unwrap();
    assert_eq!((answer["rows"].as_array().unwrap().len(), &answer["complete"]), (3, &json!(true)));
}

#[test]
fn samples_are_bounded_and_what_a_reader_says_goes_to_standard_error() {
    let project = sea();
    let run = source(&project, &["sample", "tides", "--config", "tides.yaml", "--limit", "3", "--json"]).exits(0);
    let answer: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((answer["rows"].as_array().unwrap().len(), &answer["batches"]), (3, &json!(2)));
    assert!(run.stderr.contains("info tides: starting\n"), "{}", run.stderr);
    assert!(run.stderr.contains("heights of ['north', 'south']\n"), "{}", run.stderr);
}

#[test]
fn settings_come_from_an_action_and_a_file() {
    let project = sea();
    let of_action = source(&project, &["sample", "ports", "--action", "sea/load_ports", "--json"]).exits(0);
    assert_eq!(serde_json::from_str::<Json>(&of_action.stdout).unwrap()["rows"].as_array().unwrap().len(), 3);
    let secret = source(&project, &["check", "tides", "--action", "sea/load_tides"]).exits(1);
    assert!(secret.stderr.contains("error[LHP-PLG-004/source-settings]"), "{}", secret.stderr);
    let both = source(&project, &["check", "tides", "--action", "sea/load_tides", "--config", "tides.yaml"]).exits(0);
    assert!(!both.stdout.contains("open-sesame"), "{}", both.stdout);
    let misspelt = source(&project, &["check", "tides", "--action", "sea/load_tide"]).exits(1);
    assert!(misspelt.stderr.contains("did you mean `sea/load_tides`?"), "{}", misspelt.stderr);
}

#[test]
fn settings_that_cannot_be_used_are_told_with_their_place() {
    let project = sea();
    let run = project.run(&["source", "check", "tides", "--config", "tides.yaml"]).exits(1);
    assert!(run.stderr.contains("the environment variable `SEA_KEY` is not set"), "{}", run.stderr);
    assert!(run.stderr.contains("tides.yaml:2:20"), "{}", run.stderr);
    project.write("tides.yaml", "- a\n");
    let run = project.run(&["source", "check", "tides", "--config", "tides.yaml"]).exits(1);
    assert!(run.stderr.contains("the settings must be a mapping"), "{}", run.stderr);
    let run = project.run(&["source", "check", "tydes"]).exits(1);
    assert!(run.stderr.contains("did you mean `tides`?"), "{}", run.stderr);
    project.run(&["source", "check"]).exits(2);
}

#[test]
fn n_05_every_setting_is_an_attribute() {
    let project = sea();
    project.write("users.yaml", "connection: {a: 1}\nobjects: [users]\nfiles: [{path: a}]\nincremental: {b: 2}\n");
    let run = source(&project, &["sample", "readers/lonely.py:Lonely", "--config", "users.yaml", "--json"]).exits(0);
    let answer: Json = serde_json::from_str(&run.stdout).unwrap();
    let seen = &answer["rows"][0]["seen"];
    assert_eq!(seen["connection"], json!({"a": 1}));
    assert_eq!((&seen["objects"], &seen["files"]), (&json!(["users"]), &json!([{"path": "a"}])));
    assert_eq!((&seen["credentials"], &seen["engine"]), (&json!({}), &json!({})));
    assert_eq!(seen["incremental"], json!({"b": 2}));
}

#[test]
fn n_09_a_class_of_another_version_of_the_interface_is_refused() {
    let project = sea();
    let class =
        project.read("plugins/sea/tides.py").replace("\"1.0.0\"\n\n    def extract", "\"2.0.0\"\n\n    def extract");
    project.write("plugins/sea/tides.py", class);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-012/plugin-incompatible]"), "{}", run.stderr);
    assert!(run.stderr.contains("class `Tides` is of version 2.0.0 of the interface, and 1.0 is asked for"));
    assert!(run.stderr.contains("plugins/sea/plugin.yaml:4:6"), "{}", run.stderr);
    let run = project.run(&["source", "check", "tides"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-012/plugin-incompatible]"), "{}", run.stderr);
    assert!(run.stderr.contains("class `Tides` is of version 2.0.0 of the interface"), "{}", run.stderr);
}

#[test]
fn n_10_a_class_of_a_file_runs_only_if_the_project_names_or_allows_it() {
    let project = sea();
    project.write("lhp.yaml", "name: sea\nplugins:\n  use: [{id: lhp-sea}]\n");
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-011/plugin-not-enabled]: `readers/lonely.py:Lonely` is not used"));
    assert!(run.stderr.contains("use: [{id: \"readers/lonely.py:Lonely\"}]"), "{}", run.stderr);
    project.write("lhp.yaml", "name: sea\nplugins:\n  use: [{id: lhp-sea}, {id: 'readers/lonely.py:Lonely'}]\n");
    project.run(&["validate", "-e", "dev"]).exits(0);
    project.write("lhp.yaml", "name: sea\n");
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("`readers/lonely.py:Lonely` is not used"), "{}", run.stderr);
}

#[test]
fn n_10_a_type_is_not_needed_beside_a_class() {
    let project = sea();
    let flowgroup = project.read("pipelines/sea.yaml").replace("      type: python_reader\n", "");
    project.write("pipelines/sea.yaml", flowgroup);
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(project.read("generated/dev/sea/sea.py").contains("LhpLonelyLonelyDataSource"));
}

#[test]
fn workers_leave_nothing_behind_and_order_sets_alike() {
    let project = sea();
    let class = project
        .read("plugins/sea/tides.py")
        .replace("\"id\": \"int\", \"name\"", "**dict.fromkeys({f\"c{n}\" for n in range(40)}, \"int\"), \"name\"");
    assert!(class.contains("range(40)"));
    project.write("plugins/sea/tides.py", class);
    let schemas: Vec<String> =
        (0..2).map(|_| source(&project, &["schema", "ports", "--json"]).exits(0).stdout).collect();
    assert_eq!(schemas[0], schemas[1]);
    let paths = project.paths("");
    assert!(!paths.iter().any(|path| path.ends_with(".pyc")), "{paths:?}");
}

#[test]
fn p_17_settings_that_the_class_refuses_are_told_when_code_is_made() {
    let project = sea();
    let flowgroup = project.read("pipelines/sea.yaml").replace("type: ports, count: 3", "type: ports, amount: 3");
    project.write("pipelines/sea.yaml", &flowgroup);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    let found = run.stderr.split("\n\n").find(|part| part.contains("error[LHP-PLG-040/plugin-finding]")).unwrap();
    assert!(found.contains("`ports` refuses these settings") && found.contains("-[pipelines/sea.yaml:16:"), "{found}");
    // What a secret is, the class would only see when the pipeline runs.
    project.write("pipelines/sea.yaml", flowgroup.replace("amount: 3", "amount: '${secret:sea/amount}'"));
    let run = project.run(&["validate", "-e", "dev"]);
    assert!(!run.stderr.contains("refuses these settings"), "{}", run.stderr);
}

#[test]
fn what_a_class_refuses_is_told_at_the_action() {
    let project = sea();
    let flowgroup = project.read("pipelines/sea.yaml").replace("count: 3", "count: 0");
    project.write("pipelines/sea.yaml", flowgroup);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-040/plugin-finding]: "), "{}", run.stderr);
    assert!(run.stderr.contains("count must be above 0"), "{}", run.stderr);
    assert!(run.stderr.contains("pipelines/sea.yaml:14:5"), "{}", run.stderr);
}

#[test]
fn settings_are_checked_before_anything_runs() {
    let project = sea();
    let flowgroup = project.read("pipelines/sea.yaml").replace("connection: {count: 5", "conection: {count: 5");
    project.write("pipelines/sea.yaml", flowgroup);
    let class = project.read("plugins/sea/tides.py");
    project.write("plugins/sea/tides.py", format!("{class}\nraise SystemExit(1)\n"));
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-041/plugin-setting]"), "{}", run.stderr);
    assert!(run.stderr.contains("write `connection` instead of `conection`"), "{}", run.stderr);
}

#[test]
fn a_reader_takes_the_name_of_a_load() {
    let project = sea();
    let manifest = project.read("plugins/sea/plugin.yaml").replace("key: ports", "key: delta");
    project.write("plugins/sea/plugin.yaml", manifest);
    let run = project.run(&["validate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-020/duplicate-row]"), "{}", run.stderr);
    assert!(run.stderr.contains("provides `load/delta`, which is built in"), "{}", run.stderr);
}

/// Answers requests for pages of users until the process ends. Gives the address.
fn users() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut lines = BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let signed_in = headers.iter().any(|line| line == "Authorization: Bearer open-sesame");
            let page = if request.contains("page=2") { 2 } else { 1 };
            let rows: Vec<Json> =
                (0..2).map(|n| json!({"id": page * 10 + n, "name": format!("user {page}{n}")})).collect();
            let (status, body) = match signed_in {
                true => ("200 OK", json!({"data": rows, "has_next": page == 1})),
                false => ("401 Unauthorized", json!({})),
            };
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            connection.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

fn has_requests() -> bool {
    let found = Command::new("python3").args(["-I", "-c", "import requests"]).output();
    found.is_ok_and(|output| output.status.success())
}

#[test]
fn p_19_the_example_for_rest_apis_reads_all_pages() {
    if !has_requests() {
        return;
    }
    let project = Project::new(&[("lhp.yaml", "name: users\nplugins:\n  use: [{id: lhp-rest-api}]\n")]);
    copy_tree(&package().join("examples/plugins/rest_api"), &project.path("plugins/rest_api"));
    let address = users();
    let config = |token: &str| {
        format!(
            "base_url: {address}\nendpoint: /v1/users\nauth_token: {token}\npagination: {{results_key: data, page_size: 2}}\n"
        )
    };
    project.write("users.yaml", config("\"${SEA_KEY}\""));
    let check = source(&project, &["check", "rest_api", "--config", "users.yaml"]).exits(0);
    assert_eq!(check.stdout, "ok: Connection successful\n");
    let sample = source(&project, &["sample", "rest_api", "--config", "users.yaml", "--json"]).exits(0);
    let answer: Json = serde_json::from_str(&sample.stdout).unwrap();
    let ids: Vec<i64> = answer["rows"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [10, 11, 20, 21]);
    project.write("users.yaml", config("wrong"));
    let check = source(&project, &["check", "rest_api", "--config", "users.yaml", "--json"]).exits(1);
    assert!(check.stdout.contains("\"error_code\": \"CONNECTION_ERROR\""), "{}", check.stdout);
    let sample = source(&project, &["sample", "rest_api", "--config", "users.yaml"]).exits(1);
    assert!(sample.stderr.contains("Failed to fetch from"), "{}", sample.stderr);
}

#[test]
fn a_sample_of_what_are_no_batches_is_refused() {
    let project = sea();
    let settings = ["--config", "tides.yaml"];
    for (given, message) in [
        ("yield {'id': 1}", "`extract` of Bare gives a value of type dict instead of a list of records"),
        ("yield ['id']", "`extract` of Bare gives a value of type str instead of a record, which is a mapping"),
        ("return None", "`extract` of Bare gives nothing instead of something to iterate over"),
    ] {
        let class = format!(
            "from dativo_ingest.plugins import BaseReader\n\n\nclass Bare(BaseReader):\n    def extract(self, \
             state_manager=None):\n        {given}\n"
        );
        project.write("readers/bare.py", class);
        let run = source(&project, &[&["sample", "readers/bare.py:Bare"], &settings[..]].concat()).exits(1);
        let told = format!("error[LHP-PLG-040/plugin-finding]: {message}\n");
        assert!(run.stderr.contains(&told), "{}", run.stderr);
        assert!(run.stderr.contains("yield lists, as in `yield [{...}]`"), "{}", run.stderr);
    }
}

#[test]
fn a_flowgroup_is_no_file_of_settings() {
    let project = sea();
    let run = source(&project, &["check", "tides", "--config", "pipelines/sea.yaml"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-004/source-settings]: this file is a flowgroup"), "{}", run.stderr);
    assert!(run.stderr.contains("--action FLOWGROUP/ACTION"), "{}", run.stderr);
}
