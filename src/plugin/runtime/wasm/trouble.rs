//! What went wrong during a call that gave an answer: a guest can only say that something failed; why, its host knows.

use crate::plugin::runtime::rendering::NotRendered;
use crate::plugin::runtime::{Answer, Fault};
use crate::report::Severity;

/// What went wrong during a call.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// What the guest logged as errors.
    pub errors: Vec<String>,
    /// The templates that could not be rendered.
    pub failed: Vec<NotRendered>,
}

impl Trouble {
    /// Explains the errors of an answer. An only error after an only template that failed is the fault of the template.
    pub fn explain(self, mut answer: Answer) -> Result<Answer, Fault> {
        let mut errors = answer.diagnostics.iter_mut().filter(|finding| finding.severity == Severity::Error);
        let (Some(error), others) = (errors.next(), errors.count()) else { return Ok(answer) };
        if let (0, [failed]) = (others, self.failed.as_slice()) {
            return Err(failed.fault.clone());
        }
        if !self.errors.is_empty() {
            let help = error.help.take().map(|help| format!("{help}; ")).unwrap_or_default();
            error.help = Some(format!("{help}the plugin logged: {}", self.errors.join("; ")));
        }
        Ok(answer)
    }
}
