//! `readMode` of actions that read as a batch or as a stream.

use crate::expand::Action;
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};

rules! {
    /// A read mode that is neither of the two; it counts as `batch`.
    pub static UNKNOWN_READ_MODE: Rule = Rule::new("LHP-VAL-068", "unknown-read-mode").advice();
}

/// The modes, `batch` being what every other word stands for.
const MODES: [&str; 2] = ["batch", "stream"];

/// Remarks on a mode that does not exist.
pub fn advise(action: &Action, report: &mut Report) {
    let Some(mode) = action.read_mode().filter(|mode| !mode.as_str().is_some_and(|word| MODES.contains(&word))) else {
        return;
    };
    let close = mode.as_str().and_then(|word| did_you_mean(word, MODES));
    report.push(
        Diagnostic::advice(&UNKNOWN_READ_MODE, "a read mode is either `batch` or `stream`")
            .at(mode, "taken as `batch`")
            .help(format!("write `{}`", close.unwrap_or("batch"))),
    );
}
