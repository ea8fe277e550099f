//! What a plugin says about itself, for people and programs: a plugin goes in, its description comes out.

mod information;
mod origin;
mod page;

pub use information::{Information, Permissions, Provided, Used};
pub use origin::origin;
pub use page::page;

use std::path::Path;

use serde_json::Value as Json;

use super::manifest::SchemaSource;
use crate::check::node_json;
use crate::syntax::Node;

/// A schema of a plugin as JSON. `node` is where the manifest names it.
pub fn schema_json(source: &SchemaSource, node: &Node, root: &Path) -> Option<Json> {
    match source {
        SchemaSource::Inline(_) => Some(node_json(node)),
        SchemaSource::File(name) => {
            let inside = !Path::new(name)
                .components()
                .any(|part| !matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
            let text = std::fs::read_to_string(root.join(name)).ok().filter(|_| inside)?;
            serde_json::from_str(&text).ok()
        }
    }
}
