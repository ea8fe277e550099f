//! Plugins are found in directories, in packages and by name, without running anything of them; the project decides
//! which are used.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::time::{Duration, Instant};

use lhp::plugin::{Kind, Origin, Place, Status};
use support::plugins::{
    TEMPLATE, codes, flowgroup, listed, manifest, options, plugin, rows, statuses, table, table_with,
};
use support::project::{Project, Run};

const SITE: &str = ".venv/lib/python3.11/site-packages";

/// A project with a flowgroup that uses a type.
fn project(settings: &str, source_type: &str) -> Project {
    let project = Project::new(&[]);
    project.write("lhp.yaml", format!("name: shop\n{settings}"));
    project.write("pipelines/orders.yaml", flowgroup(source_type));
    project.write("substitutions/dev.yaml", "dev:\n  catalog: shop\n");
    project
}

fn add_plugin(project: &Project, directory: &str, manifest: &str) {
    project.write(&format!("{directory}/plugin.yaml"), manifest);
    project.write(&format!("{directory}/s3.py.j2"), TEMPLATE);
}

fn add_package(project: &Project, name: &str, version: &str, entry_points: &str) {
    let home = format!("{SITE}/{}-{version}.dist-info", name.replace('-', "_"));
    project.write(
        &format!("{home}/METADATA"),
        format!(
            "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: Batch loads\nAuthor: Example \
             Author\nLicense: MIT\nHome-page: https://example.invalid\nKeywords: s3,batch\nRequires-Python: \
             >=3.9\nRequires-Dist: boto3>=1.26.0\n\nLong: text\n"
        ),
    );
    project.write(&format!("{home}/entry_points.txt"), entry_points);
}

#[test]
fn l_06_entry_points_are_found_without_an_interpreter() {
    let project = project("plugins: {}\n", "delta");
    add_package(
        &project,
        "lhp-s3",
        "1.2.0",
        "[console_scripts]\ns3 = lhp_s3:main\n\n[lhp.load_generators]\ns3_batch = lhp_s3.plugin:S3Plugin\n\
         [lhp.transform_generators]\nmask = lhp_s3.plugin:Mask\n[lhp.write_generators]\nlake = lhp_s3.plugin:Lake\n\
         [lhp.event_hooks]\nslack = lhp_s3.hooks:Slack\n",
    );
    // There is no interpreter in this environment that could start.
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), Vec::<String>::new());
    let found = plugin(&table, "lhp-s3");
    assert_eq!((found.status.word(), found.origin.word()), ("available", "entry-point"));
    assert_eq!(found.origin, Origin::EntryPoint("lhp-s3 1.2.0".to_owned()));
    assert_eq!(
        rows(&table),
        ["load/s3_batch available", "transform/mask available", "write/lake available", "hook/slack available"]
    );
}

#[test]
fn l_07_a_manifest_in_the_directory_of_plugins_is_enough() {
    let project = project("", "s3_batch");
    let before = project.run(&["generate", "-e", "dev"]).exits(1);
    assert!(before.stderr.contains("LHP-VAL-007/unknown-sub-type"), "{}", before.stderr);
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(project.read("generated/dev/bronze/orders.py").contains(".load(\"landing\")"));
}

#[test]
fn l_07_directories_can_be_configured_and_the_first_one_wins() {
    let project = project("plugins:\n  directories: [first, ./second, ../nowhere]\n", "s3_batch");
    add_plugin(&project, "first/s3", &manifest("lhp-s3", "s3_batch", ""));
    add_plugin(&project, "second/s3", &manifest("lhp-s3", "s3_batch", "").replace("1.0.0", "2.0.0"));
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), ["warning LHP-PLG-010/plugin-directory-missing"]);
    assert_eq!(statuses(&table), ["lhp-s3 active", "lhp-s3 shadowed"]);
    assert_eq!(table.plugins()[0].manifest.version, "1.0.0");
    let places: Vec<(&str, bool, usize)> =
        table.searched().iter().map(|place| (place.place.as_str(), place.exists, place.found)).collect();
    assert_eq!(places[..3], [("first", true, 1), ("./second", true, 1), ("../nowhere", false, 0)]);
}

#[test]
fn l_08_an_entry_of_use_registers_a_plugin_from_anywhere() {
    let project =
        project("plugins:\n  use:\n    - {id: lhp-s3, source: 'path:./tools/s3', version: '>=1.0, <2'}\n", "s3_batch");
    add_plugin(&project, "tools/s3", &manifest("lhp-s3", "s3_batch", ""));
    project.run(&["validate"]).exits(0);
    let (table, _) = table(project.root());
    assert_eq!(plugin(&table, "lhp-s3").origin, Origin::Used);
}

