//! What a plugin says about itself, for people and programs: a plugin goes in, its description comes out.

mod information;
mod origin;
mod page;

pub use information::{Information, Permissions, Provided, Used};
pub use origin::origin;
pub use page::page;

use std::path::Path;

use serde_json::Value as Json;

use super::manifest::{SchemaSource, read_schema};
use crate::source::SourceMap;
use crate::syntax::Node;

/// A schema of a plugin as JSON. `node` is where the manifest names it.
pub fn schema_json(source: &SchemaSource, node: &Node, root: &Path) -> Option<Json> {
    let loaded = read_schema(&SourceMap::new(root), root, source, node).ok()?;
    Some(loaded.json.as_ref().clone())
}
