//! References to a class or symbol without a manifest: `reader.py:MyReader`, `libreader.so:create`, `package.Reader`.

use std::path::PathBuf;

use crate::plugin::manifest::{Manifest, Provision, Runtime, RuntimeKind};
use crate::plugin::{Kind, Origin, Place, Plugin};
use crate::source::Span;
use crate::syntax::{Entry, Mapping, Node, Value};

/// A class or symbol of a file or a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The file, or the dotted name of a module.
    pub holder: String,
    /// The class or symbol in it.
    pub object: String,
    /// What would run it.
    pub runtime: RuntimeKind,
}

impl Reference {
    /// The reference that a text is, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let made = |holder: &str, object: &str, runtime| {
            let whole = !holder.is_empty() && !object.is_empty();
            whole.then(|| Self { holder: holder.to_owned(), object: object.to_owned(), runtime })
        };
        if let Some((holder, object)) = text.rsplit_once(':') {
            let runtime = match holder.rsplit_once('.').map(|(_, suffix)| suffix) {
                Some("so" | "dylib" | "dll") => RuntimeKind::Native,
                Some("wasm") => RuntimeKind::Wasm,
                _ => RuntimeKind::Python,
            };
            return made(holder, object, runtime);
        }
        let (holder, object) = text.rsplit_once('.')?;
        let is_name = |part: &str| {
            let mut characters = part.chars();
            characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && characters.all(|character| character.is_alphanumeric() || character == '_')
        };
        if text.split('.').all(is_name) { made(holder, object, RuntimeKind::Python) } else { None }
    }

    /// A plugin without a manifest, for this class or symbol alone.
    pub fn plugin(&self, text: &str, span: Span, root: PathBuf, provides: &[(Kind, &str)], origin: Origin) -> Plugin {
        let string = |text: &str| Node::string(text, span);
        let mapping = |pairs: &[(&str, Node)]| {
            let entries = pairs.iter().map(|(key, value)| Entry { key: string(key), value: value.clone() });
            Node::new(Value::Mapping(Mapping { entries: entries.collect() }), span)
        };
        let rows = provides.iter().map(|(kind, key)| {
            mapping(&[("kind", string(kind.word())), ("key", string(key)), ("entry", string(text))])
        });
        let node = mapping(&[("id", string(text)), ("provides", Node::new(Value::Sequence(rows.collect()), span))]);
        let provision = |(kind, key): &(Kind, &str)| Provision {
            kind: *kind,
            key: (*key).to_owned(),
            entry: Some(text.to_owned()),
            ..Provision::default()
        };
        let manifest = Manifest {
            schema: 1,
            id: text.to_owned(),
            version: "0.0.0".to_owned(),
            api: "1.0".to_owned(),
            runtime: Runtime { kind: self.runtime, ..Runtime::default() },
            provides: provides.iter().map(provision).collect(),
            ..Manifest::default()
        };
        Plugin::new(manifest, node, root, origin, Place::Project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_of_a_file_decides_what_would_run_it() {
        let runtime = |text: &str| Reference::parse(text).map(|reference| reference.runtime);
        assert_eq!(runtime("plugins/r.py:MyReader"), Some(RuntimeKind::Python));
        assert_eq!(runtime("lib/libcsv.so:create_reader"), Some(RuntimeKind::Native));
        assert_eq!(runtime("r.wasm:read"), Some(RuntimeKind::Wasm));
        assert_eq!(runtime("package.module.Reader"), Some(RuntimeKind::Python));
        assert_eq!(runtime("lhp-s3-plugin"), None);
        assert_eq!(runtime("r.py:"), None);
    }
}
