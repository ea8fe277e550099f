//! Include patterns: a pattern and a relative path go in, whether the file is selected comes out.
//!
//! The rules are those that existing projects rely on, including their oddities:
//! `*` matches `/`, and `**` is special only once in a pattern. Nothing here touches the disk.

use super::fnmatch::Fnmatch;

/// A pattern of `include`, `blueprint_include` or `instance_include`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// More than one `**`.
    Nothing,
    /// `**/suffix`: the name of the file decides.
    Name(Fnmatch),
    /// `prefix/**/suffix`.
    Below(Box<Below>),
    /// `*` or `?`: the whole path.
    Path(Fnmatch),
    /// No wildcard: the name of the file, or the whole path.
    NameOrPath(Fnmatch),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Below {
    /// `prefix*`, for the path, a directory above it, or `.`.
    start: Fnmatch,
    /// For what is left of the path after that.
    suffix: Fnmatch,
    /// The pattern as it stands, for the whole path.
    whole: Fnmatch,
    /// `prefix/*`: what lies in the directory that the author named.
    inside: Fnmatch,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternProblem {
    Empty,
    /// `***/`
    TripleStar,
    /// `[unclosed`
    Unclosed,
}

impl std::fmt::Display for PatternProblem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "it is empty",
            Self::TripleStar => "it contains `***/`",
            Self::Unclosed => "it contains `[unclosed`",
        })
    }
}

impl Pattern {
    /// Reads a pattern. Other faults than the ones listed make a pattern that matches nothing.
    ///
    /// ```
    /// use lhp::project::pattern::Pattern;
    ///
    /// let pattern = Pattern::new("bronze/**/*.yaml")?;
    /// assert!(pattern.matches("bronze/orders/load.yaml"));
    /// assert!(pattern.matched_sibling("bronze_old/load.yaml"));
    /// # Ok::<(), lhp::project::pattern::PatternProblem>(())
    /// ```
    pub fn new(text: &str) -> Result<Self, PatternProblem> {
        if text.is_empty() {
            return Err(PatternProblem::Empty);
        }
        if text.contains("***/") {
            return Err(PatternProblem::TripleStar);
        }
        if text.contains("[unclosed") {
            return Err(PatternProblem::Unclosed);
        }
        Ok(Self { text: text.to_owned(), form: Form::of(text) })
    }

    /// The pattern as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern selects a file. The path is relative to the base of the patterns, with `/` between its parts.
    pub fn matches(&self, relative_path: &str) -> bool {
        match &self.form {
            Form::Nothing => false,
            Form::Name(suffix) => suffix.matches(file_name(relative_path)),
            Form::Below(below) => below.matches(relative_path),
            Form::Path(path) => path.matches(relative_path),
            Form::NameOrPath(path) => self.text == file_name(relative_path) || path.matches(relative_path),
        }
    }

    /// Whether the pattern selects a file outside the directory that it names.
    ///
    /// `bronze/**/*.yaml` also selects `bronze_old/a.yaml`, which its author hardly meant.
    pub fn matched_sibling(&self, relative_path: &str) -> bool {
        match &self.form {
            Form::Below(below) => below.matches(relative_path) && !below.inside.matches(relative_path),
            _ => false,
        }
    }

    /// Whether the pattern can select no file at all, whatever the project holds.
    pub fn never_matches(&self) -> bool {
        match &self.form {
            Form::Nothing => true,
            Form::Name(_) => {
                let suffix = self.text.split_once("**").map_or("", |(_, right)| right.trim_start_matches('/'));
                suffix.is_empty() || (suffix.contains('/') && !suffix.contains('['))
            }
            _ => self.text.ends_with('/'),
        }
    }

    /// Whether the pattern starts with `!`, as if it excluded files. It does not: `!` is a character like others.
    pub fn looks_like_exclusion(&self) -> bool {
        self.text.starts_with('!')
    }
}

impl Form {
    fn of(text: &str) -> Self {
        let Some((left, right)) = text.split_once("**") else {
            let path = Fnmatch::new(text);
            return if text.contains(['*', '?']) { Self::Path(path) } else { Self::NameOrPath(path) };
        };
        if right.contains("**") {
            return Self::Nothing;
        }
        let prefix = left.trim_end_matches('/');
        let suffix = Fnmatch::new(right.trim_start_matches('/'));
        if prefix.is_empty() {
            return Self::Name(suffix);
        }
        Self::Below(Box::new(Below {
            start: Fnmatch::new(&format!("{prefix}*")),
            suffix,
            whole: Fnmatch::new(text),
            inside: Fnmatch::new(&format!("{prefix}/*")),
        }))
    }
}

impl Below {
    fn matches(&self, path: &str) -> bool {
        let below_itself = self.start.matches(path) && self.suffix.matches(".");
        let below_base = || self.start.matches(".") && self.suffix.matches(path);
        let below_directory = || {
            path.match_indices('/').any(|(at, _)| match path.split_at_checked(at) {
                Some((directory, rest)) => {
                    self.start.matches(directory) && self.suffix.matches(rest.strip_prefix('/').unwrap_or(rest))
                }
                None => false,
            })
        };
        below_itself || below_base() || below_directory() || self.whole.matches(path)
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