#[test]
fn a_path_that_leaves_the_project_is_outside_of_it() {
    let project = project("plugins:\n  directories: [plugins/../../elsewhere, ./more/../more]\n", "delta");
    let root = project.path("project");
    support::copy_tree(&project.path("pipelines"), &root.join("pipelines"));
    std::fs::copy(project.path("lhp.yaml"), root.join("lhp.yaml")).unwrap();
    add_plugin(&project, "elsewhere/s3", &manifest("lhp-s3", "s3_batch", ""));
    add_plugin(&project, "project/more/s4", &manifest("lhp-s4", "s4_batch", ""));
    let (table, _) = table(&root);
    assert_eq!(plugin(&table, "lhp-s3").place, Place::Outside);
    assert_eq!(plugin(&table, "lhp-s4").place, Place::Project);
}

#[test]
fn l_09_p_18_metadata_of_manifests_and_packages_is_known() {
    let project = project("plugins: {}\n", "delta");
    let more = "name: S3\ndescription: Batch loads\nauthor: {name: A, email: a@example.invalid}\nlicense: MIT\n\
                homepage: https://example.invalid\ndocumentation_url: https://example.invalid/docs\ntags: [s3]\n\
                requires: {lhp: '>=0.1', packages: ['boto3>=1.26.0']}\n";
    add_plugin(&project, "plugins/s3", &manifest("own-s3", "own", more));
    add_package(&project, "lhp-s3", "1.2.0", "[lhp.load_generators]\ns3_batch = lhp_s3:S3Plugin\n");
    let (table, _) = table(project.root());
    let own = &plugin(&table, "own-s3").manifest;
    assert_eq!(own.author.as_ref().map(ToString::to_string).as_deref(), Some("A <a@example.invalid>"));
    assert_eq!(own.requires.lhp.as_deref(), Some(">=0.1"));
    assert_eq!(own.documentation_url.as_deref(), Some("https://example.invalid/docs"));
    let package = &plugin(&table, "lhp-s3").manifest;
    assert_eq!(package.name.as_deref(), Some("lhp-s3"));
    assert_eq!((package.version.as_str(), package.description.as_deref()), ("1.2.0", Some("Batch loads")));
    assert_eq!(package.author.as_ref().map(ToString::to_string).as_deref(), Some("Example Author"));
    assert_eq!((package.license.as_deref(), package.tags.len()), (Some("MIT"), 2));
    assert_eq!(package.homepage.as_deref(), Some("https://example.invalid"));
    assert_eq!(package.requires.packages, ["boto3>=1.26.0"]);
}

#[test]
fn l_18_rows_have_stable_ids() {
    let project = project("", "s3_batch");
    add_plugin(&project, "plugins/b", &manifest("plugin-b", "b", ""));
    add_plugin(&project, "plugins/a", &manifest("plugin-a", "a", ""));
    let (table, _) = table(project.root());
    assert_eq!(rows(&table), ["load/a active", "load/b active"]);
    assert_eq!(statuses(&table), ["plugin-a active", "plugin-b active"]);
}

#[test]
fn l_19_p_04_a_broken_plugin_that_nothing_needs_is_a_warning() {
    let project = project("", "s3_batch");
    add_plugin(&project, "plugins/good", &manifest("lhp-s3", "s3_batch", ""));
    add_plugin(&project, "plugins/bad", &manifest("bad-plugin", "bad", "").replace("provides", "provide"));
    project.write("plugins/worse/plugin.yaml", "id: [");
    let run = project.run(&["generate", "-e", "dev", "--show-details"]).exits(0);
    assert!(run.stderr.contains("warning[LHP-PLG-003/manifest-shape]"), "{}", run.stderr);
    assert!(run.stderr.contains("warning[LHP-PLG-002/manifest-unreadable]"), "{}", run.stderr);
    let (table, _) = table(project.root());
    assert!(matches!(plugin(&table, "bad-plugin").status, Status::Invalid(_)));
    assert_eq!(plugin(&table, "worse").status.word(), "invalid");
}

