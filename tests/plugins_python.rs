//! Plugins in Python: classes of published guides run as they are, through the program itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::project::{Project, Run, lhp};
use support::{copy_tree, package};

/// A project with a Python environment of its own, in which nothing is installed. None if there is no Python here.
fn project() -> Option<Project> {
    let project = Project::new(&[("substitutions/dev.yaml", "dev: {}\n")]);
    let made = Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(project.path(".venv")).output();
    made.is_ok_and(|made| made.status.success()).then_some(project)
}

/// Puts a package into the environment of a project.
fn install(project: &Project, name: &str, version: &str) {
    let library = project.path(".venv/lib");
    let mut versions = std::fs::read_dir(&library).unwrap().flatten().map(|entry| entry.path());
    let packages: PathBuf = versions.find(|path| path.join("site-packages").is_dir()).unwrap().join("site-packages");
    let metadata = packages.join(format!("{name}-{version}.dist-info"));
    std::fs::create_dir_all(&metadata).unwrap();
    std::fs::write(metadata.join("METADATA"), format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"))
        .unwrap();
    std::fs::write(packages.join(format!("{name}.py")), "").unwrap();
}

/// The manifest of a plugin: `runtime` and the entries of `provides`.
fn manifest(id: &str, more: &str, shims: &str, provides: &str) -> String {
    format!(
        "schema: 1\nid: {id}\nversion: 1.0.0\napi: \"1.0\"\n{more}runtime: {{type: python, path: ., shims: [{shims}]}}\nprovides:\n  - {{{provides}}}\n"
    )
}

/// A manifest whose templates lie in a directory of their own.
fn rooted(manifest: &str) -> String {
    manifest.replace("path: .,", "path: ., root: templates,")
}

/// Settings that use a plugin.
fn using(project: &Project, id: &str) {
    project
        .write("lhp.yaml", format!("name: shop\nplugins:\n  trust: {{require_lock: never}}\n  use: [{{id: {id}}}]\n"));
}

/// A flowgroup with one load, whose source has some settings.
fn load(project: &Project, source: &str) {
    let text = format!(
        "pipeline: bronze\nflowgroup: orders\nactions:\n  - name: load_orders\n    type: load\n    source:\n      \
         {source}\n    target: v_orders\n  - {{name: write_orders, type: write, source: v_orders, write_target: {{type: \
         materialized_view, catalog: shop, schema: bronze, table: orders}}}}\n"
    );
    project.write("pipelines/orders.yaml", text);
}

/// A project with a plugin that has one load `feed`, written in `feed.py`.
fn feed(class: &str, source: &str) -> Option<Project> {
    let project = project()?;
    using(&project, "feed");
    let entry = format!("kind: load, key: feed, entry: 'feed.py:{class}'");
    project.write("plugins/feed/plugin.yaml", manifest("feed", "", "lhp", &entry));
    project.write("plugins/feed/feed.py", source);
    load(&project, "type: feed\n      path: in");
    Some(project)
}

fn generate(project: &Project) -> Run {
    project.run(&["generate", "-e", "dev"])
}

/// The plugin of the design document, with its template.
fn s3(project: &Project) {
    copy_tree(&package().join("sdk/python/tests/documents/s3"), &project.path("plugins/s3"));
    using(project, "lhp-s3-plugin");
    let provides = "kind: load, key: s3_batch, entry: 'lhp_s3_plugin.plugin:S3Plugin'";
    let needs = "requires: {packages: [\"boto3>=1.26.0\"]}\n";
    project.write("plugins/s3/plugin.yaml", rooted(&manifest("lhp-s3-plugin", needs, "lhp", provides)));
    load(project, "{type: s3_batch, bucket: acme, prefix: in/, reader_options: {mergeSchema: \"true\"}}");
}

#[test]
fn examples_and_fixtures_hold_published_classes_as_they_were_published() {
    const DOCUMENTS: &str = "sdk/python/tests/documents";
    for (copy, published) in [
        ("examples/plugins/json_file_writer/my_writer.py", "dativo/my_writer.py"),
        ("fixtures/readers/plugins/sea/my_writer.py", "dativo/my_writer.py"),
        ("examples/plugins/rest_api/rest_api.py", "phlo/rest_api.py"),
        ("examples/plugins/s3_batch_python/src/lhp_s3_plugin/generators.py", "s3/lhp_s3_plugin/generators.py"),
        ("examples/plugins/s3_batch_python/src/lhp_s3_plugin/plugin.py", "s3/lhp_s3_plugin/plugin.py"),
    ] {
        let text = |path: &Path| std::fs::read_to_string(package().join(path)).unwrap();
        assert_eq!(text(Path::new(copy)), text(&Path::new(DOCUMENTS).join(published)), "{copy}");
    }
}

#[test]
fn l_11_the_load_of_the_design_document_generates() {
    let Some(project) = project() else { return };
    install(&project, "boto3", "1.34.0");
    s3(&project);
    generate(&project).exits(0);
    let made = project.read("generated/dev/bronze/orders.py");
    let body = "        spark.read.format(\"parquet\").option(\"mergeSchema\", \"true\").load(\"s3://acme/in/\")\n";
    assert!(made.contains(body), "{made}");
    assert!(made.contains("\"\"\"S3 batch load from s3://acme/in/\"\"\""), "{made}");
}

#[test]
fn l_13_imports_of_classes_are_merged_with_those_of_the_module() {
    let Some(project) = project() else { return };
    install(&project, "boto3", "1.34.0");
    s3(&project);
    generate(&project).exits(0);
    let made = project.read("generated/dev/bronze/orders.py");
    let imports: Vec<&str> = made.lines().filter(|line| line.contains("import ")).collect();
    for import in ["import boto3", "from pyspark.sql import SparkSession", "from pyspark import pipelines as dp"] {
        assert_eq!(imports.iter().filter(|line| **line == import).count(), 1, "{imports:?}");
    }
}

#[test]
fn l_10_a_plugin_that_refuses_its_environment_names_what_is_missing() {
    let Some(project) = project() else { return };
    s3(&project);
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-042/environment-refused]: "), "{}", run.stderr);
    assert!(run.stderr.contains("boto3>=1.26.0"), "{}", run.stderr);
    assert!(run.stderr.contains(",-[pipelines/orders.yaml:"), "{}", run.stderr);
    assert!(!project.path("generated").exists());
}

