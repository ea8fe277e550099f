//! What can go wrong with a plugin, for every runtime: each case ends in its code with a place and exit code 1, the
//! fault elsewhere is told as well, and the output of an earlier run stays as it was.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeSet;

use Runtime::{Native, Python, Template, Wasm};
use support::project::{Project, Run};
use support::runtimes::{
    BODY, HOME, OTHER, Runtime, answer, guest, project, returning, run, write_c, write_good, write_manifest,
    write_native, write_python, write_template, write_wasm, write_wasm_answer, write_wat,
};

/// What a plugin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Case {
    Ok,
    Diagnostic,
    Crash,
    Hang,
    Garbage,
    Oversize,
    NonDeterministic,
    PermissionDenied,
    WrongVersion,
}

use Case::*;

const CASES: [Case; 9] =
    [Ok, Diagnostic, Crash, Hang, Garbage, Oversize, NonDeterministic, PermissionDenied, WrongVersion];

/// What comes of it.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// Everything is fine.
    Fine,
    /// A rule, and the file that it is told at.
    Told(&'static str, &'static str),
    /// It cannot happen; the text says why.
    Never(&'static str),
}

use Cell::{Fine, Never, Told};

const ACTION: &str = "pipelines/orders.yaml";
const TEXT: &str = "plugins/feed/templates/feed.py.j2";
const MANIFEST: &str = "plugins/feed/plugin.yaml";

/// What runtimes do not offer and manifests do not declare cannot be asked for, so these only differ by what the
/// manifest asks for (`permission-missing`) and what the plugin asks for when it runs (`not-granted`). Templates and
/// Python have no interface of their own whose version could be wrong: theirs is the `api` of the manifest.
const TABLE: &[(Case, Runtime, Cell)] = &[
    (Ok, Template, Fine),
    (Ok, Wasm, Fine),
    (Ok, Python, Fine),
    (Ok, Native, Fine),
    (Diagnostic, Template, Told("LHP-PLG-040/plugin-finding", ACTION)),
    (Diagnostic, Wasm, Told("LHP-PLG-040/plugin-finding", ACTION)),
    (Diagnostic, Python, Told("LHP-PLG-040/plugin-finding", ACTION)),
    (Diagnostic, Native, Told("LHP-PLG-040/plugin-finding", ACTION)),
    (
        Crash,
        Template,
        Never("a template is data for the engine of the program; what is wrong in it is its own error, 040"),
    ),
    (Crash, Wasm, Told("LHP-PLG-048/plugin-crashed", ACTION)),
    (Crash, Python, Told("LHP-PLG-048/plugin-crashed", ACTION)),
    (Crash, Native, Told("LHP-PLG-048/plugin-crashed", ACTION)),
    (Hang, Template, Told("LHP-PLG-045/out-of-fuel", TEXT)),
    (Hang, Wasm, Told("LHP-PLG-045/out-of-fuel", ACTION)),
    (Hang, Python, Told("LHP-PLG-044/plugin-timeout", ACTION)),
    (Hang, Native, Told("LHP-PLG-044/plugin-timeout", ACTION)),
    (Garbage, Template, Told("LHP-PLG-043/refused-code", ACTION)),
    (Garbage, Wasm, Told("LHP-PLG-049/malformed-answer", ACTION)),
    (Garbage, Python, Told("LHP-PLG-049/malformed-answer", ACTION)),
    (Garbage, Native, Told("LHP-PLG-049/malformed-answer", ACTION)),
    (Oversize, Template, Told("LHP-PLG-046/too-large", ACTION)),
    (Oversize, Wasm, Told("LHP-PLG-046/too-large", ACTION)),
    (Oversize, Python, Told("LHP-PLG-046/too-large", ACTION)),
    (Oversize, Native, Told("LHP-PLG-046/too-large", ACTION)),
    (NonDeterministic, Template, Never("a template sees no time, no chance and nothing of another render")),
    (
        NonDeterministic,
        Wasm,
        Never("every call has an instance of its own; its clock stands and its random bytes are fixed"),
    ),
    (NonDeterministic, Python, Told("LHP-PLG-060/not-deterministic", ACTION)),
    (NonDeterministic, Native, Told("LHP-PLG-060/not-deterministic", ACTION)),
    (PermissionDenied, Template, Told("LHP-PLG-052/permission-missing", "lhp.yaml")),
    (PermissionDenied, Wasm, Told("LHP-PLG-052/not-granted", ACTION)),
    (PermissionDenied, Python, Told("LHP-PLG-052/not-granted", ACTION)),
    (PermissionDenied, Native, Told("LHP-PLG-052/permission-missing", "lhp.yaml")),
    (WrongVersion, Template, Told("LHP-PLG-012/plugin-incompatible", MANIFEST)),
    (WrongVersion, Wasm, Told("LHP-PLG-032/wrong-interface-version", MANIFEST)),
    (WrongVersion, Python, Told("LHP-PLG-012/plugin-incompatible", MANIFEST)),
    (WrongVersion, Native, Told("LHP-PLG-032/wrong-interface-version", MANIFEST)),
];

