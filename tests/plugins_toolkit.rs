//! The toolkit of plugin authors: new plugins work and have tests, golden cases are run by the compiler itself, and
//! what is wrong with a plugin has a place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::{Duration, Instant};

use serde_json::Value as Json;
use support::project::{Project, Run};

const KINDS: [&str; 5] = ["load", "transform", "write", "test", "hook"];

fn create(project: &Project, name: &str, kind: &str) -> Run {
    project.run(&["plugin", "create", name, "--kind", kind]).exits(0)
}

/// A project that can be generated.
fn shop() -> Project {
    Project::new(&[("lhp.yaml", "name: shop\n"), ("substitutions/dev.yaml", "dev: {}\n")])
}

fn json(run: &Run) -> Json {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}:\n{}", run.stdout))
}

/// What there are scaffolds for, by runtime.
const SCAFFOLDS: [(&str, &[&str]); 4] = [
    ("template", &KINDS),
    ("python", &["load", "transform", "write", "test", "hook", "reader", "writer"]),
    ("wasm", &KINDS),
    ("native", &["load", "hook", "reader", "writer"]),
];

fn create_in(project: &Project, runtime: &str, kind: &str) -> Run {
    project.run(&["plugin", "create", "my-plugin", "--kind", kind, "--runtime", runtime]).exits(0)
}

fn passes(project: &Project, what: &str) {
    let tested = project.run(&["plugin", "test", "plugins/my-plugin"]).exits(0);
    assert!(tested.stderr.ends_with(" passed\n"), "{what}: {}", tested.stderr);
    let checked = project.run(&["plugin", "validate", "plugins/my-plugin", "--pedantic", "--strict"]).exits(0);
    assert_eq!(checked.stderr, "✓ my-plugin 0.1.0  1 capability\n", "{what}");
}

#[test]
fn l_32_a_new_plugin_of_every_kind_and_runtime_passes_its_tests_and_the_strictest_check_untouched() {
    for (runtime, kinds) in &SCAFFOLDS[..3] {
        for kind in *kinds {
            let project = Project::new(&[]);
            create_in(&project, runtime, kind);
            passes(&project, &format!("{kind}, {runtime}"));
        }
    }
}

#[test]
fn l_32_a_new_native_plugin_says_how_it_is_built_and_passes_then() {
    let (runtime, kinds) = SCAFFOLDS[3];
    for kind in kinds {
        let project = Project::new(&[]);
        let created = create_in(&project, runtime, kind);
        let build = "; build it with `cd plugins/my-plugin && sh build.sh`, then try `lhp plugin ";
        assert!(created.stderr.contains(build), "{}", created.stderr);
        let early = project.run(&["plugin", "validate", "plugins/my-plugin"]).exits(1);
        assert!(early.stderr.starts_with("error[LHP-PLG-030/missing-part]: "), "{}", early.stderr);
        assert!(early.stderr.contains("help: run `sh build.sh` in the directory of the plugin"), "{}", early.stderr);
        let untested = project.run(&["plugin", "test", "plugins/my-plugin"]).exits(1);
        for text in [
            "  this case was not run\n    error[LHP-PLG-013/requirement-missing]: `lib/",
            "` was not built yet\n      at: plugins/my-plugin/plugin.yaml:",
            "\n      help: run `sh build.sh` in `plugins/my-plugin`\n",
        ] {
            assert!(untested.stdout.contains(text), "{kind}, {text}: {}", untested.stdout);
        }
        let script = project.path("plugins/my-plugin/build.sh");
        assert!(std::process::Command::new("sh").arg(script).status().unwrap().success());
        passes(&project, kind);
    }
}

#[test]
fn l_34_of_several_plugins_those_are_tested_that_can_be() {
    let project = Project::new(&[]);
    create(&project, "first", "load");
    project.run(&["plugin", "create", "my-plugin", "--kind", "writer", "--runtime", "native"]).exits(0);
    create(&project, "second", "transform");
    let run = project.run(&["plugin", "test", "plugins"]).exits(1);
    assert!(run.stderr.ends_with("5 passed · 2 failed\n"), "{}", run.stderr);
    assert_eq!(run.stdout.matches("help: run `sh build.sh` in `plugins/my-plugin`\n").count(), 2, "{}", run.stdout);
    assert!(!run.stdout.contains("expected.py"), "what was not run is not compared: {}", run.stdout);
    project.run(&["plugin", "test", "plugins", "--filter", "first/"]).exits(0);
}

