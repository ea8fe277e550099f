//! `lhp schema`: the JSON Schemas of project files and generators.

use std::path::Path;

use serde_json::Value as Json;

use super::arguments::{Global, Schema};
use super::session::start_directory;
use super::{Exit, output};
use crate::model::{FileKind, file_schema, schema_of_output};
use crate::plugin::Table;
use crate::report::did_you_mean;
use crate::report::output::Document;

/// Prints a schema, writes all of them, or lists their names.
pub fn run(global: &Global, arguments: &Schema) -> Exit {
    let table = Table::built_in();
    let schemas = all(&table);
    if let Some(directory) = &arguments.write {
        let start = match start_directory(global.directory.as_deref()) {
            Ok(start) => start,
            Err(diagnostic) => {
                output::stderr(&format!("error: {}\n", diagnostic.message));
                return Exit::Findings;
            }
        };
        return write(&start.join(directory), &schemas);
    }
    let Some(kind) = &arguments.kind else {
        let names: String = schemas.iter().map(|(name, _)| format!("{name}\n")).collect();
        output::stdout(&names);
        return Exit::Success;
    };
    match schemas.iter().find(|(name, _)| name == kind) {
        Some((_, schema)) => {
            output::stdout(&pretty(schema));
            Exit::Success
        }
        None => {
            let close = did_you_mean(kind, schemas.iter().map(|(name, _)| name.as_str()));
            let hint = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
            output::stderr(&format!("error: there is no schema `{kind}`{hint}\n"));
            Exit::Usage
        }
    }
}

/// Every schema by name: kinds of files first, then what is printed, then generators as `kind/name`.
pub fn all(table: &Table) -> Vec<(String, Json)> {
    let files = FileKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), file_schema(kind).to_value()));
    let rows = table.rows().map(|row| {
        let capability = row.capability();
        (format!("{}/{}", capability.kind.word(), capability.name), capability.schema.json())
    });
    let output = ("diagnostics".to_owned(), schema_of_output::<Document>().to_value());
    files.chain([output]).chain(rows).collect()
}

/// A schema as it is printed and stored.
pub fn pretty(schema: &Json) -> String {
    let text = serde_json::to_string_pretty(schema).unwrap_or_else(|_| schema.to_string());
    format!("{text}\n")
}

fn write(directory: &Path, schemas: &[(String, Json)]) -> Exit {
    for (name, schema) in schemas {
        let path = directory.join(format!("{name}.schema.json"));
        let written =
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, pretty(schema)));
        if let Err(error) = written {
            output::stderr(&format!("error: `{}` cannot be written: {error}\n", path.display()));
            return Exit::Findings;
        }
    }
    Exit::Success
}