/// Makes the plugin do it.
fn arrange(project: &Project, case: Case, runtime: Runtime) {
    let finding = r#"{"diagnostics": [{"message": "no bucket is named", "path": "/spec/path", "help": "name one"}]}"#;
    let large = format!("{{\"body\": \"{}\"}}", "# a line that makes the answer long\\n".repeat(60));
    match (case, runtime) {
        (Ok, _) => write_good(project, runtime),
        (Diagnostic, Template) => project.write(
            &format!("{HOME}/templates/feed.meta.yaml.j2"),
            "diagnostics:\n- {message: no bucket is named, path: /spec/path, help: name one}\n",
        ),
        (Diagnostic, Wasm) => write_wasm_answer(project, finding),
        (Diagnostic, Python) => write_python(project, &format!("return {finding}")),
        (Diagnostic, Native) => write_native(project, &returning(finding)),
        (Crash, Wasm) => write_wasm(project, "", "unreachable"),
        (Crash, Python) => write_python(project, "import signal\nos.kill(os.getpid(), signal.SIGSEGV)"),
        (Crash, Native) => write_native(project, "abort();"),
        (Hang, _) => {
            write_manifest(project, runtime, "limits: {timeout_ms: 500, fuel: 3000000}\n");
            match runtime {
                Template => write_template(
                    project,
                    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
                ),
                Wasm => write_wasm(project, "", "(loop $on (br $on)) unreachable"),
                Python => write_python(project, "while True:\n    pass"),
                Native => write_native(project, "for (volatile int on = 1; on;) {}\nreturn NULL;"),
            }
        }
        (Garbage, Template) => write_template(project, "def v_orders(:\n"),
        (Garbage, Wasm) => write_wasm_answer(project, "Traceback (most recent call last):"),
        (Garbage, Python) => write_python(project, "return 42"),
        (Garbage, Native) => write_native(project, &returning("Traceback (most recent call last):")),
        (Oversize, _) => {
            write_manifest(project, runtime, "limits: {output_kb: 1}\n");
            match runtime {
                Template => write_template(project, &"# a line that makes the answer long\n".repeat(60)),
                Wasm => write_wasm_answer(project, &large),
                Python => write_python(project, &format!("return {large}")),
                Native => write_native(project, &returning(&large)),
            }
        }
        (NonDeterministic, _) => {
            write_manifest(project, runtime, "deterministic: true\n");
            match runtime {
                Python => write_python(project, &format!("return '# ' + os.urandom(8).hex() + '\\n' + {BODY:?}")),
                _ => write_native(
                    project,
                    &format!(
                        "static int calls = 0;\nchar *text = malloc(1000);\nsprintf(text, {}, calls++);\nreturn text;",
                        serde_json::Value::from(answer().replace("{\"body\":\"", "{\"body\":\"# %d\\n"))
                    ),
                ),
            }
        }
        (PermissionDenied, Wasm) => write_wat(project, &reading("secrets.yaml")),
        (PermissionDenied, Python) => project.write(&format!("{HOME}/src/feed.py"), READING),
        (PermissionDenied, _) => write_manifest(project, runtime, "permissions: {read: [secrets.yaml]}\n"),
        (WrongVersion, Wasm) => {
            let newer =
                guest("", "", "(call $answer)").replace("(result i32) i32.const 1)", "(result i32) i32.const 2)");
            write_wat(project, &newer);
        }
        (WrongVersion, Native) => write_c(
            project,
            "unsigned lhp_abi(void) { return 2; }\nchar *lhp_call(const char *r) { return 0; }\nvoid lhp_free(char *t) {}",
        ),
        (WrongVersion, _) => write_manifest(project, runtime, "api: \"9.0\"\n"),
        (case, runtime) => panic!("{case:?} of {runtime:?} is said to be impossible"),
    }
}