#[test]
fn l_33_what_a_project_would_refuse_is_found_without_one() {
    let project = Project::new(&[]);
    create_in(&project, "wasm", "load");
    let manifest = project.read("plugins/my-plugin/plugin.yaml");
    let validated = |says: &[&str], exit: i32| {
        let run = project.run(&["plugin", "validate", "plugins/my-plugin"]).exits(exit);
        for text in says {
            assert!(run.stderr.contains(text), "{text}:\n{}", run.stderr);
        }
        run.stderr
    };
    let digest = manifest.lines().find(|line| line.contains("sha256:")).unwrap();
    let zeros = format!("  plugin.wasm: \"sha256:{}\"", "0".repeat(64));
    project.write("plugins/my-plugin/plugin.yaml", manifest.replace(digest, &zeros));
    let actual = digest.split('"').nth(1).unwrap().to_owned();
    let says = [
        "error[LHP-PLG-050/digest-mismatch]: `plugins/my-plugin/plugin.wasm` is not what the manifest of `my-plugin` says",
        &format!("help: expected sha256:{}", "0".repeat(64)),
        &format!("actual   {actual}"),
        &format!("write `plugin.wasm: \"{actual}\"` into the manifest"),
    ];
    validated(&says, 1);
    project.write("plugins/my-plugin/plugin.yaml", manifest.replace("api: \"1.0\"", "api: \"2.0\""));
    let says =
        ["error[LHP-PLG-012/plugin-incompatible]: ", "it speaks version 2.0 of the protocol", "plugin.yaml:4:6]"];
    validated(&says, 1);
    project.write("plugins/my-plugin/plugin.yaml", manifest.replace("lhp: \">=0.1\"", "lhp: \">=99\""));
    validated(&["error[LHP-PLG-012/plugin-incompatible]: ", "it requires `lhp` >=99"], 1);
    for limit in ["fuel", "memory_mb", "timeout_ms", "output_kb"] {
        project.write("plugins/my-plugin/plugin.yaml", format!("{manifest}limits: {{{limit}: 0}}\n"));
        validated(
            &[&format!("error[LHP-PLG-003/manifest-shape]: `{limit}` must be at least 1, not the number `0`")],
            1,
        );
    }
    project.write("plugins/my-plugin/plugin.yaml", format!("{manifest}limits: {{files: 0}}\n"));
    validated(&["✓ my-plugin"], 0);
}

#[test]
fn l_33_what_nobody_can_use_is_remarked() {
    let head = "schema: 1\nid: p\nversion: 1.0.0\napi: \"1.0\"\n";
    let project = Project::new(&[("p/plugin.yaml", head), ("p/a.j2", "x = 1\n")]);
    let run = project.run(&["plugin", "validate", "p"]).exits(0);
    let says = "warning[LHP-PLG-007/unused-capability]: the plugin `p` provides nothing";
    assert!(run.stderr.contains(says) && run.stderr.contains("✓ p 1.0.0"), "{}", run.stderr);
    project.run(&["plugin", "validate", "p", "--strict"]).exits(1);
    project.write("p/plugin.yaml", format!("{head}provides:\n  - {{kind: service, key: k, entry: a.j2}}\n"));
    let run = project.run(&["plugin", "validate", "p"]).exits(0);
    let says = "`service/k` is not used: this version has no use for the kind `service`";
    assert!(run.stderr.contains(says) && run.stderr.contains("p/plugin.yaml:6:12"), "{}", run.stderr);
    project.write("p/plugin.yaml", format!("{head}bundle: [a, b]\n"));
    assert_eq!(project.run(&["plugin", "validate", "p"]).exits(0).stderr, "✓ p 1.0.0  0 capabilities\n");
}

#[test]
fn l_32_names_of_any_length_make_plugins_that_pass_their_tests() {
    for name in ["w", "a-rather-long-name-for-a-plugin-that-moves-rows-around"] {
        for (runtime, kind) in [("template", "load"), ("python", "writer"), ("python", "reader"), ("wasm", "transform")]
        {
            let project = Project::new(&[]);
            project.run(&["plugin", "create", name, "--kind", kind, "--runtime", runtime]).exits(0);
            let tested = project.run(&["plugin", "test", &format!("plugins/{name}")]);
            assert_eq!(tested.code, 0, "{name}, {kind}, {runtime}: {}", tested.stdout);
        }
    }
}