#[test]
fn l_19_a_broken_plugin_that_an_action_needs_is_an_error() {
    let project = project("", "s3_batch");
    add_plugin(&project, "plugins/bad", &manifest("lhp-s3", "s3_batch", "nmae: S3\n"));
    let run = project.run(&["generate", "-e", "dev"]).exits(1);
    assert!(
        run.stderr.contains("error[LHP-PLG-003/manifest-shape]: the plugin `lhp-s3`, which provides load"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("did you mean `name`?"), "{}", run.stderr);
}

#[test]
fn l_20_an_override_decides_between_two_plugins() {
    let project = project("", "s3_batch");
    add_plugin(&project, "plugins/one", &manifest("plugin-one", "s3_batch", ""));
    add_plugin(&project, "plugins/two", &manifest("plugin-two", "s3_batch", ""));
    project.write("plugins/two/s3.py.j2", TEMPLATE.replace("parquet", "csv"));
    project.run(&["generate", "-e", "dev"]).exits(1);
    project.write("lhp.yaml", "name: shop\nplugins:\n  override: {load/s3_batch: plugin-two}\n");
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert!(project.read("generated/dev/bronze/orders.py").contains("format(\"csv\")"));
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), Vec::<String>::new());
    assert_eq!(rows(&table), ["load/s3_batch shadowed", "load/s3_batch active"]);
    assert_eq!(table.plugin_rows()[0].status.reason(), Some("`plugin-two` provides `load/s3_batch`"));
}

#[test]
fn l_20_a_built_in_gives_way_only_on_demand() {
    let project = project("plugins:\n  override: {load/delta: my-delta}\n", "delta");
    add_plugin(&project, "plugins/delta", &manifest("my-delta", "delta", ""));
    let run = project.run(&["generate", "-e", "dev", "--show-details"]).exits(0);
    assert_eq!(run.stderr.matches("advice[LHP-PLG-020/built-in-overridden]").count(), 1, "{}", run.stderr);
    assert!(project.read("generated/dev/bronze/orders.py").contains(".load(\"landing\")"));
    project.write("lhp.yaml", "name: shop\nplugins:\n  override: {load/delta: built-in}\n");
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), Vec::<String>::new());
    assert_eq!(rows(&table), ["load/delta shadowed"]);
}

#[test]
fn l_21_built_in_rows_stay_in_the_table() {
    let project = project("", "s3_batch");
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    let (table, _) = table(project.root());
    let built_in = lhp::plugin::Table::built_in();
    assert_eq!(table.rows().count(), built_in.rows().count() + 1);
    assert!(built_in.rows().all(|row| table.get(row.capability().kind, &row.capability().name).is_some()));
}

#[test]
fn l_22_a_class_without_the_interface_is_refused_without_running_it() {
    let project = project("plugins:\n  use: [{id: lhp-s3}]\n", "s3_batch");
    let python = "runtime: {type: python}\n";
    project.write("plugins/s3/plugin.yaml", manifest("lhp-s3", "s3_batch", python).replace("s3.py.j2", "s3.py:Plugin"));
    project.write("plugins/s3/s3.py", "open('ran', 'w')\nclass Plugin:\n    def get_source_type(self): ...\n");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-030/entry-missing]"), "{}", run.stderr);
    assert!(run.stderr.contains("`Plugin` lacks `get_generator_class`"), "{}", run.stderr);
    assert!(!project.path("ran").exists());
}

#[test]
fn l_24_projects_without_plugins_are_compiled_as_ever() {
    let project = Project::copy("fixtures/projects/coffee_shop");
    project.run(&["generate", "-e", "dev"]).exits(0);
    let before = project.files("generated");
    let (table, _) = table(project.root());
    assert!(table.plugins().is_empty() && table.searched().is_empty());
    project.write("plugins/README.md", "Nothing here.\n");
    project.run(&["generate", "-e", "dev"]).exits(0);
    assert_eq!(project.files("generated"), before);
    project.run(&["generate", "-e", "dev", "--no-plugins"]).exits(0);
    assert_eq!(project.files("generated"), before);
}

#[test]
fn l_31_fifty_plugins_are_found_quickly() {
    let project = project("plugins: {}\n", "delta");
    for number in 0..50 {
        let (id, key) = (format!("plugin-{number:02}"), format!("key_{number:02}"));
        add_plugin(&project, &format!("plugins/{id}"), &manifest(&id, &key, ""));
    }
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let (table, _) = table(project.root());
        best = best.min(start.elapsed());
        assert_eq!(table.plugin_rows().len(), 50);
    }
    // Without optimisation everything is ten times slower.
    let limit = if cfg!(debug_assertions) { 500 } else { 50 };
    assert!(best < Duration::from_millis(limit), "{best:?}");
}

#[test]
fn l_35_f_17_a_plugin_for_another_version_is_not_loaded() {
    let project = project("", "delta");
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", "requires: {lhp: '>=9'}\n"));
    let run = project.run(&["validate", "--show-details"]);
    assert!(run.stderr.contains("warning[LHP-PLG-012/plugin-incompatible]"), "{}", run.stderr);
    project.write("pipelines/orders.yaml", flowgroup("s3_batch"));
    let run = project.run(&["validate"]).exits(1);
    assert!(
        run.stderr.contains("error[LHP-PLG-012/plugin-incompatible]: the plugin `lhp-s3`, which provides"),
        "{}",
        run.stderr
    );
    let (table, _) = table(project.root());
    assert_eq!(statuses(&table), ["lhp-s3 incompatible"]);
}

