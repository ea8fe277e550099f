//! Plugins as native libraries, through the program itself: they work where the project allows them, and a library that
//! crashes takes nothing with it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::process::Command;

use support::project::{Project, Run};

/// A project with a new native plugin of a kind. None if there is no C compiler here.
fn project(kind: &str) -> Option<Project> {
    Command::new("cc").arg("--version").output().ok()?;
    let project = Project::new(&[("substitutions/dev.yaml", "dev: {}\n")]);
    project.write("lhp.yaml", "name: shop\n");
    project.run(&["plugin", "create", "my-plugin", "--kind", kind, "--runtime", "native"]).exits(0);
    allow(&project, "allow_native: true");
    Some(project)
}

fn build(project: &Project) {
    let script = project.path("plugins/my-plugin/build.sh");
    assert!(Command::new("sh").arg(script).output().unwrap().status.success());
}

/// Replaces a piece of the source of the plugin.
fn change(project: &Project, from: &str, to: &str) {
    let source = project.read("plugins/my-plugin/src/plugin.c");
    assert!(source.contains(from));
    project.write("plugins/my-plugin/src/plugin.c", source.replace(from, to));
}

fn allow(project: &Project, how: &str) {
    let text =
        format!("name: shop\nplugins:\n  trust: {{require_lock: never}}\n  use:\n    - id: my-plugin\n      {how}\n");
    project.write("lhp.yaml", text.trim_end());
}

fn load(project: &Project, source: &str) {
    let text = format!(
        "pipeline: bronze\nflowgroup: orders\nactions:\n  - name: load_orders\n    type: load\n    source: {source}\n    \
         target: v_orders\n  - {{name: write_orders, type: write, source: v_orders, write_target: {{type: \
         materialized_view, catalog: shop, schema: bronze, table: orders}}}}\n"
    );
    project.write("pipelines/orders.yaml", text);
}

fn generate(project: &Project) -> Run {
    project.run(&["generate", "-e", "dev"])
}

#[test]
fn l_01_a_library_adds_a_type_of_loads() {
    let Some(project) = project("load") else { return };
    build(&project);
    load(&project, "{type: my_plugin, path: /in, options: {a: true, \"b\\\"c\": [null, 1.5, \"x\\n\"]}}");
    generate(&project).exits(0);
    let made = project.read("generated/dev/bronze/orders.py");
    assert!(made.contains("    reader = reader.option(\"a\", True)\n"), "{made}");
    assert!(made.contains("    reader = reader.option('b\"c', [None, 1.5, \"x\\n\"])\n"), "{made}");
    let checked = project.run(&["plugin", "check"]).exits(0);
    assert!(checked.stdout.contains("\nmy-plugin\t0.1.0\tnative\t./plugins\tok\n"), "{}", checked.stdout);
}

#[test]
fn l_05_a_library_can_be_a_hook() {
    let Some(project) = project("hook") else { return };
    build(&project);
    load(&project, "{type: delta, catalog: shop, schema: raw}");
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("pipeline bronze has an error: "), "{}", run.stderr);
}

#[test]
fn a_library_runs_only_where_the_project_allows_it() {
    let Some(project) = project("load") else { return };
    build(&project);
    load(&project, "{type: my_plugin, path: /in}");
    for how in ["", "allow_native: false"] {
        allow(&project, how);
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains("allow_native"), "{}", run.stderr);
        assert!(run.stderr.contains("error[LHP-PLG-05"), "{}", run.stderr);
        assert!(!project.path("generated").exists());
    }
}

#[test]
fn a_library_that_was_not_built_says_how_it_is_built() {
    let Some(project) = project("load") else { return };
    load(&project, "{type: my_plugin, path: /in}");
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-013/requirement-missing]: "), "{}", run.stderr);
    assert!(run.stderr.contains("help: run `sh build.sh` in the directory of the plugin"), "{}", run.stderr);
}

#[test]
fn n_14_a_library_that_crashes_ends_its_own_process_only() {
    let Some(project) = project("load") else { return };
    change(
        &project,
        "    (void)method;\n",
        "    (void)method;\n    if (find(find(params, \"spec\"), \"format\").at) abort();\n",
    );
    build(&project);
    load(&project, "{type: my_plugin, path: /in, format: csv}");
    let other = project.read("pipelines/orders.yaml").replace("format: csv", "options: {}").replace("orders", "others");
    project.write("pipelines/others.yaml", other);
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-048/plugin-crashed]: "), "{}", run.stderr);
    assert!(run.stderr.contains("\n1 error\n"), "{}", run.stderr);
}

#[test]
fn a_library_without_a_function_or_for_another_version_is_found_by_the_check() {
    let Some(project) = project("load") else { return };
    let header = project.read("plugins/my-plugin/src/lhp.h");
    let version = "unsigned int lhp_abi(void) { return 1; }";
    project.write("plugins/my-plugin/src/lhp.h", header.replace(version, &version.replace('1', "2")));
    build(&project);
    let other = project.run(&["plugin", "check"]).exits(1);
    assert!(other.stderr.contains("error[LHP-PLG-032/wrong-interface-version]: "), "{}", other.stderr);
    project.write("plugins/my-plugin/src/lhp.h", header.replace("lhp_free(char", "lhp_release(char"));
    build(&project);
    let lacking = project.run(&["plugin", "check"]).exits(1);
    assert!(lacking.stderr.contains("error[LHP-PLG-031/wrong-interface]: "), "{}", lacking.stderr);
    assert!(lacking.stderr.contains("`lhp_free`"), "{}", lacking.stderr);
}

#[test]
fn a_reader_of_another_tool_is_checked_by_its_own_functions() {
    let Some(project) = project("reader") else { return };
    build(&project);
    project.run(&["plugin", "check"]).exits(0);
    change(&project, "void free_reader(", "void release_reader(");
    build(&project);
    let lacking = project.run(&["plugin", "check"]).exits(1);
    assert!(lacking.stderr.contains("`free_reader`"), "{}", lacking.stderr);
}
