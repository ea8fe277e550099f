//! The modes of a streaming table: how rows get into it.

use crate::expand::Action;
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};

rules! {
    /// The `mode` of a streaming table is not one that exists.
    ///
    /// ## Why
    /// An unknown word counts as `standard`: rows are appended. A table that was to apply changes by
    /// key then fills with every version of every row.
    ///
    /// ## Wrong
    /// ```yaml
    /// mode: cdcc
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// mode: cdc
    /// ```
    pub static UNKNOWN_MODE: Rule = Rule::new("LHP-VAL-007", "unknown-write-mode").advice();
    /// A streaming table has a setting that its mode does not read.
    ///
    /// ## Why
    /// Each mode reads its own block: `cdc_config` counts in mode `cdc` only, and so on. Without
    /// `mode`, rows are appended, whatever the blocks say.
    ///
    /// ## Wrong
    /// ```yaml
    /// cdc_config:
    ///   keys: [id]
    ///   sequence_by: changed_at
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// mode: cdc
    /// cdc_config:
    ///   keys: [id]
    ///   sequence_by: changed_at
    /// ```
    pub static IGNORED_SETTING: Rule = Rule::new("LHP-CFG-080", "ignored-setting").advice();
}

/// How rows get into a streaming table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rows are appended.
    Standard,
    /// Rows are changes, applied by key.
    Cdc,
    /// Rows are whole snapshots, whose differences are applied by key.
    SnapshotCdc,
    /// Rows replace all earlier rows with the same key.
    Replace,
}

impl Mode {
    /// All modes, in the order in which they are documented.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Cdc, Self::SnapshotCdc, Self::Replace];

    /// The word used in YAML.
    pub fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Cdc => "cdc",
            Self::SnapshotCdc => "snapshot_cdc",
            Self::Replace => "replace",
        }
    }

    /// The key of the block that holds the settings of the mode.
    pub fn block(self) -> Option<&'static str> {
        match self {
            Self::Standard => None,
            Self::Cdc => Some("cdc_config"),
            Self::SnapshotCdc => Some("snapshot_cdc_config"),
            Self::Replace => Some("replace_config"),
        }
    }

    /// The mode of a write. A word that is no mode stands for `standard`.
    pub fn of(action: &Action) -> Self {
        let word = action.setting("mode").and_then(|mode| mode.as_str());
        Self::ALL.into_iter().find(|mode| Some(mode.word()) == word).unwrap_or(Self::Standard)
    }

    /// Remarks on a word that is no mode, and on settings of modes that are not chosen.
    pub(super) fn remark(self, action: &Action, report: &mut Report) {
        let written = action.setting("mode").filter(|node| node.is_truthy());
        if let Some(node) = written.filter(|node| node.as_str() != Some(self.word())) {
            let words = Self::ALL.map(Self::word);
            let shown = crate::generator::text_of(node).display();
            report.push(
                Diagnostic::advice(&UNKNOWN_MODE, format!("`{shown}` is not a mode of a streaming table"))
                    .at(node, "taken for `standard`: rows are appended")
                    .help(match did_you_mean(&shown, words) {
                        Some(close) => format!("did you mean `{close}`?"),
                        None => format!("write one of {}", words.map(|word| format!("`{word}`")).join(", ")),
                    }),
            );
            // Which block counts is settled once the word is right.
            return;
        }
        for other in Self::ALL.into_iter().filter(|other| *other != self) {
            let Some(entry) = other.block().and_then(|key| action.settings.as_mapping()?.entry(key)) else { continue };
            if entry.value.is_truthy() {
                report.push(
                    Diagnostic::advice(
                        &IGNORED_SETTING,
                        format!("`{}` has no effect in mode `{}`", other.block().unwrap_or_default(), self.word()),
                    )
                    .at(&entry.key, "not read")
                    .help(format!("write `mode: {}`, or remove the block", other.word())),
                );
            }
        }
    }
}
