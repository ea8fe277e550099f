//! Answers of deterministic plugins are kept between runs, and what is kept is as good as what was asked for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use support::project::{Project, Run, lhp};
use support::runtimes::{
    BODY, FLOWGROUP, HOME, Runtime, SETTINGS, guest, project, run, write_good, write_manifest, write_native,
    write_python, write_template, write_wasm, write_wat,
};

const KEPT: &str = ".lhp/cache/plugins";

/// The kept answers.
fn kept(project: &Project) -> Vec<String> {
    project.paths(KEPT)
}

/// A Python plugin that is deterministic, and counts its calls in a file beside the project.
fn counting(more: &str) -> Project {
    let project = project();
    write_manifest(&project, Runtime::Python, &format!("deterministic: true\n{more}"));
    let note = "root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))\nwith open(os.path.join(root, 'calls'), 'a') as file:\n    file.write('x')\n";
    write_python(&project, &format!("{note}return {BODY:?}"));
    project
}

fn calls(project: &Project) -> usize {
    std::fs::read_to_string(project.path("calls")).map_or(0, |calls| calls.len())
}

/// Runs the program with an interpreter that cannot run anything.
fn run_without_python(project: &Project, arguments: &[&str]) -> Run {
    project.write("no-python", "");
    Run::of(project.command(arguments).env("LHP_PYTHON", project.path("no-python")))
}

#[test]
fn l_30_a_second_run_answers_from_the_cache_and_starts_no_runtime() {
    let project = counting("");
    let first = run(&project, &["-v", "generate", "-e", "dev"]).exits(0);
    assert!(!first.stderr.contains("answered without plugins"), "{}", first.stderr);
    let module = project.read("generated/dev/bronze/orders.py");
    assert_eq!((calls(&project), kept(&project).len()), (1, 1));
    std::fs::remove_dir_all(project.path("generated")).unwrap();
    let second = run_without_python(&project, &["-v", "generate", "-e", "dev"]).exits(0);
    assert!(second.stderr.contains("1 request answered without plugins"), "{}", second.stderr);
    assert_eq!((calls(&project), project.read("generated/dev/bronze/orders.py")), (1, module));
    // Without the answer the plugin would have been needed.
    run_without_python(&project, &["generate", "-e", "dev", "--no-cache"]).exits(1);
}

#[test]
fn l_30_a_project_that_does_not_use_a_plugin_starts_no_runtime() {
    let project = counting("");
    let unused =
        FLOWGROUP.replace("{type: feed, path: /Volumes/shop/orders}", "{type: delta, catalog: c, schema: s, table: t}");
    project.write("pipelines/orders.yaml", unused);
    run_without_python(&project, &["generate", "-e", "dev"]).exits(0);
    assert_eq!((calls(&project), kept(&project).len()), (0, 0));
}

#[test]
fn every_runtime_but_templates_keeps_answers() {
    for (runtime, files) in [(Runtime::Template, 0), (Runtime::Wasm, 1), (Runtime::Python, 1), (Runtime::Native, 1)] {
        let project = project();
        write_good(&project, runtime);
        write_manifest(&project, runtime, "deterministic: true\n");
        run(&project, &["validate"]).exits(0);
        assert_eq!(kept(&project).len(), files, "{runtime:?}");
        let again = run(&project, &["-v", "validate"]).exits(0);
        assert_eq!(again.stderr.contains("1 request answered without plugins"), files == 1, "{}", again.stderr);
    }
}

#[test]
fn a_plugin_that_does_not_say_that_it_is_deterministic_is_asked_every_time() {
    let project = counting("");
    write_manifest(&project, Runtime::Python, "");
    run(&project, &["validate"]).exits(0);
    run(&project, &["validate"]).exits(0);
    assert_eq!((calls(&project), kept(&project).len()), (2, 0));
    let native = support::runtimes::project();
    write_good(&native, Runtime::Native);
    run(&native, &["validate"]).exits(0);
    assert_eq!(kept(&native).len(), 0);
}

