//! The lines that tell how a run went: phases, pipelines, totals, warnings by code.
//!
//! In: names, counts and durations. Out: text whose wording scripts may rely on, so marks and
//! separators do not depend on the style; only colours do. Prints nothing itself.

use std::time::Duration;

use super::prose::{ellipsise, one_line};
use super::style::{Role, Style};
use super::{Report, Rule, Severity};

/// Characters of a message in a line per code.
const MESSAGE_CHARACTERS: usize = 60;

/// So many pipelines that failed are named in one line.
const FAILED_PIPELINES: usize = 10;

/// How a phase ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Pipelines without an error.
    pub pipelines: usize,
    /// Modules, hooks and runners that were generated.
    pub files: usize,
    pub warnings: usize,
    /// Errors, not pipelines.
    pub failed: usize,
    pub took: Duration,
}

/// `✓ discover (0.02s)`
pub fn phase(name: &str, outcome: Outcome, took: Duration, style: Style) -> String {
    format!("{} {name} ({:.2}s)", mark(outcome, style), took.as_secs_f64())
}

/// `✓ bronze  3 files`
pub fn pipeline_done(pipeline: &str, files: usize, style: Style) -> String {
    format!("{} {}  {}", mark(Outcome::Done, style), one_line(pipeline), counted(files, "file"))
}

/// `✗ bronze  LHP-CFG-010  message`, always one line.
pub fn pipeline_failed(pipeline: &str, rule: &Rule, message: &str, style: Style) -> String {
    format!("{} {}  {}  {}", mark(Outcome::Failed, style), one_line(pipeline), rule.code, one_line(message))
}

/// `2 validated; 1 warning · 1 failed · 0.8s`
pub fn validated(totals: &Totals) -> String {
    format!("{} validated{}", totals.pipelines, tail(totals))
}

/// `2 pipelines generated · 5 files; 1 warning · 1.0s`
pub fn generated(totals: &Totals) -> String {
    let pipelines = counted(totals.pipelines, "pipeline");
    format!("{pipelines} generated · {}{}", counted(totals.files, "file"), tail(totals))
}

/// `2 files removed, no longer generated`, and on request which; empty if there are none.
pub fn removed(paths: &[String], details: bool, style: Style) -> String {
    if paths.is_empty() {
        return String::new();
    }
    let mark = style.paint(Role::Muted, "-");
    let mut out = format!("{mark} {} removed, no longer generated", counted(paths.len(), "file"));
    match details {
        true => paths.iter().for_each(|path| out.push_str(&format!("\n  {}", one_line(path)))),
        false => out.push_str(" — run with --show-details to list"),
    }
    out
}

/// `LHP-VAL-902  2 of 3 pipelines failed: raw (LHP-CFG-010), money (LHP-VAL-007); nothing was written`
pub fn pipelines_failed(rule: &Rule, failed: &[(&str, &Rule)], all: usize, style: Style) -> String {
    let shown = failed.iter().take(FAILED_PIPELINES);
    let mut list: Vec<String> = shown.map(|(name, rule)| format!("{} ({})", one_line(name), rule.code)).collect();
    if failed.len() > FAILED_PIPELINES {
        list.push(format!("and {} more", failed.len() - FAILED_PIPELINES));
    }
    let code = style.paint(Role::Error, rule.code);
    let all = counted(all, "pipeline");
    format!("{code}  {} of {all} failed: {}; nothing was written", failed.len(), list.join(", "))
}

/// The warnings and the advice of a report, one line per code with the first message; empty if there are none.
pub fn grouped_warnings(report: &Report, style: Style) -> String {
    let warnings = grouped(report, Severity::Warning, "⚠", "warning", Role::Warning, style);
    let advice = grouped(report, Severity::Advice, "ℹ", "remark", Role::Muted, style);
    format!("{warnings}{advice}")
}

fn grouped(report: &Report, severity: Severity, mark: &str, noun: &str, role: Role, style: Style) -> String {
    let mut groups: Vec<(&str, &str, usize)> = Vec::new();
    for found in report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity) {
        match groups.iter_mut().find(|(code, ..)| *code == found.rule.code) {
            Some((.., count)) => *count += 1,
            None => groups.push((found.rule.code, &found.message, 1)),
        }
    }
    if groups.is_empty() {
        return String::new();
    }
    let all = counted(groups.iter().map(|(.., count)| count).sum(), noun);
    let head = format!("{mark} {all} ({})", counted(groups.len(), "type"));
    let mut out = format!("{} — run with --show-details to list\n", style.paint(role, &head));
    for (code, message, count) in groups {
        let message = ellipsise(&one_line(message), MESSAGE_CHARACTERS);
        out.push_str(&format!("  {code}  {message}  ×{count}\n"));
    }
    out
}

/// `… and 12 more errors` on a line of its own; empty if there are none.
pub fn more_errors(count: usize) -> String {
    match count {
        0 => String::new(),
        _ => format!("… and {count} more error{}\n", if count == 1 { "" } else { "s" }),
    }
}

