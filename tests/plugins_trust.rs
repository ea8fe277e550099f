//! Plugins are used only as far as they are allowed, granted and locked.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use support::plugins::{TEMPLATE, codes, flowgroup, manifest, options, plugin, statuses, table, table_with};
use support::project::{Project, Run};

const LOCK: &str = "lhp-plugins.lock";
const PACKAGE: &str = ".venv/lib/python3.11/site-packages/lhp_s3";

/// A project that uses the plugin `lhp-s3` in its directory.
fn project(settings: &str, more: &str) -> Project {
    let project = Project::new(&[]);
    project.write("lhp.yaml", format!("name: shop\n{settings}"));
    project.write("pipelines/orders.yaml", flowgroup("s3_batch"));
    project.write("substitutions/dev.yaml", "dev:\n  catalog: shop\n");
    project.write("plugins/s3/plugin.yaml", manifest("lhp-s3", "s3_batch", more));
    project.write("plugins/s3/s3.py.j2", TEMPLATE);
    project
}

/// A project whose plugin is an installed package, which must be locked.
fn installed(trust: &str) -> Project {
    let project = project(&format!("plugins:\n  use: [{{id: lhp-s3}}]\n{trust}"), "");
    let home = format!("{PACKAGE}-1.0.0.dist-info");
    project.write(&format!("{home}/METADATA"), "Name: lhp-s3\nVersion: 1.0.0\n");
    project.write(&format!("{home}/entry_points.txt"), "[lhp.load_generators]\ns3_batch = lhp_s3:S3\n");
    std::fs::rename(project.path("plugins/s3"), project.path(PACKAGE)).unwrap();
    project
}

#[test]
fn p_29_only_allowed_plugins_are_loaded() {
    let project = project("plugins:\n  allow: ['my-*']\n", "");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-051/plugin-not-allowed]"), "{}", run.stderr);
    project.write("pipelines/orders.yaml", flowgroup("delta"));
    let (refused, report) = table(project.root());
    // What nobody uses is not worth a word.
    assert_eq!((codes(&report), statuses(&refused)), (Vec::new(), vec!["lhp-s3 blocked".to_owned()]));
    project.write("lhp.yaml", "name: shop\nplugins:\n  allow: ['my-*', lhp-s3]\n");
    assert_eq!(statuses(&table(project.root()).0), ["lhp-s3 active"]);
    project.write("lhp.yaml", "name: shop\nplugins:\n  allow: ['lhp-*']\n  deny: [lhp-s3]\n");
    assert_eq!(statuses(&table(project.root()).0), ["lhp-s3 blocked"]);
}

#[test]
fn p_29_the_variable_narrows_what_is_allowed() {
    let project = project("plugins:\n  allow: ['lhp-*']\n", "");
    let narrowed: fn(&str) -> Option<String> = |name| (name == "LHP_PLUGINS_ALLOW").then(|| "lhp-kafka".to_owned());
    assert_eq!(statuses(&table_with(project.root(), options(narrowed)).0), ["lhp-s3 blocked"]);
    let wider: fn(&str) -> Option<String> = |name| (name == "LHP_PLUGINS_ALLOW").then(|| "[\"*\"]".to_owned());
    assert_eq!(statuses(&table_with(project.root(), options(wider)).0), ["lhp-s3 active"]);
}

#[test]
fn p_29_help_names_what_really_decided() {
    let cases = [
        ("allow: ['my-*']", None, "help: add `lhp-s3` to `plugins.allow`, or do without the plugin"),
        ("deny: ['*-s3']", None, "help: remove `*-s3` from `plugins.deny`, or do without the plugin"),
        ("allow: ['lhp-*']", Some("lhp-kafka"), "help: add `lhp-s3` to `LHP_PLUGINS_ALLOW`, or do without the plugin"),
    ];
    for (settings, variable, help) in cases {
        let project = project(&format!("plugins:\n  {settings}\n"), "");
        for arguments in [["validate"].as_slice(), &["plugin", "doctor", "lhp-s3"]] {
            let mut command = project.command(arguments);
            variable.map(|value| command.env("LHP_PLUGINS_ALLOW", value));
            let run = Run::of(&mut command);
            assert!(format!("{}{}", run.stdout, run.stderr).contains(help), "{help}:\n{}{}", run.stdout, run.stderr);
        }
    }
}

