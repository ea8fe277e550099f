//! What a rule is, and how it is declared: once, next to the check that raises it, with its documentation.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The project cannot be generated, or the result would be wrong.
    Error,
    /// It works, but something is outdated or probably wrong. Counts for `--strict`.
    Warning,
    /// It works, and looks like a mistake. Never counts for `--strict`.
    // The reference tool makes no such remarks, and a project that is clean there must stay clean here.
    Advice,
}

impl Severity {
    /// The word in messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// A rule that a project can break. Declare it with [`rules!`], which lists it and gives it a page.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The stable code, for example `LHP-CFG-010`.
    pub code: &'static str,
    /// A stable name, unique within the code, for example `unresolved-token`.
    pub name: &'static str,
    /// A second code under which the reference tool reports the same fault, if it does.
    pub family: Option<&'static str>,
    /// How bad it is to break this rule; the worst case, if it depends on the place.
    pub severity: Severity,
    /// How bad it is in the best case.
    pub mildest: Severity,
    /// Whether the output is usable in spite of an error, so that a project may lower or silence it.
    pub tolerable: bool,
    /// The lines of the documentation as written, each with its leading blank.
    lines: &'static [&'static str],
}

impl Rule {
    /// A rule with a code of its own. It is an error to break it.
    pub const fn new(code: &'static str, name: &'static str) -> Self {
        Self {
            code,
            name,
            family: None,
            severity: Severity::Error,
            mildest: Severity::Error,
            tolerable: false,
            lines: &[],
        }
    }

    /// A rule that also belongs to a code that gathers several faults.
    pub const fn within(code: &'static str, name: &'static str, family: &'static str) -> Self {
        Self { family: Some(family), ..Self::new(code, name) }
    }

    /// The same rule, which gives a warning.
    #[must_use]
    pub const fn warning(self) -> Self {
        Self { severity: Severity::Warning, mildest: Severity::Warning, ..self }
    }

    /// The same rule, which gives advice.
    #[must_use]
    pub const fn advice(self) -> Self {
        Self { severity: Severity::Advice, mildest: Severity::Advice, ..self }
    }

    /// The same rule, which gives only advice in some places.
    #[must_use]
    pub const fn or_advice(self) -> Self {
        Self { mildest: Severity::Advice, ..self }
    }

    /// The same rule, whose errors leave the output usable. The stage that raises it must go on as if there was none.
    #[must_use]
    pub const fn tolerable(self) -> Self {
        Self { tolerable: true, ..self }
    }

    /// Whether a project may lower or silence at least some findings of this rule.
    pub fn can_be_lowered(&self) -> bool {
        self.tolerable || self.mildest != Severity::Error
    }

    /// The same rule with its documentation.
    #[must_use]
    pub const fn documented(self, lines: &'static [&'static str]) -> Self {
        Self { lines, ..self }
    }

    /// The documentation as Markdown: a paragraph that says what is wrong, and for many rules sections such as
    /// `## Why`, `## Wrong` and `## Right`.
    pub fn page(&self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line).trim_end())).collect()
    }

    /// The first paragraph of the page on one line.
    pub fn summary(&self) -> String {
        let first = self.lines.iter().map(|line| line.trim()).take_while(|line| !line.is_empty());
        first.collect::<Vec<_>>().join(" ")
    }
}

/// `LHP-CFG-010/unresolved-token`, as it stands in messages and settings.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.code, self.name)
    }
}

/// Declares the rules of a module, once per module. The doc comment of a rule is its page: what is wrong, then
/// Markdown sections `## Why`, `## Wrong` and `## Right` with examples. The module must be listed in `report::rules`.
macro_rules! rules {
    ($($(#[doc = $line:literal])+ $visibility:vis static $name:ident: Rule = $rule:expr;)+) => {
        $($(#[doc = $line])+ $visibility static $name: $crate::report::Rule = $rule.documented(&[$($line),+]);)+

        /// The rules of this module.
        pub(crate) static RULES: &[&$crate::report::Rule] = &[$(&$name),+];
    };
}

pub(crate) use rules;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_doc_comment() {
        mod declared {
            use super::super::Rule;

            rules! {
                /// A token has no value,
                /// so nothing can stand here.
                ///
                /// ## Wrong
                /// ```yaml
                /// catalog: ${c}
                /// ```
                pub static TOKEN: Rule = Rule::within("LHP-CFG-010", "unresolved-token", "LHP-VAL-007").warning();
            }
        }
        let rule = &declared::TOKEN;
        assert_eq!(rule.to_string(), "LHP-CFG-010/unresolved-token");
        assert_eq!((rule.family, rule.severity), (Some("LHP-VAL-007"), Severity::Warning));
        assert_eq!(rule.summary(), "A token has no value, so nothing can stand here.");
        let page = "A token has no value,\nso nothing can stand here.\n\n## Wrong\n```yaml\ncatalog: ${c}\n```\n";
        assert_eq!(rule.page(), page);
        assert_eq!(declared::RULES, [rule]);
    }
}
