//! Native libraries that read rows: `create_reader`, `extract_batch` and their companions.
//!
//! ```
//! use lhp_plugin::reader::{Failure, Reader, Settings};
//! use serde_json::{Value, json};
//!
//! struct Numbers(u64);
//!
//! impl Reader for Numbers {
//!     fn create(_: Settings) -> Result<Self, Failure> {
//!         Ok(Self(0))
//!     }
//!
//!     fn next_batch(&mut self) -> Result<Option<Vec<Value>>, Failure> {
//!         self.0 += 1;
//!         Ok((self.0 <= 2).then(|| vec![json!({"id": self.0})]))
//!     }
//! }
//!
//! lhp_plugin::export_reader!(Numbers);
//! # fn main() {}
//! ```

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::native::{hand_out, text};

/// The settings of a source or target, as the project writes them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub connection: Map<String, Json>,
    pub credentials: Map<String, Json>,
    pub objects: Vec<String>,
    pub files: Vec<Json>,
    pub incremental: Json,
    pub engine: Map<String, Json>,
    /// Everything else.
    #[serde(flatten)]
    pub more: Map<String, Json>,
}

/// Why reading or writing failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Something that reads rows, batch by batch.
pub trait Reader: Sized {
    /// A reader with settings.
    ///
    /// # Errors
    /// The settings are of no use.
    fn create(settings: Settings) -> Result<Self, Failure>;

    /// The next rows; none at the end. An empty batch is no end.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn next_batch(&mut self) -> Result<Option<Vec<Json>>, Failure>;

    /// Whether the source can be reached: `{"success": …, "message": …}`.
    fn check_connection(&mut self) -> Json {
        json!({"success": true, "message": "this reader has no check of its own"})
    }

    /// What can be read: `{"objects": […], "metadata": {…}}`.
    fn discover(&mut self) -> Json {
        json!({"objects": [], "metadata": {}})
    }
}

/// A reader and what went wrong last. Used by `export_reader!` only.
#[doc(hidden)]
pub struct Held<R> {
    reader: Option<R>,
    error: Option<String>,
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn create<R: Reader>(config: *const c_char) -> *mut c_void {
    let made = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller promises what `text` asks for.
        let settings = serde_json::from_str(&unsafe { text(config) }).map_err(Failure::from)?;
        R::create(settings)
    }));
    let held = match made {
        Ok(Ok(reader)) => Held { reader: Some(reader), error: None },
        // The first call tells why: the function itself can only say that there is nothing.
        Ok(Err(failure)) => Held { reader: None, error: Some(failure.0) },
        Err(_) => Held { reader: None, error: Some("the reader panicked".to_owned()) },
    };
    Box::into_raw(Box::new(held)).cast()
}

/// Runs something on a reader.
///
/// # Safety
/// The handle must be null or come from `create`, and not be freed.
unsafe fn with<R, T>(handle: *mut c_void, work: impl FnOnce(&mut R) -> Result<T, Failure>) -> Option<T> {
    // SAFETY: the host gives back what `create` gave it, has not freed it, and calls from one thread.
    let held = unsafe { handle.cast::<Held<R>>().as_mut() }?;
    let reader = held.reader.as_mut()?;
    match catch_unwind(AssertUnwindSafe(|| work(reader))) {
        Ok(Ok(value)) => {
            held.error = None;
            Some(value)
        }
        Ok(Err(failure)) => {
            held.error = Some(failure.0);
            None
        }
        Err(_) => {
            held.error = Some("the reader panicked".to_owned());
            held.reader = None;
            None
        }
    }
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn extract<R: Reader>(handle: *mut c_void) -> *const c_char {
    loop {
        // SAFETY: the caller promises what `with` asks for.
        match unsafe { with::<R, _>(handle, R::next_batch) } {
            // An empty list would be taken for the end.
            Some(Some(batch)) if batch.is_empty() => {}
            Some(Some(batch)) => return hand_out(Json::from(batch).to_string()),
            Some(None) | None => return std::ptr::null(),
        }
    }
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn last_error<R>(handle: *mut c_void) -> *const c_char {
    // SAFETY: as in `with`.
    let held = unsafe { handle.cast::<Held<R>>().as_ref() };
    held.and_then(|held| held.error.clone()).map_or(std::ptr::null(), |error| hand_out(error).cast_const())
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn ask<R: Reader>(handle: *mut c_void, question: fn(&mut R) -> Json) -> *const c_char {
    // SAFETY: the caller promises what `with` asks for.
    unsafe { with::<R, _>(handle, |reader| Ok(question(reader))) }
        .map_or(std::ptr::null(), |json| hand_out(json.to_string()))
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn free<R>(handle: *mut c_void) {
    if !handle.is_null() {
        // SAFETY: the host gives back what `create` gave it, once.
        let held = unsafe { Box::from_raw(handle.cast::<Held<R>>()) };
        // A panic while it is dropped must not leave the library.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(held)));
    }
}

/// Makes a type that implements [`Reader`](crate::reader::Reader) the reader of this library.
#[macro_export]
macro_rules! export_reader {
    ($reader:ty) => {
        mod lhp_reader_exports {
            use super::*;
            use ::core::ffi::{c_char, c_void};

            #[unsafe(no_mangle)]
            extern "C" fn create_reader(config: *const c_char) -> *mut c_void {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::reader::create::<$reader>(config) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn extract_batch(handle: *mut c_void) -> *const c_char {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::reader::extract::<$reader>(handle) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn last_error(handle: *mut c_void) -> *const c_char {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::reader::last_error::<$reader>(handle) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn check_connection(handle: *mut c_void) -> *const c_char {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::reader::ask::<$reader>(handle, <$reader as $crate::reader::Reader>::check_connection) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn discover(handle: *mut c_void) -> *const c_char {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::reader::ask::<$reader>(handle, <$reader as $crate::reader::Reader>::discover) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn free_reader(handle: *mut c_void) {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::reader::free::<$reader>(handle) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn free_string(text: *const c_char) {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::native::release(text.cast_mut()) }
            }
        }
    };
}