/// A class that reads a file of the project.
const READING: &str = "from lhp_plugin_sdk.generator import BaseActionGenerator


class generate(BaseActionGenerator):
    def generate(self, action, context):
        return self.read_file('secrets.yaml')
";

/// A guest that reads a file of the project.
fn reading(path: &str) -> String {
    guest(
        r#"(import "lhp" "read_file" (func $read (param i32 i32) (result i64)))"#,
        &format!("(data (i32.const 8192) \"{path}\")"),
        &format!("(drop (call $read (i32.const 8192) (i32.const {}))) (call $answer)", path.len()),
    )
}

/// Paths and digests of everything but answers that are kept.
fn files(project: &Project) -> BTreeSet<String> {
    let files = project.files("").into_iter().filter(|(path, _)| !path.starts_with(".lhp/"));
    files.map(|(path, content)| format!("{path} {:x}", xxhash_rust::xxh3::xxh3_64(&content))).collect()
}

/// Runs one cell.
fn check(case: Case, runtime: Runtime, cell: Cell) {
    let name = format!("{case:?} of {runtime:?}");
    if let Never(_) = cell {
        return;
    }
    let project = project();
    project.write("secrets.yaml", "password: hunter2\n");
    write_good(&project, runtime);
    run(&project, &["generate", "-e", "dev"]).exits(0);
    assert!(project.read("generated/dev/bronze/orders.py").contains("def v_orders():"), "{name}");
    arrange(&project, case, runtime);
    if let Fine = cell {
        run(&project, &["validate", "-e", "dev"]).exits(0);
        return;
    }
    let Told(rule, place) = cell else { return };
    project.write("pipelines/returns.yaml", OTHER);
    let before = files(&project);
    for command in ["validate", "generate"] {
        let verify: &[&str] = if case == NonDeterministic { &["--verify-plugins"] } else { &[] };
        let run = run(&project, &[&[command, "-e", "dev"], verify].concat());
        assert_eq!(run.code, 1, "{name} in {command}:\n{}", run.stderr);
        told(&run, rule, place, &format!("{name} in {command}"));
        assert!(run.stderr.contains("error[LHP-CFG-010"), "{name} hides another fault in {command}:\n{}", run.stderr);
        let changed: Vec<String> = files(&project).into_iter().filter(|file| !before.contains(file)).collect();
        assert!(changed.is_empty() && files(&project).len() == before.len(), "{name} in {command} changes {changed:?}");
    }
}

/// Asserts that a rule is told once at a place, with help.
#[track_caller]
fn told(run: &Run, rule: &str, place: &str, name: &str) {
    let message = format!("error[{rule}]");
    assert_eq!(run.stderr.matches(&message).count(), 1, "{name} is {rule}:\n{}", run.stderr);
    let from = run.stderr.find(&message).unwrap();
    let part = run.stderr.get(from..).unwrap();
    let part = part.split("\nerror[").next().unwrap();
    assert!(part.contains(&format!("-[{place}:")), "{name} has a place in {place}:\n{}", run.stderr);
    assert!(part.contains("  help: "), "{name} has help:\n{}", run.stderr);
}

