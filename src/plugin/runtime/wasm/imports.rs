//! The functions that a guest can import from `lhp`: `log`, `read_file` and `render`.

use wasmi::errors::LinkerError;
use wasmi::{Caller, Error, FuncType, Linker, ValType};

use super::faults::{CallFault, Stop};
use super::guest::{Level, State, give, memory};
use super::meter::{self, CALL, charge, units};
use crate::plugin::runtime::Fault;

/// Name of the module that guests import from.
pub(super) const MODULE: &str = "lhp";

/// Longest text that a guest may give to one of the functions (bytes).
const MAX_TEXT: usize = 16 << 20;

/// So much of what a guest says is kept (messages, and bytes of all of them).
const MAX_LOGS: usize = 1_000;
pub(super) const MAX_LOGGED: usize = 1 << 20;

/// So many templates may fail in one call; a guest that goes on after that does not look at what it gets.
const MAX_FAILED: usize = 16;

/// The type of a function; none if there is no such function.
pub(super) fn signature(name: &str) -> Option<FuncType> {
    use ValType::{I32, I64};
    Some(match name {
        "log" => FuncType::new([I32, I32, I32], []),
        "read_file" | "render" => FuncType::new([I32, I32], [I64]),
        _ => return None,
    })
}

/// Defines the functions.
pub(super) fn link(linker: &mut Linker<State>) -> Result<(), LinkerError> {
    linker.func_wrap(MODULE, "log", log)?;
    linker.func_wrap(MODULE, "read_file", read_file)?;
    linker.func_wrap(MODULE, "render", render)?;
    Ok(())
}

/// Keeps a message of the guest: 0 debug, 1 information, 2 warning, 3 error.
fn log(mut caller: Caller<'_, State>, level: i32, at: i32, size: i32) -> Result<(), Error> {
    let text = text(&mut caller, at, size)?;
    let level = match level {
        i32::MIN..=0 => Level::Debug,
        1 => Level::Info,
        2 => Level::Warning,
        _ => Level::Error,
    };
    keep(&mut caller, level, text);
    Ok(())
}

/// Notes what a guest says, unless it says too much.
pub(super) fn keep(caller: &mut Caller<'_, State>, level: Level, text: String) {
    let logs = &mut caller.data_mut().logs;
    let logged: usize = logs.iter().map(|(_, text)| text.len()).sum();
    if logs.len() < MAX_LOGS && logged + text.len() <= MAX_LOGGED {
        logs.push((level, text));
    }
}

/// The text of a project file; -1 if there is no such file.
fn read_file(mut caller: Caller<'_, State>, at: i32, size: i32) -> Result<i64, Error> {
    let path = text(&mut caller, at, size)?;
    let refused = |refused| Stop::with(CallFault::NotPermitted(refused));
    match caller.data().host.clone().read_file(&path).map_err(refused)? {
        Some(content) => {
            caller.data_mut().read.push(path);
            answer(&mut caller, &content)
        }
        None => Ok(-1),
    }
}

/// The output of a template; -1 if it failed, and the reason is logged. Whatever exceeds a bound ends the call.
fn render(mut caller: Caller<'_, State>, at: i32, size: i32) -> Result<i64, Error> {
    let request = text(&mut caller, at, size)?;
    let host = caller.data().host.clone();
    let (fuel, time) = (meter::fuel(&mut caller), caller.data().meter.time());
    match host.render(&request, fuel, time) {
        Ok(rendered) => {
            charge(&mut caller, rendered.fuel)?;
            answer(&mut caller, &rendered.text)
        }
        Err(failed) => {
            let is_told = matches!(failed.fault, Fault::Template { .. }) && caller.data().failed.len() < MAX_FAILED;
            if !is_told {
                return Err(Stop::with(CallFault::Host(failed.fault)));
            }
            charge(&mut caller, 0)?;
            keep(&mut caller, Level::Error, failed.message.clone());
            caller.data_mut().failed.push(failed);
            Ok(-1)
        }
    }
}

/// Gives text to the guest, which pays for it.
fn answer(caller: &mut Caller<'_, State>, text: &str) -> Result<i64, Error> {
    charge(caller, units(text.len()))?;
    give(caller, text)
}

/// Text that a guest gives with its question, for which it pays.
fn text(caller: &mut Caller<'_, State>, at: i32, size: i32) -> Result<String, Error> {
    let bad = || Error::host(Stop::BadPointer);
    let size = size as u32 as usize;
    charge(caller, CALL.saturating_add(units(size.min(MAX_TEXT))))?;
    let memory = memory(caller).ok_or_else(bad)?;
    if size > MAX_TEXT {
        return Err(bad());
    }
    let mut bytes = vec![0; size];
    memory.read(&*caller, at as u32 as usize, &mut bytes).map_err(|_| bad())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
