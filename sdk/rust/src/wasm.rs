//! The memory interface of WebAssembly modules. Used by `export!` only.

use crate::Plugin;

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "lhp")]
unsafe extern "C" {
    #[link_name = "log"]
    fn host_log(level: i32, at: *const u8, size: i32);
    #[link_name = "read_file"]
    fn host_read_file(at: *const u8, size: i32) -> i64;
    #[link_name = "render"]
    fn host_render(at: *const u8, size: i32) -> i64;
}

/// Memory for the host to write into.
pub fn allocate(size: i32) -> i32 {
    let mut bytes: Vec<u8> = Vec::with_capacity(size.max(1) as usize);
    let at = bytes.as_mut_ptr();
    std::mem::forget(bytes);
    at as usize as i32
}

/// Gives memory of [`allocate`] back.
///
/// # Safety
/// Place and size must be those of memory that was handed out and not given back.
pub unsafe fn release(at: i32, size: i32) {
    // SAFETY: the host gives back what `allocate` or `hand_out` gave it, with the same size, once.
    drop(unsafe { Vec::from_raw_parts(at as u32 as usize as *mut u8, 0, size.max(1) as usize) });
}

/// Answers a request that the host wrote into memory of [`allocate`].
///
/// # Safety
/// Place and size must be those of memory that was handed out and is filled.
pub unsafe fn call(plugin: &dyn Plugin, at: i32, size: i32) -> i64 {
    // SAFETY: the host has written `size` bytes to the place that `allocate` gave it.
    let request = unsafe { std::slice::from_raw_parts(at as u32 as usize as *const u8, size.max(0) as usize) };
    hand_out(crate::answer(plugin, &String::from_utf8_lossy(request)))
}

fn hand_out(answer: String) -> i64 {
    let bytes = answer.into_bytes().into_boxed_slice();
    let size = bytes.len();
    let at = Box::into_raw(bytes).cast::<u8>() as usize;
    (((at as u64) << 32) | size as u64) as i64
}

#[cfg(target_family = "wasm")]
pub(crate) fn log(level: i32, message: &str) {
    // SAFETY: the text lives until the call has returned.
    unsafe { host_log(level, message.as_ptr(), message.len() as i32) }
}

#[cfg(target_family = "wasm")]
pub(crate) fn read_file(path: &str) -> Option<String> {
    // SAFETY: the text lives until the call has returned.
    received(unsafe { host_read_file(path.as_ptr(), path.len() as i32) })
}

#[cfg(target_family = "wasm")]
pub(crate) fn render(request: &str) -> Option<String> {
    // SAFETY: the text lives until the call has returned.
    received(unsafe { host_render(request.as_ptr(), request.len() as i32) })
}

/// Text that the host wrote into memory of [`allocate`].
#[cfg(target_family = "wasm")]
fn received(packed: i64) -> Option<String> {
    if packed == -1 {
        return None;
    }
    let (at, size) = ((packed as u64 >> 32) as usize, (packed as u64 & 0xffff_ffff) as usize);
    // SAFETY: the host has written `size` bytes of UTF-8 to a place that `allocate` gave it with this size.
    let bytes = unsafe { Vec::from_raw_parts(at as *mut u8, size, size.max(1)) };
    String::from_utf8(bytes).ok()
}