#[test]
fn packages_that_are_not_installed_are_named_before_anything_is_generated() {
    let source = "def feed(action, context):\n    return 'def v_orders():\\n    return 1\\n'\n";
    let Some(project) = feed("feed", source) else { return };
    let entry = "kind: load, key: feed, entry: 'feed.py:feed'";
    let needs = "requires: {packages: [\"no-such-package>=2\"]}\n";
    project.write("plugins/feed/plugin.yaml", manifest("feed", needs, "lhp", entry));
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-013/requirement-missing]: "), "{}", run.stderr);
    assert!(run.stderr.contains("no-such-package>=2"), "{}", run.stderr);
}

#[test]
fn l_12_a_transform_is_a_class_as_well() {
    let Some(project) = project() else { return };
    using(&project, "recent");
    let provides = "kind: transform, key: recent, entry: 'recent.py:Plugin'";
    project.write("plugins/recent/plugin.yaml", manifest("recent", "", "lhp", provides));
    let source = r#"
from lhp.core.base_generator import BaseActionGenerator
from lhp.plugin.interfaces import ITransformGeneratorPlugin, PluginMetadata


class Generator(BaseActionGenerator):
    def generate(self, action, context):
        self.add_import("from pyspark import pipelines as dp")
        return (
            f"@dp.temporary_view()\ndef {action.target}():\n"
            f"    return spark.read.table({action.source!r}).limit({action.days})\n"
        )


class Plugin(ITransformGeneratorPlugin):
    def get_metadata(self):
        return PluginMetadata(name="recent", version="1.0.0", description="Recent rows")

    def validate_environment(self):
        return True

    def get_transform_type(self):
        return "recent"

    def get_generator_class(self):
        return Generator
"#;
    project.write("plugins/recent/recent.py", source);
    let flowgroup = "pipeline: bronze\nflowgroup: orders\nactions:\n  - {name: load, type: load, source: {type: delta, \
                     catalog: shop, schema: raw, table: orders}, target: v_raw}\n  - {name: recent, type: transform, transform_type: \
                     recent, source: v_raw, days: 3, target: v_recent}\n  - {name: write, type: write, source: \
                     v_recent, write_target: {type: materialized_view, catalog: shop, schema: bronze, table: o}}\n";
    project.write("pipelines/orders.yaml", flowgroup);
    generate(&project).exits(0);
    let made = project.read("generated/dev/bronze/orders.py");
    assert!(made.contains("    return spark.read.table(\"v_raw\").limit(3)\n"), "{made}");
}