#[test]
fn the_highest_version_that_fits_is_taken() {
    let project = project("plugins:\n  use: [{id: lhp-s3, version: '<2'}]\n", "s3_batch");
    for version in ["1.0.0", "1.10.0", "1.9.0", "2.0.0"] {
        let text = manifest("lhp-s3", "s3_batch", "").replace("version: 1.0.0", &format!("version: {version}"));
        add_plugin(&project, &format!("plugins/s3-{version}"), &text);
    }
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), Vec::<String>::new());
    let found: Vec<(&str, &str)> =
        table.plugins().iter().map(|plugin| (plugin.manifest.version.as_str(), plugin.status.word())).collect();
    assert!(found.contains(&("1.10.0", "active")), "{found:?}");
    assert!(found.contains(&("1.9.0", "shadowed")) && found.contains(&("2.0.0", "incompatible")), "{found:?}");
}

#[test]
fn p_01_families_of_other_tools_are_kinds() {
    let families = [
        ("services", Kind::Service),
        ("sources", Kind::Reader),
        ("quality", Kind::QualityCheck),
        ("transforms", Kind::Transform),
        ("dagster", Kind::Orchestrator),
        ("cli", Kind::Cli),
        ("hooks", Kind::Hook),
    ];
    for (family, kind) in families {
        assert_eq!(Kind::parse(family), Some(kind), "{family}");
        assert_eq!(Kind::parse(&format!("phlo.plugins.{family}")), Some(kind), "{family}");
        let project = project("", "delta");
        let text = manifest("lhp-s3", "mine", "").replace("kind: load", &format!("kind: {family}"));
        add_plugin(&project, "plugins/s3", &text);
        let (table, _) = table(project.root());
        assert_eq!(table.plugin_rows()[0].id(), format!("{}/mine", kind.word()));
    }
}

#[test]
fn p_02_packages_of_phlo_are_listed() {
    let project = project("plugins: {}\n", "delta");
    let groups = ["services", "sources", "quality", "transforms", "dagster", "cli", "hooks"];
    for group in groups {
        add_package(
            &project,
            &format!("phlo-{group}"),
            "0.1",
            &format!("[phlo.plugins.{group}]\nmine = phlo_x.plugin:Mine\n"),
        );
    }
    add_package(&project, "portal-s3", "2.0", "[data_product_portal.plugins]\ns3 = portal:S3\n");
    add_package(&project, "unrelated", "1.0", "[hooks]\nx = unrelated:x\n");
    let (table, _) = table(project.root());
    let ids: Vec<&str> = table.plugins().iter().map(|plugin| plugin.id()).collect();
    assert_eq!(ids.len(), 8, "{ids:?}");
    assert!(table.plugins().iter().all(|plugin| plugin.origin.word() == "entry-point"));
    assert!(rows(&table).contains(&"orchestrator/mine available".to_owned()));
    assert!(rows(&table).contains(&"form/s3 available".to_owned()));
}

/// A package that brings a manifest and a template.
fn add_template_package(project: &Project) {
    add_package(project, "lhp-s3", "1.0.0", "[lhp.load_generators]\ns3_batch = lhp_s3:S3\n");
    add_plugin(project, &format!("{SITE}/lhp_s3"), &manifest("lhp-s3", "s3_batch", ""));
}

#[test]
fn p_03_f_07_an_installed_package_is_listed_and_usable_on_demand() {
    let project = project("plugins: {}\n", "s3_batch");
    add_template_package(&project);
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("provided by `lhp-s3`, which is not enabled"), "{}", run.stderr);
    assert!(run.stderr.contains("run `lhp plugin enable lhp-s3`"), "{}", run.stderr);
    project.write("lhp.yaml", "name: shop\nplugins:\n  discovery: {entry_points: auto}\n");
    project.run(&["validate"]).exits(0);
    project.write("lhp.yaml", "name: shop\nplugins:\n  use: [{id: lhp-s3, source: 'pypi:lhp_s3==1.0'}]\n");
    project.run(&["validate"]).exits(0);
    project.write("lhp.yaml", "name: shop\nplugins:\n  discovery: {entry_points: off}\n");
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("LHP-VAL-007/unknown-sub-type"), "{}", run.stderr);
    project.write("lhp.yaml", "name: shop\nplugins:\n  discovery: {entry_points: auto}\n");
    let run = Run::of(project.command(&["validate"]).env("PHLO_NO_AUTO_DISCOVER", "1")).exits(1);
    assert!(run.stderr.contains("LHP-VAL-007/unknown-sub-type"), "{}", run.stderr);
}