#[test]
fn l_32_no_placeholder_is_left_in_a_new_plugin() {
    for (runtime, kinds) in SCAFFOLDS {
        for kind in kinds {
            let project = Project::new(&[]);
            create_in(&project, runtime, kind);
            for (path, content) in project.files("plugins") {
                let text = String::from_utf8_lossy(&content);
                let names = ["id", "key", "title", "kind", "class", "place", "digest", "library", "platform", "cargo"];
                for name in names.map(|name| format!("%{name}%")) {
                    assert!(!path.contains(&name) && !text.contains(&name), "{runtime} {kind} {path}: {name}");
                }
            }
        }
    }
}

#[test]
fn l_32_a_new_plugin_works_in_a_project_at_once() {
    let project = shop();
    for kind in KINDS {
        create(&project, &format!("my-{kind}"), kind);
        let example = format!("plugins/my-{kind}/examples/my_{kind}.yaml");
        if project.path(&example).exists() {
            project.write(&format!("pipelines/{kind}.yaml"), project.read(&example));
        }
    }
    project.run(&["generate", "-e", "dev", "--include-tests"]).exits(0);
    let expected = ["bronze/orders.py", "export/orders.py", "silver/recent_orders.py", "tests/orders.py"];
    assert_eq!(project.generated("generated/dev"), expected);
    assert!(project.read("generated/dev/bronze/orders.py").contains("reader.load(\"/Volumes/shop/landing/orders\")"));
}

#[test]
fn p_05_a_plugin_is_created_with_the_words_of_other_tools() {
    let project = Project::new(&[]);
    let run = project.run(&["plugin", "create", "n", "--type", "hook"]).exits(0);
    let created: Vec<&str> = run.stdout.lines().collect();
    let expected =
        ["README.md", "plugin.yaml", "templates/hook.json.j2", "tests/error/expected.json", "tests/error/input.yaml"];
    assert_eq!(created, expected.map(|path| format!("+ created  plugins/n/{path}")));
    assert_eq!(project.paths("plugins/n"), expected);
    let other = project.run(&["plugin", "create", "m", "--type", "transforms", "--path", "elsewhere/m"]).exits(0);
    assert!(other.stdout.contains("+ created  elsewhere/m/templates/transform.py.j2\n"), "{}", other.stdout);
}

#[test]
fn p_05_what_cannot_be_created_is_refused_and_nothing_is_written() {
    let project = Project::new(&[("plugins/taken/mine.txt", "mine")]);
    let before = project.files("");
    let refused = |arguments: &[&str], code: &str, says: &[&str]| {
        let run = project.run(&[&["plugin", "create"], arguments].concat()).exits(1);
        assert!(run.stderr.starts_with(&format!("error[{code}]: ")), "{}", run.stderr);
        for text in says {
            assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
        }
        assert_eq!(project.files(""), before);
    };
    refused(&["taken", "--kind", "load"], "LHP-PLG-009/occupied-path", &["help: choose another name"]);
    refused(&["RestApi", "--kind", "load"], "LHP-PLG-009/no-scaffold", &["as in `rest-api`"]);
    let kinds = "help: there are scaffolds for load, transform, write, test, hook, reader, writer";
    refused(&["x", "--kind", "service"], "LHP-PLG-009/no-scaffold", &["kind `service`", kinds]);
    let runtimes = "help: write `--runtime` with one of template, python, wasm, which have scaffolds for `test`";
    refused(&["x", "--kind", "test", "--runtime", "native"], "LHP-PLG-009/no-scaffold", &["`native`", runtimes]);
    let runtimes = "help: write `--runtime` with one of python, native, which have scaffolds for `writer`";
    refused(&["x", "--kind", "writer"], "LHP-PLG-009/no-scaffold", &["`template`", runtimes]);
    refused(&["x", "--kind", "reader", "--runtime", "wasm"], "LHP-PLG-009/no-scaffold", &["python, native"]);
    let built_in = [
        ("cloudfiles", "load", "`load/cloudfiles`, which is built in"),
        ("streaming-table", "write", "`write/streaming_table`, which is built in"),
        ("sql", "transform", "`transform/sql`, which is built in"),
        ("row-count", "test", "`test/row_count`, which is built in"),
        ("sink", "write", "`write/sink` cannot be provided"),
    ];
    for (name, kind, says) in built_in {
        let help = format!("help: choose another name, as in `lhp plugin create my-{name} --kind {kind}`");
        refused(&[name, "--kind", kind], "LHP-PLG-020/duplicate-row", &[says, &help]);
    }
    for (name, kind) in [("delta", "writer"), ("kafka", "reader")] {
        let says = format!("`{kind}/{name}`, which is built in");
        refused(&[name, "--kind", kind, "--runtime", "python"], "LHP-PLG-020/duplicate-row", &[&says]);
    }
    let unknown = project.run(&["plugin", "create", "x", "--kind", "lod"]).exits(2);
    assert!(unknown.stderr.contains("did you mean `load`?"), "{}", unknown.stderr);
}

