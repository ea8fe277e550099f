//! Collecting events where work is done. What nobody wants is not made.

use std::sync::Arc;

use super::{Event, EventSet, EventType};

/// Makes the events of a run that somebody wants. Cheap to copy, shared by threads.
#[derive(Debug, Clone, Default)]
pub struct Collector {
    wanted: EventSet,
    env: Arc<str>,
}

impl Collector {
    /// Makes only the wanted events of an environment.
    pub fn new(wanted: EventSet, env: impl Into<Arc<str>>) -> Self {
        Self { wanted, env: env.into() }
    }

    /// The name of the environment.
    pub fn environment(&self) -> &Arc<str> {
        &self.env
    }

    /// Whether somebody wants one of some events.
    pub fn wants(&self, kinds: &[EventType]) -> bool {
        !self.wanted.is_empty() && kinds.iter().any(|kind| self.wanted.contains(*kind))
    }

    /// Whether somebody wants anything.
    pub fn is_on(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Adds an event to a list, if somebody wants it; `fill` says what there is to know about it.
    #[inline]
    pub fn emit(&self, events: &mut Vec<Event>, kind: EventType, fill: impl FnOnce(Event) -> Event) {
        if self.wanted.contains(kind) {
            events.push(fill(Event::new(kind, self.env.clone())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_wants_is_not_made() {
        let mut events = Vec::new();
        let off = Collector::default();
        off.emit(&mut events, EventType::ActionEnd, |_| unreachable!("nobody wants it"));
        assert!(events.is_empty() && !off.is_on() && !off.wants(EventType::ALL));
        let some = Collector::new(EventSet::of(["action.*"]), "dev");
        some.emit(&mut events, EventType::PipelineEnd, |event| event);
        some.emit(&mut events, EventType::ActionEnd, |event| event);
        assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventType::ActionEnd]);
    }
}