#[test]
fn without_the_cache_plugins_are_asked_and_nothing_is_kept() {
    let project = counting("");
    run(&project, &["validate", "--no-cache"]).exits(0);
    assert_eq!((calls(&project), kept(&project).len()), (1, 0));
    run(&project, &["validate"]).exits(0);
    run(&project, &["validate", "--no-cache"]).exits(0);
    assert_eq!((calls(&project), kept(&project).len()), (3, 1));
}

#[test]
fn an_answer_depends_on_everything_that_the_plugin_sees() {
    let asks = "permissions: {read: [columns.yaml], env: [REGION]}\n";
    let project = counting(asks);
    project.write(
        "lhp.yaml",
        format!(
            "{}      grant: {{read: [columns.yaml], env: [REGION]}}\n",
            SETTINGS.replace("    - {id: lhp-feed, allow_native: true}", "    - id: lhp-feed")
        ),
    );
    project.write("columns.yaml", "columns: []\n");
    let asked = |region: &str| {
        let before = calls(&project);
        let mut command = project.command(&["validate"]);
        Run::of(command.env("LHP_PYTHON", support::runtimes::python()).env("REGION", region)).exits(0);
        calls(&project) > before
    };
    assert!(asked("eu"));
    assert!(!asked("eu"));
    assert!(asked("us"), "a granted variable");
    assert!(!asked("eu"), "what was kept for another value is still there");
    project.write("columns.yaml", "columns: [id]\n");
    assert!(asked("eu"), "a file that the plugin may read");
    project
        .write("pipelines/orders.yaml", FLOWGROUP.replace("path: /Volumes/shop/orders", "path: /Volumes/shop/other"));
    assert!(asked("eu"), "a setting of the action");
    project.write(&format!("{HOME}/src/more.py"), "");
    assert!(asked("eu"), "a file of the plugin");
    let settings = project.read("lhp.yaml");
    project.write("lhp.yaml", format!("{settings}  config: {{lhp-feed: {{region: eu}}}}\n"));
    assert!(asked("eu"), "a setting of the plugin");
    assert!(!asked("eu"));
}

#[test]
fn an_answer_depends_on_the_versions_of_required_packages() {
    let project = counting("requires: {packages: [\"feed-client>=1.0\"]}\n");
    let made =
        std::process::Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(project.path(".venv")).status();
    assert!(made.unwrap().success());
    let library = std::fs::read_dir(project.path(".venv/lib")).unwrap().flatten().next().unwrap().path();
    let install = |version: &str| {
        let home = library.join(format!("site-packages/feed_client-{version}.dist-info"));
        std::fs::create_dir(&home).unwrap();
        std::fs::write(
            home.join("METADATA"),
            format!("Metadata-Version: 2.1\nName: feed-client\nVersion: {version}\n"),
        )
        .unwrap();
        home
    };
    let asked = || {
        let before = calls(&project);
        project.run(&["validate"]).exits(0);
        calls(&project) > before
    };
    let first = install("1.0");
    assert!(asked() && !asked());
    std::fs::remove_dir_all(first).unwrap();
    let second = install("1.1");
    assert!(asked() && !asked(), "another version may generate something else");
    std::fs::remove_dir_all(second).unwrap();
    install("1.0");
    assert!(!asked(), "what was kept for the other version is still there");
}

#[test]
fn a_damaged_answer_is_asked_for_again() {
    let project = counting("");
    run(&project, &["validate"]).exits(0);
    let file = format!("{KEPT}/{}", kept(&project).first().unwrap());
    let whole = project.read(&file);
    for (number, damaged) in
        [String::new(), whole.chars().take(40).collect(), whole.replace("v_orders", "v_others")].iter().enumerate()
    {
        project.write(&file, damaged);
        run(&project, &["generate", "-e", "dev"]).exits(0);
        assert_eq!((calls(&project), project.read(&file)), (number + 2, whole.clone()));
    }
    assert!(project.read("generated/dev/bronze/orders.py").contains("def v_orders"));
}

