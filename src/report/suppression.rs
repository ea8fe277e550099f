//! Comments that silence findings: `# lhp: ignore[LHP-VAL-007/unused-view]`.
//!
//! In: the text of a YAML file. Out: which findings are silenced on which lines, and what is wrong with such comments.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use super::rules::{self, matches};
use super::{Diagnostic, Rule, did_you_mean};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::yaml::comment::{Comments, comments};

super::rule::rules! {
    /// A comment silences a finding that is not there.
    ///
    /// ## Why
    /// What the comment was written for is gone, and the comment would hide the next finding on this line.
    ///
    /// ## Wrong
    /// ```yaml
    /// catalog: "${catalog}" # lhp: ignore[LHP-DEPR-001]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// catalog: "${catalog}"
    /// ```
    pub static UNUSED_SUPPRESSION: Rule = Rule::new("LHP-CFG-090", "unused-suppression").advice();
    /// A comment that looks like one that silences findings, but names none.
    ///
    /// ## Why
    /// Nothing is silenced without a code, so that a new finding is never hidden by an old comment.
    ///
    /// ## Wrong
    /// ```yaml
    /// catalog: "{catalog}" # lhp: ignore
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// catalog: "{catalog}" # lhp: ignore[LHP-DEPR-001]
    /// ```
    pub static MALFORMED_SUPPRESSION: Rule = Rule::new("LHP-CFG-090", "malformed-suppression").advice();
}

/// What every such comment contains.
const MARK: &str = "lhp:";

/// The comments of one file that silence findings.
#[derive(Debug, Default)]
pub(super) struct Suppressions {
    entries: Vec<Suppression>,
    malformed: Vec<Span>,
}

/// One code of a comment.
#[derive(Debug)]
struct Suppression {
    /// A code, or a code with the name of a rule.
    selector: String,
    /// Where the code is written.
    span: Span,
    /// Lines on which findings are silenced, counted from 1.
    lines: RangeInclusive<usize>,
    used: AtomicBool,
}

impl Suppressions {
    /// Reads the comments of a file; of other files than YAML there are none.
    pub fn of(id: FileId, file: &SourceFile) -> Self {
        let yaml = [".yaml", ".yml"].iter().any(|ending| file.path.ends_with(ending));
        let mut found = Self::default();
        if !yaml || memchr::memmem::find(file.text.as_bytes(), MARK.as_bytes()).is_none() {
            return found;
        }
        let all = comments(&file.text);
        for comment in &all.comments {
            let text = file.text.get(comment.clone()).unwrap_or_default();
            match directive(text) {
                None => {}
                Some(None) => found.malformed.push(Span::new(id, comment.start, comment.end)),
                Some(Some(codes)) => {
                    let lines = covered(&all, comment.start, file);
                    found.entries.extend(codes.into_iter().map(|(at, selector)| Suppression {
                        selector: selector.to_owned(),
                        span: Span::new(id, comment.start + at, comment.start + at + selector.len()),
                        lines: lines.clone(),
                        used: AtomicBool::new(false),
                    }));
                }
            }
        }
        found
    }

    /// Whether a comment silences a rule on a line. Such a comment counts as used from now on.
    pub fn silence(&self, rule: &Rule, line: usize) -> bool {
        let mut silenced = false;
        for entry in &self.entries {
            if entry.lines.contains(&line) && matches(&entry.selector, rule) {
                entry.used.store(true, Ordering::Relaxed);
                silenced = true;
            }
        }
        silenced
    }

    /// What is wrong with the comments, once all findings are known. Lines in `unknown` were not looked at.
    pub fn faults(&self, unknown: &[RangeInclusive<usize>]) -> Vec<Diagnostic> {
        let looked_at = |entry: &&Suppression| {
            !unknown.iter().any(|lines| lines.contains(entry.lines.start()) || entry.lines.contains(lines.start()))
        };
        let unused = self.entries.iter().filter(|entry| !entry.used.load(Ordering::Relaxed)).filter(looked_at);
        let malformed = self.malformed.iter().map(|span| {
            Diagnostic::advice(&MALFORMED_SUPPRESSION, "this comment names no code, so it suppresses nothing")
                .label(*span, "no codes in brackets")
                .help("name what to suppress, as in `# lhp: ignore[LHP-DEPR-001]`")
        });
        unused.map(Suppression::unused).chain(malformed).collect()
    }
}

impl Suppression {
    fn unused(&self) -> Diagnostic {
        let selector = &self.selector;
        if !rules::find(selector).is_empty() {
            return Diagnostic::advice(&UNUSED_SUPPRESSION, format!("there is no `{selector}` here to suppress"))
                .label(self.span, "suppresses nothing")
                .help("remove the code, unless the finding comes in another environment");
        }
        Diagnostic::advice(&UNUSED_SUPPRESSION, format!("there is no rule `{selector}`"))
            .label(self.span, "suppresses nothing")
            .help(suggestion(selector))
    }
}

