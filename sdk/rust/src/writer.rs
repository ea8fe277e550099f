//! Native libraries that write rows: `create_writer`, `write_batch` and their companions.

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::native::{hand_out, text};
use crate::reader::{Failure, Settings};

/// A batch of rows for a writer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub records: Vec<Json>,
    /// Unique among the batches of a run.
    pub file_counter: u64,
}

/// A file that was written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WrittenFile {
    pub path: String,
    pub size_bytes: u64,
    pub record_count: u64,
}

/// Something that writes rows, batch by batch.
pub trait Writer: Sized {
    /// A writer with settings.
    ///
    /// # Errors
    /// The settings are of no use.
    fn create(settings: Settings) -> Result<Self, Failure>;

    /// Writes a batch.
    ///
    /// # Errors
    /// The rows cannot be written.
    fn write_batch(&mut self, batch: Batch) -> Result<Vec<WrittenFile>, Failure>;

    /// Called once with all files at the end.
    ///
    /// # Errors
    /// The files cannot be made visible.
    fn commit_files(&mut self, files: Vec<WrittenFile>) -> Result<Json, Failure> {
        let records: u64 = files.iter().map(|file| file.record_count).sum();
        Ok(serde_json::json!({"status": "success", "files_added": files.len(), "total_records": records}))
    }
}

/// A writer and what went wrong last. Used by `export_writer!` only.
#[doc(hidden)]
pub struct Held<W> {
    writer: Option<W>,
    error: Option<String>,
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn create<W: Writer>(config: *const c_char) -> *mut c_void {
    let made = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller promises what `text` asks for.
        let settings = serde_json::from_str(&unsafe { text(config) }).map_err(Failure::from)?;
        W::create(settings)
    }));
    let held = match made {
        Ok(Ok(writer)) => Held { writer: Some(writer), error: None },
        Ok(Err(failure)) => Held { writer: None, error: Some(failure.0) },
        Err(_) => Held { writer: None, error: Some("the writer panicked".to_owned()) },
    };
    Box::into_raw(Box::new(held)).cast()
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn call<W, I: for<'de> Deserialize<'de>, O: Serialize>(
    handle: *mut c_void,
    input: *const c_char,
    work: fn(&mut W, I) -> Result<O, Failure>,
) -> *const c_char {
    // SAFETY: the host gives back what `create` gave it, has not freed it, and calls from one thread.
    let Some(held) = (unsafe { handle.cast::<Held<W>>().as_mut() }) else { return std::ptr::null() };
    let Some(writer) = held.writer.as_mut() else { return std::ptr::null() };
    let done = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller promises what `text` asks for.
        let input = serde_json::from_str(&unsafe { text(input) })?;
        serde_json::to_string(&work(writer, input)?).map_err(Failure::from)
    }));
    match done {
        Ok(Ok(output)) => {
            held.error = None;
            hand_out(output)
        }
        Ok(Err(failure)) => {
            held.error = Some(failure.0);
            std::ptr::null()
        }
        Err(_) => {
            held.error = Some("the writer panicked".to_owned());
            held.writer = None;
            std::ptr::null()
        }
    }
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn last_error<W>(handle: *mut c_void) -> *const c_char {
    // SAFETY: as in `call`.
    let held = unsafe { handle.cast::<Held<W>>().as_ref() };
    held.and_then(|held| held.error.clone()).map_or(std::ptr::null(), |error| hand_out(error).cast_const())
}

/// # Safety
/// Pointers must be null or what the interface says: text that ends with a zero byte, or a handle of `create` that was
/// not freed.
#[doc(hidden)]
pub unsafe fn free<W>(handle: *mut c_void) {
    if !handle.is_null() {
        // SAFETY: the host gives back what `create` gave it, once.
        let held = unsafe { Box::from_raw(handle.cast::<Held<W>>()) };
        // A panic while it is dropped must not leave the library.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(held)));
    }
}

/// Makes a type that implements [`Writer`](crate::writer::Writer) the writer of this library.
#[macro_export]
macro_rules! export_writer {
    ($writer:ty) => {
        mod lhp_writer_exports {
            use super::*;
            use ::core::ffi::{c_char, c_void};

            #[unsafe(no_mangle)]
            extern "C" fn create_writer(config: *const c_char) -> *mut c_void {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::writer::create::<$writer>(config) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn write_batch(handle: *mut c_void, batch: *const c_char) -> *const c_char {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::writer::call(handle, batch, <$writer as $crate::writer::Writer>::write_batch) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn commit_files(handle: *mut c_void, files: *const c_char) -> *const c_char {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::writer::call(handle, files, <$writer as $crate::writer::Writer>::commit_files) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn last_error(handle: *mut c_void) -> *const c_char {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::writer::last_error::<$writer>(handle) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn free_writer(handle: *mut c_void) {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::writer::free::<$writer>(handle) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn free_string(text: *const c_char) {
                // SAFETY: the host keeps to the interface.
                unsafe { $crate::native::release(text.cast_mut()) }
            }
        }
    };
}
