//! The command line: arguments go in, an exit code comes out. One file per command; each parses its arguments,
//! calls the library and prints through `report`.

mod all_environments;
mod arguments;
mod completions;
mod diff;
mod docs;
mod explain;
mod files;
mod fix;
pub(crate) mod generate;
mod hooks;
mod list;
mod output;
pub(crate) mod plugin;
pub(crate) mod run;
mod schema;
pub(crate) mod session;
pub(crate) mod source;
mod substitutions;
mod telling;
mod validate;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::plugin::runtime::{native, rendering};
use crate::report::{Rule, rules};
use arguments::{Arguments, Command, normalise};

rules! {
    /// `lhp` failed for a reason of its own, and ended with exit code 3.
    ///
    /// ## Why
    /// This is a fault of the program, not of your project. Files are replaced only after all of them
    /// were generated, so what was generated before is still complete.
    ///
    /// ## Right
    /// Please report it with the message that stands above this one, and with the smallest project that
    /// triggers it.
    pub static INTERNAL: Rule = Rule::new("LHP-GEN-902", "internal");
}

/// How a run ended (`0` success, `1` findings, `2` wrong usage, `3` a fault of this program).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Success,
    Findings,
    Usage,
    Internal,
}

impl Exit {
    /// The code for the operating system.
    pub fn code(self) -> i32 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Internal => 3,
        }
    }
}

/// Runs the program with the arguments of a process, its name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // This program is also the process that holds the library of a native plugin, and the one that renders templates.
    let served = match arguments.get(1) {
        Some(command) if command == native::COMMAND => Some(native::serve()),
        Some(command) if command == rendering::COMMAND => {
            Some(rendering::serve(arguments.get(2..).unwrap_or_default()))
        }
        _ => None,
    };
    if let Some(code) = served {
        return if code == 0 { Exit::Success } else { Exit::Internal };
    }
    let arguments = match Arguments::try_parse_from(normalise(arguments)) {
        Ok(arguments) => arguments,
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::stdout(&error.to_string());
            return Exit::Usage;
        }
        Err(error) => {
            let wrong = error.use_stderr();
            // A reader that has gone away is no fault.
            let _ = error.print();
            return if wrong { Exit::Usage } else { Exit::Success };
        }
    };
    if arguments.version {
        output::stdout(&format!("{}\n", env!("CARGO_PKG_VERSION")));
        return Exit::Success;
    }
    let Some(command) = arguments.command else {
        output::stdout(&Arguments::command().render_help().to_string());
        return Exit::Usage;
    };
    let global = arguments.global;
    match command {
        Command::Generate(options) => generate::run(&global, &options),
        Command::Validate(options) => validate::run(&global, &options),
        Command::Diff(options) => diff::run(&global, &options),
        Command::Fix(options) => fix::run(&global, &options),
        Command::List(options) => list::run(&global, &options),
        Command::Substitutions(options) => substitutions::run(&global, &options),
        Command::Schema(options) => schema::run(&global, &options),
        Command::Docs(options) => docs::run(&global, &options),
        Command::Explain(options) => explain::run(&options),
        Command::Plugin(options) => plugin::run(&global, &options),
        Command::Source(options) => source::run(&global, &options),
        Command::Completions(options) => completions::run(&options),
    }
}

/// Tells that the program failed for a reason of its own.
pub fn report_panic() {
    output::stderr(&panic_message());
}

fn panic_message() -> String {
    format!(
        "error[{INTERNAL}]: lhp failed for a reason of its own\n  \
         help: please report this with the message above and the project file that triggers it\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_reported_like_other_faults_and_has_an_exit_code_of_its_own() {
        assert!(panic_message().starts_with("error[LHP-GEN-902/internal]: lhp failed"));
        assert_eq!(Exit::Internal.code(), 3);
    }
}