/// What may have been meant by a code that does not exist.
pub(crate) fn suggestion(selector: &str) -> String {
    let all = rules::all();
    let full: Vec<String> = all.iter().map(ToString::to_string).collect();
    let close = match selector.contains('/') {
        true => did_you_mean(selector, full.iter().map(String::as_str)),
        false => did_you_mean(selector, all.iter().map(|rule| rule.code)),
    };
    match close {
        Some(close) => format!("did you mean `{close}`?"),
        None => "write a code such as `LHP-DEPR-001`, or a code with the name of a rule".to_owned(),
    }
}

/// The codes of a comment with their offsets; `None` inside if it names none, `None` if it is about something else.
fn directive(comment: &str) -> Option<Option<Vec<(usize, &str)>>> {
    let rest = comment.match_indices('#').find_map(|(at, _)| {
        comment.get(at + 1..)?.trim_start().strip_prefix(MARK)?.trim_start().strip_prefix("ignore")
    })?;
    let Some(list) = rest.trim_start().strip_prefix('[') else {
        let longer_word = rest.starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_');
        return (!longer_word).then_some(None);
    };
    let mut at = comment.len() - list.len();
    let Some((list, _)) = list.split_once(']') else { return Some(None) };
    let mut codes = Vec::new();
    for part in list.split(',') {
        let code = part.trim();
        if !code.is_empty() {
            codes.push((at + part.len() - part.trim_start().len(), code));
        }
        at += part.len() + 1;
    }
    Some((!codes.is_empty()).then_some(codes))
}

/// The lines that a comment speaks of: its own, or the next one if it stands alone; and all lines of a text that starts
/// or ends there, for there can be no comment inside.
fn covered(all: &Comments, comment: usize, file: &SourceFile) -> RangeInclusive<usize> {
    let line_of = |offset: usize| file.line_column(u32::try_from(offset).unwrap_or(u32::MAX)).0;
    let own = line_of(comment);
    let lines: Vec<&str> = file.text.lines().collect();
    let is_comment = |line: usize| {
        lines.get(line - 1).is_some_and(|text| text.trim_start_matches('\u{feff}').trim_start().starts_with('#'))
    };
    let mut target = own;
    while is_comment(target) {
        target += 1;
    }
    let mut covered = own..=target;
    for scalar in &all.scalars {
        let (start, end) = (line_of(scalar.start), line_of(scalar.end.saturating_sub(1)));
        if start == target || end == target {
            covered = (*covered.start()).min(start)..=(*covered.end()).max(end);
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn silenced(text: &str) -> Vec<usize> {
        let sources = SourceMap::new("/");
        let id = sources.add("a.yaml", text);
        let suppressions = Suppressions::of(id, &sources.get(id));
        (1..=text.lines().count()).filter(|line| suppressions.silence(&UNUSED_SUPPRESSION, *line)).collect()
    }

    #[test]
    fn codes_are_read_with_their_places() {
        let comment = "# why # lhp: ignore[LHP-A-1 , LHP-B-2/x] because";
        let codes = directive(comment).unwrap().unwrap();
        assert_eq!(codes, [(20, "LHP-A-1"), (30, "LHP-B-2/x")]);
        assert!(codes.iter().all(|(at, code)| comment.get(*at..).is_some_and(|rest| rest.starts_with(code))));
        assert_eq!(directive("#lhp:ignore [X]"), Some(Some(vec![(13, "X")])));
    }

    #[test]
    fn comments_without_codes_are_told_from_others() {
        for malformed in ["# lhp: ignore", "# lhp: ignore because", "# lhp: ignore[]", "# lhp: ignore[X"] {
            assert_eq!(directive(malformed), Some(None), "{malformed}");
        }
        for other in ["# lhp", "# lhp: ignored", "# see lhp: ignore[X]", "# lhp: ignore-this"] {
            assert_eq!(directive(other), None, "{other}");
        }
    }

    #[test]
    fn a_comment_silences_its_line_or_the_next() {
        assert_eq!(silenced("a: b # lhp: ignore[LHP-CFG-090]\nc: d\n"), [1]);
        assert_eq!(silenced("# lhp: ignore[LHP-CFG-090/unused-suppression]\n# why\nc: d\ne: f\n"), [1, 2, 3]);
        assert_eq!(silenced("# lhp: ignore[LHP-CFG-090]\n\nc: d\n"), [1, 2]);
        assert_eq!(
            silenced("a: b # lhp: ignore[LHP-CFG-091, LHP-CFG-090/malformed-suppression]\n"),
            Vec::<usize>::new()
        );
        assert_eq!(silenced("a: \"# lhp: ignore[LHP-CFG-090]\"\n"), Vec::<usize>::new());
    }

    #[test]
    fn a_comment_silences_a_text_of_several_lines() {
        assert_eq!(silenced("a: |- # lhp: ignore[LHP-CFG-090]\n  b\n\n  c\nd: e\n"), [1, 2, 3, 4]);
        assert_eq!(silenced("# lhp: ignore[LHP-CFG-090]\na: |-\n  b\nd: e\n"), [1, 2, 3]);
        assert_eq!(silenced("a: \"b\n  c\" # lhp: ignore[LHP-CFG-090]\nd: e\n"), [1, 2]);
    }
}
