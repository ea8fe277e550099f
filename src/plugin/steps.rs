//! Steps: how a plugin came to its status, one decision after the other, for `lhp plugin doctor`.

/// What was decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Where it was looked for.
    Search,
    /// Its manifest.
    Manifest,
    /// Which of several versions is taken.
    Choice,
    /// Whether this program and the other plugins fit.
    Compatibility,
    /// Patterns of ids, and whether somebody asks for it.
    Filter,
    /// What it may do.
    Permissions,
    /// The lock file and its digests.
    Trust,
    /// The settings under `plugins.config`.
    Settings,
    /// Its capabilities and those of others.
    Rows,
}

impl Stage {
    /// The word in lists.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Manifest => "manifest",
            Self::Choice => "choice",
            Self::Compatibility => "compatibility",
            Self::Filter => "filter",
            Self::Permissions => "permissions",
            Self::Trust => "trust",
            Self::Settings => "settings",
            Self::Rows => "rows",
        }
    }
}

/// How a decision ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Passed,
    /// It ends here.
    Stopped,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub stage: Stage,
    pub outcome: Outcome,
    /// What was found, in one line.
    pub text: String,
}

impl Step {
    /// A decision after which it goes on.
    pub fn passed(stage: Stage, text: impl Into<String>) -> Self {
        Self { stage, outcome: Outcome::Passed, text: text.into() }
    }

    /// A decision after which the plugin is not used.
    pub fn stopped(stage: Stage, text: impl Into<String>) -> Self {
        Self { stage, outcome: Outcome::Stopped, text: text.into() }
    }
}
