//! The WASM runtime: a capability is a function of a module that runs in a sandbox.

mod guest;
mod imports;
#[cfg(test)]
mod tests;
mod wasi;

pub use guest::{Bounds, CallFault, Guest, HostAccess, Level, LoadFault, NotPermitted, Reply};
