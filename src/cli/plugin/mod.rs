//! `lhp plugin`: one file per command.

pub mod arguments;
mod grant;
mod lock;
pub(in crate::cli) mod project;
mod trust;
mod verify;

use super::Exit;
use super::arguments::Global;
use arguments::{Plugin, PluginCommand};

/// Does what the arguments ask for.
pub fn run(global: &Global, arguments: &Plugin) -> Exit {
    match &arguments.command {
        PluginCommand::Lock(options) => lock::run(global, options),
        PluginCommand::Verify(options) => verify::run(global, options),
        PluginCommand::Trust(options) => trust::run(global, options),
    }
}