fn row(case: Case) {
    TABLE.iter().filter(|(of, ..)| *of == case).for_each(|(case, runtime, cell)| check(*case, *runtime, *cell));
}

#[test]
fn the_table_has_every_case_of_every_runtime_once() {
    let listed: Vec<(Case, Runtime)> = TABLE.iter().map(|(case, runtime, _)| (*case, *runtime)).collect();
    let all: Vec<(Case, Runtime)> =
        CASES.into_iter().flat_map(|case| Runtime::ALL.map(|runtime| (case, runtime))).collect();
    assert_eq!(listed, all);
    assert!(TABLE.iter().all(|(.., cell)| !matches!(cell, Never(why) if why.is_empty())));
}

#[test]
fn ok() {
    row(Ok);
}

#[test]
fn diagnostic() {
    row(Diagnostic);
}

#[test]
fn crash() {
    row(Crash);
}

#[test]
fn hang() {
    row(Hang);
}

#[test]
fn garbage() {
    row(Garbage);
}

#[test]
fn oversize() {
    row(Oversize);
}

#[test]
fn non_deterministic() {
    row(NonDeterministic);
}

#[test]
fn permission_denied() {
    row(PermissionDenied);
}

#[test]
fn wrong_version() {
    row(WrongVersion);
    // What a manifest declares is looked at before anything of the plugin is.
    for runtime in Runtime::ALL {
        let project = project();
        write_good(&project, runtime);
        write_manifest(&project, runtime, "api: \"9.0\"\n");
        let run = run(&project, &["validate"]).exits(1);
        told(&run, "LHP-PLG-012/plugin-incompatible", MANIFEST, &format!("{runtime:?}"));
    }
}

#[test]
fn a_python_plugin_without_an_interpreter_or_packages_says_what_to_install() {
    let project = project();
    write_good(&project, Python);
    let nowhere = Run::of(project.command(&["validate"]).env("LHP_PYTHON", project.path("no/python"))).exits(1);
    told(&nowhere, "LHP-PLG-013/requirement-missing", MANIFEST, "no interpreter");
    assert!(nowhere.stderr.contains("install Python 3.9 or later"), "{}", nowhere.stderr);
    write_manifest(&project, Python, "requires: {packages: [\"no-such-package-of-lhp>=2\"]}\n");
    let lacking = run(&project, &["validate"]).exits(1);
    told(&lacking, "LHP-PLG-013/requirement-missing", MANIFEST, "no package");
    let help = "install into the environment of the project: no-such-package-of-lhp>=2";
    assert!(lacking.stderr.contains(help), "{}", lacking.stderr);
}

#[test]
fn a_plugin_without_its_functions_is_told_which() {
    let project = project();
    write_manifest(&project, Wasm, "");
    write_wat(&project, &guest("", "", "(call $answer)").replace("(export \"lhp_dealloc\")", ""));
    let wasm = run(&project, &["validate"]).exits(1);
    told(&wasm, "LHP-PLG-031/wrong-interface", MANIFEST, "module");
    assert!(wasm.stderr.contains("the module does not export `lhp_dealloc`"), "{}", wasm.stderr);
    write_manifest(&project, Native, "");
    write_c(&project, "unsigned lhp_abi(void) { return 1; }\nchar *lhp_call(const char *r) { return 0; }");
    let native = run(&project, &["validate"]).exits(1);
    told(&native, "LHP-PLG-031/wrong-interface", MANIFEST, "library");
    assert!(native.stderr.contains("the library has no function `lhp_free`"), "{}", native.stderr);
    write_manifest(&project, Python, "");
    // What can be seen without running it is told by the check of the source.
    let hidden = "generate = type('generate', (), {'get_source_type': lambda self: 'feed'})\n";
    project.write(&format!("{HOME}/src/feed.py"), hidden);
    let python = run(&project, &["validate"]).exits(1);
    told(&python, "LHP-PLG-031/wrong-interface", MANIFEST, "class");
    assert!(python.stderr.contains("`get_generator_class`"), "{}", python.stderr);
}

