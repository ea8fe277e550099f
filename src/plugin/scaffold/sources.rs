//! The files that new plugins start from, which lie below `templates/plugin/`. In paths and texts, `%id%` stands for the
//! id of the plugin, `%key%` for the key of its capability, and so on: see `Values`.
//!
//! What several runtimes have in common, such as golden cases, exists once: a scaffold is made of parts.

use crate::plugin::Kind;
use crate::plugin::manifest::RuntimeKind;

/// Some files of a directory below `templates/plugin/`, by their paths below it.
pub(super) struct Part {
    #[cfg(test)]
    directory: &'static str,
    pub files: &'static [(&'static str, &'static [u8])],
}

/// The files of one scaffold.
type Sources = &'static [&'static Part];

macro_rules! part {
    ($directory:literal: $($path:literal),* $(,)?) => {
        &Part {
            #[cfg(test)]
            directory: $directory,
            files: &[$((
                $path,
                include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/plugin/", $directory, "/", $path)),
            )),*],
        }
    };
}

/// Every scaffold.
pub(super) const ALL: &[(Kind, RuntimeKind, Sources)] = &[
    (Kind::Load, RuntimeKind::Template, &[LOAD]),
    (Kind::Transform, RuntimeKind::Template, &[TRANSFORM]),
    (Kind::Write, RuntimeKind::Template, &[WRITE]),
    (Kind::Test, RuntimeKind::Template, &[TEST]),
    (Kind::Hook, RuntimeKind::Template, &[HOOK]),
    (Kind::Load, RuntimeKind::Python, &[PYTHON_LOAD, CASES_LOAD, TEMPLATE_LOAD]),
    (Kind::Transform, RuntimeKind::Python, &[PYTHON_TRANSFORM, CASES_TRANSFORM, TEMPLATE_TRANSFORM]),
    (Kind::Write, RuntimeKind::Python, &[PYTHON_WRITE, CASES_WRITE, TEMPLATE_WRITE]),
    (Kind::Test, RuntimeKind::Python, &[PYTHON_TEST, CASES_TEST, TEMPLATE_TEST]),
    (Kind::Hook, RuntimeKind::Python, &[PYTHON_HOOK, CASES_HOOK]),
    (Kind::Reader, RuntimeKind::Python, &[PYTHON_READER]),
    (Kind::Writer, RuntimeKind::Python, &[PYTHON_WRITER]),
    (Kind::Load, RuntimeKind::Wasm, &[WASM_GENERATOR, C, WASM_LOAD, CASES_LOAD, TEMPLATE_LOAD]),
    (Kind::Transform, RuntimeKind::Wasm, &[WASM_GENERATOR, C, WASM_TRANSFORM, CASES_TRANSFORM, TEMPLATE_TRANSFORM]),
    (Kind::Write, RuntimeKind::Wasm, &[WASM_GENERATOR, C, WASM_WRITE, CASES_WRITE, TEMPLATE_WRITE]),
    (Kind::Test, RuntimeKind::Wasm, &[WASM_GENERATOR, C, WASM_TEST, CASES_TEST, TEMPLATE_TEST]),
    (Kind::Hook, RuntimeKind::Wasm, &[WASM_HOOK, C_HOOK, C, CASES_HOOK]),
    (Kind::Load, RuntimeKind::Native, &[NATIVE, C, NATIVE_LOAD, CASES_LOAD]),
    (Kind::Hook, RuntimeKind::Native, &[NATIVE, C, C_HOOK, NATIVE_HOOK, CASES_HOOK]),
    (Kind::Reader, RuntimeKind::Native, &[NATIVE, C, NATIVE_READER]),
    (Kind::Writer, RuntimeKind::Native, &[NATIVE, C, NATIVE_WRITER]),
];

const LOAD: &Part = part!["load":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "schemas/load.schema.json",
    "templates/load.py.j2",
    "tests/all_settings/expected.py",
    "tests/all_settings/input.yaml",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_path/expected_diagnostics.yaml",
    "tests/missing_path/input.yaml",
];