#[test]
fn l_34_a_case_that_differs_shows_the_difference() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    let template = project.read("plugins/p/templates/load.py.j2");
    project.write("plugins/p/templates/load.py.j2", template.replace("Files of one folder.", "All files."));
    let run = project.run(&["plugin", "test", "plugins/p", "--filter", "basic"]).exits(1);
    assert!(run.stdout.starts_with("✗ p/basic  load/p  "), "{}", run.stdout);
    assert!(run.stdout.contains("  `expected.py` is not what was made\n"), "{}", run.stdout);
    let difference = "    -    \"\"\"Files of one folder.\"\"\"\n    +    \"\"\"All files.\"\"\"\n";
    assert!(run.stdout.contains(difference), "{}", run.stdout);
    assert_eq!(run.stderr, "0 passed · 1 failed\n");
}

#[test]
fn l_34_expectations_are_written_on_demand_and_only_what_changed() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    project.remove("plugins/p/tests/basic/expected.py");
    let without = project.run(&["plugin", "test", "plugins/p"]).exits(1);
    assert!(without.stdout.contains("  nothing is expected of this case\n"), "{}", without.stdout);
    assert!(without.stdout.contains("lhp plugin test --update"), "{}", without.stdout);
    let updated = project.run(&["plugin", "test", "plugins/p", "--update"]).exits(0);
    assert!(updated.stdout.contains("~ p/basic  "), "{}", updated.stdout);
    assert_eq!(updated.stderr, "2 passed · 1 updated\n");
    project.run(&["plugin", "test", "plugins/p"]).exits(0);
    let before = project.files("");
    assert_eq!(project.run(&["plugin", "test", "plugins/p", "--update"]).exits(0).stderr, "3 passed\n");
    assert_eq!(project.files(""), before);
}

#[test]
fn l_34_an_update_never_turns_code_into_errors() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    project.write("plugins/p/templates/load.py.j2", "{{ spec.path }\n");
    let before = project.files("plugins/p/tests");
    let run = project.run(&["plugin", "test", "plugins/p", "--update"]).exits(1);
    assert!(run.stdout.contains("there are errors now, and `expected.py` is expected"), "{}", run.stdout);
    assert_eq!(project.files("plugins/p/tests"), before);
}

#[test]
fn l_34_findings_are_compared_with_their_places_in_the_case() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    project.remove("plugins/p/tests/missing_path/expected_diagnostics.yaml");
    project.run(&["plugin", "test", "plugins/p", "--update"]).exits(0);
    let written = project.read("plugins/p/tests/missing_path/expected_diagnostics.yaml");
    assert!(written.contains("  at: tests/missing_path/input.yaml:4:3\n"), "{written}");
    assert!(written.starts_with("- code: LHP-") && written.contains("`path`"), "{written}");
    project
        .write("plugins/p/tests/missing_path/expected_diagnostics.yaml", "- at: tests/missing_path/input.yaml:1:1\n");
    let run = project.run(&["plugin", "test", "plugins/p"]).exits(1);
    let difference = "    -- at: tests/missing_path/input.yaml:1:1\n    +- at: tests/missing_path/input.yaml:4:3\n";
    assert!(run.stdout.contains(difference), "{}", run.stdout);
    project.remove("plugins/p/tests/missing_path/expected_diagnostics.yaml");
    let unexpected = project.run(&["plugin", "test", "plugins/p"]).exits(1);
    assert!(unexpected.stdout.contains("  there is a finding that nobody expects\n"), "{}", unexpected.stdout);
}

