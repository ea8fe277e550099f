//! `lhp completions`: a script that completes commands and options in a shell.

use clap::CommandFactory;

use super::arguments::{Arguments, Completions};
use super::{Exit, output};

/// Prints the script for a shell.
pub fn run(arguments: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "lhp", &mut script);
    output::stdout(&String::from_utf8_lossy(&script));
    Exit::Success
}