const TRANSFORM: &Part = part!["transform":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "schemas/transform.schema.json",
    "templates/transform.py.j2",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_column/expected_diagnostics.yaml",
    "tests/missing_column/input.yaml",
];

const WRITE: &Part = part!["write":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "schemas/write.schema.json",
    "templates/write.py.j2",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_path/expected_diagnostics.yaml",
    "tests/missing_path/input.yaml",
];

const TEST: &Part = part!["test":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "schemas/test.schema.json",
    "templates/test.py.j2",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_column/expected_diagnostics.yaml",
    "tests/missing_column/input.yaml",
];

const HOOK: &Part = part!["hook":
    "README.md",
    "plugin.yaml",
    "templates/hook.json.j2",
    "tests/error/expected.json",
    "tests/error/input.yaml",
];

const PYTHON_LOAD: &Part = part!["python/load":
    "README.md",
    "plugin.yaml",
    "pyproject.toml",
    "src/lhp_%key%/__init__.py",
    "src/lhp_%key%/plugin.py",
    "tests/test_plugin.py",
];

const CASES_LOAD: &Part = part!["python/load":
    "examples/%key%.yaml",
    "schemas/load.schema.json",
    "tests/all_settings/expected.py",
    "tests/all_settings/input.yaml",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_path/expected_diagnostics.yaml",
    "tests/missing_path/input.yaml",
];

const TEMPLATE_LOAD: &Part = part!["python/load":
    "templates/load.py.j2",
];

const PYTHON_TRANSFORM: &Part = part!["python/transform":
    "README.md",
    "plugin.yaml",
    "pyproject.toml",
    "src/lhp_%key%/__init__.py",
    "src/lhp_%key%/plugin.py",
    "tests/test_plugin.py",
];

const CASES_TRANSFORM: &Part = part!["python/transform":
    "examples/%key%.yaml",
    "schemas/transform.schema.json",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_column/expected_diagnostics.yaml",
    "tests/missing_column/input.yaml",
];

const TEMPLATE_TRANSFORM: &Part = part!["python/transform":
    "templates/transform.py.j2",
];

const PYTHON_WRITE: &Part = part!["python/write":
    "README.md",
    "plugin.yaml",
    "pyproject.toml",
    "src/lhp_%key%/__init__.py",
    "src/lhp_%key%/plugin.py",
    "tests/test_plugin.py",
];

const CASES_WRITE: &Part = part!["python/write":
    "examples/%key%.yaml",
    "schemas/write.schema.json",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_path/expected_diagnostics.yaml",
    "tests/missing_path/input.yaml",
];

const TEMPLATE_WRITE: &Part = part!["python/write":
    "templates/write.py.j2",
];

const PYTHON_TEST: &Part = part!["python/test":
    "README.md",
    "plugin.yaml",
    "pyproject.toml",
    "src/lhp_%key%/__init__.py",
    "src/lhp_%key%/plugin.py",
    "tests/test_plugin.py",
];

const CASES_TEST: &Part = part!["python/test":
    "examples/%key%.yaml",
    "schemas/test.schema.json",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_column/expected_diagnostics.yaml",
    "tests/missing_column/input.yaml",
];

const TEMPLATE_TEST: &Part = part!["python/test":
    "templates/test.py.j2",
];

const PYTHON_HOOK: &Part = part!["python/hook":
    "README.md",
    "plugin.yaml",
    "pyproject.toml",
    "src/lhp_%key%/__init__.py",
    "src/lhp_%key%/plugin.py",
    "tests/test_plugin.py",
];

const CASES_HOOK: &Part = part!["python/hook":
    "tests/error/expected.json",
    "tests/error/input.yaml",
];

