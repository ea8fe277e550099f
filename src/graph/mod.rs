//! Dependencies: between actions, what must be defined before what; in the whole project, what is made of what.

mod lineage;
mod order;

pub use lineage::{Lineage, Step, lineage, steps};
pub use order::{Order, action_order};