const HOOKS: &str = r#"
import json

from lhp.plugin.effects import write_file
from lhp.plugin.interfaces import IEventHook


class Later(IEventHook):
    def get_events(self):
        return ["pipeline.start"]

    async def handle_event(self, event_name, context):
        return write_file("later.json", json.dumps([event_name, sorted(context)]))


class Now(IEventHook):
    def get_events(self):
        return ["pipeline.start"]

    def handle_event(self, event_name, context):
        return write_file("now.json", json.dumps([event_name, context["pipeline"]]))
"#;

#[test]
fn l_14_handlers_may_be_async_or_not() {
    let Some(project) = project() else { return };
    using(&project, "teller");
    let rows = "kind: hook, key: later, entry: 'teller.py:Later', events: [pipeline.start]}\n  - {kind: hook, key: now, \
                entry: 'teller.py:Now', events: [pipeline.start]";
    project.write("plugins/teller/plugin.yaml", manifest("teller", "", "lhp", rows));
    project.write("plugins/teller/teller.py", HOOKS);
    load(&project, "{type: delta, catalog: shop, schema: raw, table: orders}");
    generate(&project).exits(0);
    assert_eq!(project.read("artifacts/dev/hooks/teller/now.json"), "[\"pipeline.start\", \"bronze\"]");
    // l_15: the keys of the context are those of the design document, and version, number and environment.
    let told: (String, Vec<String>) =
        serde_json::from_str(&project.read("artifacts/dev/hooks/teller/later.json")).unwrap();
    assert_eq!(told.0, "pipeline.start");
    for key in ["event", "type", "timestamp", "pipeline", "flowgroup", "action", "metadata", "error", "version", "seq"]
    {
        assert!(told.1.iter().any(|known| known == key), "{key}: {:?}", told.1);
    }
}

#[test]
fn l_22_an_object_without_the_interface_is_refused_with_the_names_that_it_lacks() {
    let source = "class Feed:\n    def get_source_type(self):\n        return \"feed\"\n";
    let Some(project) = feed("Feed", source) else { return };
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("get_generator_class"), "{}", run.stderr);
    assert!(run.stderr.contains("error[LHP-PLG-03"), "{}", run.stderr);
    let checked = project.run(&["plugin", "check"]).exits(1);
    assert!(checked.stderr.contains("get_generator_class"), "{}", checked.stderr);
    assert!(checked.stderr.contains("plugins/feed/plugin.yaml:"), "{}", checked.stderr);
}

#[test]
fn l_34_the_kit_for_tests_is_written_on_demand() {
    let Some(project) = project() else { return };
    let written = project.run(&["plugin", "sdk", "--path", "sdk"]).exits(0);
    assert!(written.stdout.starts_with("+ created  sdk  "), "{}", written.stdout);
    assert!(written.stderr.contains("set PYTHONPATH="), "{}", written.stderr);
    project.run(&["plugin", "sdk", "--path", "sdk"]).exits(1);
    project.run(&["plugin", "create", "my-load", "--kind", "load", "--runtime", "python"]).exits(0);
    let paths = ["sdk/src", "sdk/src/lhp_plugin_sdk/shims", "plugins/my-load/src"].map(|path| project.path(path));
    let tests = "import runpy\nfor name, test in runpy.run_path('plugins/my-load/tests/test_plugin.py').items():\n    \
                 if name.startswith('test_'): test(); print(name)\n";
    let mut python = Command::new(project.path(".venv/bin/python"));
    python
        .args(["-B", "-c", tests])
        .current_dir(project.root())
        .env("PYTHONPATH", std::env::join_paths(paths).unwrap());
    let ran = python.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "test_metadata\ntest_generate\ntest_imports\n");
}

/// Writes a golden case of a plugin.
fn case(project: &Project, plugin: &str, name: &str, input: &str, expected: &str) {
    project.write(&format!("{plugin}/tests/{name}/input.yaml"), input);
    project.write(&format!("{plugin}/tests/{name}/expected.json"), expected);
}

