//! What can be written after `lhp plugin`.

use clap::{Args, Subcommand};

/// Arguments of `plugin`.
#[derive(Debug, Args)]
pub struct Plugin {
    #[command(subcommand)]
    pub command: PluginCommand,
}

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Write what the plugins of the project are into `lhp-plugins.lock`.
    Lock(Lock),
    /// Compare the plugins of the project with `lhp-plugins.lock`.
    Verify(Verify),
    /// Grant a plugin what it asks for, and lock it.
    Trust(Trust),
}

/// Arguments of `plugin lock`.
#[derive(Debug, Args)]
pub struct Lock {
    /// Only this plugin; may be repeated. The entries of the others stay as they are.
    #[arg(long, value_name = "ID")]
    pub update: Vec<String>,
    /// Write nothing, and exit with 1 if the file is not what would be written.
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `plugin verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plugin trust`.
#[derive(Debug, Args)]
pub struct Trust {
    /// Id of the plugin.
    pub id: String,
    /// Show what would be granted and locked, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}