#[test]
fn a_module_with_an_unknown_import_is_told_its_name() {
    let project = project();
    write_manifest(&project, Wasm, "");
    write_wasm(&project, r#"(import "env" "get_env_var" (func (param i32 i32) (result i32)))"#, "(call $answer)");
    let run = run(&project, &["validate"]).exits(1);
    told(&run, "LHP-PLG-033/unknown-import", MANIFEST, "import");
    assert!(run.stderr.contains("`env.get_env_var`"), "{}", run.stderr);
}

const REFUSING: &str = "class Generator:
    def generate(self, action, context):
        return ''


class generate:
    def get_metadata(self):
        return {'name': 'lhp-feed', 'version': '1.0.0'}

    def validate_environment(self):
        return False

    def get_source_type(self):
        return 'feed'

    def get_generator_class(self):
        return Generator
";

#[test]
fn l_10_an_environment_that_the_plugin_refuses_ends_in_its_code() {
    let project = project();
    write_manifest(&project, Python, "");
    project.write(&format!("{HOME}/src/feed.py"), REFUSING);
    project.write("pipelines/returns.yaml", OTHER);
    let run = run(&project, &["validate"]).exits(1);
    told(&run, "LHP-PLG-042/environment-refused", ACTION, "environment");
    assert!(run.stderr.contains("error[LHP-CFG-010"), "{}", run.stderr);
}

/// Ten more flowgroups with an action of the plugin.
fn write_ten_more(project: &Project) {
    for number in 0..10 {
        project.write(
            &format!("pipelines/f{number}.yaml"),
            format!(
                "pipeline: bronze\nflowgroup: f{number}\nactions:\n  - {{name: load_orders, type: load, source: {{type: \
                 feed, path: /a}}, target: v_orders}}\n  - {{name: w, type: write, source: v_orders, write_target: {{type: \
                 materialized_view, catalog: c, schema: b, table: t{number}}}}}\n"
            ),
        );
    }
}

#[test]
fn a_plugin_that_crashed_three_times_gets_no_more_processes() {
    for runtime in [Python, Native] {
        let project = project();
        write_manifest(&project, runtime, "");
        match runtime {
            Python => write_python(&project, "with open('started', 'a') as file:\n    file.write('x')\nos._exit(7)"),
            _ => write_native(
                &project,
                "FILE *file = fopen(\"started\", \"a\");\nfputc('x', file);\nfclose(file);\n_exit(7);",
            ),
        }
        write_ten_more(&project);
        project.write("pipelines/returns.yaml", OTHER);
        let run = run(&project, &["validate", "--max-workers", "1"]).exits(1);
        assert_eq!(project.read("started"), "xxx", "{runtime:?}: {}", run.stderr);
        assert_eq!(run.stderr.matches("error[LHP-PLG-048/plugin-crashed]").count(), 11, "{}", run.stderr);
        let told = run.stderr.matches("crashed: it ended itself with exit code 7").count();
        assert!(told >= 11, "{runtime:?} always has the same reason: {}", run.stderr);
        assert!(run.stderr.contains("error[LHP-CFG-010"), "{}", run.stderr);
    }
}

#[test]
fn a_python_plugin_sees_the_same_order_of_sets_in_every_run() {
    let project = project();
    write_manifest(&project, Python, "");
    write_python(&project, &format!("return '# ' + str(hash('a')) + '\\n' + {BODY:?}"));
    let generated = || {
        run(&project, &["generate", "-e", "dev"]).exits(0);
        project.read("generated/dev/bronze/orders.py")
    };
    assert_eq!(generated(), generated());
    assert_eq!(project.paths(HOME), ["plugin.yaml", "src/feed.py"], "the interpreter leaves nothing behind");
}
