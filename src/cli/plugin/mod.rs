//! `lhp plugin`: what authors and users of plugins need. One file per command.

pub mod arguments;
pub(crate) mod check;
mod create;
mod docs;
mod doctor;
mod gc;
mod info;
mod list;
mod lock;
mod opened;
pub(in crate::cli) mod project;
mod schema;
mod sdk;
mod switch;
mod test;
mod trust;
mod validate;
mod verify;

use super::Exit;
use super::arguments::Global;
use crate::plugin::switch::Wanted;
use arguments::{Plugin, PluginCommand};

pub(crate) use opened::RULES;

/// Runs a command for plugins.
pub fn run(global: &Global, arguments: &Plugin) -> Exit {
    match &arguments.command {
        PluginCommand::List(options) => list::run(global, options),
        PluginCommand::Info(options) => info::run(global, options),
        PluginCommand::Validate(options) => validate::run(global, options),
        PluginCommand::Check(options) => check::run(global, options),
        PluginCommand::Doctor(options) => doctor::run(global, options),
        PluginCommand::Create(options) => create::run(global, options),
        PluginCommand::Test(options) => test::run(global, options),
        PluginCommand::Enable(options) => switch::run(global, options, &Wanted::On),
        PluginCommand::Disable(options) => switch::run(global, options, &Wanted::Off),
        PluginCommand::Lock(options) => lock::run(global, options),
        PluginCommand::Verify(options) => verify::run(global, options),
        PluginCommand::Trust(options) => trust::run(global, options),
        PluginCommand::Gc(options) => gc::run(global, options),
        PluginCommand::Schema(options) => schema::run(options),
        PluginCommand::Sdk(options) => sdk::run(global, options),
        PluginCommand::Docs(options) => docs::run(global, options),
    }
}

/// A value as a JSON document for standard output.
fn document<T: serde::Serialize>(value: &T) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default())
}
