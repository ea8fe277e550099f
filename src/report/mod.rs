//! Diagnostics and their renderers. Only this module and `cli` print.

pub mod absent;
mod diagnostic;
mod excerpt;
pub mod output;
pub mod policy;
mod progress;
pub(crate) mod prose;
mod rule;
pub mod rules;
mod snippet;
mod style;
pub mod summary;
pub(crate) mod suppression;
pub mod terminal;
mod timings;

pub use diagnostic::{Diagnostic, Label, Report, Subject, did_you_mean};
pub use policy::Policy;
pub use progress::{Progress, Visibility};
pub(crate) use rule::rules;
pub use rule::{Rule, Severity};
pub use style::{Stream, Style};
pub use terminal::{Rendering, Warnings, line, render, render_all};
pub use timings::Timings;
