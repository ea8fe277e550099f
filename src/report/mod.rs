//! Diagnostics and their renderers. Only this module and `cli` print.

mod diagnostic;

pub use diagnostic::{Diagnostic, Label, Report, Rule, Severity, Subject, did_you_mean};
