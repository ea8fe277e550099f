//! Bounds for one call: what the plugin declares and what the project allows go in, the smaller ones come out.

use crate::plugin::manifest::PluginLimits;

/// Bounds for the resources of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of work, if anybody bounds them; each runtime has a bound of its own otherwise.
    pub fuel: Option<u64>,
    /// Memory (bytes).
    pub memory: u64,
    /// Time (ms), if anybody bounds it.
    pub timeout: Option<u64>,
    /// Size of an answer (bytes).
    pub output: usize,
    /// Number of files in an answer.
    pub files: usize,
}

impl Limits {
    const MEMORY_MB: u64 = 64;
    const OUTPUT_KB: u64 = 4096;
    const FILES: u64 = 64;

    /// The bounds for a plugin in a project.
    pub fn of(plugin: &PluginLimits, project: Option<&PluginLimits>) -> Self {
        let smaller = |part: fn(&PluginLimits) -> Option<u64>| match (part(plugin), project.and_then(part)) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            fuel: smaller(|limits| limits.fuel),
            memory: smaller(|limits| limits.memory_mb).unwrap_or(Self::MEMORY_MB).saturating_mul(1 << 20),
            timeout: smaller(|limits| limits.timeout_ms),
            output: size(smaller(|limits| limits.output_kb).unwrap_or(Self::OUTPUT_KB).saturating_mul(1 << 10)),
            files: size(smaller(|limits| limits.files).unwrap_or(Self::FILES)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_bound_counts() {
        let plugin = PluginLimits { fuel: Some(10), files: Some(9), ..PluginLimits::default() };
        let project = PluginLimits { fuel: Some(20), files: Some(3), timeout_ms: Some(7), ..PluginLimits::default() };
        let limits = Limits::of(&plugin, Some(&project));
        assert_eq!((limits.fuel, limits.files, limits.timeout), (Some(10), 3, Some(7)));
        assert_eq!(Limits::of(&plugin, None).output, 4 << 20);
    }
}
