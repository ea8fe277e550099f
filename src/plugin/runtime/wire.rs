//! Trees as runtimes are given them, and places that they answer with.

use crate::syntax::Node;
pub use crate::syntax::{Pointed, json, json_with};

/// The node that a JSON pointer leads to, or the last one on the way that exists.
pub fn at_pointer<'a>(root: &'a Node, pointer: &str) -> Pointed<'a> {
    root.follow(pointer)
}