#[test]
fn p_11_a_hook_plugin_registers_its_handlers() {
    let Some(project) = project() else { return };
    project.write("plugins/p/my_hooks.py", read(&package().join("sdk/python/tests/documents/phlo/my_hooks.py")));
    let told = "from lhp.plugin.effects import log\nfrom my_hooks import MyHookPlugin\n\n\nclass Telling(MyHookPlugin):\n    \
                def handle_quality(self, event):\n        super().handle_quality(event)\n        return None if \
                event.passed else log(\"not good enough\")\n";
    project.write("plugins/p/telling.py", told);
    let rows = "kind: hook, key: plain, entry: 'my_hooks:MyHookPlugin', events: [quality.result]}\n  - {kind: hook, key: \
                telling, entry: 'telling:Telling', events: [quality.result]";
    project.write("plugins/p/plugin.yaml", manifest("p", "", "phlo, lhp", rows));
    let expected = "{\"effects\": [{\"kind\": \"log\", \"level\": \"info\", \"message\": \"not good enough\"}]}";
    case(&project, "plugins/p", "bad", "{type: quality.result, passed: false}\n", expected);
    case(&project, "plugins/p", "good", "{type: quality.result, passed: true}\n", "{\"effects\": []}");
    let mut tested = project.command(&["plugin", "test", "plugins/p"]);
    let tested = Run::of(tested.env("LHP_PYTHON", project.path(".venv/bin/python"))).exits(0);
    assert_eq!(tested.stderr, "2 passed\n");
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

const RAISES: &str = r#"
from lhp.core.base_generator import BaseActionGenerator
from phlo.plugins.base import PluginError


class Generator(BaseActionGenerator):
    def generate(self, action, context):
        if action.source["path"] == "in":
            raise PluginError("the folder is empty", path="/spec/path")
        raise ValueError("Missing required config key: bucket")
"#;

#[test]
fn p_30_the_error_of_a_plugin_becomes_a_finding_at_the_setting() {
    let Some(project) = feed("Generator", RAISES) else { return };
    let entry = "kind: load, key: feed, entry: 'feed.py:Generator'";
    project.write("plugins/feed/plugin.yaml", manifest("feed", "", "lhp, phlo", entry));
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-040/plugin-finding]: "), "{}", run.stderr);
    assert!(run.stderr.contains("the folder is empty"), "{}", run.stderr);
    assert!(run.stderr.contains(",-[pipelines/orders.yaml:8:13]"), "{}", run.stderr);
}

#[test]
fn p_31_a_missing_key_is_told_by_the_schema_first_and_else_by_the_plugin() {
    let Some(project) = feed("Generator", RAISES) else { return };
    let entry = "kind: load, key: feed, entry: 'feed.py:Generator'";
    project.write("plugins/feed/plugin.yaml", manifest("feed", "", "lhp, phlo", entry));
    load(&project, "type: feed\n      path: other");
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("Missing required config key: bucket"), "{}", run.stderr);
    assert!(run.stderr.contains(",-[pipelines/orders.yaml:"), "{}", run.stderr);
    let entry = format!("{entry}, schema: {{type: object, required: [bucket]}}");
    project.write("plugins/feed/plugin.yaml", manifest("feed", "", "lhp, phlo", &entry));
    let first = generate(&project).exits(1);
    assert!(!first.stderr.contains("Missing required config key"), "{}", first.stderr);
    assert!(first.stderr.contains("`bucket`"), "{}", first.stderr);
}

#[test]
fn a_compatibility_package_must_be_asked_for() {
    let Some(project) = feed("Generator", RAISES) else { return };
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("add `phlo` to `runtime.shims` of plugin.yaml"), "{}", run.stderr);
}

#[test]
fn a_shim_that_does_not_exist_gets_a_near_match() {
    let Some(project) = feed("Generator", RAISES) else { return };
    let entry = "kind: load, key: feed, entry: 'feed.py:Generator'";
    project.write("plugins/feed/plugin.yaml", manifest("feed", "", "lph", entry));
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("plugins/feed/plugin.yaml:5:"), "{}", run.stderr);
    assert!(run.stderr.contains("lph"), "{}", run.stderr);
}

