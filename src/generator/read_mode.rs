//! `readMode` of actions that read as a batch or as a stream.

use crate::expand::Action;
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};

rules! {
    /// A `readMode` is neither `batch` nor `stream`.
    ///
    /// ## Why
    /// Everything that is not `stream` counts as `batch`. Where a stream was meant, all rows would be read
    /// again in each update.
    ///
    /// ## Wrong
    /// ```yaml
    /// readMode: streaming
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// readMode: stream
    /// ```
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
    let written = mode.as_str().map_or_else(|| mode.kind().to_string(), |word| format!("`{word}`"));
    report.push(
        Diagnostic::advice(&UNKNOWN_READ_MODE, format!("a read mode is either `batch` or `stream`, not {written}"))
            .at(mode, "taken as `batch`")
            .help(format!("write `{}`", close.unwrap_or("batch"))),
    );
}
