//! The C interface of native libraries. Used by `export!` and its relatives only.

use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Plugin;

/// Answers a request. The answer is given back to [`release`].
///
/// # Safety
/// `request` must be null or lead to text that ends with a zero byte.
pub unsafe fn call<P: Plugin>(plugin: impl FnOnce() -> P, request: *const c_char) -> *mut c_char {
    let answer = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller promises what `text` asks for.
        let request = unsafe { text(request) };
        crate::answer(&plugin(), &request)
    }));
    answer.map_or(std::ptr::null_mut(), hand_out)
}

/// Takes text back that this library handed out.
///
/// # Safety
/// `text` must be null or come from [`hand_out`], and must not be used again.
pub unsafe fn release(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the host gives back what `hand_out` gave it, once.
        drop(unsafe { CString::from_raw(text) });
    }
}

/// A copy of text of the host.
///
/// # Safety
/// `from` must be null or lead to text that ends with a zero byte.
pub unsafe fn text(from: *const c_char) -> String {
    if from.is_null() {
        return String::new();
    }
    // SAFETY: the host gives text that ends with a zero byte and lives until the call has returned.
    unsafe { CStr::from_ptr(from) }.to_string_lossy().into_owned()
}

/// Gives text to the host, which gives it back to [`release`]. Null if the text holds a zero byte, which JSON never
/// does.
pub fn hand_out(text: String) -> *mut c_char {
    CString::new(text).map_or(std::ptr::null_mut(), CString::into_raw)
}
