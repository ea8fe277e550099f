//! What goes along with a pipeline: the answer to `emit` and `describe` goes in, modules and their names come out.

use serde_json::Value as Json;

use crate::emit::is_identifier;
use crate::generator::python_module::PACKAGE;
use crate::plugin::runtime::Fault;

/// The name of the module that all adapters share, in the package of copies.
pub(super) const RUNTIME: &str = "lhp_plugin_rt";

/// A class and the modules that define it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Emitted {
    /// Paths below the directory of the pipeline, and contents.
    pub files: Vec<(String, String)>,
    /// The module of the class.
    pub module: String,
    pub class: String,
    /// The interface of the class.
    pub contract: String,
    /// `__version__` of the class.
    pub version: Option<String>,
    /// What the class defines itself, such as `schema`.
    pub supports: Vec<String>,
}

impl Emitted {
    /// Whether the class has an optional method.
    pub fn can(&self, method: &str) -> bool {
        self.supports.iter().any(|word| word == method)
    }

    /// Reads what a worker answered to `emit` and `describe`. All files must lie in `package`.
    ///
    /// # Errors
    /// An answer of another form.
    pub fn of(emitted: &Json, described: &Json, package: &str) -> Result<Self, Fault> {
        let malformed = |what: &str| Fault::malformed(what, &emitted.to_string());
        let text = |from: &Json, key: &str| from.get(key).and_then(Json::as_str).map(str::to_owned);
        let data = emitted.get("data").ok_or_else(|| malformed("it has no `data`"))?;
        let part = |key: &str| text(data, key).ok_or_else(|| malformed(&format!("`data` has no `{key}`")));
        let (module, class) = (part("module")?, part("class")?);
        if !module.split('.').all(is_identifier) || !is_identifier(&class) {
            return Err(malformed("the class has no usable name"));
        }
        let below = format!("{PACKAGE}/{package}/");
        let files = emitted.get("files").and_then(Json::as_array).into_iter().flatten().map(|file| {
            let (path, content) = (text(file, "path"), text(file, "content"));
            let path = path.filter(|path| {
                let rest = path.strip_prefix(&below).and_then(|rest| rest.strip_suffix(".py"));
                rest.is_some_and(|rest| rest.split('/').all(is_identifier))
            });
            path.zip(content).ok_or_else(|| malformed("a file lies outside of its package"))
        });
        let supports = described.get("supports").and_then(Json::as_array).into_iter().flatten();
        Ok(Self {
            files: files.collect::<Result<_, _>>()?,
            module,
            class,
            contract: part("contract")?,
            version: text(described, "class_version"),
            supports: supports.filter_map(|word| word.as_str().map(str::to_owned)).collect(),
        })
    }
}

/// How modules, classes and formats of a capability are called: `my_api` for the key `my-api`. Of a class in a file, it
/// is made of both.
pub(super) fn slug(key: &str) -> String {
    let named = match key.rsplit_once(':') {
        Some((file, object)) => {
            let stem = file.rsplit(['/', '\\']).next().and_then(|name| name.split('.').next()).unwrap_or_default();
            format!("{stem}_{object}")
        }
        None => key.to_owned(),
    };
    let mut out = String::with_capacity(named.len());
    for character in named.chars() {
        match character.is_ascii_alphanumeric() {
            true => out.push(character.to_ascii_lowercase()),
            false if !out.ends_with('_') => out.push('_'),
            false => {}
        }
    }
    out.trim_matches('_').to_owned()
}

/// A name of Python's classes: `MyApi` for `my_api`.
pub(crate) fn camel(slug: &str) -> String {
    let word = |word: &str| {
        let mut characters = word.chars();
        let first = characters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(characters).collect::<String>()
    };
    slug.split('_').map(word).collect()
}
