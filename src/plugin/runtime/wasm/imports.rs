//! The functions that a guest can import from `lhp`: `log`, `read_file` and `render`.

use wasmi::errors::LinkerError;
use wasmi::{Caller, Error, FuncType, Linker, ValType};

use super::guest::{Level, State, Stop, give, memory};

/// Name of the module that guests import from.
pub(super) const MODULE: &str = "lhp";

/// Longest text that a guest may give to one of the functions (bytes).
const MAX_TEXT: usize = 16 << 20;

/// So much of what a guest says is kept (messages).
const MAX_LOGS: usize = 1_000;

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
    let text = text(&caller, at, size)?;
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
    if logs.len() < MAX_LOGS {
        logs.push((level, text));
    }
}

/// The text of a project file; -1 if there is no such file.
fn read_file(mut caller: Caller<'_, State>, at: i32, size: i32) -> Result<i64, Error> {
    let path = text(&caller, at, size)?;
    let content = caller.data().host.read_file(&path).map_err(|refused| Error::host(Stop::NotPermitted(refused)))?;
    match content {
        Some(content) => {
            caller.data_mut().read.push(path);
            give(&mut caller, &content)
        }
        None => Ok(-1),
    }
}

/// The output of a template; -1 if it failed, and the reason is logged.
fn render(mut caller: Caller<'_, State>, at: i32, size: i32) -> Result<i64, Error> {
    let request = text(&caller, at, size)?;
    let host = caller.data().host.clone();
    match host.render(&request) {
        Ok(output) => give(&mut caller, &output),
        Err(reason) => {
            keep(&mut caller, Level::Error, reason);
            Ok(-1)
        }
    }
}

/// Text that a guest gives.
fn text(caller: &Caller<'_, State>, at: i32, size: i32) -> Result<String, Error> {
    let bad = || Error::host(Stop::BadPointer);
    let size = size as u32 as usize;
    let memory = memory(caller).ok_or_else(bad)?;
    if size > MAX_TEXT {
        return Err(bad());
    }
    let mut bytes = vec![0; size];
    memory.read(caller, at as u32 as usize, &mut bytes).map_err(|_| bad())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