#[test]
fn what_a_plugin_prints_never_mixes_with_its_answers() {
    let source = "import os\nimport sys\n\nprint('{\"id\": 1}')\n\n\ndef feed(action, context):\n    print('hello')\n    \
                  os.write(1, b'{}\\n')\n    sys.__stdout__.write('x\\n')\n    return '@dp.temporary_view()\\ndef \
                  v_orders():\\n    return 1\\n'\n";
    let Some(project) = feed("feed", source) else { return };
    let run = generate(&project).exits(0);
    assert!(!run.stdout.contains("hello"), "{}", run.stdout);
    assert!(project.read("generated/dev/bronze/orders.py").contains("def v_orders():\n    return 1\n"));
}

#[test]
fn l_43_templates_are_looked_for_below_the_root_of_the_runtime_only() {
    let source = "from lhp.core.base_generator import BaseActionGenerator\n\n\nclass Generator(BaseActionGenerator):\n    \
                  def generate(self, action, context):\n        return \
                  self.render_template(action.source[\"path\"], {\"target\": action.target})\n";
    let Some(project) = feed("Generator", source) else { return };
    let template = "@dp.temporary_view()\ndef {{ target | ident }}():\n    return 7\n";
    project.write("plugins/feed/templates/in.py.j2", template);
    project.write("plugins/feed/out.py.j2", template);
    project.write("plugins/feed/plugin.yaml", rooted(&project.read("plugins/feed/plugin.yaml")));
    load(&project, "{type: feed, path: in.py.j2}");
    generate(&project).exits(0);
    assert!(project.read("generated/dev/bronze/orders.py").contains("    return 7\n"));
    for path in ["out.py.j2", "../out.py.j2"] {
        load(&project, &format!("{{type: feed, path: {path}}}"));
        let run = generate(&project).exits(1);
        assert!(run.stderr.contains(path), "{}", run.stderr);
    }
}

#[test]
fn python_runs_only_for_plugins_that_the_project_names() {
    let source = "def feed(action, context):\n    return 'def v_orders():\\n    return 1\\n'\n";
    let Some(project) = feed("feed", source) else { return };
    project.write("lhp.yaml", "name: shop\n");
    project.write("plugins/feed/feed.py", format!("open('ran', 'w')\n{source}"));
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("`feed`"), "{}", run.stderr);
    assert!(run.stderr.contains("use"), "{}", run.stderr);
    assert!(!project.path("ran").exists() && !project.path("plugins/feed/ran").exists());
}

#[test]
fn without_an_interpreter_the_requirement_is_named() {
    let source = "def feed(action, context):\n    return 'def v_orders():\\n    return 1\\n'\n";
    let Some(project) = feed("feed", source) else { return };
    project.remove(".venv/pyvenv.cfg");
    std::fs::remove_dir_all(project.path(".venv")).unwrap();
    let mut command = lhp(&["generate", "-e", "dev"]);
    let run = Run::of(command.current_dir(project.root()).env("PATH", project.path("nowhere"))).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-013/requirement-missing]: "), "{}", run.stderr);
    assert!(run.stderr.contains("there is no Python interpreter"), "{}", run.stderr);
}

/// A plugin with metadata, with `RANGE` where it says for which program it was written.
const FEED: &str = "from lhp.core.base_generator import BaseActionGenerator
from lhp.plugin.interfaces import ILoadGeneratorPlugin, PluginMetadata


class Generator(BaseActionGenerator):
    def generate(self, action, context):
        return f'@dp.temporary_view()\\ndef {action.target}():\\n    return spark.range(1)\\n'


class Feed(ILoadGeneratorPlugin):
    def get_metadata(self):
        return PluginMetadata(name='feed', version='1.0.0', description='', author='', requires_lhp_version=RANGE)

    def validate_environment(self):
        return True

    def get_source_type(self):
        return 'feed'

    def get_generator_class(self):
        return Generator
";