#[test]
fn verification_asks_again_and_compares_with_what_is_kept() {
    let project = counting("");
    run(&project, &["validate", "--verify-plugins"]).exits(0);
    assert_eq!(calls(&project), 2, "nothing was kept to compare with");
    run(&project, &["validate", "--verify-plugins"]).exits(0);
    assert_eq!(calls(&project), 3);
    let project = support::runtimes::project();
    write_manifest(&project, Runtime::Python, "deterministic: true\n");
    write_python(
        &project,
        &format!("return '# ' + open({:?}).read() + {BODY:?}", project.path("state").to_str().unwrap()),
    );
    project.write("state", "1\n");
    run(&project, &["validate"]).exits(0);
    project.write("state", "2\n");
    run(&project, &["validate"]).exits(0);
    let verified = run(&project, &["validate", "--verify-plugins"]).exits(1);
    assert!(verified.stderr.contains("error[LHP-PLG-060/not-deterministic]"), "{}", verified.stderr);
    assert!(verified.stderr.contains("first `# 1`, then `# 2`"), "{}", verified.stderr);
    assert_eq!(kept(&project).len(), 0, "what is wrong is not kept");
}

#[test]
fn a_plugin_that_does_not_say_whether_it_is_deterministic_is_warned_about() {
    let project = project();
    write_python(&project, &format!("return f'# {{os.urandom(8).hex()}}\\n' + {BODY:?}"));
    write_manifest(&project, Runtime::Python, "");
    let silent = run(&project, &["validate", "-s"]).exits(0);
    assert!(!silent.stderr.contains("LHP-PLG-060"), "{}", silent.stderr);
    let warned = run(&project, &["generate", "-e", "dev", "-s", "--verify-plugins"]).exits(0);
    assert!(warned.stderr.contains("warning[LHP-PLG-060/not-deterministic]"), "{}", warned.stderr);
    assert!(project.path("generated/dev/bronze/orders.py").is_file());
    run(&project, &["validate", "--strict", "--verify-plugins"]).exits(1);
    write_manifest(&project, Runtime::Python, "deterministic: false\n");
    let declared = run(&project, &["validate", "-s", "--verify-plugins"]).exits(0);
    assert!(!declared.stderr.contains("LHP-PLG-060"), "{}", declared.stderr);
}

#[cfg(unix)]
#[test]
fn nothing_is_kept_outside_of_the_project() {
    let outside = tempfile::tempdir().unwrap();
    for link in [".lhp/cache", ".lhp/cache/plugins"] {
        let project = counting("");
        let link = project.path(link);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(outside.path(), &link).unwrap();
        for _ in 0..2 {
            let told = run(&project, &["generate", "-e", "dev"]).exits(0).stderr;
            assert_eq!(told.matches("is a link that leads out of the project").count(), 1, "{told}");
        }
        run(&project, &["plugin", "gc", "--all"]).exits(0);
        assert_eq!((std::fs::read_dir(outside.path()).unwrap().count(), calls(&project)), (0, 2));
    }
}

#[test]
fn what_was_refused_is_not_kept() {
    let project = project();
    write_manifest(&project, Runtime::Python, "deterministic: true\n");
    for statements in
        ["return 'def v_orders(:'", "raise ValueError('no')", "return {'diagnostics': [{'message': 'no'}]}"]
    {
        write_python(&project, statements);
        run(&project, &["validate"]).exits(1);
        assert_eq!(kept(&project).len(), 0, "{statements}");
    }
}

#[test]
fn warnings_are_told_in_every_run() {
    let project = project();
    write_manifest(&project, Runtime::Python, "deterministic: true\n");
    let finding = "{'severity': 'warning', 'code': 'S-1', 'message': 'the path is odd', 'path': '/spec/path'}";
    write_python(&project, &format!("return {{'body': {BODY:?}, 'diagnostics': [{finding}]}}"));
    let told = |run: Run| {
        run.exits(0).stderr.lines().skip_while(|line| !line.starts_with("warning")).collect::<Vec<_>>().join("\n")
    };
    let first = told(run(&project, &["validate", "-s"]));
    assert!(first.contains("the path is odd") && first.contains("pipelines/orders.yaml"), "{first}");
    assert_eq!(told(run_without_python(&project, &["validate", "-s"])), first);
}