#[test]
fn l_34_what_is_no_golden_case_is_told_with_its_place() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    project.write("plugins/p/tests/a/action.yaml", "name: x\n");
    project.write("plugins/p/tests/b/input.yaml", "name: l\ntype: load\nsource: {type: q}\ntarget: v\n");
    project.write("plugins/p/tests/c/input.yaml", "- 1\n");
    project.write("plugins/p/tests/d/input.yaml", "type: pipeline.begin\n");
    let run = project.run(&["plugin", "test", "plugins/p"]).exits(1);
    for text in [
        "error[LHP-PLG-005/golden-case]: nothing reads `plugins/p/tests/a/action.yaml`",
        "error[LHP-PLG-005/golden-case]: file `plugins/p/tests/a/input.yaml` does not exist",
        "`load/q` is not a capability of plugin `p`\n      at: plugins/p/tests/b/input.yaml:3:16\n      help: this plugin provides p",
        "holds neither an action nor events",
        "this is no event: ",
    ] {
        assert!(run.stdout.contains(text), "{text}:\n{}", run.stdout);
    }
    let validated = project.run(&["plugin", "validate", "plugins/p"]).exits(1);
    assert!(validated.stderr.contains(",-[plugins/p/tests/b/input.yaml:3:16]"), "{}", validated.stderr);
    assert_eq!(run.stderr, "3 passed · 4 failed\n");
}

#[test]
fn l_34_files_and_settings_of_a_case_are_those_of_a_project() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    let manifest = project.read("plugins/p/plugin.yaml");
    let manifest = manifest.replace("provides:\n", "config:\n  key: reader\nprovides:\n");
    project.write("plugins/p/plugin.yaml", manifest);
    project.write("plugins/p/tests/tokens/files/substitutions/dev.yaml", "dev: {landing: /Volumes/dev}\n");
    project.write(
        "plugins/p/tests/tokens/input.yaml",
        "# An action with a token.\n---\nname: l\ntype: load\nsource:\n  type: p\n  path: ${landing}/orders\ntarget: v_orders\n",
    );
    project.write("plugins/p/tests/tokens/config.yaml", "default: 1\n");
    project.run(&["plugin", "test", "plugins/p", "--update"]).exits(0);
    let made = project.read("plugins/p/tests/tokens/expected.py");
    assert!(made.contains("reader.load(\"/Volumes/dev/orders\")"), "{made}");
}

#[test]
fn l_34_outcomes_are_told_to_programs() {
    let project = Project::new(&[]);
    create(&project, "a", "load");
    create(&project, "b", "hook");
    project.write("plugins/b/tests/error/expected.json", "{}\n");
    let run = project.run(&["plugin", "test", "plugins", "--json", "--junit", "out/report.xml"]).exits(1);
    let document = json(&run);
    assert_eq!(document["summary"], serde_json::json!({"success": false, "passed": 3, "updated": 0, "failed": 1}));
    let names: Vec<&str> =
        document["cases"].as_array().unwrap().iter().map(|case| case["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a/all_settings", "a/basic", "a/missing_path", "b/error"]);
    let keys: Vec<&String> = document["cases"][0].as_object().unwrap().keys().collect();
    let expected = ["name", "plugin", "case", "capability", "outcome", "milliseconds", "bytes", "updated", "failures"];
    assert_eq!(keys, expected);
    assert_eq!(document["cases"][3]["outcome"], "failed");
    let report = project.read("out/report.xml");
    assert!(report.contains("<testsuites name=\"lhp plugin test\" tests=\"4\" failures=\"1\">"), "{report}");
    assert!(report.contains("<testcase name=\"error\" classname=\"b\""), "{report}");
    assert!(report.contains("<failure message=\"`expected.json` is not what was made\">"), "{report}");
}

#[test]
fn l_34_without_a_case_nothing_is_proven() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    let run = project.run(&["plugin", "test", "plugins/p", "--filter", "nothing"]).exits(1);
    assert_eq!(run.stderr, "no golden cases\n  help: no name of a case has `nothing` in it\n");
    let nowhere = project.run(&["plugin", "test", "pluggins"]).exits(1);
    assert!(nowhere.stderr.starts_with("error[LHP-PLG-001/manifest-missing]: "), "{}", nowhere.stderr);
}

