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

/// How rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    Batch,
    Stream,
}

impl ReadMode {
    const ALL: [Self; 2] = [Self::Batch, Self::Stream];

    /// The word used in YAML.
    fn word(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Stream => "stream",
        }
    }
}

/// Remarks on a word that is no mode; it is taken for `taken`.
pub fn advise(action: &Action, taken: ReadMode, report: &mut Report) {
    let words = ReadMode::ALL.map(ReadMode::word);
    let Some(mode) = action.read_mode().filter(|mode| !mode.as_str().is_some_and(|word| words.contains(&word))) else {
        return;
    };
    let close = mode.as_str().and_then(|word| did_you_mean(word, words));
    let written = mode.as_str().map_or_else(|| mode.kind().to_string(), |word| format!("`{word}`"));
    report.push(
        Diagnostic::advice(&UNKNOWN_READ_MODE, format!("a read mode is either `batch` or `stream`, not {written}"))
            .at(mode, format!("taken as `{}`", taken.word()))
            .help(format!("write `{}`", close.unwrap_or(taken.word()))),
    );
}
