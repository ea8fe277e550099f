//! WASI preview 1 without a world behind it: modules of common toolchains load, and find nothing.
//!
//! The clock stands at 0, random bytes are always the same, there are no arguments, no variables and no files. What is
//! written to the standard streams is logged.

use wasmi::errors::LinkerError;
use wasmi::{Caller, Error, ExternType, FuncType, Linker, Module, Val, ValType};

use super::faults::Stop;
use super::guest::{Level, State, memory};
use super::imports::{MAX_LOGGED, keep};
use super::meter::{CALL, charge, units};

/// Name of the module that guests import from.
pub(super) const MODULE: &str = "wasi_snapshot_preview1";

const SUCCESS: i32 = 0;
/// There is no such file descriptor.
const BAD_DESCRIPTOR: i32 = 8;
const FAULT: i32 = 21;
const NOT_SUPPORTED: i32 = 58;

/// Functions on descriptors and paths. No descriptor exists but those of the standard streams.
const ON_DESCRIPTORS: [&str; 36] = [
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
    "sock_bind",
    "sock_connect",
];

/// Functions that do nothing here.
const UNSUPPORTED: [&str; 2] = ["poll_oneoff", "proc_raise"];

/// The type of a function; none if there is no such function. Those that always fail take whatever the guest gives.
pub(super) fn signature(name: &str, wanted: &ExternType) -> Option<FuncType> {
    use ValType::{I32, I64};
    Some(match name {
        "args_get" | "environ_get" | "args_sizes_get" | "environ_sizes_get" | "random_get" | "clock_res_get" => {
            FuncType::new([I32, I32], [I32])
        }
        "clock_time_get" => FuncType::new([I32, I64, I32], [I32]),
        "fd_write" => FuncType::new([I32, I32, I32, I32], [I32]),
        "proc_exit" => FuncType::new([I32], []),
        "sched_yield" => FuncType::new([], [I32]),
        name if ON_DESCRIPTORS.contains(&name) || UNSUPPORTED.contains(&name) => {
            wanted.func().filter(|wanted| wanted.results() == [I32]).cloned()?
        }
        _ => return None,
    })
}

/// Defines the functions that a module imports.
pub(super) fn link(linker: &mut Linker<State>, module: &Module) -> Result<(), LinkerError> {
    linker.func_wrap(MODULE, "args_get", |_: i32, _: i32| SUCCESS)?;
    linker.func_wrap(MODULE, "environ_get", |_: i32, _: i32| SUCCESS)?;
    linker.func_wrap(MODULE, "args_sizes_get", no_strings)?;
    linker.func_wrap(MODULE, "environ_sizes_get", no_strings)?;
    linker.func_wrap(MODULE, "random_get", random)?;
    linker.func_wrap(MODULE, "clock_res_get", |caller: Caller<'_, State>, _: i32, at: i32| clock(caller, at))?;
    linker
        .func_wrap(MODULE, "clock_time_get", |caller: Caller<'_, State>, _: i32, _: i64, at: i32| clock(caller, at))?;
    linker.func_wrap(MODULE, "fd_write", write)?;
    linker.func_wrap(MODULE, "proc_exit", |code: i32| -> Result<(), Error> { Err(Error::host(Stop::Exit(code))) })?;
    linker.func_wrap(MODULE, "sched_yield", || SUCCESS)?;
    for import in module.imports().filter(|import| import.module() == MODULE) {
        let errno = match import.name() {
            name if ON_DESCRIPTORS.contains(&name) => BAD_DESCRIPTOR,
            name if UNSUPPORTED.contains(&name) => NOT_SUPPORTED,
            _ => continue,
        };
        let Some(kind) = signature(import.name(), import.ty()) else { continue };
        let refuse = move |_: Caller<'_, State>, _: &[Val], results: &mut [Val]| {
            results.iter_mut().for_each(|result| *result = Val::I32(errno));
            Ok(())
        };
        linker.func_new(MODULE, import.name(), kind, refuse)?;
    }
    Ok(())
}

/// Zero strings of zero bytes.
fn no_strings(mut caller: Caller<'_, State>, count: i32, size: i32) -> i32 {
    let done = store(&mut caller, count, &[0; 4]).and_then(|()| store(&mut caller, size, &[0; 4]));
    errno(done)
}

/// The time is 0.
fn clock(mut caller: Caller<'_, State>, at: i32) -> i32 {
    errno(store(&mut caller, at, &[0; 8]))
}

/// The same bytes in every run (SplitMix64 from 0).
fn random(mut caller: Caller<'_, State>, at: i32, size: i32) -> Result<i32, Error> {
    let mut bytes = Vec::new();
    let size = size as u32 as usize;
    if size > memory(&caller).map_or(0, |memory| memory.data_size(&caller)) {
        return Ok(FAULT);
    }
    charge(&mut caller, CALL.saturating_add(units(size)))?;
    while bytes.len() < size {
        let state = &mut caller.data_mut().random;
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = *state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    bytes.truncate(size);
    Ok(errno(store(&mut caller, at, &bytes)))
}

/// Logs what is written to the standard streams.
fn write(mut caller: Caller<'_, State>, descriptor: i32, list: i32, count: i32, written: i32) -> Result<i32, Error> {
    let level = match descriptor {
        1 => Level::Info,
        2 => Level::Warning,
        _ => return Ok(BAD_DESCRIPTOR),
    };
    let Some(memory) = memory(&caller) else { return Ok(FAULT) };
    let mut bytes = Vec::new();
    let mut whole = 0_u32;
    for index in 0..(count as u32 as usize).min(1024) {
        let mut vector = [0; 8];
        let at = (list as u32 as usize).saturating_add(index * 8);
        if memory.read(&caller, at, &mut vector).is_err() {
            return Ok(FAULT);
        }
        let [a, b, c, d, e, f, g, h] = vector;
        let (at, size) = (u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]));
        charge(&mut caller, CALL.saturating_add(u64::from(size)))?;
        let Some(part) = memory.data(&caller).get(at..at.saturating_add(size as usize)) else { return Ok(FAULT) };
        // More than that is not kept anyway.
        bytes.extend_from_slice(part.get(..MAX_LOGGED.saturating_sub(bytes.len())).unwrap_or(part));
        whole = whole.saturating_add(size);
    }
    let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
    keep(&mut caller, level, text);
    Ok(errno(store(&mut caller, written, &whole.to_le_bytes())))
}

/// Writes bytes into the memory of the guest.
fn store(caller: &mut Caller<'_, State>, at: i32, bytes: &[u8]) -> Option<()> {
    let memory = memory(caller)?;
    memory.write(&mut *caller, at as u32 as usize, bytes).ok()
}

fn errno(done: Option<()>) -> i32 {
    if done.is_some() { SUCCESS } else { FAULT }
}