#[test]
fn the_environment_of_packages_is_the_one_that_is_named() {
    let project = project("plugins:\n  use: [{id: lhp-s3}]\n", "s3_batch");
    add_template_package(&project);
    std::fs::rename(project.path(".venv"), project.path("elsewhere")).unwrap();
    project.run(&["validate"]).exits(1);
    for (variable, value) in [("VIRTUAL_ENV", "elsewhere"), ("LHP_PYTHON", "elsewhere/bin/python")] {
        Run::of(project.command(&["validate"]).env(variable, project.path(value))).exits(0);
    }
    let path = project.path("elsewhere/bin");
    project.write("elsewhere/bin/python3", "");
    Run::of(project.command(&["validate"]).env("PATH", &path)).exits(0);
    project.write(
        "lhp.yaml",
        "name: shop\nplugins:\n  discovery: {python: elsewhere/bin/python}\n  use: [{id: lhp-s3}]\n",
    );
    project.run(&["validate"]).exits(0);
}

#[test]
fn packages_that_are_installed_in_place_are_found_where_they_are() {
    let project = project("plugins:\n  use: [{id: lhp-s3}]\n", "s3_batch");
    add_package(&project, "lhp-s3", "1.0.0", "[lhp.load_generators]\ns3_batch = lhp_s3:S3\n");
    let url =
        format!("{{\"url\": \"file://{}\", \"dir_info\": {{\"editable\": true}}}}", project.path("work/s3").display());
    project.write(&format!("{SITE}/lhp_s3-1.0.0.dist-info/direct_url.json"), url);
    add_plugin(&project, "work/s3/src/lhp_s3", &manifest("lhp-s3", "s3_batch", ""));
    project.run(&["validate"]).exits(0);
    project.remove(&format!("{SITE}/lhp_s3-1.0.0.dist-info/direct_url.json"));
    project.run(&["validate"]).exits(1);
    project.write(&format!("{SITE}/__editable__.lhp_s3.pth"), format!("{}\n", project.path("work/s3/src").display()));
    project.run(&["validate"]).exits(0);
}

#[test]
fn a_manifest_may_stand_in_pyproject() {
    let project = project("", "s3_batch");
    project.write(
        "plugins/s3/pyproject.toml",
        "[project]\nname = \"s3\"\n\n[tool.lhp.plugin]\nschema = 1\nid = \"lhp-s3\"\nversion = \"1.0.0\"\napi = \
         \"1.0\"\n\n[[tool.lhp.plugin.provides]]\nkind = \"load\"\nkey = \"s3_batch\"\nentry = \"s3.py.j2\"\n",
    );
    project.write("plugins/s3/s3.py.j2", TEMPLATE);
    project.run(&["generate", "-e", "dev"]).exits(0);
    // Other projects of Python are none of our business.
    project.write("plugins/other/pyproject.toml", "[project]\nname = \"other\"\n");
    let (table, _) = table(project.root());
    assert_eq!(statuses(&table), ["lhp-s3 active"]);
}

#[test]
fn f_06_the_variable_decides_which_plugins_are_used() {
    let project = project("plugins:\n  use: [{id: plugin-a}]\n", "a");
    add_plugin(&project, "plugins/a", &manifest("plugin-a", "a", ""));
    add_plugin(&project, "plugins/b", &manifest("plugin-b", "b", ""));
    let status = |variables: fn(&str) -> Option<String>| statuses(&table_with(project.root(), options(variables)).0);
    assert_eq!(status(|_| None), ["plugin-a active", "plugin-b active"]);
    let own: fn(&str) -> Option<String> = |name| (name == "LHP_ENABLED_PLUGINS").then(|| " plugin-b ".to_owned());
    assert_eq!(status(own), ["plugin-a available", "plugin-b active"]);
    let list: fn(&str) -> Option<String> = |name| (name == "ENABLED_PLUGINS").then(|| "[\"plugin-a\"]".to_owned());
    assert_eq!(status(list), ["plugin-a active", "plugin-b available"]);
    let both: fn(&str) -> Option<String> = |name| match name {
        "LHP_ENABLED_PLUGINS" => Some("plugin-a,plugin-b".to_owned()),
        "ENABLED_PLUGINS" => Some("plugin-a".to_owned()),
        _ => None,
    };
    assert_eq!(status(both), ["plugin-a active", "plugin-b active"]);
    let run = Run::of(project.command(&["validate"]).env("LHP_ENABLED_PLUGINS", "plugin-c")).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-010/plugin-not-found]"), "{}", run.stderr);
    assert!(run.stderr.contains("[$LHP_ENABLED_PLUGINS:1:1]"), "{}", run.stderr);
    // Other tools read a variable of this name, with names of classes.
    let run = Run::of(project.command(&["validate", "--show-details"]).env("ENABLED_PLUGINS", "plugin-a,GluePlugin"))
        .exits(0);
    assert!(run.stderr.contains("warning[LHP-PLG-010/plugin-not-found]"), "{}", run.stderr);
}

