//! The native runtime: a capability is a function of a library, in a process that exists for this library.

mod child;
mod library;
#[cfg(test)]
mod tests;

pub use child::serve;
pub use library::{Library, LibraryFault, Profile};