#[test]
fn l_33_everything_that_is_wrong_with_a_plugin_has_a_place() {
    let project = Project::new(&[]);
    create(&project, "p", "load");
    let manifest = project.read("plugins/p/plugin.yaml");
    project.write(
        "plugins/p/plugin.yaml",
        manifest.clone()
            + "  - {kind: load, key: gone, entry: lod.py.j2}\n  - {kind: load, key: out, entry: ../../x.j2}\n",
    );
    let run = project.run(&["plugin", "validate", "plugins/p"]).exits(1);
    let find = |text: &str| assert!(run.stderr.contains(text), "{text}:\n{}", run.stderr);
    find("error[LHP-PLG-030/entry-missing]: `lod.py.j2` does not exist");
    find("error[LHP-PLG-055/unsafe-manifest-path]: `../../x.j2` is no file of this plugin");
    assert!(!run.stderr.contains("missing-part"), "nothing is told twice:\n{}", run.stderr);

    project.write("plugins/p/plugin.yaml", manifest.as_str());
    project.write("plugins/p/schemas/load.schema.json", "{\n  \"type\": 1\n}\n");
    project.write("plugins/p/templates/broken.py.j2", "x = 1\n{% if %}\n");
    project.write("plugins/p/templates/lost.py.j2", "\n{% include \"nowhere.j2\" %}\n");
    let run = project.run(&["plugin", "validate", "plugins/p"]).exits(1);
    let find = |text: &str| assert!(run.stderr.contains(text), "{text}:\n{}", run.stderr);
    find("error[LHP-PLG-003/plugin-schema]: `schemas/load.schema.json` is not a JSON Schema");
    find(",-[plugins/p/templates/broken.py.j2:2:1]");
    find("error[LHP-PLG-031/unreadable-template]: template `lost.py.j2`: there is no template `nowhere.j2`");
    find(",-[plugins/p/templates/lost.py.j2:2:1]");

    project.write("plugins/p/plugin.yaml", manifest.replace("provides:", "provide:"));
    let run = project.run(&["plugin", "validate", "plugins/p", "--json"]).exits(1);
    let document = json(&run);
    assert_eq!((&document["command"], &document["summary"]["errors"]), (&"plugin validate".into(), &1.into()));
    let finding = &document["diagnostics"][0];
    assert_eq!(finding["code"], "LHP-PLG-003");
    assert_eq!(finding["file"], "plugins/p/plugin.yaml");
    assert!(finding["help"].as_str().unwrap().contains("provides"), "{finding}");
}

#[test]
fn l_33_what_users_would_miss_is_a_matter_of_pedantry() {
    let files = [
        (
            "p/plugin.yaml",
            "schema: 1\nid: p\nversion: 1.0.0\napi: \"1.0\"\nprovides:\n  - {kind: load, key: k, entry: a.j2}\n",
        ),
        ("p/a.j2", "x = 1\n"),
    ];
    let project = Project::new(&files);
    assert_eq!(project.run(&["plugin", "validate", "p"]).exits(0).stderr, "✓ p 1.0.0  1 capability\n");
    let run = project.run(&["plugin", "validate", "p", "--pedantic"]).exits(0);
    for text in
        ["no `name`", "no `license`", "`load/k` has no `title`", "no `schema`", "no `examples`", "no golden case"]
    {
        assert!(run.stderr.contains(text), "{text}:\n{}", run.stderr);
    }
    project.run(&["plugin", "validate", "p", "--pedantic", "--strict"]).exits(1);
}

#[test]
fn x_20_from_nothing_to_the_first_result_takes_less_than_a_minute() {
    let start = Instant::now();
    let project = shop();
    create(&project, "rest-api", "load");
    project.run(&["plugin", "test", "plugins/rest-api"]).exits(0);
    project.write("pipelines/orders.yaml", project.read("plugins/rest-api/examples/rest_api.yaml"));
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(project.read("generated/dev/bronze/orders.py").contains("def v_orders():"));
    assert!(start.elapsed() < Duration::from_secs(60));
}
