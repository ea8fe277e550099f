//! Inputs that hardly anybody writes on purpose: the program says what is wrong with them, or copes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::fs;
#[cfg(unix)]
use std::process::Command;

use lhp::source::MAX_FILE_BYTES;
use support::project::{Project, Run};

const FLOWGROUP: &str = "\
pipeline: raw
flowgroup: orders
actions:
  - name: load_orders
    type: load
    source: {type: delta, catalog: c, schema: s, table: orders}
    target: v_orders
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: streaming_table, catalog: c, schema: bronze, table: orders}
";

fn shop() -> Project {
    Project::new(&[
        ("lhp.yaml", "name: shop\nversion: \"1.0\"\n"),
        ("substitutions/dev.yaml", "dev: {}\n"),
        ("pipelines/orders.yaml", FLOWGROUP),
    ])
}

/// Titles of the errors of a run.
fn errors(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter_map(|line| line.strip_prefix("error[")?.split_once(']')).map(|(title, _)| title).collect()
}

#[test]
fn files_without_content_are_named() {
    let project = shop();
    for (path, rule) in [
        ("lhp.yaml", "LHP-IO-003/document-count"),
        ("substitutions/dev.yaml", "LHP-IO-003/document-count"),
        ("pipelines/orders.yaml", "LHP-CFG-005/empty-flowgroup-file"),
        ("presets/base.yaml", "LHP-IO-003/document-count"),
        ("blueprints/shop.yaml", "LHP-CFG-047/empty-blueprint"),
    ] {
        for content in ["", "\u{feff}", "# nothing\n", "\n\n"] {
            let before = fs::read(project.path(path)).ok();
            project.write(path, content);
            let run = project.run(&["validate"]).exits(1);
            assert_eq!(errors(&run), [rule], "{path} with {content:?}");
            assert!(run.stderr.contains(&format!("{path}:1:")), "{}", run.stderr);
            match before {
                Some(content) => project.write(path, content),
                None => project.remove(path),
            }
        }
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_unread() {
    let project = shop();
    project.write("pipelines/large.yaml", "");
    let file = fs::File::options().write(true).open(project.path("pipelines/large.yaml")).unwrap();
    file.set_len(MAX_FILE_BYTES + 1).unwrap();
    let run = project.run(&["validate"]).exits(1);
    assert_eq!(errors(&run), ["LHP-IO-002/unreadable-file"]);
    assert!(run.stderr.contains("`pipelines/large.yaml` has 67108865 bytes"), "{}", run.stderr);
}

#[test]
fn a_large_file_of_blanks_and_comments_is_read() {
    let project = shop();
    project.write("pipelines/orders.yaml", format!("{FLOWGROUP}{}", "# note\n\n".repeat(200_000)));
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(project.generated("generated/dev"), ["raw/orders.py"]);
}

#[test]
fn names_may_use_any_script() {
    let project = shop();
    project.remove("pipelines/orders.yaml");
    let renamed = FLOWGROUP
        .replace("pipeline: raw", "pipeline: \"сырьё – é数😀\"")
        .replace("flowgroup: orders", "flowgroup: \"Bestellungen 注文\"")
        .replace("v_orders", "v_заказы_数")
        .replace("load_orders", "ladé");
    project.write("pipelines/ü ß/注文.yaml", renamed);
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(project.generated("generated/dev"), ["сырьё – é数😀/Bestellungen 注文.py"]);
    let module = project.read("generated/dev/сырьё – é数😀/Bestellungen 注文.py");
    assert!(module.contains("def v_заказы_数():"), "{module}");
    project.run(&["diff", "--exit-code"]).exits(0);
    let run = project.run(&["list", "flowgroups"]).exits(0);
    assert!(run.stdout.contains("сырьё – é数😀\tBestellungen 注文\tpipelines/ü ß/注文.yaml\n"), "{}", run.stdout);
}

#[test]
fn names_never_lead_out_of_the_output() {
    for name in
        ["..", ".", "", " ", "../x", "/x", "a/b", "a\\\\b", "a\\0b", "a\\nb", ".lhp-manifest.json", ".lhp-tmp-1"]
    {
        for key in ["pipeline: raw", "flowgroup: orders"] {
            let project = shop();
            let (word, _) = key.split_once(':').unwrap();
            project.write("pipelines/orders.yaml", FLOWGROUP.replace(key, &format!("{word}: \"{name}\"")));
            let before = project.files("");
            let run = project.run(&["generate", "-e", "dev"]).exits(1);
            assert_eq!(errors(&run).len(), 1, "{word} {name:?}: {}", run.stderr);
            assert_eq!(project.files(""), before, "{word} {name:?}");
        }
    }
}

#[test]
fn names_of_other_generated_files_are_reserved() {
    let project = Project::copy("fixtures/hooks/project");
    project.write("code/rows.py", "def get_df(spark, parameters):\n    return spark.range(1)\n");
    let rows = "{type: python, module_path: code/rows.py}";
    let numbers = FLOWGROUP
        .replace("pipeline: raw", "pipeline: sales")
        .replace("flowgroup: orders", "flowgroup: numbers")
        .replace("{type: delta, catalog: c, schema: s, table: orders}", rows);
    project.write("pipelines/numbers.yaml", &numbers);
    project.run(&["generate", "-e", "dev", "--include-tests"]).exits(0);
    let mut beside: Vec<String> = fs::read_dir(project.path("generated/dev/sales"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().trim_end_matches(".py").to_owned())
        .filter(|name| !["orders", "numbers"].contains(&name.as_str()))
        .collect();
    beside.sort();
    let expected = ["_test_reporting_hook", "_uc_tagging_hook", "custom_python_functions", "test_reporting_providers"];
    assert_eq!(beside, expected);
    for name in beside {
        project.write("pipelines/numbers.yaml", numbers.replace("flowgroup: numbers", &format!("flowgroup: {name}")));
        let run = project.run(&["validate"]).exits(1);
        assert_eq!(errors(&run), ["LHP-CFG-086/reserved-name"], "{name}");
        assert!(run.stderr.contains("[pipelines/numbers.yaml:2:12]"), "{}", run.stderr);
    }
}

#[test]
fn a_provider_may_be_the_module_of_a_package() {
    let project = Project::copy("fixtures/hooks/project");
    project.write("report/__init__.py", project.read("report/store.py"));
    let settings = project.read("lhp.yaml").replace("report/store.py", "report/__init__.py");
    project.write("lhp.yaml", settings);
    project.run(&["generate", "-e", "dev", "--include-tests"]).exits(0);
    let copied = project.generated("generated/dev/sales/test_reporting_providers");
    assert_eq!(copied, ["__init__.py"]);
    let copy = project.read("generated/dev/sales/test_reporting_providers/__init__.py");
    assert!(copy.starts_with("# LHP-SOURCE: report/__init__.py\n"), "{copy}");
}

#[test]
fn every_value_of_a_wrong_type_is_named_once() {
    let project = shop();
    project.write(
        "pipelines/orders.yaml",
        "\
pipeline: 7
flowgroup: true
presets: bronze
use_template: [x]
template_parameters: [x]
variables: [x]
actions:
  - 7
  - name: [a]
    type: 1
    source: 5
    target: {a: b}
    readMode: 3
    depends_on: 7
    description: [x]
",
    );
    let run = project.run(&["validate"]).exits(1);
    let mut places: Vec<&str> = run.stderr.lines().filter_map(|line| line.trim_start().strip_prefix(",-[")).collect();
    let expected: Vec<String> = [
        "1:11", "2:12", "3:10", "4:15", "5:22", "6:12", "8:5", "9:11", "10:11", "11:13", "12:13", "13:15", "14:17",
        "15:18",
    ]
    .iter()
    .map(|place| format!("pipelines/orders.yaml:{place}]"))
    .collect();
    assert_eq!(places, expected, "{}", run.stderr);
    places.dedup();
    assert_eq!(places.len(), errors(&run).len());
}

#[test]
fn keys_of_the_project_file_that_are_no_text_are_remarked() {
    let project = shop();
    let blocks = "event_log: {1: a, enabled: false}\nuc_tagging: {2: b, enabled: false}\n";
    project.write("lhp.yaml", format!("name: shop\n1: a\n2.5: b\nfalse: c\nnull: d\n2024-01-01: e\n{blocks}"));
    let run = project.run(&["validate", "-s"]).exits(0);
    for key in ["1", "2.5", "false", "null", "2024-01-01"] {
        assert!(run.stderr.contains(&format!("unknown key `{key}` in this project file")), "{key}: {}", run.stderr);
    }

    project.write("lhp.yaml", "name: shop\noperational_metadata:\n  columns:\n    1: F.lit(1)\n");
    let run = project.run(&["validate"]).exits(1);
    assert_eq!(errors(&run), ["LHP-CFG-002/project-shape"]);
    assert!(run.stderr.contains("the key `1` must be a string, not an integer"), "{}", run.stderr);
    assert!(run.stderr.contains(",-[lhp.yaml:4:5]"), "{}", run.stderr);
}

#[test]
fn directories_may_be_missing_or_files() {
    let project = shop();
    fs::remove_dir_all(project.path("substitutions")).unwrap();
    project.run(&["generate", "-e", "dev"]).exits(0);
    for directory in ["presets", "templates", "blueprints", "substitutions"] {
        project.write(directory, "not a directory");
        let run = project.run(&["validate", "-s"]).exits(0);
        let remark = format!("advice[LHP-IO-002/not-a-directory]: `{directory}` is a file, not a directory");
        assert!(run.stderr.contains(&remark), "{}", run.stderr);
    }
    project.run(&["generate", "-e", "dev"]).exits(0);
    fs::remove_dir_all(project.path("pipelines")).unwrap();
    project.run(&["validate"]).exits(0);
}

#[test]
fn without_the_directory_of_the_flowgroups_nothing_is_generated() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    fs::remove_dir_all(project.path("pipelines")).unwrap();
    project.write("pipelines", "not a directory");
    let before = project.files("");
    for arguments in [&["validate"][..], &["generate", "-e", "dev"], &["diff"]] {
        let run = project.run(arguments).exits(1);
        assert_eq!(errors(&run), ["LHP-IO-002/not-a-directory"], "{arguments:?}");
        assert!(run.stderr.contains("`pipelines` is a file, not a directory"), "{}", run.stderr);
    }
    assert_eq!(project.files(""), before);
}

#[test]
fn a_project_file_that_is_none_is_named() {
    let project = shop();
    project.remove("lhp.yaml");
    fs::create_dir(project.path("lhp.yaml")).unwrap();
    let run = project.run(&["validate"]).exits(1);
    assert_eq!(errors(&run), ["LHP-IO-002/unreadable-file"]);
    assert!(run.stderr.contains("lhp.yaml` is a directory, not a file"), "{}", run.stderr);
}

#[test]
fn directories_that_look_like_files_are_left_alone() {
    let project = shop();
    fs::create_dir_all(project.path("pipelines/folder.yaml")).unwrap();
    project.run(&["generate", "-e", "dev"]).exits(0);
    project.remove("substitutions/dev.yaml");
    fs::create_dir_all(project.path("substitutions/dev.yaml")).unwrap();
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("`substitutions/dev.yaml` is a directory, not a file"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn links_in_circles_end() {
    let project = shop();
    std::os::unix::fs::symlink(".", project.path("pipelines/again")).unwrap();
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(project.generated("generated/dev"), ["raw/orders.py"]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_named() {
    for path in ["pipelines/gone.yaml", "presets/gone.yaml", "blueprints/gone.yaml", "substitutions/dev.yaml"] {
        let project = shop();
        fs::create_dir_all(project.path(path).parent().unwrap()).unwrap();
        let _ = fs::remove_file(project.path(path));
        std::os::unix::fs::symlink("nowhere.yaml", project.path(path)).unwrap();
        let run = project.run(&["generate", "-e", "dev"]).exits(1);
        assert_eq!(errors(&run), ["LHP-IO-001/missing-file"], "{path}");
        assert!(run.stderr.contains(&format!("`{path}` is a link that leads nowhere")), "{}", run.stderr);
    }
    let project = shop();
    std::os::unix::fs::symlink("somebody@somewhere.4711", project.path("pipelines/.#orders.yaml")).unwrap();
    project.run(&["generate", "-e", "dev"]).exits(0);
}

/// Makes a named pipe, on which a program that opens it waits for ever.
#[cfg(unix)]
fn make_pipe(project: &Project, path: &str) {
    fs::create_dir_all(project.path(path).parent().unwrap()).unwrap();
    let _ = fs::remove_file(project.path(path));
    let made = std::process::Command::new("mkfifo").arg(project.path(path)).status().unwrap();
    assert!(made.success(), "mkfifo {path}");
}

/// Runs the program, and ends it if it waits for something.
#[cfg(unix)]
fn run_impatiently(project: &Project, arguments: &[&str]) -> Run {
    Run::of(project.command(arguments).timeout(std::time::Duration::from_secs(60)))
}

#[cfg(unix)]
#[test]
fn pipes_are_named_and_never_opened() {
    for path in ["pipelines/pipe.yaml", "presets/pipe.yaml", "blueprints/pipe.yaml", "substitutions/dev.yaml"] {
        let project = shop();
        make_pipe(&project, path);
        let run = run_impatiently(&project, &["generate", "-e", "dev"]).exits(1);
        assert_eq!(errors(&run), ["LHP-IO-002/unreadable-file"], "{path}");
        assert!(run.stderr.contains(&format!("`{path}` is a named pipe, not a file")), "{}", run.stderr);
    }
    let project = shop();
    make_pipe(&project, "lhp.yaml");
    let run = run_impatiently(&project, &["validate"]).exits(1);
    assert!(run.stderr.contains("lhp.yaml` is a named pipe, not a file"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn pipes_that_an_action_names_are_named() {
    let table = "table_schema: schemas/orders.ddl, table: orders}\n";
    let writes = FLOWGROUP.replace("schema: bronze, table: orders}\n", &format!("schema: bronze, {table}"));
    let template = "pipeline: raw\nflowgroup: orders\nuse_template: orders\n";
    for (path, flowgroup) in [("schemas/orders.ddl", writes.as_str()), ("templates/orders.yaml", template)] {
        let project = shop();
        project.write("pipelines/orders.yaml", flowgroup);
        make_pipe(&project, path);
        let run = run_impatiently(&project, &["validate"]).exits(1);
        assert_eq!(errors(&run), ["LHP-IO-002/unreadable-file"], "{path}");
        assert!(run.stderr.contains(&format!("`{path}` is a named pipe, not a file")), "{}", run.stderr);
    }
}

#[cfg(unix)]
#[test]
fn pipes_in_the_place_of_own_files_do_not_stop_a_run() {
    let project = shop();
    make_pipe(&project, "generated/dev/.lhp-manifest.json");
    let run = run_impatiently(&project, &["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("generated/dev/.lhp-manifest.json` is a named pipe"), "{}", run.stderr);

    let project = shop();
    make_pipe(&project, ".lhp/logs/lhp.log");
    run_impatiently(&project, &["--log-file", "generate", "-e", "dev"]).exits(0);
    assert_eq!(project.paths("generated/dev").len(), 2);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_read_is_named() {
    let project = shop();
    // So deep that its whole path is longer than the system allows, which holds for every user.
    let level = vec!["deep".repeat(50); 12].join("/");
    for directory in ["pipelines".to_owned(), format!("pipelines/{level}")] {
        let made = Command::new("mkdir").args(["-p", &level]).current_dir(project.path(&directory)).status().unwrap();
        assert!(made.success());
    }
    let run = project.run(&["validate"]).exits(1);
    assert_eq!(errors(&run), ["LHP-IO-002/unreadable-directory"]);
    assert!(run.stderr.contains("]: directory `pipelines/deepdeep"), "{}", run.stderr);
    assert!(run.stderr.contains("  help: repair the directory, or move it out of the project"), "{}", run.stderr);
}

#[test]
fn an_output_that_is_a_file_is_not_overwritten() {
    let project = shop();
    project.write("generated/dev", "mine");
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert_eq!(errors(&run), ["LHP-IO-030/output-not-ours"]);
    assert_eq!(project.read("generated/dev"), "mine");
}

#[test]
fn a_damaged_list_of_generated_files_is_reported_and_nothing_is_removed_on_its_account() {
    for list in ["<<<<<<< HEAD\n", "", "[]", "{\"version\": 99, \"files\": {\"raw/notes.txt\": \"0\"}}"] {
        let project = shop();
        project.run(&["generate", "-e", "dev"]).exits(0);
        project.write("generated/dev/raw/notes.txt", "mine");
        project.write("generated/dev/.lhp-manifest.json", list);
        for arguments in [&["diff", "-s"][..], &["generate", "-e", "dev", "-s"]] {
            let run = project.run(arguments).exits(0);
            assert!(run.stderr.contains("warning[LHP-IO-032/damaged-manifest]"), "{arguments:?}: {}", run.stderr);
            assert!(run.stderr.contains("generated/dev/.lhp-manifest.json`"), "{}", run.stderr);
        }
        assert_eq!(project.generated("generated/dev"), ["raw/notes.txt", "raw/orders.py"]);
        let run = project.run(&["generate", "-e", "dev", "--strict"]).exits(0);
        assert!(!run.stderr.contains("LHP-IO-032"), "the list is whole again: {}", run.stderr);
    }
}

#[test]
fn a_damaged_list_proves_nothing_in_a_directory_of_the_user() {
    let project = shop();
    project.run(&["generate", "-e", "dev", "-o", "build"]).exits(0);
    project.write("build/raw/orders.py", "mine");
    project.write("build/.lhp-manifest.json", "{");
    let run = project.run(&["generate", "-e", "dev", "-o", "build"]).exits(1);
    assert_eq!(errors(&run), ["LHP-IO-030/file-not-ours"]);
    assert!(run.stderr.contains("build/.lhp-manifest.json` is damaged"), "{}", run.stderr);
    assert_eq!(project.read("build/raw/orders.py"), "mine");
}
