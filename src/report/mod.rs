//! Diagnostics and their renderers. Only this module and `cli` print.

mod diagnostic;
mod excerpt;
mod progress;
mod prose;
mod snippet;
mod style;
pub mod summary;
pub mod terminal;
mod timings;

pub use diagnostic::{Diagnostic, Label, Report, Rule, Severity, Subject, did_you_mean};
pub use progress::{Progress, Visibility};
pub use style::{Stream, Style};
pub use terminal::{Rendering, Warnings, line, render, render_all};
pub use timings::Timings;
