//! `lhp plugin docs`: the page of a plugin.

use super::arguments::Docs;
use super::opened::Opened;
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::plugin::document::page;

/// Prints a page.
pub fn run(global: &Global, arguments: &Docs) -> Exit {
    let opened = match Opened::open(global) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let text = match opened.find(&arguments.id) {
        Ok(plugin) => page(plugin),
        Err(diagnostic) => return opened.fail(diagnostic),
    };
    opened.tell();
    output::stdout(&text);
    Exit::Success
}
