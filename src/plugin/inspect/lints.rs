//! What the users of a plugin would miss.

use serde_json::Value as Json;

use super::schemas::PluginSchema;
use super::{INCOMPLETE, Inspected};
use crate::plugin::golden::Case;
use crate::report::{Diagnostic, Report};
use crate::source::Span;

pub(super) fn check(inspected: &Inspected<'_>, schemas: &[PluginSchema], cases: &[Case], report: &mut Report) {
    let manifest = inspected.manifest;
    let mut miss = |place: Span, message: String, label: &str, help: &str| {
        report.push(Diagnostic::warning(&INCOMPLETE, message).label(place, label).help(help));
    };
    let id = inspected.node.get("id").unwrap_or(inspected.node).span;
    let about = [
        ("name", manifest.name.is_none()),
        ("description", manifest.description.is_none()),
        ("author", manifest.author.is_none()),
        ("license", manifest.license.is_none()),
    ];
    for (key, _) in about.into_iter().filter(|(_, missing)| *missing) {
        miss(id, format!("the plugin has no `{key}`"), "this plugin", &format!("add `{key}` to the manifest"));
    }
    if manifest.requires.lhp.is_none() {
        miss(
            id,
            "the plugin does not say which versions of lhp it needs".to_owned(),
            "this plugin",
            "add `requires: {lhp: \">=0.1\"}`",
        );
    }
    for (index, row) in manifest.provides.iter().enumerate() {
        let name = format!("{}/{}", row.kind.word(), row.key);
        let generates = row.kind.action_type().is_some();
        let lacks = [
            ("title", row.title.is_none()),
            ("description", row.description.is_none()),
            ("since", row.since.is_none()),
            ("schema", generates && row.schema.is_none()),
            ("examples", generates && row.examples.is_empty()),
        ];
        for (key, _) in lacks.into_iter().filter(|(_, missing)| *missing) {
            miss(
                inspected.span(index, "key"),
                format!("`{name}` has no `{key}`"),
                "this capability",
                &format!("add `{key}` to this entry of `provides`"),
            );
        }
        let tested =
            |case: &&Case| case.capability.as_deref().is_some_and(|called| called == name || called == row.kind.word());
        let testable = generates || row.kind == crate::plugin::Kind::Hook;
        if testable && !cases.iter().any(|case| tested(&case)) {
            miss(
                inspected.span(index, "key"),
                format!("`{name}` has no golden case"),
                "nothing tests this capability",
                "write an action into `tests/<case>/input.yaml`, and run `lhp plugin test --update`",
            );
        }
    }
    for schema in schemas {
        let mut without = Vec::new();
        undescribed(&schema.json, "", &mut without);
        for path in without {
            miss(
                schema.place,
                format!("`{path}` in the schema of {} has no description", schema.of),
                "this schema",
                "add a `description` to the property",
            );
        }
    }
}

/// Paths of the properties of a schema without a description.
fn undescribed(schema: &Json, path: &str, found: &mut Vec<String>) {
    let properties = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
    for (name, property) in properties {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if property.get("description").and_then(Json::as_str).is_none_or(str::is_empty)
            && property.get("$ref").is_none()
        {
            found.push(path.clone());
        }
        undescribed(property, &path, found);
    }
    if let Some(items) = schema.get("items") {
        undescribed(items, &format!("{path}[]"), found);
    }
    for (name, definition) in schema.get("$defs").and_then(Json::as_object).into_iter().flatten() {
        undescribed(definition, &format!("$defs.{name}"), found);
    }
}
