//! Parts of a short text and the places where they stand.
//!
//! Ranges count bytes from the start of the text that was parsed; the caller knows where that text is written.

use std::ops::Range;

use pest::RuleType;
use pest::error::{Error, ErrorVariant, InputLocation};

/// A value and the bytes it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranged<T> {
    pub value: T,
    pub range: Range<usize>,
}

impl<T> Ranged<T> {
    /// A value read from `range`.
    pub fn new(value: T, range: Range<usize>) -> Self {
        Self { value, range }
    }
}

/// What a grammar did not expect: the word at which it stopped, and a message that lists what may stand there.
///
/// `describe` gives a rule in the words of users; rules without a description are left out of the list.
pub(super) fn unexpected<R: RuleType>(
    error: &Error<R>,
    text: &str,
    describe: impl Fn(R) -> Option<&'static str>,
) -> (Range<usize>, String) {
    let (InputLocation::Pos(start) | InputLocation::Span((start, _))) = error.location;
    let rest = text.get(start..).unwrap_or_default();
    let word = rest.split_whitespace().next().unwrap_or_default();
    let start = if word.is_empty() { text.trim_end().len().min(start) } else { start };
    let found = if word.is_empty() { "but the text ends here".to_owned() } else { format!("found `{word}`") };

    let mut wanted: Vec<&str> = Vec::new();
    if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
        for description in positives.iter().filter_map(|rule| describe(*rule)) {
            if !wanted.contains(&description) {
                wanted.push(description);
            }
        }
    }
    // The grammar lists its end first; people look for it last.
    wanted.sort_by_key(|description| description.starts_with("the end"));
    let message = match wanted.split_last() {
        None if word.is_empty() => "the text ends too early".to_owned(),
        None => format!("did not expect `{word}`"),
        Some((last, [])) => format!("expected {last}, {found}"),
        Some((last, others)) => format!("expected {} or {last}, {found}", others.join(", ")),
    };
    (start..start + word.len(), message)
}