#[test]
fn permissions_are_what_is_asked_for_and_granted() {
    let asks = "permissions: {read: ['schemas/**'], env: [AWS_REGION]}\n";
    let project =
        project("plugins:\n  use:\n    - id: lhp-s3\n      grant: {read: ['**'], env: [AWS_REGION, HOME]}\n", asks);
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), Vec::<String>::new());
    let granted = &plugin(&table, "lhp-s3").granted;
    assert_eq!(
        (granted.read.as_slice(), granted.env.as_slice()),
        (["schemas/**".to_owned()].as_slice(), ["AWS_REGION".to_owned()].as_slice())
    );
}

#[test]
fn a_missing_grant_is_told_with_the_yaml_to_add() {
    let project = project("plugins:\n  use:\n    - id: lhp-s3 # ours\n", "permissions: {env: [AWS_REGION]}\n");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-052/permission-missing]"), "{}", run.stderr);
    assert!(run.stderr.contains("write `grant: {env: [AWS_REGION]}`"), "{}", run.stderr);
    let shown = project.run(&["plugin", "trust", "lhp-s3", "--dry-run"]).exits(0);
    assert!(shown.stdout.contains("+      grant: {env: [AWS_REGION]}"), "{}", shown.stdout);
    assert!(!project.path(LOCK).exists());
    let trusted = project.run(&["plugin", "trust", "lhp-s3"]).exits(0);
    assert!(
        trusted.stdout.contains("asks for: {env: [AWS_REGION]}") && trusted.stdout.contains("locked  lhp-s3 1.0.0"),
        "{}",
        trusted.stdout
    );
    assert_eq!(
        project.read("lhp.yaml"),
        "name: shop\nplugins:\n  use:\n    - id: lhp-s3 # ours\n      grant: {env: [AWS_REGION]}\n"
    );
    project.run(&["generate", "-e", "dev", "--locked"]).exits(0);
    // Asking for more needs another approval.
    project.write(
        "plugins/s3/plugin.yaml",
        manifest("lhp-s3", "s3_batch", "permissions: {env: [AWS_REGION, AWS_SECRET]}\n"),
    );
    project.write("lhp.yaml", "name: shop\nplugins:\n  use:\n    - {id: lhp-s3, grant: {env: ['AWS_*']}}\n");
    let run = project.run(&["validate", "--locked"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-053/lock-missing]: the plugin `lhp-s3` may do more"), "{}", run.stderr);
}

