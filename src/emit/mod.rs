//! Python text: template values and fragments go in, formatted and parsed-back modules come out.
//!
//! Everything that a user wrote becomes Python here, and only here. This stage does not touch the disk.

mod detect;
mod embedded;
mod environment;
mod filters;
mod function_body;
mod identifier;
pub mod imports;
pub mod literal;
mod module;
mod placement;
mod prose;
pub mod python;
mod secret_mark;
mod sql;
mod template_value;
#[cfg(test)]
mod testing;
pub(crate) mod value_mark;
mod yaml_text;

pub(crate) use environment::refused_source;
pub use environment::{META_TEMPLATE, RenderCause, RenderError, Templates};
pub use function_body::{BodyError, function_body};
pub use identifier::is_identifier;
pub use module::{AssembleError, GENERATED, ModuleHeader, assemble, check_imports, normalise};
pub use prose::{comment, docstring};
pub use sql::{sql_identifier, sql_string};
pub use template_value::{template_text, template_value};
