//! Whether a plugin answers the same when it is asked the same.

use crate::plugin::runtime::{Answer, Fault};

/// Two answers to one request are not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Differs {
    /// The part of the answer in which they differ.
    pub part: &'static str,
    /// The first line in which they do, as first and as second answered.
    pub lines: Option<(String, String)>,
}

/// Compares two answers to one request.
///
/// # Errors
/// The first difference.
pub(crate) fn compare(first: &Result<Answer, Fault>, second: &Result<Answer, Fault>) -> Result<(), Differs> {
    let (Ok(first), Ok(second)) = (first, second) else {
        return match first == second {
            true => Ok(()),
            false => Err(Differs { part: "outcome", lines: None }),
        };
    };
    if first == second {
        return Ok(());
    }
    if first.body != second.body {
        let (mut left, mut right) = (first.body.lines(), second.body.lines());
        let lines = loop {
            match (left.next(), right.next()) {
                (None, None) => break None,
                (one, other) if one == other => {}
                (one, other) => break Some((one.unwrap_or_default().to_owned(), other.unwrap_or_default().to_owned())),
            }
        };
        return Err(Differs { part: "body", lines });
    }
    let part = if first.imports != second.imports {
        "imports"
    } else if first.helpers != second.helpers {
        "helpers"
    } else if first.files != second.files {
        "files"
    } else {
        "answer"
    };
    Err(Differs { part, lines: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let answer = |body: &str| Ok(Answer { body: body.to_owned(), ..Answer::default() });
        assert_eq!(compare(&answer("a\nb"), &answer("a\nb")), Ok(()));
        let differs = compare(&answer("a\nb"), &answer("a\nc")).unwrap_err();
        assert_eq!(differs.lines, Some(("b".to_owned(), "c".to_owned())));
        assert!(compare(&answer("a"), &Err(Fault::timeout(1))).is_err());
    }
}
