//! `lhp plugin info`: everything that is known about a plugin.

use super::arguments::Info;
use super::document;
use super::opened::Opened;
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::plugin::document::Information;
use crate::plugin::usage::uses;

/// Shows a plugin.
pub fn run(global: &Global, arguments: &Info) -> Exit {
    let opened = match Opened::open(global) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let information = match opened.find(&arguments.id) {
        Ok(plugin) => {
            let uses = if opened.in_project { uses(&opened.project) } else { Vec::new() };
            Information::of(plugin, &opened.table, &uses, &opened.session.sources)
        }
        Err(diagnostic) => return opened.fail(diagnostic),
    };
    opened.tell();
    output::stdout(&if arguments.json { document(&information) } else { text(&information) });
    Exit::Success
}

/// For people: a line for each thing that is known.
fn text(information: &Information) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{:<16}{value}\n", format!("{name}:")));
        }
    };
    let one = |value: &Option<String>| value.clone().unwrap_or_default();
    line("id", &information.id);
    line("name", &information.name);
    line("version", &information.version);
    line("description", &one(&information.description));
    line("author", &one(&information.author));
    line("needs lhp", &one(&information.requires_lhp_version));
    line("dependencies", &information.dependencies.join(", "));
    let plugins: Vec<String> = information.requires_plugins.iter().map(|(id, range)| format!("{id} {range}")).collect();
    line("needs plugins", &plugins.join(", "));
    line("homepage", &one(&information.homepage));
    line("repository", &one(&information.repository));
    line("documentation", &one(&information.documentation_url));
    line("support", &one(&information.support_url));
    line("license", &one(&information.license));
    line("tags", &information.tags.join(", "));
    line("api", &information.api);
    line("runtime", &information.runtime);
    line("origin", &information.origin);
    line("path", &information.path);
    let status = match &information.reason {
        Some(reason) => format!("{}: {reason}", information.status),
        None => information.status.clone(),
    };
    line("status", &status);
    text.push_str("\nProvides\n");
    for row in &information.provides {
        let title =
            row.title.as_ref().or(row.description.as_ref()).map(|title| format!("  {title}")).unwrap_or_default();
        let status = match (&row.status, &row.reason) {
            (status, _) if status == "active" => String::new(),
            (status, Some(reason)) => format!("  ({status}: {reason})"),
            (status, None) => format!("  ({status})"),
        };
        text.push_str(&format!("  {}{title}{status}\n", row.id));
        text.push_str(&properties(row.schema.as_ref(), "      "));
        if !row.events.is_empty() {
            text.push_str(&format!("      events: {}\n", row.events.join(", ")));
        }
    }
    if information.config_schema.is_some() {
        text.push_str(&format!("\nSettings under plugins.config.{}\n", information.config_key));
        text.push_str(&properties(information.config_schema.as_ref(), "  "));
    }
    let asked: Vec<_> = information.permissions.requested.iter().filter(|(_, values)| !values.is_empty()).collect();
    if !asked.is_empty() {
        text.push_str("\nPermissions\n");
    }
    for (name, values) in asked {
        let granted = information.permissions.granted.get(name);
        for value in values {
            let granted = granted.is_some_and(|granted| granted.contains(value));
            text.push_str(&format!("  {name} {value}  {}\n", if granted { "granted" } else { "not granted" }));
        }
    }
    if !information.digests.is_empty() {
        text.push_str("\nDigests\n");
    }
    for (path, digest) in &information.digests {
        text.push_str(&format!("  {path}  {digest}\n"));
    }
    if !information.used.is_empty() {
        text.push_str("\nUsed\n");
    }
    for using in &information.used {
        let place = using.flowgroup.as_ref().map(|flowgroup| format!("flowgroup {flowgroup}, ")).unwrap_or_default();
        text.push_str(&format!("  {}:{}  {place}action {}  {}\n", using.file, using.line, using.action, using.id));
    }
    text
}

/// The keys of a schema, one per line.
fn properties(schema: Option<&serde_json::Value>, indent: &str) -> String {
    let Some(schema) = schema else { return String::new() };
    let required = schema.get("required").and_then(|names| names.as_array());
    let properties = schema.get("properties").and_then(|keys| keys.as_object()).into_iter().flatten();
    let lines = properties.map(|(name, property)| {
        let word = |key: &str| property.get(key).and_then(|value| value.as_str()).unwrap_or_default();
        let need = required.is_some_and(|names| names.iter().any(|known| known == name));
        let kind = [word("type"), if need { "required" } else { "" }].into_iter().filter(|word| !word.is_empty());
        let kind = kind.collect::<Vec<_>>().join(", ");
        let kind = if kind.is_empty() { kind } else { format!(" ({kind})") };
        format!("{indent}{name}{kind}  {}", word("description")).trim_end().to_owned() + "\n"
    });
    lines.collect()
}
