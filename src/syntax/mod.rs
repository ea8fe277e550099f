//! Parsing: text goes in, trees in which every key and value has a span come out.
//!
//! This stage knows YAML and the small token languages; it knows nothing about pipelines.

pub mod arrow;
mod bare;
pub mod ddl;
mod json;
mod node;
mod origin;
mod ranged;
mod text;
pub mod token;
pub mod yaml;

pub use bare::{BareToken, bare_tokens, scan_outside_templates};
pub use json::{json, json_with};
pub use node::{Entry, Kind, Mapping, Node, Pointed, Value};
pub use origin::{Step, Via};
pub use ranged::Ranged;
pub use text::{Part, SecretRef, Text};
