//! Plugins for the pipeline compiler `lhp`, in Rust.
//!
//! A plugin answers requests: an action of a flowgroup goes in, Python code comes out. Write a type that implements
//! [`Plugin`], and [`export!`] it. Built for `wasm32-unknown-unknown` it becomes a module for the runtime `wasm`, built
//! for any other target a library for the runtime `native`; the source is the same.
//!
//! ```
//! use lhp_plugin::{Answer, Diagnostic, Generate, Plugin, python};
//!
//! struct Tables;
//!
//! impl Plugin for Tables {
//!     fn generate(&self, request: &Generate) -> Result<Answer, Diagnostic> {
//!         let table = request.spec_text("table")
//!             .ok_or_else(|| Diagnostic::error("no table is named").at("/spec").help("add `table: …`"))?;
//!         let target = request.target().unwrap_or("view");
//!         Ok(Answer::new(format!(
//!             "@dp.temporary_view()\ndef {target}():\n    return spark.read.table({})\n",
//!             python::string(table),
//!         )))
//!     }
//! }
//!
//! lhp_plugin::export!(Tables);
//!
//! // A plugin is a function, so it is tested like one.
//! fn main() {
//!     let request = lhp_plugin::testing::load("tables", "v_orders").spec("table", "a\"b");
//!     let answer = lhp_plugin::testing::generate(&Tables, &request).unwrap();
//!     assert!(answer.body.contains("spark.read.table(\"a\\\"b\")"));
//! }
//! ```
//!
//! A library can also read or write rows, for the developer commands `lhp source`: see [`reader`] and [`writer`].

pub mod host;
mod interface;
#[doc(hidden)]
pub mod native;
mod protocol;
pub mod python;
pub mod reader;
pub mod testing;
#[doc(hidden)]
pub mod wasm;
pub mod writer;

pub use interface::{Plugin, answer};
pub use protocol::{
    Answer, ArtifactFile, Context, Diagnostic, Effect, Event, EventAnswer, Generate, Helper, Severity, Target, Upstream,
};

/// Version of the interface between library and host.
pub const ABI: u32 = 1;

/// Makes a type that implements [`Plugin`] and is built by an expression the plugin of this crate. Without an
/// expression, the type itself is the expression.
///
/// The crate must be a `cdylib`. Whatever panics becomes an error of the request, and never leaves the library.
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        $crate::export!($plugin = $plugin);
    };
    ($plugin:ty = $value:expr) => {
        #[cfg(target_family = "wasm")]
        mod lhp_exports {
            use super::*;

            #[unsafe(no_mangle)]
            extern "C" fn lhp_abi() -> i32 {
                $crate::ABI as i32
            }

            #[unsafe(no_mangle)]
            extern "C" fn lhp_alloc(size: i32) -> i32 {
                $crate::wasm::allocate(size)
            }

            #[unsafe(no_mangle)]
            extern "C" fn lhp_dealloc(at: i32, size: i32) {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::wasm::release(at, size) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn lhp_call(at: i32, size: i32) -> i64 {
                let plugin: $plugin = $value;
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::wasm::call(&plugin, at, size) }
            }
        }

        #[cfg(not(target_family = "wasm"))]
        mod lhp_exports {
            use super::*;

            #[unsafe(no_mangle)]
            extern "C" fn lhp_abi() -> u32 {
                $crate::ABI
            }

            #[unsafe(no_mangle)]
            extern "C" fn lhp_call(request: *const ::core::ffi::c_char) -> *mut ::core::ffi::c_char {
                let plugin = || -> $plugin { $value };
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::native::call(plugin, request) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn lhp_free(answer: *mut ::core::ffi::c_char) {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::native::release(answer) }
            }
        }
    };
}
