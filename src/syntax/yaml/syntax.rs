//! Text that is not YAML: a problem of the parser goes in, a diagnostic in plain words comes out.
//!
//! The parser names rules of its grammar; people make a handful of mistakes. This module looks at the text
//! around the problem to tell which one it was.

use super::event::Problem;
use super::extent;
use super::fault::{Fault, YAML_SYNTAX};
use super::resolve::shortened;
use crate::report::Diagnostic;
use crate::source::{FileId, Span};

const QUOTES_WITHIN: &str = "inside single quotes write `''` for `'`, inside double quotes write `\\\"` for `\"`";

/// How many lines before a problem are searched for a quote that is not closed.
const QUOTE_SEARCH_LINES: usize = 30;

/// Longer keys are not recognised by the parser unless `? ` stands before them.
const MAX_KEY_BYTES: usize = 1024;

/// The diagnostic of a problem.
pub(super) fn fault(file: FileId, text: &str, problem: &Problem) -> Fault {
    let scene = Scene { file, text, problem, line: Line::at(text, problem.at) };
    let diagnostic = match problem.text {
        "control characters are not allowed" => scene.control_character(),
        "found unknown escape character"
        | "did not find expected hexadecimal number"
        | "found invalid Unicode character escape code" => scene.escape(),
        "found unexpected end of stream" | "found unexpected document indicator" => scene.open_quote(),
        _ if scene.line.has_tab_indentation() || problem.text.contains("tab character") => scene.tab(),
        "found character that cannot start any token" | "mapping keys are not allowed in this context" => {
            scene.reserved_start()
        }
        "mapping values are not allowed in this context" => scene.unexpected_colon(),
        "could not find expected ':'" => scene.missing_colon(),
        "did not find expected key" | "did not find expected '-' indicator" => scene.unexpected_content(),
        "did not find expected ',' or ']'" => scene.open_bracket('[', ']'),
        "did not find expected ',' or '}'" => scene.open_bracket('{', '}'),
        "did not find expected alphabetic or numeric character" => scene.alias_name(),
        "block sequence entries are not allowed in this context" => scene.list_behind_key(),
        "did not find expected comment or line break" if problem.context.contains("block scalar") => {
            scene.block_header()
        }
        "did not find expected <document start>" => scene.unexpected_document(),
        "did not find expected node content" => scene.missing_value(),
        _ if problem.context.contains("directive") || problem.text.contains("directive") => scene.directive(),
        _ if problem.context.contains("tag") || problem.text.contains("tag") => scene.tag(),
        _ => scene.other(),
    };
    Box::new(diagnostic)
}

/// The line in which an offset lies.
#[derive(Debug, Clone, Copy)]
struct Line<'text> {
    text: &'text str,
    start: usize,
    /// The part before the offset.
    before: &'text str,
    /// The part from the offset on.
    after: &'text str,
}

impl<'text> Line<'text> {
    fn at(text: &'text str, at: usize) -> Self {
        let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
        let start = head.rfind('\n').map_or(0, |newline| newline + 1);
        let after = tail.lines().next().unwrap_or_default();
        let end = head.len() + after.len();
        Self {
            text: text.get(start..end).unwrap_or_default(),
            start,
            before: head.get(start..).unwrap_or_default(),
            after,
        }
    }

    fn indentation(&self) -> &'text str {
        let content = self.text.trim_start_matches([' ', '\t']);
        self.text.get(..self.text.len() - content.len()).unwrap_or_default()
    }

    fn has_tab_indentation(&self) -> bool {
        self.indentation().contains('\t')
    }
}

/// A problem with the text around it.
struct Scene<'text> {
    file: FileId,
    text: &'text str,
    problem: &'text Problem,
    line: Line<'text>,
}

impl<'text> Scene<'text> {
    fn here(&self) -> Span {
        extent::character(self.file, self.text, self.problem.at)
    }

