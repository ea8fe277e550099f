//! Scaffolds: a name, a kind and a runtime go in, the files of a new plugin come out. The plugin works as it is, and
//! has tests.

mod sources;
mod write;

use super::collisions::DUPLICATE_ROW;
use super::kinds::camel;
use super::manifest::RuntimeKind;
use super::runtime::native;
use super::trust::digest;
use super::{Kind, Table};
use crate::emit::python;
use crate::report::{Diagnostic, Rule, rules};

pub use write::write;

rules! {
    /// `lhp plugin create` was asked for a plugin that it cannot make: its name is none for a plugin, or there is no
    /// scaffold for its kind and runtime.
    ///
    /// ## Why
    /// A new plugin is made from files that are known to work.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp plugin create RestApi --kind load
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp plugin create rest-api --kind load
    /// ```
    pub static NO_SCAFFOLD: Rule = Rule::new("LHP-PLG-009", "no-scaffold");
    /// There is something already where `lhp plugin create` would make a plugin.
    ///
    /// ## Why
    /// Nothing is ever written over what you have.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp plugin create rest-api --kind load --path plugins
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp plugin create rest-api --kind load --path plugins/rest-api
    /// ```
    pub static OCCUPIED: Rule = Rule::new("LHP-PLG-009", "occupied-path");
}

/// A new plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaffold {
    /// The id of the plugin.
    pub id: String,
    /// The key of its capability.
    pub key: String,
    /// Files by path relative to the directory of the plugin.
    pub files: Vec<(String, Vec<u8>)>,
    /// What must be run in its directory before the plugin works.
    pub build: Option<&'static str>,
}

/// Module of a plugin for the runtime `wasm`.
const MODULE: &str = "plugin.wasm";

/// What stands for what in paths and texts.
struct Values<'a>(Vec<(&'static str, &'a str)>);

impl Values<'_> {
    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// Modules stay as they are. Where lines of code are broken depends on how long the names are.
    fn fill_file(&self, path: &str, content: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(content).map(|text| self.fill(text)) {
            Ok(text) if path.ends_with("/expected.py") => python::parse_and_format(&text).unwrap_or(text).into_bytes(),
            Ok(text) if path != MODULE => text.into_bytes(),
            _ => content.to_vec(),
        }
    }
}

/// The files of a new plugin.
///
/// # Errors
/// If the name is no id of a plugin, or its key is that of something built in, or if there is no scaffold for the kind and
/// runtime.
pub fn scaffold(name: &str, kind: Kind, runtime: RuntimeKind) -> Result<Scaffold, Diagnostic> {
    if !is_id(name) {
        let message = format!("`{name}` is no name for a plugin");
        return Err(Diagnostic::error(&NO_SCAFFOLD, message).help(format!(
            "use lower-case letters and digits, in words joined by `-` or `_`, as in `{}`",
            suggestion(name)
        )));
    }
    let sources: Vec<_> = sources::of(kind, runtime).ok_or_else(|| unsupported(kind, runtime))?.collect();
    let key = name.replace('-', "_");
    refuse_taken(name, &key, kind)?;
    let (title, class) = (title(name), camel(&key));
    let module = sources.iter().find(|(path, _)| *path == MODULE);
    let digest = module.map(|(_, bytes)| digest::of_bytes(bytes)).unwrap_or_default();
    let library = format!("{}{key}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let values = Values(vec![
        ("%id%", name),
        ("%key%", &key),
        ("%title%", &title),
        ("%kind%", kind.word()),
        ("%place%", place(kind)),
        ("%class%", &class),
        ("%digest%", &digest),
        ("%library%", &library),
        ("%platform%", native::PLATFORM),
        // A manifest of Cargo beside the sources of this program would be one of its packages.
        ("%cargo%", "Cargo.toml"),
    ]);
    let mut files: Vec<_> =
        sources.iter().map(|(path, content)| (values.fill(path), values.fill_file(path, content))).collect();
    files.sort();
    let build = (runtime == RuntimeKind::Native).then_some(native::BUILD_COMMAND);
    Ok(Scaffold { id: name.to_owned(), key, files, build })
}

/// Refuses a name whose key belongs to something that is built in: the plugin could not be used as it is.
fn refuse_taken(name: &str, key: &str, kind: Kind) -> Result<(), Diagnostic> {
    let Some(action) = kind.action_type() else { return Ok(()) };
    let word = kind.word();
    let id = format!("{word}/{key}");
    let reserved = kind == Kind::Write && key == "sink";
    if !reserved && Table::built_in().get(action, &kind.action_key(key)).is_none() {
        return Ok(());
    }
    let message = match reserved {
        true => format!("`{id}` cannot be provided: the word stands for all sinks"),
        false => format!("the plugin would provide `{id}`, which is built in"),
    };
    let own = format!("my-{name}");
    Err(Diagnostic::error(&DUPLICATE_ROW, message)
        .help(format!("choose another name, as in `lhp plugin create {own} --kind {word}`")))
}

/// Where an action names a capability.
fn place(kind: Kind) -> &'static str {
    match kind {
        Kind::Transform => "transform_type",
        Kind::Write | Kind::Writer => "write_target.type",
        Kind::Test => "test_type",
        _ => "source.type",
    }
}

/// The kinds and runtimes that there are scaffolds for.
pub fn supported() -> Vec<(Kind, RuntimeKind)> {
    sources::ALL.iter().map(|(kind, runtime, _)| (*kind, *runtime)).collect()
}

fn unsupported(kind: Kind, runtime: RuntimeKind) -> Diagnostic {
    let all = supported();
    let runtimes: Vec<&str> =
        all.iter().filter(|(known, _)| *known == kind).map(|(_, runtime)| runtime.word()).collect();
    let help = match runtimes.as_slice() {
        [] => {
            let mut kinds: Vec<&str> = Vec::new();
            all.iter().map(|(kind, _)| kind.word()).for_each(|kind| {
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            });
            format!("there are scaffolds for {}", kinds.join(", "))
        }
        [one] => format!("write `--runtime {one}`, which has a scaffold for `{}`", kind.word()),
        several => {
            format!("write `--runtime` with one of {}, which have scaffolds for `{}`", several.join(", "), kind.word())
        }
    };
    let message = format!("there is no scaffold for kind `{}` in the runtime `{}`", kind.word(), runtime.word());
    Diagnostic::error(&NO_SCAFFOLD, message).help(help)
}

/// Whether a text identifies a plugin.
pub fn is_id(text: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= 64 && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.split(['-', '_']).all(word)
}

/// An id that is close to a text.
fn suggestion(text: &str) -> String {
    let mut id = String::new();
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if letter.is_ascii_alphanumeric() {
            id.extend(letter.to_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id: String =
        id.trim_matches('-').trim_start_matches(|first: char| first.is_ascii_digit()).chars().take(64).collect();
    let id = id.trim_matches('-');
    if id.is_empty() { "my-plugin".to_owned() } else { id.to_owned() }
}

/// A name to show.
fn title(id: &str) -> String {
    let text = id.replace(['-', '_'], " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_manifest() {
        for id in ["a", "rest-api", "s3_batch2", "a-b_c"] {
            assert!(is_id(id), "{id}");
        }
        for text in ["", "A", "1a", "a--b", "a-", "-a", "a b", "ä"] {
            assert!(!is_id(text), "{text}");
            assert!(is_id(&suggestion(text)), "{text}");
        }
        assert_eq!(suggestion("RestApi 2"), "rest-api-2");
    }
}