#[test]
fn a_variable_that_is_no_list_is_an_error() {
    let project = project("", "delta");
    let run = Run::of(project.command(&["validate"]).env("LHP_ENABLED_PLUGINS", "[\"lhp-s3\"")).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-004/plugin-variable]"), "{}", run.stderr);
}

#[test]
fn classes_that_a_variable_names_are_rows_of_their_runtime() {
    let project = project("", "delta");
    let named: fn(&str) -> Option<String> =
        |name| (name == "LHP_ENABLED_PLUGINS").then(|| "r.py:Reader,lib/r.so:create,package.mod.Class".to_owned());
    let (table, report, _) = table_with(project.root(), options(named));
    let runtimes: Vec<&str> = table.plugins().iter().map(|plugin| plugin.manifest.runtime.kind.word()).collect();
    assert_eq!(runtimes, ["python", "native", "python"]);
    assert!(table.plugins().iter().all(|plugin| plugin.origin == Origin::Environment));
    let unlocked = "warning LHP-PLG-053/lock-missing";
    assert_eq!(codes(&report), [unlocked, "error LHP-PLG-051/plugin-not-allowed", unlocked]);
}

#[test]
fn classes_that_actions_name_are_listed_and_refused() {
    let project = project("", "python_reader, custom_reader: 'readers/r.py:MyReader'");
    project.write("readers/r.py", "class MyReader: ...\n");
    let table = listed(project.root());
    assert_eq!(statuses(&table), ["readers/r.py:MyReader available"]);
    assert_eq!(rows(&table), ["reader/readers/r.py:MyReader available"]);
    assert_eq!(
        (table.plugins()[0].origin.word(), table.plugins()[0].manifest.runtime.kind.word()),
        ("action", "python")
    );
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-011/plugin-not-enabled]: `readers/r.py:MyReader`"), "{}", run.stderr);
}

#[test]
fn plugins_can_be_switched_off() {
    let project = project("plugins:\n  enabled: false\n", "s3_batch");
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("plugins are switched off by `plugins.enabled` in `lhp.yaml`"), "{}", run.stderr);
    project.write("lhp.yaml", "name: shop\n");
    project.run(&["validate"]).exits(0);
    let run = Run::of(project.command(&["validate"]).env("LHP_NO_PLUGINS", "1")).exits(1);
    assert!(run.stderr.contains("plugins are switched off by the variable `LHP_NO_PLUGINS`"), "{}", run.stderr);
    let run = project.run(&["validate", "--no-plugins"]).exits(1);
    assert!(run.stderr.contains("plugins are switched off by `--no-plugins`"), "{}", run.stderr);
}

#[test]
fn plugins_of_the_user_are_used_only_by_projects_that_ask_for_plugins() {
    let project = project("", "s3_batch");
    let home = Project::new(&[]);
    add_plugin(&home, ".lhp/plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    let validate = || Run::of(project.command(&["validate"]).env("HOME", home.root()));
    let run = validate().exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-011/plugin-not-enabled]"), "{}", run.stderr);
    project.write("lhp.yaml", "name: shop\nplugins: {enabled: true}\n");
    validate().exits(0);
    project.write("lhp.yaml", "name: shop\nplugins: {directories: [./plugins]}\n");
    validate().exits(1);
    let extra = home.path(".lhp/plugins");
    Run::of(project.command(&["validate"]).env("LHP_PLUGIN_PATH", extra)).exits(0);
}

#[test]
fn a_misspelt_type_may_be_one_of_a_plugin_that_is_not_enabled() {
    let project = project("plugins: {}\n", "s3_bacth");
    add_template_package(&project);
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-VAL-007/unknown-sub-type]"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `s3_batch`? It is provided by `lhp-s3`, not enabled"), "{}", run.stderr);
}