#[test]
fn secrets_are_not_kept() {
    let project = project();
    let declared = "deterministic: true\nconfig:\n  schema: {type: object, properties: {password: {type: string}}}\n  secret: [/password]\n";
    write_manifest(&project, Runtime::Python, declared);
    write_python(
        &project,
        "path = action['source']['path']\nreturn '@dp.temporary_view()\\ndef v_orders():\\n    return spark.read.load(' + repr(path) + ')\\n'",
    );
    project.write("lhp.yaml", format!("{SETTINGS}  config: {{lhp-feed: {{password: \"${{FEED_PASSWORD}}\"}}}}\n"));
    project
        .write("pipelines/orders.yaml", FLOWGROUP.replace("/Volumes/shop/orders", "'/Volumes/${secret:shop/folder}'"));
    let run_with = |password: &str, arguments: &[&str]| {
        let mut command = project.command(arguments);
        Run::of(command.env("LHP_PYTHON", support::runtimes::python()).env("FEED_PASSWORD", password)).exits(0)
    };
    run_with("correct horse battery", &["generate", "-e", "dev"]);
    let module = project.read("generated/dev/bronze/orders.py");
    assert!(
        module.contains("dbutils.secrets.get(scope=\"shop\", key=\"folder\")")
            || module.contains("dbutils.secrets.get(scope='shop', key='folder')"),
        "{module}"
    );
    assert_eq!(kept(&project).len(), 1);
    for (path, content) in project.files(".lhp") {
        let text = String::from_utf8(content).unwrap();
        assert!(!text.contains("correct horse"), "{path}: {text}");
        assert!(!text.contains("dbutils") && !text.contains("folder"), "{path} has tokens only: {text}");
    }
    std::fs::remove_dir_all(project.path("generated")).unwrap();
    let again = run_with("correct horse battery", &["-v", "generate", "-e", "dev"]);
    assert!(again.stderr.contains("1 request answered without plugins"), "{}", again.stderr);
    assert_eq!(project.read("generated/dev/bronze/orders.py"), module);
    let changed = run_with("another", &["-v", "generate", "-e", "dev"]);
    assert!(!changed.stderr.contains("answered without plugins"), "{}", changed.stderr);
    // An answer with a secret in it is refused, and not kept either.
    write_python(&project, "return '# correct horse battery\\n'");
    let before = kept(&project);
    let leaking = Run::of(
        project
            .command(&["validate"])
            .env("LHP_PYTHON", support::runtimes::python())
            .env("FEED_PASSWORD", "correct horse battery"),
    )
    .exits(1);
    assert!(leaking.stderr.contains("LHP-PLG-056"), "{}", leaking.stderr);
    assert_eq!(kept(&project), before);
}

#[test]
fn a_module_is_not_even_read_if_all_answers_are_known() {
    let project = project();
    write_manifest(&project, Runtime::Wasm, "");
    write_wasm(&project, "", "(call $answer)");
    let first = run(&project, &["generate", "-e", "dev"]).exits(0);
    assert!(first.stderr.contains("1"), "{}", first.stderr);
    // Another module has another digest, and is read.
    write_wat(&project, &guest("", "", "unreachable"));
    run(&project, &["generate", "-e", "dev"]).exits(1);
    write_wasm(&project, "", "(call $answer)");
    let back = run(&project, &["-v", "generate", "-e", "dev"]).exits(0);
    assert!(back.stderr.contains("1 request answered without plugins"), "{}", back.stderr);
}