#[test]
fn l_09_a_class_that_was_written_for_another_program_is_refused_when_it_is_loaded() {
    let Some(project) = feed("Feed", &FEED.replace("RANGE", "'>=0.2.6'")) else { return };
    generate(&project).exits(0);
    project.write("plugins/feed/feed.py", FEED.replace("RANGE", "'>=2.0'"));
    let run = generate(&project).exits(1);
    let message =
        "error[LHP-PLG-012/plugin-incompatible]: the plugin `feed` cannot be used: its class asks for lhp >=2.0";
    assert!(run.stderr.contains(message) && run.stderr.contains(",-[plugins/feed/plugin.yaml:"), "{}", run.stderr);
    let checked = project.run(&["plugin", "check"]).exits(1);
    assert!(checked.stderr.contains(message), "{}", checked.stderr);
}

#[test]
fn what_a_process_said_before_it_ended_is_shown_without_secrets() {
    let class = "class Feed:\n    def generate(self, action, context):\n        import os, sys\n        print('opening the feed')\n        \
                 print('  with hunter2-hunter2', file=sys.stderr)\n        sys.stderr.flush()\n        os.abort()\n";
    let Some(project) = feed("Feed", class) else { return };
    let declared = "config:\n  schema: {type: object, properties: {password: {type: string}}}\n  secret: [/password]\n";
    let entry = "kind: load, key: feed, entry: 'feed.py:Feed'";
    project.write("plugins/feed/plugin.yaml", manifest("feed", declared, "lhp", entry));
    let settings = project.read("lhp.yaml") + "  config: {feed: {password: \"${FEED_PASSWORD}\"}}\n";
    project.write("lhp.yaml", settings);
    let mut command = project.command(&["validate", "-e", "dev"]);
    let run = Run::of(command.env("FEED_PASSWORD", "hunter2-hunter2")).exits(1);
    let crash = "crashed: it was ended by signal 6 (abort); it said last: with ***\n";
    assert!(run.stderr.contains(crash), "{}", run.stderr);
    let words = "before, it said:\n        opening the feed\n          with ***\n";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[test]
fn l_09_a_class_that_asks_for_a_program_by_a_number_is_refused() {
    let Some(project) = feed("Feed", &FEED.replace("RANGE", "5")) else { return };
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-012/plugin-incompatible]: "), "{}", run.stderr);
    assert!(run.stderr.contains("`requires_lhp_version` of its class is `5`, which is no text"), "{}", run.stderr);
}

#[test]
fn a_class_with_another_name_than_the_manifest_is_a_warning() {
    let class = FEED.replace("RANGE", "''").replace("return 'feed'", "return 'other'");
    let Some(project) = feed("Feed", &class) else { return };
    let checked = project.run(&["plugin", "check"]).exits(0);
    let message = "warning[LHP-PLG-031/key-differs]: plugin `feed`: the class says `other`, the manifest says `feed`";
    assert!(checked.stderr.contains(message), "{}", checked.stderr);
    assert!(checked.stderr.contains(",-[plugins/feed/plugin.yaml:7:"), "{}", checked.stderr);
    project.write("plugins/feed/feed.py", FEED.replace("RANGE", "''"));
    let checked = project.run(&["plugin", "check"]).exits(0);
    assert!(!checked.stderr.contains("warning"), "{}", checked.stderr);
}

/// A project with a plugin whose function `feed` has a body.
fn function(body: &str) -> Option<Project> {
    feed("feed", &format!("def feed(action, context):\n    {body}\n"))
}

#[test]
fn half_of_a_character_is_told_and_ends_nothing() {
    let Some(project) = function("raise ValueError('no file x\\udcffy')") else { return };
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-040/plugin-finding]: no file x\\udcffy\n"), "{}", run.stderr);
    project.write("plugins/feed/feed.py", "def feed(action, context):\n    return '# x\\ud800'\n");
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-049/malformed-answer]: "), "{}", run.stderr);
    assert!(run.stderr.contains("`body` holds `\\ud800`, which is half of a character"), "{}", run.stderr);
}

#[test]
fn slips_in_an_answer_are_told_and_parts_of_later_versions_ignored() {
    let answer = "return {'body': '@dp.temporary_view()\\ndef v_orders():\\n    return 1\\n', 'confidence': 1}";
    let Some(project) = function(answer) else { return };
    generate(&project).exits(0);
    let slip = answer.replace("confidence", "import");
    project.write("plugins/feed/feed.py", format!("def feed(action, context):\n    {slip}\n"));
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-049/malformed-answer]: "), "{}", run.stderr);
    assert!(run.stderr.contains("no part `import`; did you mean `imports`?"), "{}", run.stderr);
}

