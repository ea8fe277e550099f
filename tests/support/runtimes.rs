//! Plugins of every runtime with one load, `feed`, that do what a test wants.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::project::{Project, Run};

/// What runs a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runtime {
    Template,
    Wasm,
    Python,
    Native,
}

impl Runtime {
    pub const ALL: [Self; 4] = [Self::Template, Self::Wasm, Self::Python, Self::Native];

    /// What the manifest says about it.
    fn declared(self) -> String {
        match self {
            Self::Template => "{type: template, root: templates}".to_owned(),
            Self::Wasm => "{type: wasm, module: feed.wasm}".to_owned(),
            Self::Python => "{type: python, path: src}".to_owned(),
            Self::Native => format!("{{type: native, libraries: {{{}: feed.so}}}}", env!("LHP_TARGET")),
        }
    }

    fn entry(self) -> &'static str {
        match self {
            Self::Template => "feed.py.j2",
            Self::Python => "feed:generate",
            Self::Wasm | Self::Native => "feed",
        }
    }
}

/// The directory of the plugin in its project.
pub const HOME: &str = "plugins/feed";

/// A flowgroup whose load is that of the plugin.
pub const FLOWGROUP: &str = "pipeline: bronze
flowgroup: orders
actions:
  - {name: load_orders, type: load, source: {type: feed, path: /Volumes/shop/orders}, target: v_orders}
  - name: write_orders
    type: write
    source: v_orders
    write_target: {type: materialized_view, catalog: shop, schema: bronze, table: orders}
";

/// Another pipeline, whose fault has nothing to do with plugins: `LHP-CFG-010`.
pub const OTHER: &str = "pipeline: silver
flowgroup: returns
actions:
  - {name: load_returns, type: load, source: {type: delta, catalog: '${catlog}', schema: a, table: b}, target: v_returns}
  - name: write_returns
    type: write
    source: v_returns
    write_target: {type: materialized_view, catalog: shop, schema: silver, table: returns}
";

/// The code that a good plugin answers with.
pub const BODY: &str = "@dp.temporary_view()\ndef v_orders():\n    return spark.read.load(\"/Volumes/shop/orders\")\n";

/// An answer with this code.
pub fn answer() -> String {
    serde_json::json!({"body": BODY}).to_string()
}

/// Settings under which a plugin of any runtime may run.
pub const SETTINGS: &str =
    "name: shop\nplugins:\n  trust: {require_lock: never}\n  use:\n    - {id: lhp-feed, allow_native: true}\n";

/// A project that uses the plugin, which is still to be written.
pub fn project() -> Project {
    Project::new(&[
        ("lhp.yaml", SETTINGS),
        ("substitutions/dev.yaml", "dev: {catalog: shop}\n"),
        ("pipelines/orders.yaml", FLOWGROUP),
    ])
}

/// Writes the manifest of the plugin, with some more lines.
pub fn write_manifest(project: &Project, runtime: Runtime, more: &str) {
    let api = if more.contains("api:") { "" } else { "api: \"1.0\"\n" };
    project.write(
        &format!("{HOME}/plugin.yaml"),
        format!(
            "schema: 1\nid: lhp-feed\nversion: 1.0.0\n{api}runtime: {}\n{more}provides:\n  - kind: load\n    key: \
             feed\n    entry: {}\n",
            runtime.declared(),
            runtime.entry()
        ),
    );
}

/// Writes the template.
pub fn write_template(project: &Project, text: &str) {
    project.write(&format!("{HOME}/templates/feed.py.j2"), text);
}

/// Writes the Python module; `statements` are the body of `generate(action, context)`.
pub fn write_python(project: &Project, statements: &str) {
    let lines: String = statements.lines().map(|line| format!("    {line}\n")).collect();
    project.write(&format!("{HOME}/src/feed.py"), format!("import os\n\n\ndef generate(action, context):\n{lines}"));
}

/// Compiles C into the library; `body` are the statements of `lhp_call`.
pub fn write_native(project: &Project, body: &str) {
    write_c(
        project,
        &format!(
            "#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n#include <stdio.h>\n#include <unistd.h>\nuint32_t lhp_abi(void) \
             {{ return 1; }}\nvoid lhp_free(char *text) {{ free(text); }}\nchar *lhp_call(const char *request) \
             {{\nif (strstr(request, \"\\\"method\\\":\\\"initialize\\\"\")) return strdup(\"{{}}\");\n{body}\n}}\n"
        ),
    );
}

/// Compiles C into the library.
pub fn write_c(project: &Project, source: &str) {
    project.write("native/feed.c", source);
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-w", "-o"]).arg(project.path(HOME).join("feed.so"));
    assert!(compiler.arg(project.path("native/feed.c")).status().unwrap().success(), "{source}");
    std::fs::remove_dir_all(project.path("native")).unwrap();
}

/// C that gives a text back.
pub fn returning(text: &str) -> String {
    format!("return strdup({});", serde_json::Value::from(text))
}

/// Writes the module; `body` are the instructions of `lhp_call`.
pub fn write_wasm(project: &Project, imports: &str, body: &str) {
    write_wat(project, &guest(imports, "", body));
}

/// Writes the module.
pub fn write_wat(project: &Project, text: &str) {
    project.write(&format!("{HOME}/feed.wasm"), wat::parse_str(text).unwrap());
}

/// A guest with the usual exports around the instructions of `lhp_call`. Its answer lies at 1024, and `$answer` is its
/// place and size.
pub fn guest(imports: &str, definitions: &str, body: &str) -> String {
    let answer = answer();
    let bytes: String = answer.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    format!(
        r#"(module {imports}
            (memory (export "memory") 2)
            (global $next (mut i32) (i32.const 16384))
            (data (i32.const 1024) "{bytes}")
            (func (export "lhp_abi") (result i32) i32.const 1)
            (func (export "lhp_alloc") (param $size i32) (result i32)
                global.get $next
                (global.set $next (i32.add (global.get $next) (local.get $size))))
            (func (export "lhp_dealloc") (param i32 i32))
            (func $pack (param $at i32) (param $size i32) (result i64)
                (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))
            (func $answer (result i64) (call $pack (i32.const 1024) (i32.const {size})))
            {definitions}
            (func (export "lhp_call") (param $at i32) (param $size i32) (result i64) {body}))"#,
        size = answer.len(),
    )
}

/// A guest that answers with a text.
pub fn write_wasm_answer(project: &Project, text: &str) {
    let bytes: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let data = format!("(data (i32.const 4096) \"{bytes}\")");
    let body = format!("(call $pack (i32.const 4096) (i32.const {}))", text.len());
    write_wat(project, &guest("", &data, &body));
}

/// A plugin that does what it should.
pub fn write_good(project: &Project, runtime: Runtime) {
    write_manifest(project, runtime, "");
    match runtime {
        Runtime::Template => write_template(project, BODY),
        Runtime::Wasm => write_wasm(project, "", "(call $answer)"),
        Runtime::Python => write_python(project, &format!("return {}", serde_json::Value::from(BODY))),
        Runtime::Native => write_native(project, &returning(&answer())),
    }
}

/// The Python interpreter of the machine itself: what stands in the search path may be a slow script.
pub fn python() -> &'static PathBuf {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}

/// Runs the program with that interpreter.
pub fn run(project: &Project, arguments: &[&str]) -> Run {
    Run::of(project.command(arguments).env("LHP_PYTHON", python()))
}
