//! Every requirement on the plugin system has tests that carry its id, and the page of requirements names them.
//!
//! `UPDATE_DOCS=1 cargo test --test plugins_requirements` writes the page. Read the changes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use support::package;

/// The documents that requirements come from: the letter of their ids, and what they are about.
const DOCUMENTS: [(char, &str); 5] = [
    ('L', "Plugins of a pipeline compiler"),
    ('P', "Plugin families and hooks of a data platform"),
    ('X', "Experience of developers"),
    ('N', "Readers and writers"),
    ('F', "Discovery and checks of a product portal"),
];

/// Id and requirement, in the order of the page.
const REQUIREMENTS: &[(&str, &str)] = &[
    ("L-01", "A plugin adds a type of load; without the plugin, the error names it and the place"),
    ("L-02", "A plugin adds a type of transform"),
    ("L-03", "A plugin adds a type of write target or sink"),
    ("L-04", "A plugin adds a type of test"),
    ("L-05", "A hook is given each event that it names once"),
    ("L-06", "Plugins are found by entry points of installed packages, without starting Python"),
    ("L-07", "Plugins are found in directories"),
    ("L-08", "Plugins are registered by declaration, without effects of an import"),
    ("L-09", "The metadata of a plugin is told under its documented names"),
    ("L-10", "A plugin can refuse its environment; the message lists what is missing"),
    ("L-11", "Classes of load plugins run unmodified"),
    ("L-12", "Classes of transform and write plugins run unmodified"),
    ("L-13", "Imports of a plugin are merged with those of the module"),
    ("L-14", "Handlers of events may be ordinary or asynchronous functions"),
    ("L-15", "The context of an event has the documented keys"),
    ("L-16", "The record of an event has the documented fields"),
    ("L-17", "Every type of event is fired"),
    ("L-18", "Rows have stable ids of the form `kind/key`"),
    ("L-19", "A broken plugin is a warning while nobody uses it, and never breaks another one"),
    ("L-20", "Two plugins with one row are an error, unless the project decides"),
    ("L-21", "Built-in types stay available"),
    ("L-22", "An object without the methods of its interface is refused, and they are named"),
    ("L-23", "The block `plugins` is checked with places; variables are replaced; secrets are hidden"),
    ("L-24", "A project without plugins is compiled as before"),
    ("L-25", "Events are fired at every stage, in a fixed order"),
    ("L-26", "The hooks `logging` and `metrics` come with the program"),
    ("L-27", "Asynchronous hooks do not hold up the run"),
    ("L-28", "Events are handed over in batches"),
    ("L-29", "Events are filtered"),
    ("L-30", "A runtime starts only when an answer is needed and not known"),
    ("L-31", "Listing many plugins is fast"),
    ("L-32", "A new plugin passes its tests untouched"),
    ("L-33", "Plugins are listed, described and validated on the command line"),
    ("L-34", "Authors test plugins with golden cases and mock objects"),
    ("L-35", "Versions are compared before anything of a plugin runs"),
    ("L-37", "A module in the sandbox reaches nothing, and its resources are bounded"),
    ("L-38", "Settings are checked against schemas; secrets reach no message, lock, cache or generated code"),
    ("L-39", "Examples come with the program and pass their golden cases"),
    ("L-40", "The documentation of a plugin is made from its manifest and schemas"),
    ("L-41", "Interfaces, discovery, events and whole runs have test suites, and the costs a benchmark"),
    ("L-43", "Templates of a plugin are found inside its directory only"),
    ("P-01", "Families of plugins are known by the names of other tools"),
    ("P-02", "Entry points of all groups are listed"),
    ("P-03", "An installed plugin works at once, if the project wants that"),
    ("P-04", "A plugin that fails to load is left out"),
    ("P-05", "New plugins of each family are made by a command"),
    ("P-09", "Lineage is told as an event"),
    ("P-10", "Durations and findings are told as events"),
    ("P-11", "Hook classes that register handlers run unmodified"),
    ("P-12", "Hooks choose by event, table and tags"),
    ("P-13", "What becomes of a run when a hook fails is decided per hook"),
    ("P-14", "Hooks are waited for by default; slow ones are remarked on"),
    ("P-17", "Source connectors become data sources, and can be checked and sampled"),
    ("P-18", "Metadata holds home page, licence, tags and documentation"),
    ("P-29", "Projects list the plugins that may be used"),
    ("P-30", "What a plugin raises becomes a message at the action"),
    ("P-31", "Settings that a plugin refuses become a message at the action"),
    ("X-20", "From nothing to generated code takes a minute"),
    ("X-23", "Every code of plugins has help"),
    ("N-01", "A reader becomes a data source with the same rows"),
    ("N-02", "The connection of a reader can be checked"),
    ("N-03", "The objects of a reader can be listed"),
    ("N-05", "Settings reach readers and writers as objects"),
    ("N-06", "A writer becomes a sink with the same files"),
    ("N-07", "Files of a writer are committed once"),
    ("N-08", "Metadata of files is passed on"),
    ("N-09", "The version of a class must fit the protocol"),
    ("N-10", "An action may name a class in a file, without a manifest"),
    ("N-12", "Native readers are read to their end, and every text is freed once"),
    ("N-13", "Names of native libraries are tried with the suffixes of all platforms"),
    ("N-14", "Native code never runs inside the compiler"),
    ("N-18", "Codes of failed connections are passed on"),
    ("N-21", "A reader is never held in memory as a whole"),
    ("F-06", "A variable decides which plugins are used"),
    ("F-07", "Plugins of other families are found after they were installed"),
    ("F-15", "It is explained step by step why a plugin is not used"),
    ("F-17", "Versions are compared"),
    ("F-18", "Plugins run in a sandbox"),
];