#[test]
fn a_bundle_brings_its_plugins() {
    let project = project("plugins:\n  directories: [plugins]\n  use: [{id: all-of-s3}]\n", "s3_batch");
    project
        .write("plugins/all/plugin.yaml", "schema: 1\nid: all-of-s3\nversion: 1.0.0\napi: \"1.0\"\nbundle: [lhp-s3]\n");
    let (table_without, report) = table(project.root());
    assert_eq!(codes(&report), ["error LHP-PLG-012/plugin-incompatible"]);
    assert_eq!(statuses(&table_without), ["all-of-s3 incompatible"]);
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    project.run(&["validate"]).exits(0);
    let (table, _) = table(project.root());
    assert!(plugin(&table, "lhp-s3").named.is_some());
}

#[test]
fn kinds_that_this_version_does_not_know_are_left_alone() {
    let project = project("", "s3_batch");
    let more = "  - {kind: service, key: mydb}\n  - {kind: form, key: S3}\n";
    add_plugin(&project, "plugins/s3", &format!("{}{more}", manifest("lhp-s3", "s3_batch", "")));
    project.run(&["validate"]).exits(0);
    let (table, _) = table(project.root());
    assert_eq!(rows(&table), ["load/s3_batch active", "service/mydb incompatible", "form/S3 incompatible"]);
}

#[test]
fn every_decision_about_a_plugin_is_a_step() {
    let project = project("plugins:\n  deny: ['*-s3']\n", "delta");
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    let (table, _) = table(project.root());
    let steps: Vec<String> = plugin(&table, "lhp-s3")
        .steps
        .iter()
        .map(|step| format!("{} {:?}: {}", step.stage.word(), step.outcome, step.text))
        .collect();
    assert_eq!(
        steps,
        [
            "manifest Passed: `plugins/s3/plugin.yaml` is valid",
            "compatibility Passed: protocol 1.0, `lhp` 0.1.0",
            "choice Passed: version 1.0.0 in `plugins/s3` is taken",
            "filter Stopped: the plugin `lhp-s3` is not allowed: `*-s3` under `plugins.deny` excludes it",
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leaves_the_directory_of_the_plugin_is_refused() {
    let project = project("plugins:\n  use: [{id: lhp-s3}]\n", "s3_batch");
    project.write("secret.j2", TEMPLATE);
    project.write("plugins/s3/plugin.yaml", manifest("lhp-s3", "s3_batch", ""));
    std::os::unix::fs::symlink("../../secret.j2", project.path("plugins/s3/s3.py.j2")).unwrap();
    let run = project.run(&["validate"]).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-055/unsafe-manifest-path]"), "{}", run.stderr);
    assert!(run.stderr.contains("leaves the directory of the plugin through a link"), "{}", run.stderr);
}

#[test]
fn the_same_version_in_two_directories_is_a_warning_with_both_places() {
    let project = project("", "s3_batch");
    for directory in ["plugins/s3", "plugins/s3_copy"] {
        add_plugin(&project, directory, &manifest("lhp-s3", "s3_batch", ""));
    }
    let run = project.run(&["validate", "--show-details"]).exits(0);
    let found = "warning[LHP-PLG-020/same-plugin-twice]: `plugins/s3_copy` has the same plugin as `plugins/s3`";
    assert_eq!(run.stderr.matches(found).count(), 1, "{}", run.stderr);
    for place in [",-[plugins/s3_copy/plugin.yaml:2:5]", ",-[plugins/s3/plugin.yaml:2:5]"] {
        assert!(run.stderr.contains(place), "{place}:\n{}", run.stderr);
    }
    // The project says which one it means.
    project.write("lhp.yaml", "name: shop\nplugins:\n  use: [{id: lhp-s3, source: 'path:./plugins/s3_copy'}]\n");
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), Vec::<String>::new());
    assert!(plugin(&table, "lhp-s3").root.ends_with("s3_copy"));
}

#[test]
fn another_version_in_a_second_directory_is_not_worth_a_word() {
    let project = project("", "s3_batch");
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    add_plugin(
        &project,
        "plugins/old",
        &manifest("lhp-s3", "s3_batch", "").replace("version: 1.0.0", "version: 0.9.0"),
    );
    let (table, report) = table(project.root());
    assert_eq!(codes(&report), Vec::<String>::new());
    assert_eq!(statuses(&table), ["lhp-s3 active", "lhp-s3 shadowed"]);
}

#[test]
fn a_configured_directory_that_does_not_exist_is_a_warning_unless_it_is_a_default() {
    let project = project("plugins:\n  directories: [~/.lhp/plugins, ./plugins, ./loads, lhp.yaml]\n", "s3_batch");
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    project.write("load/README.md", "");
    let run = project.run(&["validate", "--show-details"]).exits(0);
    assert_eq!(run.stderr.matches("warning[LHP-PLG-010/plugin-directory-missing]").count(), 2, "{}", run.stderr);
    for text in ["the plugin directory `./loads` does not exist", "[lhp.yaml:3:44]", "did you mean `load`?"] {
        assert!(run.stderr.contains(text), "{text}:\n{}", run.stderr);
    }
    assert!(run.stderr.contains("`lhp.yaml` is not a directory"), "{}", run.stderr);
}

