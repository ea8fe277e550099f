//! Events and hooks: what happens in a run goes in, effects and diagnostics of hooks come out.
//!
//! A compile only collects events, and only those that somebody wants. Whoever runs it delivers them at barriers.

mod built_in;
pub(crate) mod call;
mod collector;
pub(crate) mod dispatcher;
pub(crate) mod effects;
mod filters;
pub(crate) mod hooks;
mod http;
mod kind;
mod line;
mod payload;
mod protocol;
mod targets;

pub use call::{answer, answers};
pub use collector::Collector;
pub use dispatcher::{Bus, Told};
pub use effects::{Effect, Line, Metric};
pub use filters::{Subscription, glob};
pub use hooks::{Hook, Hooks};
pub use kind::{EventSet, EventType, Phase};
pub use line::one_line;
pub use payload::{Event, EventError, Family, Level, PAYLOAD_VERSION, milliseconds, now};
pub use protocol::{EventAnswer, EventContext, EventParams, EventRequest, EventResult};
pub use targets::{Extent, Record, Target, targets};
