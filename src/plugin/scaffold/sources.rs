//! The files that new plugins start from, which lie below `templates/plugin/`. In paths and texts, `%id%` stands for the
//! id of the plugin, `%key%` for the key of its capability, and `%title%` for a name to show.

use crate::plugin::Kind;
use crate::plugin::manifest::RuntimeKind;

/// Paths and texts of files.
type Sources = &'static [(&'static str, &'static str)];

/// The files of one scaffold, by their paths below its directory.
macro_rules! sources {
    ($directory:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/plugin/", $directory, "/", $path)))),*]
    };
}

/// Every scaffold.
pub(super) const ALL: &[(Kind, RuntimeKind, Sources)] = &[
    (Kind::Load, RuntimeKind::Template, LOAD),
    (Kind::Transform, RuntimeKind::Template, TRANSFORM),
    (Kind::Write, RuntimeKind::Template, WRITE),
    (Kind::Test, RuntimeKind::Template, TEST),
    (Kind::Hook, RuntimeKind::Template, HOOK),
];

const LOAD: Sources = sources!["load":
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

const TRANSFORM: Sources = sources!["transform":
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

const WRITE: Sources = sources!["write":
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

const TEST: Sources = sources!["test":
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

const HOOK: Sources = sources!["hook":
    "README.md",
    "plugin.yaml",
    "templates/hook.json.j2",
    "tests/error/expected.json",
    "tests/error/input.yaml",
];

/// The files of the scaffold for a kind and runtime.
pub(super) fn of(kind: Kind, runtime: RuntimeKind) -> Option<Sources> {
    ALL.iter().find(|(known, runs, _)| (*known, *runs) == (kind, runtime)).map(|(_, _, sources)| *sources)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_a_scaffold_is_listed() {
        for (kind, _, sources) in ALL {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/plugin").join(kind.word());
            let files = walkdir::WalkDir::new(&root).into_iter().flatten().filter(|entry| entry.file_type().is_file());
            let path = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            let mut found: Vec<String> = files.map(|entry| path(entry.path())).collect();
            found.sort();
            let listed: Vec<&str> = sources.iter().map(|(name, _)| *name).collect();
            assert_eq!(found, listed, "{}", kind.word());
        }
    }
}