const PYTHON_READER: &Part = part!["python/reader":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "pyproject.toml",
    "schemas/reader.schema.json",
    "src/lhp_%key%/__init__.py",
    "src/lhp_%key%/plugin.py",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_path/expected_diagnostics.yaml",
    "tests/missing_path/input.yaml",
    "tests/test_plugin.py",
];

const PYTHON_WRITER: &Part = part!["python/writer":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "pyproject.toml",
    "schemas/writer.schema.json",
    "src/lhp_%key%/__init__.py",
    "src/lhp_%key%/plugin.py",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/test_plugin.py",
];

const C: &Part = part!["c":
    "src/lhp.h",
];

const WASM_GENERATOR: &Part = part!["wasm/generator":
    "README.md",
    "build.sh",
    "plugin.wasm",
    "rust/%cargo%",
    "rust/src/lib.rs",
    "src/plugin.c",
];

const WASM_HOOK: &Part = part!["wasm/hook":
    "README.md",
    "build.sh",
    "plugin.wasm",
    "plugin.yaml",
    "rust/%cargo%",
    "rust/src/lib.rs",
];

const WASM_LOAD: &Part = part!["wasm/load":
    "plugin.yaml",
];

const WASM_TRANSFORM: &Part = part!["wasm/transform":
    "plugin.yaml",
];

const WASM_WRITE: &Part = part!["wasm/write":
    "plugin.yaml",
];

const WASM_TEST: &Part = part!["wasm/test":
    "plugin.yaml",
];

const NATIVE: &Part = part!["native/shared":
    "build.sh",
];

const NATIVE_LOAD: &Part = part!["native/load":
    "README.md",
    "plugin.yaml",
    "src/plugin.c",
];

const NATIVE_HOOK: &Part = part!["native/hook":
    "README.md",
    "plugin.yaml",
];

const NATIVE_READER: &Part = part!["native/reader":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "schemas/reader.schema.json",
    "src/plugin.c",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_path/expected_diagnostics.yaml",
    "tests/missing_path/input.yaml",
];

const NATIVE_WRITER: &Part = part!["native/writer":
    "README.md",
    "examples/%key%.yaml",
    "plugin.yaml",
    "schemas/writer.schema.json",
    "src/plugin.c",
    "tests/basic/expected.py",
    "tests/basic/input.yaml",
    "tests/missing_base/expected_diagnostics.yaml",
    "tests/missing_base/input.yaml",
];

const C_HOOK: &Part = part!["wasm/hook":
    "src/plugin.c",
];

/// The files of the scaffold for a kind and runtime.
pub(super) fn of(kind: Kind, runtime: RuntimeKind) -> Option<impl Iterator<Item = (&'static str, &'static [u8])>> {
    let (_, _, parts) = ALL.iter().find(|(known, runs, _)| (*known, *runs) == (kind, runtime))?;
    Some(parts.iter().flat_map(|part| part.files.iter().copied()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_a_scaffold_is_listed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/plugin");
        let wanted = |entry: &walkdir::DirEntry| entry.file_name() != "__pycache__";
        let files = walkdir::WalkDir::new(&root).into_iter().filter_entry(wanted).flatten();
        let path = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let found = files.filter(|entry| entry.file_type().is_file()).map(|entry| path(entry.path()));
        // The script makes what is listed.
        let found: BTreeSet<String> = found.filter(|path| path != "wasm/build.sh").collect();
        let parts = ALL.iter().flat_map(|(_, _, parts)| parts.iter());
        let listed = parts.flat_map(|part| part.files.iter().map(|(name, _)| format!("{}/{name}", part.directory)));
        assert_eq!(found, listed.collect());
    }

    #[test]
    fn no_file_of_a_scaffold_is_there_twice() {
        for (kind, runtime, _) in ALL {
            let mut seen = BTreeSet::new();
            for (path, _) in of(*kind, *runtime).unwrap() {
                assert!(seen.insert(path), "{} {}: {path}", kind.word(), runtime.word());
            }
        }
    }
}
