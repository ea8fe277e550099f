//! `lhp plugin gc`: room where answers of plugins are kept.

use super::arguments::Gc;
use crate::cli::Exit;
use crate::cli::arguments::Global;
use crate::cli::session::Session;
use crate::plugin::cache::{Removal, sweep};
use crate::report::summary::counted;

/// Removes kept answers, and says how many.
pub fn run(global: &Global, arguments: &Gc) -> Exit {
    let session = match Session::open(global) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let removal = if arguments.all { Removal::All } else { Removal::Unused };
    let swept = sweep(session.sources.root(), removal);
    session.line(&format!(
        "{} removed ({} KiB), {} kept ({} KiB)",
        counted(swept.removed, "answer"),
        swept.removed_bytes.div_ceil(1024),
        swept.kept,
        swept.kept_bytes.div_ceil(1024)
    ));
    Exit::Success
}
