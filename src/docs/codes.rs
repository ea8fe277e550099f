//! The list of diagnostics: the table of rules goes in, one Markdown page with a section per rule comes out.

use std::fmt::Write;

use crate::report::absent::ABSENT;
use crate::report::{Rule, Severity, rules};

/// Everything about one rule, headings one level below `level`.
pub fn section(rule: &Rule, level: usize) -> String {
    let family = rule.family.map(|family| format!(", reported by Lakehouse Plumber as {family}")).unwrap_or_default();
    let marks = "#".repeat(level);
    let mut out = format!("{marks} {rule}\n\n*{}{family}.* ", severity(rule.severity));
    let mut in_code = false;
    for line in rule.page().lines() {
        in_code ^= line.starts_with("```");
        // The pages are written with second-level headings.
        match line.strip_prefix("##") {
            Some(heading) if !in_code => {
                let _ = writeln!(out, "{marks}#{heading}");
            }
            _ => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

/// The page of all rules, and of the codes that no rule has.
pub fn codes() -> String {
    let mut out = String::from(
        "<!-- Written by `lhp explain --all`, from the doc comments in the source code. -->\n\n\
         # Codes\n\n\
         Every diagnostic has a code and a rule, as in `LHP-CFG-010/unresolved-token`. Codes are those of Lakehouse \
         Plumber 0.9.3,\nwhich uses one code for several faults; the name of the rule tells them apart. \
         `lhp explain LHP-CFG-010` prints the\nsections of a code in the terminal.\n\n\
         | rule | severity | what is wrong |\n|---|---|---|\n",
    );
    for rule in rules::all() {
        let anchor: String = rule.to_string().to_lowercase().replace('/', "");
        let summary = rule.summary().replace('|', "\\|");
        let _ = writeln!(out, "| [{rule}](#{anchor}) | {} | {summary} |", severity(rule.severity).to_lowercase());
    }
    for rule in rules::all() {
        out.push('\n');
        out.push_str(&section(rule, 2));
    }
    out.push_str("\n## Codes that lhp does not report\n\n| code of Lakehouse Plumber | why |\n|---|---|\n");
    for absent in ABSENT {
        let _ = writeln!(out, "| {} | {} |", absent.code, absent.reason);
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
        Severity::Advice => "Advice",
    }
}