#[test]
fn trusting_an_unknown_plugin_is_an_error_with_a_guess() {
    let project = project("", "");
    let run = project.run(&["plugin", "trust", "lhp-s4"]).exits(1);
    assert!(
        run.stderr.contains("LHP-PLG-010/plugin-not-found") && run.stderr.contains("did you mean `lhp-s3`?"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_lock_file_is_the_same_whoever_writes_it() {
    let project = project(
        "",
        "artifacts: {lib/other.so: 'sha256:0000000000000000000000000000000000000000000000000000000000000000'}\n",
    );
    project.write("plugins/a/plugin.yaml", manifest("a-plugin", "a", ""));
    project.write("plugins/a/s3.py.j2", TEMPLATE);
    project.run(&["plugin", "lock"]).exits(0);
    let first = project.read(LOCK);
    let ids: Vec<&str> = first.lines().filter(|line| line.starts_with("id = ")).collect();
    assert_eq!(ids, ["id = \"a-plugin\"", "id = \"lhp-s3\""]);
    assert!(
        first.contains(
            "source = \"path:./plugins/s3\"\napi = \"1.0\"\nruntime = \"template\"\nprovides = [\"load/s3_batch\"]\n"
        ),
        "{first}"
    );
    assert!(first.contains("[plugin.artifacts]\n\"lib/other.so\" = \"0000"), "{first}");
    let copy = Project::new(&[]);
    support::copy_tree(project.root(), copy.root());
    copy.remove(LOCK);
    copy.write("plugins/a/__pycache__/x.pyc", "leftover");
    copy.run(&["plugin", "lock"]).exits(0);
    assert_eq!(copy.read(LOCK), first);
    let again = copy.run(&["plugin", "lock"]).exits(0);
    assert_eq!(again.stdout, "");
    copy.run(&["plugin", "lock", "--check"]).exits(0);
}

#[test]
fn a_lock_that_is_not_current_is_shown_and_one_entry_can_be_renewed() {
    let project = project("", "");
    let missing = project.run(&["plugin", "lock", "--check"]).exits(1);
    assert!(missing.stdout.contains("+id = \"lhp-s3\""), "{}", missing.stdout);
    project.run(&["plugin", "lock"]).exits(0);
    let before = project.read(LOCK);
    project.write("plugins/s3/s3.py.j2", format!("{TEMPLATE}{{# changed #}}\n"));
    project.write("plugins/b/plugin.yaml", manifest("b-plugin", "b", ""));
    project.write("plugins/b/s3.py.j2", TEMPLATE);
    let changed = project.run(&["plugin", "lock", "--check"]).exits(1);
    assert!(
        changed.stdout.contains("-tree_sha256") && changed.stdout.contains("+id = \"b-plugin\""),
        "{}",
        changed.stdout
    );
    assert_eq!(project.read(LOCK), before);
    let updated = project.run(&["plugin", "lock", "--update", "lhp-s3"]).exits(0);
    assert_eq!(updated.stdout, "updated lhp-s3 1.0.0\n");
    assert!(!project.read(LOCK).contains("b-plugin"));
    let unknown = project.run(&["plugin", "lock", "--update", "c-plugin"]).exits(1);
    assert!(unknown.stderr.contains("the project uses no plugin `c-plugin`"), "{}", unknown.stderr);
}

#[test]
fn with_locked_a_plugin_of_the_project_must_be_what_was_locked() {
    let project = project("", "");
    // It need not be locked, but if it is, it counts.
    project.run(&["generate", "-e", "dev", "--locked"]).exits(0);
    project.run(&["plugin", "lock"]).exits(0);
    project.run(&["generate", "-e", "dev", "--locked"]).exits(0);
    let generated = project.files("generated");
    project.write("plugins/s3/s3.py.j2", TEMPLATE.replace("parquet", "csv"));
    let run = project.run(&["generate", "-e", "dev", "--locked"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-050/digest-mismatch]"), "{}", run.stderr);
    assert!(run.stderr.contains("expected sha256:") && run.stderr.contains("actual   sha256:"), "{}", run.stderr);
    assert!(run.stderr.contains("lhp plugin lock --update lhp-s3"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("error[").count(), 1, "one fault, one error: {}", run.stderr);
    assert_eq!(project.files("generated"), generated);
    for command in ["validate", "diff"] {
        project.run(&[command, "-e", "dev", "--locked"]).exits(1);
    }
    // While it is being written, nobody is bothered.
    project.run(&["generate", "-e", "dev"]).exits(0);
    let verified = project.run(&["plugin", "verify"]).exits(1);
    assert_eq!(verified.stdout, "refused\tlhp-s3 1.0.0\tit is not what the lock file says\n");
    project.run(&["plugin", "lock"]).exits(0);
    let verified = project.run(&["plugin", "verify", "--json"]).exits(0);
    let rows: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!(rows["plugins"][0]["result"], "ok");
}

#[test]
fn with_locked_a_plugin_that_disappeared_is_missed() {
    let project = project("", "");
    project.run(&["plugin", "lock"]).exits(0);
    std::fs::remove_dir_all(project.path("plugins")).unwrap();
    let run = project.run(&["validate", "--locked"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-053/lock-stale]"), "{}", run.stderr);
}

#[test]
fn an_installed_plugin_without_a_lock_is_a_warning_and_an_error_under_ci() {
    let project = installed("");
    let run = project.run(&["validate", "--show-details"]).exits(0);
    assert!(run.stderr.contains("warning[LHP-PLG-053/lock-missing]"), "{}", run.stderr);
    let ci = || Run::of(project.command(&["validate"]).env("CI", "true"));
    let refused = ci().exits(1);
    assert!(refused.stderr.contains("error[LHP-PLG-053/lock-missing]"), "{}", refused.stderr);
    assert!(refused.stderr.contains("run `lhp plugin trust lhp-s3`"), "{}", refused.stderr);
    project.run(&["validate", "--locked"]).exits(1);
    let trusted = Run::of(project.command(&["plugin", "trust", "lhp-s3"]).env("CI", "true")).exits(0);
    assert!(trusted.stdout.contains("locked  lhp-s3"), "{}", trusted.stdout);
    assert!(project.read(LOCK).contains("source = \"pypi:lhp-s3==1.0.0\""), "{}", project.read(LOCK));
    ci().exits(0);
    project.run(&["validate", "--locked"]).exits(0);
    project.write(&format!("{PACKAGE}/s3.py.j2"), TEMPLATE.replace("parquet", "csv"));
    let run = ci().exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-050/digest-mismatch]"), "{}", run.stderr);
    let run = project.run(&["validate", "--show-details"]).exits(0);
    assert!(run.stderr.contains("warning[LHP-PLG-050/digest-mismatch]"), "{}", run.stderr);
}

#[test]
fn a_project_may_always_or_never_demand_a_lock() {
    let never = installed("  trust: {require_lock: never}\n");
    Run::of(never.command(&["validate", "--strict"]).env("CI", "true")).exits(0);
    let always = installed("  trust: {require_lock: always}\n");
    always.run(&["validate"]).exits(1);
    always.run(&["plugin", "lock"]).exits(0);
    always.run(&["validate"]).exits(0);
    // Templates of the project need no entry; one that is there counts.
    let own = project("plugins:\n  trust: {require_lock: true}\n", "");
    own.run(&["validate"]).exits(0);
    own.run(&["plugin", "lock"]).exits(0);
    own.write("plugins/s3/s3.py.j2", format!("{TEMPLATE}\n"));
    own.run(&["validate"]).exits(1);
}

#[test]
fn a_plugin_that_is_being_developed_is_not_compared_until_it_is_locked() {
    let settings =
        "plugins:\n  trust: {require_lock: always}\n  use: [{id: lhp-s3, source: 'path:./plugins/s3', dev: true}]\n";
    let project = project(settings, "");
    project.run(&["validate"]).exits(0);
    let run = project.run(&["validate", "--locked"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-053/dev-plugin-locked]"), "{}", run.stderr);
}

#[test]
fn digests_in_the_manifest_are_checked_for_the_files_that_are_there() {
    let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let project = project("", &format!("artifacts: {{lib/other-platform.so: '{digest}'}}\n"));
    project.run(&["validate"]).exits(0);
    project.write("plugins/s3/lib/other-platform.so", "not the library");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-050/digest-mismatch]"), "{}", run.stderr);
}

#[test]
fn nothing_is_locked_while_something_is_wrong() {
    let project = project("plugins:\n  use: [{id: lhp-s4}]\n", "");
    let run = project.run(&["plugin", "lock"]).exits(1);
    assert!(run.stderr.contains("LHP-PLG-010") && !project.path(LOCK).exists(), "{}", run.stderr);
}

#[test]
fn trusting_a_native_plugin_allows_its_code_in_so_many_words() {
    for (before, after) in [
        ("name: shop\n", "name: shop\n\nplugins:\n  use:\n    - id: n\n      allow_native: true\n"),
        (
            "plugins:\n  use:\n    - id: n  # ours\n",
            "plugins:\n  use:\n    - id: n  # ours\n      allow_native: true\n",
        ),
        ("plugins: {use: [{id: n}]}\n", "plugins: {use: [{id: n, allow_native: true}]}\n"),
        (
            "plugins:\n  use:\n    - id: n\n      allow_native: false  # not yet\n",
            "plugins:\n  use:\n    - id: n\n      allow_native: true  # not yet\n",
        ),
        ("plugins:\n  use:  # none\n", "plugins:\n  use:  # none\n    - id: n\n      allow_native: true\n"),
    ] {
        let project = Project::new(&[("lhp.yaml", before), ("substitutions/dev.yaml", "dev: {}\n")]);
        project.run(&["plugin", "create", "n", "--kind", "load", "--runtime", "native"]).exits(0);
        let shown = project.run(&["plugin", "trust", "n", "--dry-run"]).exits(0);
        assert!(shown.stdout.contains("allow_native: true"), "{}", shown.stdout);
        assert_eq!(project.read("lhp.yaml"), before);
        let trusted = project.run(&["plugin", "trust", "n"]).exits(0);
        assert!(trusted.stdout.contains("its native code can do whatever you can do\n"), "{}", trusted.stdout);
        assert!(trusted.stderr.contains("wrote `allow_native: true` for n into `lhp.yaml`\n"), "{}", trusted.stderr);
        assert_eq!(project.read("lhp.yaml"), after);
        assert!(project.read(LOCK).contains("id = \"n\""));
        let listed = project.run(&["plugin", "list"]).exits(0);
        assert!(listed.stdout.contains("active"), "{}", listed.stdout);
        let again = project.run(&["plugin", "trust", "n"]).exits(0);
        assert_eq!(project.read("lhp.yaml"), after, "twice is once");
        assert!(!again.stderr.contains("wrote `allow_native"), "{}", again.stderr);
    }
}

#[test]
fn trust_writes_all_that_a_plugin_needs_and_nothing_for_one_that_is_excluded() {
    let files = [("lhp.yaml", "name: shop\nplugins:\n  deny: [n]\n"), ("substitutions/dev.yaml", "dev: {}\n")];
    let project = Project::new(&files);
    project.run(&["plugin", "create", "n", "--kind", "load", "--runtime", "native"]).exits(0);
    let manifest = project.read("plugins/n/plugin.yaml");
    project.write("plugins/n/plugin.yaml", format!("{manifest}permissions: {{env: [AWS_REGION]}}\n"));
    let before = project.files("");
    let run = project.run(&["plugin", "trust", "n"]).exits(1);
    assert!(run.stderr.contains("`n` under `plugins.deny` excludes it"), "{}", run.stderr);
    assert_eq!(project.files(""), before);
    project.write("lhp.yaml", "name: shop\n");
    let run = project.run(&["plugin", "trust", "n"]).exits(0);
    let says = "wrote `allow_native: true` and `grant: {env: [AWS_REGION]}` for n into `lhp.yaml`\n";
    assert!(run.stderr.contains(says), "{}", run.stderr);
    let entry = "    - id: n\n      grant: {env: [AWS_REGION]}\n      allow_native: true\n";
    assert_eq!(project.read("lhp.yaml"), format!("name: shop\n\nplugins:\n  use:\n{entry}"));
    project.run(&["plugin", "disable", "n"]).exits(0);
    let run = project.run(&["plugin", "trust", "n"]).exits(1);
    assert!(run.stderr.contains("help: `lhp plugin enable n` switches it on"), "{}", run.stderr);
}