#[test]
fn what_is_kept_stays_out_of_version_control_and_can_be_removed() {
    let project = counting("");
    run(&project, &["validate"]).exits(0);
    assert!(project.read(".lhp/cache/.gitignore").ends_with("\n*\n"));
    let unused = project.run(&["plugin", "gc"]).exits(0);
    assert!(unused.stderr.contains("0 answers removed (0 KiB), 1 kept"), "{}", unused.stderr);
    let all = project.run(&["plugin", "gc", "--all"]).exits(0);
    assert!(all.stderr.contains("1 answer removed (1 KiB), 0 kept (0 KiB)"), "{}", all.stderr);
    assert_eq!(kept(&project).len(), 0);
    let outside = tempfile::tempdir().unwrap();
    Run::of(lhp(&["plugin", "gc"]).current_dir(outside.path())).exits(1);
}

#[test]
fn a_directory_that_cannot_be_written_keeps_nobody_from_working() {
    let project = counting("");
    project.write(".lhp/cache", "in the way");
    let first = run(&project, &["-v", "generate", "-e", "dev"]).exits(0);
    assert!(first.stderr.contains("results of plugins are not kept"), "{}", first.stderr);
}

#[test]
fn a_project_without_such_plugins_has_no_cache() {
    let project = project();
    write_manifest(&project, Runtime::Template, "");
    write_template(&project, BODY);
    run(&project, &["generate", "-e", "dev"]).exits(0);
    assert!(!project.path(".lhp").exists());
    let native = support::runtimes::project();
    write_manifest(&native, Runtime::Native, "");
    write_native(&native, "abort();");
    run(&native, &["generate", "-e", "dev"]).exits(1);
    assert!(!native.path(".lhp").exists());
}

#[test]
fn a_diff_and_a_check_of_one_file_use_what_is_kept_and_keep_nothing() {
    let project = counting("");
    run(&project, &["diff"]).exits(0);
    run(&project, &["validate", "pipelines/orders.yaml"]).exits(0);
    assert_eq!((calls(&project), kept(&project).len()), (2, 0));
    run(&project, &["validate"]).exits(0);
    run_without_python(&project, &["diff"]).exits(0);
    run_without_python(&project, &["validate", "pipelines/orders.yaml"]).exits(0);
    assert_eq!((calls(&project), kept(&project).len()), (3, 1));
}

/// Classes of readers and writers, and how often a method of one of them was asked.
fn sea() -> Project {
    let project = Project::copy("fixtures/readers");
    let noting = "    def get_schema(self, config):\n        with open(__file__.replace('plugins/sea/tides.py', 'calls'), 'a') as file:\n            file.write('x')\n";
    let class = project.read("plugins/sea/tides.py").replace("    def get_schema(self, config):\n", noting);
    project.write("plugins/sea/tides.py", class);
    project
}

#[test]
fn l_30_readers_and_writers_of_a_deterministic_plugin_start_no_runtime_in_a_second_run() {
    let project = sea();
    let manifest = project.read("plugins/sea/plugin.yaml").replace("runtime:", "deterministic: true\nruntime:");
    project.write("plugins/sea/plugin.yaml", manifest);
    run(&project, &["generate", "-e", "dev"]).exits(0);
    let first = project.files("generated");
    assert_eq!(calls(&project), 2);
    std::fs::remove_dir_all(project.path("generated")).unwrap();
    run_without_python(&project, &["generate", "-e", "dev"]).exits(0);
    assert_eq!((project.files("generated"), calls(&project)), (first, 2));
    // What is copied depends on every file of the plugin.
    project.write("plugins/sea/helper.py", project.read("plugins/sea/helper.py") + "\n\nTIDE = 1\n");
    run(&project, &["generate", "-e", "dev"]).exits(0);
    let copied = project.read("generated/dev/sea/custom_python_functions/lhp_tides/helper.py");
    assert!(copied.contains("TIDE = 1"), "{copied}");
}

#[test]
fn methods_of_a_class_that_need_not_be_deterministic_are_asked_in_every_run() {
    let project = sea();
    for asked in [2, 4] {
        run(&project, &["generate", "-e", "dev"]).exits(0);
        assert_eq!(calls(&project), asked);
    }
    let run = run_without_python(&project, &["generate", "-e", "dev"]).exits(1);
    assert!(run.stderr.contains("LHP-PLG-013"), "{}", run.stderr);
}