/// `3 errors, 1 warning, 2 remarks`; what there is none of is left out.
pub fn counts(errors: usize, warnings: usize, advice: usize) -> String {
    let all = [(errors, "error"), (warnings, "warning"), (advice, "remark")];
    let some = all.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun));
    some.collect::<Vec<_>>().join(", ")
}

fn tail(totals: &Totals) -> String {
    let warnings =
        if totals.warnings > 0 { format!("; {}", counted(totals.warnings, "warning")) } else { String::new() };
    let failed = if totals.failed > 0 { format!(" · {} failed", totals.failed) } else { String::new() };
    format!("{warnings}{failed} · {:.1}s", totals.took.as_secs_f64())
}

fn mark(outcome: Outcome, style: Style) -> String {
    match outcome {
        Outcome::Done => style.paint(Role::Success, "✓"),
        Outcome::Failed => style.paint(Role::Error, "✗"),
    }
}

pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::Diagnostic;
    use super::*;

    const PLAIN: Style = Style { colour: false, unicode: false, width: None };
    const RULE: Rule = Rule::new("LHP-CFG-010", "unresolved-token");

    #[test]
    fn phase_lines_show_the_time_with_two_decimals() {
        let took = Duration::from_millis(23);
        assert_eq!(phase("discover", Outcome::Done, took, PLAIN), "✓ discover (0.02s)");
        assert_eq!(phase("preflight", Outcome::Failed, took, PLAIN), "✗ preflight (0.02s)");
    }

    #[test]
    fn pipeline_lines_are_one_line_each() {
        assert_eq!(pipeline_done("bronze", 1, PLAIN), "✓ bronze  1 file");
        assert_eq!(pipeline_done("bronze", 0, PLAIN), "✓ bronze  0 files");
        assert_eq!(pipeline_failed("raw", &RULE, "no value\nfor `x`", PLAIN), "✗ raw  LHP-CFG-010  no value for `x`");
    }

    #[test]
    fn removed_files_are_counted_and_named_on_request() {
        let paths = ["out/a.py".to_owned(), "out/b.py".to_owned()];
        assert_eq!(removed(&[], true, PLAIN), "");
        assert_eq!(
            removed(&paths, false, PLAIN),
            "- 2 files removed, no longer generated — run with --show-details to list"
        );
        assert_eq!(removed(&paths[..1], true, PLAIN), "- 1 file removed, no longer generated\n  out/a.py");
    }

    #[test]
    fn failed_pipelines_are_named_up_to_a_number() {
        const SEVERAL: Rule = Rule::new("LHP-VAL-902", "several-pipelines-failed");
        assert_eq!(
            pipelines_failed(&SEVERAL, &[("raw", &RULE), ("money", &RULE)], 3, PLAIN),
            "LHP-VAL-902  2 of 3 pipelines failed: raw (LHP-CFG-010), money (LHP-CFG-010); nothing was written"
        );
        let line = pipelines_failed(&SEVERAL, &[("raw", &RULE); 12], 12, PLAIN);
        assert!(line.ends_with("raw (LHP-CFG-010), and 2 more; nothing was written"), "{line}");
    }

    #[test]
    fn totals_leave_out_what_there_is_none_of() {
        let took = Duration::from_millis(1040);
        let clean = Totals { pipelines: 2, files: 5, took, ..Totals::default() };
        assert_eq!(validated(&clean), "2 validated · 1.0s");
        assert_eq!(generated(&clean), "2 pipelines generated · 5 files · 1.0s");
    }

    #[test]
    fn totals_count_warnings_and_failures() {
        let totals = Totals { pipelines: 1, files: 1, warnings: 2, failed: 3, took: Duration::from_millis(760) };
        assert_eq!(validated(&totals), "1 validated; 2 warnings · 3 failed · 0.8s");
        assert_eq!(generated(&totals), "1 pipeline generated · 1 file; 2 warnings · 3 failed · 0.8s");
    }

    #[test]
    fn counts_use_the_right_plural() {
        assert_eq!(counts(3, 1, 0), "3 errors, 1 warning");
        assert_eq!(counts(1, 0, 0), "1 error");
        assert_eq!(counts(0, 2, 1), "2 warnings, 1 remark");
        assert_eq!(counts(0, 0, 0), "");
    }

    #[test]
    fn advice_is_not_counted_as_warnings() {
        let mut report = Report::default();
        report.push(Diagnostic::advice(&RULE, "unused"));
        assert!(grouped_warnings(&report, PLAIN).starts_with("ℹ 1 remark (1 type) — "));
        report.push(Diagnostic::warning(&RULE, "old"));
        assert!(grouped_warnings(&report, PLAIN).starts_with("⚠ 1 warning (1 type) — "));
    }

    #[test]
    fn marks_are_coloured_on_request() {
        let colour = Style { colour: true, ..PLAIN };
        assert_eq!(pipeline_done("a", 2, colour), "\u{1b}[32m✓\u{1b}[0m a  2 files");
    }
}
