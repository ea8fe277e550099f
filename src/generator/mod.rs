//! Generators: one resolved action goes in, a fragment of a Python module comes out.
//!
//! A generator knows its action and its [`Context`]; it does not know other actions and does not write files.

pub(crate) mod capability;
pub(crate) mod column_schema;
pub(crate) mod context;
mod fragment;
pub mod hook;
pub mod kafka;
pub mod load;
mod names;
pub(crate) mod options;
pub mod python_module;
pub mod read_mode;
pub mod test;
pub mod transform;
pub(crate) mod unreplaced;
pub mod write;

pub use capability::{BuiltIn, Capability, Generated, Generator, row};
pub use context::{Context, check_identifier, option_pairs, option_value, string_value, text_of};
pub use fragment::{ArtifactFile, Fragment, HelperFile, Section};
pub use names::{DefinedName, NameKind, NamedBy, defined_names};

use std::sync::Arc;

/// The rows of all built-in generators.
pub fn built_in() -> Vec<Arc<dyn Generator>> {
    let mut rows = load::rows();
    rows.extend(test::rows());
    rows.extend(transform::rows());
    rows.extend(write::rows());
    rows
}

/// The metadata columns of an action, for templates.
pub fn metadata_values(action: &crate::expand::Action) -> minijinja::Value {
    action
        .metadata
        .iter()
        .map(|column| minijinja::context! { name => column.name.as_str(), expression => column.expression.as_str() })
        .collect()
}
