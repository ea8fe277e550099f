//! What a process said besides its answers before it ended: its last lines go in, text for a diagnostic comes out.

use crate::plugin::events::one_line;

/// Lines that are shown at most.
const MOST: usize = 20;

/// The last line.
pub(super) fn last_word(said: &str) -> Option<String> {
    lines(said).pop().map(|line| line.trim().to_owned())
}

/// The last lines, if there are several.
pub(super) fn last_words(said: &str) -> Option<String> {
    let lines = lines(said);
    let shown = lines.get(lines.len().saturating_sub(MOST)..).unwrap_or_default();
    (shown.len() > 1).then(|| format!("before, it said:\n{}", shown.join("\n")))
}

/// Lines without what would steer a terminal.
fn lines(said: &str) -> Vec<String> {
    said.lines().filter(|line| !line.trim().is_empty()).map(|line| indented(line.trim_end())).collect()
}

/// A line that keeps its place below the others.
fn indented(line: &str) -> String {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.len() - text.len();
    format!("{}{}", " ".repeat(indent.min(16)), one_line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_shown() {
        let said: String = (0..50).map(|number| format!("  at {number}\r\n\n")).collect();
        let shown = last_words(&said).unwrap();
        assert_eq!(shown.lines().count(), 21);
        assert!(shown.starts_with("before, it said:\n  at 30\n") && shown.ends_with("\n  at 49"), "{shown}");
        assert_eq!(last_word("a\u{1b}[2J\n").as_deref(), Some("a\\u{1b}[2J"));
        assert_eq!((last_words("one line\n"), last_word("\n \n")), (None, None));
    }
}