#[test]
fn a_key_is_a_word_that_every_kind_can_live_with() {
    let project = project("", "delta");
    let longest = "x".repeat(64);
    for key in ["s3_batch", "s3-ls", "S3TechnicalAssetConfiguration", "a.b", "_x", &longest] {
        add_plugin(&project, "plugins/s3", &manifest("lhp-s3", key, ""));
        project.run(&["plugin", "validate", "plugins/s3"]).exits(0);
    }
    let too_long = "x".repeat(65);
    let wrong = ["a/b", "\"a b\"", "\"a\\0b\"", "\"\"", "é", "..", "-x", "1a", "\"${x}\"", "sink/x", &too_long];
    for key in wrong {
        add_plugin(&project, "plugins/s3", &manifest("lhp-s3", key, ""));
        let run = project.run(&["plugin", "validate", "plugins/s3"]).exits(1);
        assert_eq!(run.stderr.matches("error[LHP-PLG-003/manifest-shape]").count(), 1, "{key}:\n{}", run.stderr);
        assert!(run.stderr.contains("[plugins/s3/plugin.yaml:7:10]"), "{key}:\n{}", run.stderr);
        assert!(!project.run(&["plugin", "list"]).stdout.contains('\0'), "{key}");
    }
    let writes = manifest("lhp-s3", "sink/jdbc", "").replace("kind: load", "kind: write");
    add_plugin(&project, "plugins/s3", &writes);
    project.run(&["plugin", "validate", "plugins/s3"]).exits(0);
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", "config: {key: a/b}\n"));
    let run = project.run(&["plugin", "validate", "plugins/s3"]).exits(1);
    assert!(run.stderr.contains("[plugins/s3/plugin.yaml:5:15]"), "{}", run.stderr);
}

#[test]
fn the_name_of_an_entry_point_has_the_form_of_a_key() {
    let project = project("plugins:\n  use: [{id: lhp-s3}]\n", "delta");
    add_package(&project, "lhp-s3", "1.0", "[lhp.load_generators]\ns3 batch = lhp_s3.plugin:S3\n");
    let run = project.run(&["validate"]).exits(1);
    let found =
        "error[LHP-PLG-003/manifest-shape]: the name of an entry point of `lhp.load_generators` is no key of a `load`";
    assert!(run.stderr.contains(found), "{}", run.stderr);
    assert!(run.stderr.contains("entry_points.txt:2:1]"), "{}", run.stderr);
    assert_eq!(statuses(&table(project.root()).0), ["lhp-s3 invalid"]);
}

#[test]
fn a_range_for_lhp_may_mean_the_tool_whose_place_this_program_takes() {
    let project = project("", "s3_batch");
    for (range, code) in [(">=0.3", 0), (">=0.2.6", 0), (">=0.1", 0), (">=0.3,<0.9", 1), (">=1", 1)] {
        add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", &format!("requires: {{lhp: '{range}'}}\n")));
        let run = project.run(&["validate"]).exits(code);
        let told = format!(
            "it requires `lhp` {range}, and this is {}, which takes the place of 0.9.3",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(run.stderr.contains(&told), code == 1, "{}", run.stderr);
    }
}

#[test]
fn help_names_the_variable_that_decides_which_plugins_are_used() {
    let project = project("plugins: {}\n", "s3_batch");
    add_plugin(&project, "plugins/s3", &manifest("lhp-s3", "s3_batch", ""));
    for variable in ["LHP_ENABLED_PLUGINS", "ENABLED_PLUGINS"] {
        let run = Run::of(project.command(&["validate"]).env(variable, "other")).exits(1);
        let help = format!("help: add `lhp-s3` to `{variable}`, which says in this run which plugins are used");
        assert!(run.stderr.contains(&help), "{}", run.stderr);
        assert!(!run.stderr.contains("lhp plugin enable"), "{}", run.stderr);
    }
    project.write("lhp.yaml", "name: shop\nplugins:\n  use: [{id: lhp-kafka}]\n");
    let run = Run::of(project.command(&["validate"]).env("PHLO_NO_AUTO_DISCOVER", "1")).exits(1);
    assert!(run.stderr.contains("packages are not searched, for `PHLO_NO_AUTO_DISCOVER` is set"), "{}", run.stderr);
}