/// The names of all tests whose names begin with ids, by id: `l_01_…`, or `l_09_p_18_…` for several.
fn tests_by_id() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for root in ["tests", "src", "sdk"] {
        let files = walkdir::WalkDir::new(package().join(root)).sort_by_file_name().into_iter().map(Result::unwrap);
        let tests = |path: &std::path::Path| {
            path.extension().is_some_and(|extension| extension == "rs" || extension == "py")
                && !path.components().any(|part| part.as_os_str() == "target")
        };
        for entry in files.filter(|entry| entry.file_type().is_file() && tests(entry.path())) {
            let shown = entry.path().strip_prefix(package()).unwrap().to_string_lossy().replace('\\', "/");
            for line in fs::read_to_string(entry.path()).unwrap_or_default().lines() {
                let Some(name) = test_name(line) else { continue };
                for id in ids(name) {
                    found.entry(id).or_default().push(format!("{shown}::{name}"));
                }
            }
        }
    }
    found
}

/// The name of the function that a line begins, if it is one.
fn test_name(line: &str) -> Option<&str> {
    let rest = ["fn ", "def "].iter().find_map(|word| line.trim_start().strip_prefix(word))?;
    rest.split(['(', '<']).next()
}

/// The ids that a name begins with.
fn ids(name: &str) -> Vec<String> {
    let mut parts = name.strip_prefix("test_").unwrap_or(name).split('_');
    let mut found = Vec::new();
    while let (Some(letter), Some(number)) = (parts.next(), parts.next()) {
        let is_id = letter.len() == 1
            && DOCUMENTS.iter().any(|(known, _)| letter.starts_with(known.to_ascii_lowercase()))
            && number.len() == 2
            && number.bytes().all(|digit| digit.is_ascii_digit());
        if !is_id {
            break;
        }
        found.push(format!("{}-{number}", letter.to_ascii_uppercase()));
    }
    found
}

fn page(tests: &BTreeMap<String, Vec<String>>) -> String {
    let mut page = "# Requirements\n\nWhat the plugin system must do, and the tests that prove it. A test carries the \
                    ids of its requirements in its name.\n"
        .to_owned();
    for (letter, title) in DOCUMENTS {
        let _ = write!(page, "\n## {letter}: {title}\n\n| id | requirement | tests |\n|---|---|---|\n");
        for (id, text) in REQUIREMENTS.iter().filter(|(id, _)| id.starts_with(letter)) {
            let names = tests.get(*id).cloned().unwrap_or_default();
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(page, "| {id} | {text} | {} |", names.join("<br>"));
        }
    }
    page
}

#[test]
fn l_41_every_requirement_has_tests() {
    let tests = tests_by_id();
    let without: Vec<&str> = REQUIREMENTS.iter().map(|(id, _)| *id).filter(|id| !tests.contains_key(*id)).collect();
    assert_eq!(without, Vec::<&str>::new());
    let suites = ["discovery", "settings", "trust", "generators", "broken", "events", "cli", "toolkit", "strings"];
    for suite in suites {
        assert!(package().join(format!("tests/plugins_{suite}.rs")).is_file(), "{suite}");
    }
    let bench = fs::read_to_string(package().join("benches/compile.rs")).unwrap();
    assert!(bench.contains("loads of a template plugin"));
}

#[test]
fn the_page_of_requirements_is_current() {
    let path = package().join("docs/plugins/requirements.md");
    let written = page(&tests_by_id());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == written, "run `UPDATE_DOCS=1 cargo test --test plugins_requirements` and read the changes");
}
