//! What can be wrong with a module and with a call of it.

use std::fmt;

use wasmi::Error;
use wasmi::TrapCode;
use wasmi::errors::{ErrorKind, InstantiationError};

use super::guest::{ABI, NotPermitted};
use crate::plugin::runtime::Fault;

/// A module that cannot be a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadFault {
    #[error("this is not a WebAssembly module: {0}")]
    Invalid(String),
    #[error("the module does not export `{name}`, {signature}")]
    MissingExport { name: &'static str, signature: &'static str },
    #[error("the export `{name}` must be {signature}")]
    WrongExport { name: &'static str, signature: &'static str },
    #[error("the module imports `{module}.{name}`, which this program does not offer")]
    UnknownImport { module: String, name: String },
    #[error("the import `{module}.{name}` has another signature than this program offers")]
    WrongImport { module: String, name: String },
    #[error("the module speaks version {found} of the interface, and this program speaks version {ABI}")]
    Version { found: i32 },
    #[error("the module fails when it is started: {0}")]
    Start(String),
}

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallFault {
    OutOfFuel,
    Timeout,
    /// More memory was asked for than allowed.
    Memory,
    /// The answer is too large (bytes).
    Output {
        size: usize,
    },
    /// The guest trapped, or called `proc_exit`.
    Trap(String),
    NotPermitted(NotPermitted),
    /// The answer does not lie in the memory of the guest.
    Malformed(String),
    /// The module cannot be started.
    Load(LoadFault),
    /// What the host did for the guest ended the call.
    Host(Fault),
}

/// A reason for a host function to end the call.
#[derive(Debug)]
pub(super) enum Stop {
    /// A pointer that leads out of the memory.
    BadPointer,
    Exit(i32),
    Fault(CallFault),
}

impl Stop {
    /// The error of a function that ends the call.
    pub(super) fn with(fault: CallFault) -> Error {
        Error::host(Self::Fault(fault))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPointer => formatter.write_str("a pointer that leads out of the memory was given to the host"),
            Self::Exit(code) => write!(formatter, "the plugin ended itself with exit code {code}"),
            Self::Fault(fault) => write!(formatter, "{fault:?}"),
        }
    }
}

impl wasmi::errors::HostError for Stop {}

/// The fault behind an error of the engine.
pub(super) fn fault_of(error: &Error) -> CallFault {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::Fault(fault) => fault.clone(),
            stop => CallFault::Trap(stop.to_string()),
        };
    }
    match error.kind() {
        ErrorKind::TrapCode(TrapCode::OutOfFuel) => CallFault::OutOfFuel,
        ErrorKind::TrapCode(TrapCode::GrowthOperationLimited) | ErrorKind::Memory(_) => CallFault::Memory,
        ErrorKind::Instantiation(InstantiationError::FailedToInstantiateMemory(_)) => CallFault::Memory,
        _ => CallFault::Trap(error.to_string()),
    }
}
