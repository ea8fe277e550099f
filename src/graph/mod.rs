//! Dependencies between actions: what must be defined before what.

mod order;

pub use order::{Order, action_order};