#[test]
fn what_validate_gives_must_be_findings() {
    let class = |validate: &str| {
        format!(
            "from lhp.core.base_generator import BaseActionGenerator\n\n\nclass Feed(BaseActionGenerator):\n    def \
             generate(self, action, context):\n        return '@dp.temporary_view()\\ndef v_orders():\\n    return \
             1\\n'\n\n    {validate}\n"
        )
    };
    let Some(project) = feed("Feed", &class("def validate(self, action, context):\n        return 7")) else { return };
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-049/malformed-answer]: "), "{}", run.stderr);
    assert!(run.stderr.contains("a value of type int as its findings; they must be a list"), "{}", run.stderr);
    let late =
        "async def validate(self, action, context):\n        return [{'message': 'too late', 'path': '/spec/path'}]";
    project.write("plugins/feed/feed.py", class(late));
    let run = generate(&project).exits(1);
    assert!(run.stderr.contains("error[LHP-PLG-040/plugin-finding]: too late\n"), "{}", run.stderr);
    assert!(run.stderr.contains(",-[pipelines/orders.yaml:8:13]"), "{}", run.stderr);
    project.write("plugins/feed/feed.py", class("def validate(self, action, context):\n        return False"));
    let run = generate(&project).exits(1);
    assert!(
        run.stderr.contains("error[LHP-PLG-040/plugin-finding]: `feed` refuses these settings\n"),
        "{}",
        run.stderr
    );
    project.write("plugins/feed/feed.py", class("async def validate(self, action, context):\n        pass"));
    generate(&project).exits(0);
}

#[test]
fn a_plugin_sees_nothing_of_what_another_one_was_granted() {
    let Some(project) = project() else { return };
    let spy = "import gc, os\n\n\ndef generate(action, context):\n    texts = [value for one in gc.get_objects() if isinstance(one, dict) for value in one.values()]\n    \
               if os.environ.get('TOP_SECRET') or any(text == 'open-sesame' for text in texts if isinstance(text, str)):\n        \
               raise ValueError('I have seen it')\n    return f'@dp.temporary_view()\\ndef {action.target}():\\n    return spark.range(1)\\n'\n";
    let granted = "import os\n\n\ndef generate(action, context):\n    assert os.environ['TOP_SECRET'] == 'hidden treasure'\n    \
                   return f'@dp.temporary_view()\\ndef {action.target}():\\n    return spark.range(1)\\n'\n";
    let needs = "permissions: {env: [TOP_SECRET]}\nconfig:\n  schema: {type: object, properties: {password: {type: string}}}\n  secret: [/password]\n";
    project.write(
        "plugins/aa/plugin.yaml",
        manifest("aa-one", needs, "lhp", "kind: load, key: aa, entry: 'aa.py:generate'"),
    );
    project.write("plugins/aa/aa.py", granted);
    project
        .write("plugins/bb/plugin.yaml", manifest("bb-two", "", "lhp", "kind: load, key: bb, entry: 'bb.py:generate'"));
    project.write("plugins/bb/bb.py", spy);
    project.write(
        "lhp.yaml",
        "name: shop\nplugins:\n  trust: {require_lock: never}\n  use: [{id: aa-one, grant: {env: [TOP_SECRET]}}, {id: \
         bb-two}]\n  config: {aa-one: {password: \"${FEED_PASSWORD}\"}}\n",
    );
    let action = |key: &str| {
        format!(
            "  - {{name: load_{key}, type: load, source: {{type: {key}}}, target: v_{key}}}\n  - {{name: w_{key}, type: write, source: v_{key}, write_target: {{type: materialized_view, catalog: c, schema: s, table: {key}}}}}\n"
        )
    };
    let flowgroup = format!("pipeline: bronze\nflowgroup: orders\nactions:\n{}{}", action("aa"), action("bb"));
    project.write("pipelines/orders.yaml", flowgroup);
    for workers in ["1", "4"] {
        let mut command = project.command(&["validate", "-e", "dev", "--max-workers", workers]);
        Run::of(command.env("TOP_SECRET", "hidden treasure").env("FEED_PASSWORD", "open-sesame")).exits(0);
    }
}
