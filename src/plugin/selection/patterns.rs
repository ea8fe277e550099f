//! Which plugins are allowed: lists of the project and of the process go in, a reason to do without a plugin comes out.

use crate::plugin::discovery::{Surroundings, list};
use crate::project::fits;
use crate::report::Report;
use crate::source::Span;

/// Patterns of ids with the places where they are written.
pub(super) struct Patterns {
    allow: Vec<Allowed>,
    deny: Vec<(String, Span)>,
}

/// One list of patterns, and what people call the place that it stands in.
struct Allowed {
    holder: &'static str,
    patterns: Vec<(String, Span)>,
}

/// Why a plugin is not allowed.
pub(super) struct Refusal {
    pub reason: String,
    /// Where that is written.
    pub span: Span,
    /// What would allow it.
    pub help: String,
}

/// The variable that narrows what may be used.
const ALLOW_VARIABLE: &str = "LHP_PLUGINS_ALLOW";

impl Patterns {
    pub fn of(surroundings: &Surroundings<'_>, report: &mut Report) -> Self {
        let written = |key: &str, patterns: &[String]| -> Vec<(String, Span)> {
            let nodes = surroundings.node(key).and_then(|node| node.as_sequence()).unwrap_or_default();
            patterns.iter().cloned().zip(nodes.iter().map(|node| node.span)).collect()
        };
        let own = written("allow", &surroundings.settings.allow);
        let mut allow = vec![Allowed { holder: "plugins.allow", patterns: own }];
        if let Some(value) = surroundings.options.variables.get(ALLOW_VARIABLE) {
            let patterns = list(&surroundings.project.sources, ALLOW_VARIABLE, &value, report);
            allow.extend(patterns.map(|patterns| Allowed { holder: ALLOW_VARIABLE, patterns }));
        }
        allow.retain(|allowed| !allowed.patterns.is_empty());
        Self { allow, deny: written("deny", &surroundings.settings.deny) }
    }

    /// Why a plugin is not allowed.
    pub fn refusal(&self, id: &str) -> Option<Refusal> {
        if let Some((pattern, span)) = self.deny.iter().find(|(pattern, _)| fits(pattern, id)) {
            return Some(Refusal {
                reason: format!("`{pattern}` under `plugins.deny` excludes it"),
                span: *span,
                help: format!("remove `{pattern}` from `plugins.deny`, or do without the plugin"),
            });
        }
        let covers = |allowed: &&Allowed| allowed.patterns.iter().any(|(pattern, _)| fits(pattern, id));
        let lacking = self.allow.iter().find(|allowed| !covers(allowed))?;
        let holder = lacking.holder;
        lacking.patterns.first().map(|(_, span)| Refusal {
            reason: format!("no pattern of `{holder}` covers it"),
            span: *span,
            help: format!("add `{id}` to `{holder}`, or do without the plugin"),
        })
    }

    /// Whether a pattern allows exactly this plugin or a group that it belongs to.
    pub fn grants(&self, id: &str) -> bool {
        !self.allow.is_empty() && self.refusal(id).is_none()
    }
}
