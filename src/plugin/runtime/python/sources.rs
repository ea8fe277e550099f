//! The Python modules of the worker, which come with the program.

use std::sync::OnceLock;

use serde_json::{Map, Value as Json, json};

/// The texts of modules by their paths below `sdk/python/src`.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/src/", $name)))),*]
    };
}

/// Sorted by path. A module that is not listed here does not exist for the worker; a test compares.
const MODULES: &[(&str, &str)] = embedded![
    "lhp_plugin_sdk/__init__.py",
    "lhp_plugin_sdk/bus.py",
    "lhp_plugin_sdk/catalog.py",
    "lhp_plugin_sdk/effects.py",
    "lhp_plugin_sdk/events.py",
    "lhp_plugin_sdk/generator.py",
    "lhp_plugin_sdk/interfaces.py",
    "lhp_plugin_sdk/lhp_plugin_rt.py",
    "lhp_plugin_sdk/pytest_plugin.py",
    "lhp_plugin_sdk/shims/__init__.py",
    "lhp_plugin_sdk/shims/dativo_ingest/__init__.py",
    "lhp_plugin_sdk/shims/dativo_ingest/config.py",
    "lhp_plugin_sdk/shims/dativo_ingest/plugins.py",
    "lhp_plugin_sdk/shims/dativo_ingest/validator.py",
    "lhp_plugin_sdk/shims/lhp/__init__.py",
    "lhp_plugin_sdk/shims/lhp/core/__init__.py",
    "lhp_plugin_sdk/shims/lhp/core/base_generator.py",
    "lhp_plugin_sdk/shims/lhp/core/registry.py",
    "lhp_plugin_sdk/shims/lhp/models/__init__.py",
    "lhp_plugin_sdk/shims/lhp/models/config.py",
    "lhp_plugin_sdk/shims/lhp/plugin/__init__.py",
    "lhp_plugin_sdk/shims/lhp/plugin/effects.py",
    "lhp_plugin_sdk/shims/lhp/plugin/events.py",
    "lhp_plugin_sdk/shims/lhp/plugin/interfaces.py",
    "lhp_plugin_sdk/shims/lhp/plugin/testing.py",
    "lhp_plugin_sdk/shims/phlo/__init__.py",
    "lhp_plugin_sdk/shims/phlo/hooks.py",
    "lhp_plugin_sdk/shims/phlo/plugins/__init__.py",
    "lhp_plugin_sdk/shims/phlo/plugins/base.py",
    "lhp_plugin_sdk/shims/phlo/plugins/hooks.py",
    "lhp_plugin_sdk/shims/phlo/plugins/semantic.py",
    "lhp_plugin_sdk/shims/phlo/plugins/testing.py",
    "lhp_plugin_sdk/shims/phlo/testing.py",
    "lhp_plugin_sdk/surface.py",
    "lhp_plugin_sdk/testing.py",
    "lhp_plugin_sdk/worker/__init__.py",
    "lhp_plugin_sdk/worker/answers.py",
    "lhp_plugin_sdk/worker/bootstrap.py",
    "lhp_plugin_sdk/worker/channel.py",
    "lhp_plugin_sdk/worker/copies.py",
    "lhp_plugin_sdk/worker/entries.py",
    "lhp_plugin_sdk/worker/faults.py",
    "lhp_plugin_sdk/worker/hooks.py",
    "lhp_plugin_sdk/worker/live.py",
    "lhp_plugin_sdk/worker/scope.py",
    "lhp_plugin_sdk/worker/shared.py",
    "lhp_plugin_sdk/worker/texts.py",
];

/// What belongs to the package beside its modules, by path below `sdk/python`.
const PACKAGE: &[(&str, &str)] = &[
    ("PROTOCOL.md", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/PROTOCOL.md"))),
    ("README.md", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/README.md"))),
    ("lhp_plugin_sdk.pth", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/lhp_plugin_sdk.pth"))),
    ("pyproject.toml", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/pyproject.toml"))),
    ("src/__main__.py", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/src/__main__.py"))),
];

/// Packages that say that they are typed, by path below `sdk/python/src`.
const TYPED: [&str; 4] =
    ["lhp_plugin_sdk", "lhp_plugin_sdk/shims/dativo_ingest", "lhp_plugin_sdk/shims/lhp", "lhp_plugin_sdk/shims/phlo"];

/// The package that plugins are written and tested against: every file by its path, sorted.
pub fn package() -> Vec<(String, &'static str)> {
    let own = PACKAGE.iter().map(|(path, text)| ((*path).to_owned(), *text));
    let modules = MODULES.iter().map(|(path, text)| (format!("src/{path}"), *text));
    let marks = TYPED.iter().map(|path| (format!("src/{path}/py.typed"), ""));
    let mut all: Vec<_> = own.chain(modules).chain(marks).collect();
    all.sort();
    all
}

/// What the interpreter runs first.
pub(super) const BOOTSTRAP: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/src/lhp_plugin_sdk/worker/bootstrap.py"));

/// The module that generated pipelines carry when they run classes of plugins.
pub const PIPELINE_MODULE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/python/src/lhp_plugin_sdk/lhp_plugin_rt.py"));

/// A digest of all modules: with others, plugins may answer something else.
pub fn modules_digest() -> String {
    let mut state = xxhash_rust::xxh3::Xxh3::new();
    MODULES.iter().for_each(|(path, text)| {
        state.update(path.as_bytes());
        state.update(text.as_bytes());
    });
    format!("{:016x}", state.digest())
}

/// The first message for a worker: all modules.
pub(super) fn message() -> &'static Json {
    static MESSAGE: OnceLock<Json> = OnceLock::new();
    MESSAGE.get_or_init(|| {
        let sources: Map<String, Json> =
            MODULES.iter().map(|(path, text)| ((*path).to_owned(), Json::from(*text))).collect();
        json!({"sources": sources})
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_has_every_file() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk/python");
        let left_out = |name: &str| name.starts_with("tests/") || name.contains("__pycache__") || name.contains("/.");
        let files = walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap).filter(|entry| entry.path().is_file());
        let mut stored: Vec<String> = files
            .map(|entry| entry.path().strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"))
            .filter(|path| !left_out(path) && !path.starts_with('.'))
            .collect();
        stored.sort();
        assert_eq!(package().into_iter().map(|(path, _)| path).collect::<Vec<_>>(), stored);
    }

    #[test]
    fn every_module_is_embedded() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk/python/src");
        let files = walkdir::WalkDir::new(root.join("lhp_plugin_sdk")).into_iter().map(Result::unwrap);
        let mut stored: Vec<String> = files
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "py"))
            .map(|entry| entry.path().strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"))
            .collect();
        stored.sort();
        assert_eq!(MODULES.iter().map(|(path, _)| *path).collect::<Vec<_>>(), stored);
    }
}
