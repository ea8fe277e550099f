//! Room for deep syntax trees: parsers and visitors descend as deep as a user's expressions nest.

use std::thread::{Builder, scope};

/// Size of the stack (bytes). Only the pages that are used take memory.
const STACK_BYTES: usize = 1 << 28;

/// Runs a function where it can descend far deeper than on an ordinary thread.
pub(super) fn on_deep_stack<T: Send>(run: impl Fn() -> T + Sync) -> T {
    let outcome = scope(|threads| {
        let thread = Builder::new().stack_size(STACK_BYTES).spawn_scoped(threads, &run);
        thread.ok().and_then(|thread| thread.join().ok())
    });
    // Without a thread of its own the function still works for every ordinary module.
    outcome.unwrap_or_else(run)
}
