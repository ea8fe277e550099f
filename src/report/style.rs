//! How output looks: colours, box characters, width.
//!
//! In: what the stream is and the environment, both passed in. Out: a `Style` that every renderer
//! obeys. Only `Stream::stdout` and `Stream::stderr` look at the process.

use std::io::IsTerminal;

/// Where output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// A person reads it; width in columns where it is known.
    Terminal { width: Option<usize> },
    /// A pipe, a file, a log.
    Other,
}

impl Stream {
    /// What the standard output of this process is.
    pub fn stdout() -> Self {
        let stream = std::io::stdout();
        if stream.is_terminal() { Self::Terminal { width: columns(&stream) } } else { Self::Other }
    }

    /// What the standard error of this process is.
    pub fn stderr() -> Self {
        let stream = std::io::stderr();
        if stream.is_terminal() { Self::Terminal { width: columns(&stream) } } else { Self::Other }
    }
}

#[cfg(unix)]
fn columns(stream: &impl std::os::fd::AsFd) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

#[cfg(windows)]
fn columns(stream: &impl std::os::windows::io::AsHandle) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

/// How output looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether ANSI colours are written.
    pub colour: bool,
    /// Whether boxes are drawn with Unicode characters instead of ASCII.
    pub unicode: bool,
    /// The columns at which prose is wrapped and long source lines are cut; `None` never wraps.
    pub width: Option<usize>,
}

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Error,
    Warning,
    Success,
    Help,
    Muted,
}

impl Style {
    /// The style for a stream. `variable` looks up an environment variable.
    ///
    /// `NO_COLOR` (non-empty) and `TERM=dumb` ask for plain text, `FORCE_COLOR` (other than empty, `0` and
    /// `false`) for colours even in a pipe. `NO_COLOR` wins. `COLUMNS` stands in for an unknown width.
    pub fn detect(stream: Stream, variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let plain = given("NO_COLOR").is_some();
        let dumb = given("TERM").is_some_and(|term| term == "dumb");
        let forced = given("FORCE_COLOR").is_some_and(|value| value != "0" && !value.eq_ignore_ascii_case("false"));
        let Stream::Terminal { width } = stream else {
            return Self { colour: forced && !plain, unicode: false, width: None };
        };
        let width = width.or_else(|| given("COLUMNS")?.trim().parse().ok()).filter(|width| *width > 0);
        Self { colour: !plain && (forced || !dumb), unicode: !plain && !dumb, width }
    }

    /// The text in the colour of its role, if colours are on.
    pub(super) fn paint(self, role: Role, text: &str) -> String {
        let code = match role {
            Role::Error => "1;31",
            Role::Warning => "1;33",
            Role::Success => "32",
            Role::Help => "36",
            Role::Muted => "2",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Stream = Stream::Terminal { width: Some(100) };

    fn detect(stream: Stream, variables: &[(&str, &str)]) -> Style {
        Style::detect(stream, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_terminal_gets_colours_boxes_and_its_width() {
        assert_eq!(detect(TERMINAL, &[]), Style { colour: true, unicode: true, width: Some(100) });
    }

    #[test]
    fn a_pipe_gets_plain_text_that_never_wraps() {
        assert_eq!(detect(Stream::Other, &[("COLUMNS", "80")]), Style::default());
    }

    #[test]
    fn no_color_and_dumb_terminals_get_ascii() {
        let plain = Style { colour: false, unicode: false, width: Some(100) };
        assert_eq!(detect(TERMINAL, &[("NO_COLOR", "1")]), plain);
        assert_eq!(detect(TERMINAL, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")]), plain);
        assert_eq!(detect(TERMINAL, &[("TERM", "dumb")]), plain);
        assert!(detect(TERMINAL, &[("NO_COLOR", "")]).colour);
    }

    #[test]
    fn force_color_colours_pipes_unless_it_says_no() {
        assert!(detect(Stream::Other, &[("FORCE_COLOR", "1")]).colour);
        assert!(!detect(Stream::Other, &[("FORCE_COLOR", "0")]).colour);
        assert!(!detect(Stream::Other, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]).colour);
    }

    #[test]
    fn columns_stand_in_for_an_unknown_width() {
        let unknown = Stream::Terminal { width: None };
        assert_eq!(detect(unknown, &[("COLUMNS", "72")]).width, Some(72));
        assert_eq!(detect(unknown, &[("COLUMNS", "wide")]).width, None);
    }
}