    /// Where the construct that the parser was reading starts.
    fn context(&self) -> Option<Span> {
        self.problem.context_at.map(|at| extent::character(self.file, self.text, at))
    }

    fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(&YAML_SYNTAX, message)
    }

    fn control_character(&self) -> Diagnostic {
        let code = self.problem.code.unwrap_or_default();
        self.error(format!("the control character U+{code:04X} is not allowed in YAML"))
            .label(self.here(), "control character")
            .help(format!("delete it, or write it as an escape in double quotes: `\"\\u{code:04x}\"`"))
    }

    fn escape(&self) -> Diagnostic {
        // The parser points at the character behind the backslash or at the backslash itself.
        let behind = self.line.before.trim_end_matches(|character: char| character.is_ascii_hexdigit());
        let start = match behind.rfind('\\') {
            Some(backslash) => self.line.start + backslash,
            None => self.problem.at,
        };
        let rest = self.text.get(start..).unwrap_or_default();
        let escape: String = rest.chars().take(2).take_while(|character| *character != '\n').collect();
        self.error(format!("`{escape}` is not an escape that double quotes allow"))
            .label(Span::new(self.file, start, start + escape.len()), "unknown escape")
            .help("write the backslash twice, or put the text in single quotes, which know no escapes")
    }

    fn open_quote(&self) -> Diagnostic {
        let quote = self.context().unwrap_or_else(|| self.here());
        self.error("the closing quote of this text is missing")
            .label(quote, "the text starts here")
            .label(self.here(), "and is still open here")
            .help(format!("add the closing quote; {QUOTES_WITHIN}"))
    }

    fn tab(&self) -> Diagnostic {
        let indentation = self.line.indentation();
        let span = match indentation.find('\t') {
            Some(tab) => {
                let tabs = indentation.get(tab..).map_or(0, |rest| rest.len() - rest.trim_start_matches('\t').len());
                Span::new(self.file, self.line.start + tab, self.line.start + tab + tabs)
            }
            None => self.here(),
        };
        self.error("a tab character stands where YAML expects spaces")
            .label(span, "tab character")
            .help("replace the tab by spaces: indentation in YAML is made of spaces only")
    }

    fn reserved_start(&self) -> Diagnostic {
        let Some(first) = self.line.after.chars().next() else { return self.other() };
        if first == '\t' {
            return self.tab();
        }
        let value = extent::unquoted(self.line.after);
        self.error(format!("text without quotes cannot start with {}", named(first)))
            .label(Span::new(self.file, self.problem.at, self.problem.at + value.len()), "this text needs quotes")
            .help(format!("put it in quotes: `{}`", quoted(value)))
    }

    fn unexpected_colon(&self) -> Diagnostic {
        let behind_dash = self.line.before.trim_start_matches([' ', '-']);
        if let Some((key, value)) = behind_dash.split_once(": ")
            && !key.is_empty()
        {
            let value_start = self.problem.at - value.len();
            let value =
                extent::unquoted(self.text.get(value_start..).unwrap_or_default().lines().next().unwrap_or_default());
            return self
                .error(format!("the value of `{}` contains a second `:`", shortened(key)))
                .label(self.here(), "YAML reads this as another key")
                .help(format!("put the value in quotes: `{}: {}`", shortened(key), quoted(value)));
        }
        let key = self.line.before.trim_start_matches([' ', '-']);
        let span = Span::new(self.file, self.problem.at - key.len(), self.problem.at);
        if key.len() > MAX_KEY_BYTES {
            return self
                .error(format!("a key may have at most {MAX_KEY_BYTES} bytes"))
                .label(span, "this key is too long")
                .help("shorten the key, or put the value in quotes if this is text");
        }
        self.unclosed_quote(
            self.error("this line is indented further than the line before, which already has a value")
                .label(span, "a key is not allowed here")
                .help("give all keys of a mapping the same indentation, or remove the value of the line before"),
        )
    }

    fn missing_colon(&self) -> Diagnostic {
        let Some(start) = self.problem.context_at else { return self.other() };
        let line = Line::at(self.text, start);
        let span = Span::new(self.file, start, start + line.after.trim_end().len());
        if line.has_tab_indentation() {
            return Scene { line, ..*self }.tab();
        }
        self.unclosed_quote(
            self.error("this line is neither a `key: value` nor part of the value before it")
                .label(span, "no `:` behind a key")
                .help("add `: ` and a value, or indent the line further if it continues the text above"),
        )
    }

    fn unexpected_content(&self) -> Diagnostic {
        let before = self.line.before.trim_end();
        if before.ends_with(['"', '\'']) {
            return self.unclosed_quote(
                self.error("text follows a closing quote").label(self.here(), "unexpected text").help(QUOTES_WITHIN),
            );
        }
        if before.ends_with(['}', ']']) {
            return self
                .error("text follows a closing bracket")
                .label(self.here(), "unexpected text")
                .help("put the value in quotes if it is text");
        }
        let in_list = self.problem.text.contains('-');
        let is_item = self.line.after.starts_with("- ");
        let (message, help) = match (in_list, is_item) {
            (true, true) => (
                "the indentation of this item does not fit the list around it",
                "give all items of a list the same indentation",
            ),
            (true, false) => (
                "this line is neither an item of the list nor part of the item before it",
                "indent it like the keys of the item before it, or start it with `- ` if it is an item",
            ),
            (false, true) => (
                "a list item stands where a key of the mapping is expected",
                "give all items of a list the same indentation, and put them below a key without a value",
            ),
            (false, false) => (
                "the indentation of this line does not fit the mapping around it",
                "give all keys of a mapping the same indentation",
            ),
        };
        let mut diagnostic = self.error(message).label(self.here(), "unexpected text").help(help);
        if let Some(context) = self.context() {
            diagnostic =
                diagnostic.label(context, format!("the {} starts here", if in_list { "list" } else { "mapping" }));
        }
        self.unclosed_quote(diagnostic)
    }

    fn open_bracket(&self, open: char, close: char) -> Diagnostic {
        let what = if open == '[' { "list" } else { "mapping" };
        let diagnostic = self
            .error(format!("a `,` or `{close}` is missing in this {what}"))
            .label(self.here(), format!("expected `,` or `{close}`"))
            .help(format!("separate items by `,` and end with `{close}`; put text that contains brackets in quotes"));
        match self.context() {
            Some(context) => diagnostic.label(context, format!("the {what} starts here")),
            None => diagnostic,
        }
    }

    fn alias_name(&self) -> Diagnostic {
        let start = self.problem.context_at.unwrap_or(self.problem.at);
        let line = Line::at(self.text, start);
        let value = extent::unquoted(line.after);
        let mark = line.after.chars().next().unwrap_or('*');
        let meaning = if mark == '&' { "an anchor" } else { "an alias" };
        self.error(format!("text that starts with `{mark}` is read as the name of {meaning}, and this is no name"))
            .label(Span::new(self.file, start, start + value.len()), "this text needs quotes")
            .help(format!("put it in quotes: `{}`", quoted(value)))
    }

    fn list_behind_key(&self) -> Diagnostic {
        self.error("a list cannot start on the line of its key")
            .label(self.here(), "this `-` starts a list")
            .help("put the list on lines of its own below the key, or put the value in quotes if it is text")
    }

    fn block_header(&self) -> Diagnostic {
        let start = self.problem.context_at.unwrap_or(self.problem.at);
        let value = extent::unquoted(Line::at(self.text, start).after);
        self.error("text follows the `|` or `>` that starts a block of text")
            .label(self.here(), "unexpected text")
            .help(format!("start the text on the next line, or put the value in quotes: `{}`", quoted(value)))
    }

    fn unexpected_document(&self) -> Diagnostic {
        self.unclosed_quote(
            self.error("the document has ended before this line").label(self.here(), "unexpected text").help(
                "give the top level of the file one indentation and one kind, or start a new document with `---`",
            ),
        )
    }

    fn missing_value(&self) -> Diagnostic {
        self.error("a value is missing here")
            .label(self.here(), "expected a value")
            .help("write a value, or put it in quotes if this is text")
    }

    fn directive(&self) -> Diagnostic {
        let start = self.problem.context_at.unwrap_or(self.problem.at);
        let line = Line::at(self.text, start);
        let span = Span::new(self.file, line.start, line.start + line.text.trim_end().len());
        self.error("a line that starts with `%` is read as a YAML directive, and this is none")
            .label(span, format!("the parser {}", self.problem.text))
            .help("remove the line, or indent it and put it in quotes if it is text")
    }

    fn tag(&self) -> Diagnostic {
        let span = self.context().unwrap_or_else(|| self.here());
        self.error("text that starts with `!` is read as a tag, and this is none")
            .label(span, format!("the parser {}", self.problem.text))
            .help("put the value in quotes if `!` is part of the text")
    }

    fn other(&self) -> Diagnostic {
        let Problem { text, context, .. } = self.problem;
        let separator = if context.is_empty() { "" } else { " " };
        let diagnostic = self
            .error(format!("this is not valid YAML: {text}{separator}{context}"))
            .label(self.here(), "the problem is here")
            .help("check indentation, quotes and colons around this place; put special text in quotes");
        match self.context() {
            Some(span) => diagnostic.label(span, "started here"),
            None => diagnostic,
        }
    }

    /// Points at an earlier line whose quoted value is never closed: often the real mistake.
    fn unclosed_quote(&self, diagnostic: Diagnostic) -> Diagnostic {
        let mut closed = 0_usize;
        let mut start = self.line.start;
        for _ in 0..QUOTE_SEARCH_LINES {
            let Some(end) = start.checked_sub(1) else { break };
            let line = Line::at(self.text, end);
            start = line.start;
            match open_quote_column(line.before) {
                Some(column) if closed == 0 => {
                    let quote = extent::character(self.file, self.text, line.start + column);
                    return diagnostic
                        .label(quote, "this quote has no partner on its line")
                        .help("add the closing quote, if it is missing; otherwise check quotes and indentation");
                }
                Some(_) => closed -= 1,
                // The last line of a quoted text that starts further up.
                None if ends_quoted_text(line.before) => closed += 1,
                None => {}
            }
        }
        diagnostic
    }
}

/// Whether a line ends with a quote of which it has only one.
fn ends_quoted_text(line: &str) -> bool {
    let line = line.trim_end();
    line.chars().last().is_some_and(|last| matches!(last, '"' | '\'') && line.matches(last).count() == 1)
}

/// Where a line has a value that starts with a quote and does not end with it.
fn open_quote_column(line: &str) -> Option<usize> {
    let content = line.trim_start_matches([' ', '-']);
    let value = match content.split_once(": ") {
        Some((_, value)) if !content.starts_with(['"', '\'']) => value.trim_start(),
        _ => content,
    };
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let rest = value.get(1..).unwrap_or_default();
    let closed = match quote {
        '\'' => rest.replace("''", "").contains(quote),
        _ => rest.replace("\\\\", "").replace("\\\"", "").contains(quote),
    };
    (!closed).then(|| line.len() - value.len())
}

/// A value in the quotes that suit it, for a help text.
fn quoted(value: &str) -> String {
    let value = shortened(value);
    if value.contains(['"', '\\']) { format!("'{}'", value.replace('\'', "''")) } else { format!("\"{value}\"") }
}

fn named(character: char) -> String {
    match character {
        '`' => "a backtick".to_owned(),
        other => format!("`{other}`"),
    }
}
