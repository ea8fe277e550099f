//! What a run tells about itself: phases and pipelines that are done, files that were removed, pipelines that failed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use support::project::Project;

/// A flowgroup that copies a table of its own name.
fn flowgroup(pipeline: &str, name: &str) -> String {
    format!(
        "pipeline: {pipeline}
flowgroup: {name}
actions:
  - name: load_{name}
    type: load
    source: {{type: delta, catalog: c, schema: sales, table: {name}}}
    target: v_{name}
  - name: write_{name}
    type: write
    source: v_{name}
    write_target: {{type: streaming_table, catalog: c, schema: bronze, table: {name}}}
"
    )
}

/// A project with two pipelines of one flowgroup each.
fn shop() -> Project {
    let project = Project::new(&[("lhp.yaml", "name: shop\n"), ("substitutions/dev.yaml", "dev: {}\n")]);
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders"));
    project.write("pipelines/refunds.yaml", flowgroup("money", "refunds"));
    project
}

/// The lines before the first diagnostic, without times.
fn progress(stderr: &str) -> String {
    stderr.split("error[").next().unwrap().to_owned()
}

// Phases and pipelines

#[test]
fn nothing_is_done_after_a_phase_that_failed() {
    let project = shop();
    project.write("pipelines/broken.yaml", "pipeline: [\n");
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert_eq!(progress(&run.timeless()), "✗ discover\n");
    let run = project.run(&["validate"]).exits(1);
    assert_eq!(progress(&run.timeless()), "✗ discover\n0 validated · 1 failed\n");

    project.write("pipelines/broken.yaml", flowgroup("raw", "orders"));
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert_eq!(progress(&run.timeless()), "✓ discover\n✗ preflight\n");
    let run = project.run(&["validate"]).exits(1);
    assert_eq!(progress(&run.timeless()), "✓ discover\n✗ preflight\n0 validated · 1 failed\n");
}

#[test]
fn what_a_later_phase_finds_is_told_all_the_same() {
    let project = shop();
    project.write("pipelines/broken.yaml", "pipeline: [\n");
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders").replace("delta", "dleta"));
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert_eq!(
        progress(&run.timeless()),
        "✗ discover\n✗ generate\n✗ raw  LHP-VAL-007  there is no load of type `dleta`\n"
    );
}

#[test]
fn pipelines_without_errors_are_validated_but_not_generated_beside_one_with_errors() {
    let project = shop();
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders").replace("delta", "dleta"));
    let failed = "✗ raw  LHP-VAL-007  there is no load of type `dleta`\n";
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert_eq!(progress(&run.timeless()), format!("✓ discover\n✓ preflight\n✗ generate\n{failed}"));
    let run = project.run(&["validate"]).exits(1);
    let expected = format!("✓ discover\n✓ preflight\n✗ validate\n✓ money  0 files\n{failed}1 validated · 1 failed\n");
    assert_eq!(progress(&run.timeless()), expected);
}

// Pipelines that failed

#[test]
fn several_failed_pipelines_are_summed_up_under_a_code() {
    let project = shop();
    project.write("pipelines/visits.yaml", flowgroup("web", "visits"));
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders").replace("delta", "dleta"));
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert!(!run.stderr.contains("LHP-VAL-902"), "{}", run.stderr);

    project
        .write("pipelines/refunds.yaml", flowgroup("money", "refunds").replace("catalog: c", "catalog: \"${gone}\""));
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    let last = "LHP-VAL-902  2 of 3 pipelines failed: money (LHP-CFG-010), raw (LHP-VAL-007); nothing was written\n";
    assert!(run.stderr.ends_with(last), "{}", run.stderr);
    assert!(!project.path("generated").exists());
    for arguments in [&["validate"][..], &["diff"]] {
        let run = project.run(arguments).exits(1);
        assert!(!run.stderr.contains("LHP-VAL-902"), "{arguments:?}: {}", run.stderr);
    }
}

// Files that were removed

#[test]
fn removed_files_are_told_and_named_on_request() {
    for (option, told) in [
        (None, "- 2 files removed, no longer generated — run with --show-details to list\n"),
        (
            Some("-s"),
            "- 2 files removed, no longer generated\n  generated/dev/money/refunds.py\n  generated/dev/stray.py\n",
        ),
    ] {
        let project = shop();
        let run = project.run(&["generate", "-e", "dev"]).exits(0);
        assert!(!run.stderr.contains("removed"), "{}", run.stderr);
        project.write("generated/dev/stray.py", "print('by whomever')\n");
        project.remove("pipelines/refunds.yaml");
        let arguments: Vec<&str> = ["generate", "-e", "dev"].into_iter().chain(option).collect();
        let run = project.run(&arguments).exits(0);
        assert!(run.stderr.contains(told), "{}", run.stderr);
        assert_eq!(project.generated("generated/dev"), ["raw/orders.py"]);
    }
}

#[test]
fn a_run_that_fails_removes_nothing_and_tells_so() {
    let project = shop();
    project.run(&["generate", "-e", "dev"]).exits(0);
    project.write("generated/dev/stray.py", "");
    let before = project.files("generated");
    project.write("pipelines/orders.yaml", flowgroup("raw", "orders").replace("delta", "dleta"));
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert!(!run.stderr.contains("removed"), "{}", run.stderr);
    assert_eq!(project.files("generated"), before);
}

// Output directories that are not ours

#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_to_sources_is_refused() {
    for target in ["../pipelines", "..", "../substitutions"] {
        let project = shop();
        std::fs::create_dir(project.path("generated")).unwrap();
        std::os::unix::fs::symlink(target, project.path("generated/dev")).unwrap();
        let inputs = || (project.files("pipelines"), project.files("substitutions"), project.read("lhp.yaml"));
        let before = inputs();
        for arguments in [&["generate", "-e", "dev"][..], &["validate"], &["diff"]] {
            let run = project.run(arguments).exits(1);
            assert!(run.stderr.contains("error[LHP-IO-030/output-not-ours]"), "{target}: {}", run.stderr);
            assert!(run.stderr.contains("generated/dev`"), "{target}: {}", run.stderr);
        }
        assert_eq!(inputs(), before, "{target}");
    }
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_to_a_directory_of_its_own_is_used() {
    let project = shop();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir(project.path("generated")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), project.path("generated/dev")).unwrap();
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(elsewhere.path().join("raw/orders.py").is_file());
    assert!(project.path("generated/dev").is_symlink());
}

#[test]
fn an_output_that_holds_files_which_the_run_reads_is_refused() {
    let query = flowgroup("raw", "orders").replace(
        "{type: delta, catalog: c, schema: sales, table: orders}",
        "{type: sql, sql_path: generated/dev/sql/q.sql}",
    );
    let project = shop();
    project.write("pipelines/orders.yaml", query);
    project.write("generated/dev/sql/q.sql", "SELECT 1");
    project.write("generated/dev/sql/stray.py", "");
    let before = project.files("");
    for arguments in [&["generate", "-e", "dev"][..], &["validate"]] {
        let run = project.run(arguments).exits(1);
        assert!(run.stderr.contains("error[LHP-IO-030/output-not-ours]"), "{}", run.stderr);
        assert!(run.stderr.contains("sql`"), "{}", run.stderr);
    }
    assert_eq!(project.files(""), before);
}
