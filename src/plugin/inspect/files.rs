//! Files that a manifest names: each must be there.

use super::Inspected;
use crate::plugin::manifest::RuntimeKind;
use crate::report::Report;
use crate::source::Span;
use crate::syntax::Node;

pub(super) fn check(inspected: &Inspected<'_>, report: &mut Report) {
    let manifest = inspected.manifest;
    for (index, row) in manifest.provides.iter().enumerate() {
        let place = |key: &str| inspected.span(index, key);
        for (key, name) in [("definition", &row.definition), ("models", &row.models), ("properties", &row.properties)] {
            if let Some(name) = name.as_deref().filter(|name| !name.contains(['*', '?'])) {
                inspected.file(name, place(key), report);
            }
        }
        let examples = inspected.provision(index).get("examples").and_then(Node::as_sequence).unwrap_or_default();
        for (name, node) in row.examples.iter().zip(examples) {
            inspected.file(name, node.span, report);
        }
        if let (Some(entry), RuntimeKind::Python) = (&row.entry, manifest.runtime.kind)
            && let Some((file, _)) = entry.rsplit_once(':').filter(|(file, _)| file.ends_with(".py"))
        {
            let path = manifest.runtime.path.as_deref().map_or(file.to_owned(), |path| format!("{path}/{file}"));
            inspected.file(&path, place("entry"), report);
        }
    }
    let at = |keys: &[&str]| -> Span {
        let found = keys.iter().try_fold(inspected.node, |node, key| node.get(key));
        found.unwrap_or(inspected.node).span
    };
    if let Some(module) = &manifest.runtime.module {
        inspected.file(module, at(&["runtime", "module"]), report);
    }
    for (triple, library) in &manifest.runtime.libraries {
        inspected.file(library, at(&["runtime", "libraries", triple]), report);
    }
    for migration in &manifest.migrations {
        let names = [Some(&migration.file), migration.down.as_ref()];
        names.into_iter().flatten().for_each(|name| drop(inspected.file(name, at(&["migrations"]), report)));
    }
}
