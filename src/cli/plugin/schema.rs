//! `lhp plugin schema`: JSON Schemas for authors of plugins.

use serde_json::Value as Json;

use super::arguments::Schema;
use crate::cli::list::Listing;
use crate::cli::schema::pretty;
use crate::cli::{Exit, output};
use crate::model::{FileKind, PluginSettings, file_schema, schema_of, schema_of_output};
use crate::plugin::document::Information;
use crate::plugin::events::{Event, EventResult};
use crate::report::did_you_mean;
use crate::report::output::Document;

/// A schema that can be printed.
struct Published {
    name: &'static str,
    summary: &'static str,
    make: fn() -> Json,
}

/// Every schema, in the order of the list.
const PUBLISHED: &[Published] = &[
    Published { name: "manifest", summary: "The file plugin.yaml", make: || file_schema(FileKind::Plugin).to_value() },
    Published {
        name: "config",
        summary: "The block plugins of lhp.yaml",
        make: || schema_of::<PluginSettings>().to_value(),
    },
    Published { name: "event", summary: "What a hook is given", make: || schema_of_output::<Event>().to_value() },
    Published { name: "event-answer", summary: "What a hook answers", make: || schema_of::<EventResult>().to_value() },
    Published {
        name: "info",
        summary: "What lhp plugin info --json prints",
        make: || schema_of_output::<Information>().to_value(),
    },
    Published {
        name: "diagnostics",
        summary: "What lhp plugin validate --json prints",
        make: || schema_of_output::<Document>().to_value(),
    },
];

/// Prints a schema, or lists their names.
pub fn run(arguments: &Schema) -> Exit {
    let Some(what) = &arguments.what else {
        let mut listing = Listing::new("Schemas".to_owned(), &["Name", "What it describes"], "schemas");
        PUBLISHED.iter().for_each(|known| listing.row(vec![known.name.to_owned(), known.summary.to_owned()]));
        output::stdout(&listing.render());
        return Exit::Success;
    };
    match PUBLISHED.iter().find(|known| known.name == what) {
        Some(known) => {
            output::stdout(&pretty(&(known.make)()));
            Exit::Success
        }
        None => {
            let close = did_you_mean(what, PUBLISHED.iter().map(|known| known.name));
            let hint = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
            output::stderr(&format!("error: there is no schema `{what}`{hint}\n"));
            Exit::Usage
        }
    }
}
