//! A WASM module as a pure function: bytes of a request go in, bytes of an answer come out.
//!
//! Every call gets an instance of its own, so nothing is left behind from one call to the next. The guest has no clock,
//! no randomness and no files; all it can ask its host for are the functions of [`HostAccess`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wasmi::{
    CompilationMode, Config, EnforcedLimits, Engine, Error, ExternType, Instance, Linker, Memory, Module, Store,
    StoreLimits, StoreLimitsBuilder, TypedFunc, TypedResumableCall, ValType,
};

use super::faults::{CallFault, LoadFault, Stop, fault_of};
use super::meter::{self, Meter};
use super::{imports, wasi};
use crate::plugin::runtime::rendering::{NotRendered, Rendered};

/// Version of the interface of exports and imports.
pub const ABI: i32 = 1;

/// Entries of a table at most.
const MAX_TABLE: usize = 100_000;

/// Tables at most.
const MAX_TABLES: usize = 16;

/// Depth of calls at most, and the height of the stack of values (bytes).
const MAX_DEPTH: usize = 2_000;
const MAX_STACK: usize = 1 << 20;

/// What a guest may ask its host for. Whatever it asks for is decided by the declarations of its plugin.
pub trait HostAccess: Send + Sync {
    /// The content of a project file. None if there is no such file.
    ///
    /// # Errors
    /// The plugin may not read the file.
    fn read_file(&self, path: &str) -> Result<Option<String>, NotPermitted>;

    /// Renders a template of the plugin, with so much fuel and time. `request` is JSON:
    /// `{"template": name, "context": {…}}`.
    ///
    /// # Errors
    /// What the template engine says, or what ended it.
    fn render(&self, request: &str, fuel: u64, time: Duration) -> Result<Rendered, NotRendered>;
}

/// A file that the plugin may not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPermitted {
    pub path: String,
}

/// Bounds of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Units of work; about one per instruction.
    pub fuel: u64,
    /// Size of the memory (bytes).
    pub memory: usize,
    /// Size of the answer (bytes).
    pub output: usize,
    pub time: Duration,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub output: Vec<u8>,
    /// Units of work that were spent.
    pub fuel: u64,
    /// What the guest said, level first.
    pub logs: Vec<(Level, String)>,
    /// Project files that were read.
    pub read: Vec<String>,
    /// The templates that could not be rendered.
    pub failed: Vec<NotRendered>,
}

/// How much a message of a guest matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

/// What an instance carries.
pub(super) struct State {
    pub host: Arc<dyn HostAccess>,
    pub logs: Vec<(Level, String)>,
    pub read: Vec<String>,
    pub failed: Vec<NotRendered>,
    pub meter: Meter,
    /// State of the fixed stream of random bytes.
    pub random: u64,
    limits: StoreLimits,
}

/// A module that can be called. Shared by threads.
pub struct Guest {
    module: Module,
    linker: Linker<State>,
}

impl fmt::Debug for Guest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guest")
    }
}

/// The functions of a guest.
struct Exports {
    memory: Memory,
    alloc: TypedFunc<i32, i32>,
    dealloc: TypedFunc<(i32, i32), ()>,
    call: TypedFunc<(i32, i32), i64>,
}

const EXPORTS: [(&str, &str); 4] = [
    ("lhp_abi", "a function `() -> i32`"),
    ("lhp_alloc", "a function `(i32) -> i32`"),
    ("lhp_dealloc", "a function `(i32, i32) -> ()`"),
    ("lhp_call", "a function `(i32, i32) -> i64`"),
];

impl Guest {
    /// Reads a module and checks its exports and imports. Nothing of it runs.
    ///
    /// # Errors
    /// The module is none, or does not fit this program.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadFault> {
        let mut config = Config::default();
        config
            .consume_fuel(true)
            .compilation_mode(CompilationMode::Eager)
            .enforced_limits(EnforcedLimits::default())
            .ignore_custom_sections(true)
            .set_max_recursion_depth(MAX_DEPTH)
            .set_max_stack_height(MAX_STACK);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, bytes).map_err(|error| LoadFault::Invalid(error.to_string()))?;
        check_exports(&module)?;
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker).map_err(|error| LoadFault::Invalid(error.to_string()))?;
        wasi::link(&mut linker, &module).map_err(|error| LoadFault::Invalid(error.to_string()))?;
        check_imports(&module)?;
        Ok(Self { module, linker })
    }

    /// The functions that the module offers under names of its own.
    pub fn exports(&self) -> impl Iterator<Item = &str> {
        self.module.exports().filter(|export| export.ty().func().is_some()).map(|export| export.name())
    }

    /// Makes an instance and asks which version of the interface it speaks.
    ///
    /// # Errors
    /// The guest does not start within its bounds, or speaks another version.
    pub fn start(&self, host: Arc<dyn HostAccess>, bounds: Bounds) -> Result<(), CallFault> {
        Run::start(self, host, bounds).map(drop)
    }

    /// Gives a request to a new instance.
    ///
    /// # Errors
    /// The guest did not answer within its bounds.
    pub fn call(&self, request: &[u8], host: Arc<dyn HostAccess>, bounds: Bounds) -> Result<Reply, CallFault> {
        let mut run = Run::start(self, host, bounds)?;
        let length = i32::try_from(request.len()).map_err(|_| CallFault::Memory)?;
        let place = run.finish(|run| run.exports.alloc.call_resumable(&mut run.store, length))?;
        run.exports
            .memory
            .write(&mut run.store, place as u32 as usize, request)
            .map_err(|_| CallFault::Malformed(format!("`lhp_alloc` gave a place outside of the memory: {place}")))?;
        let packed = run.finish(|run| run.exports.call.call_resumable(&mut run.store, (place, length)))?;
        let (at, size) = unpack(packed);
        if size > bounds.output {
            return Err(CallFault::Output { size });
        }
        let mut output = vec![0; size];
        run.exports.memory.read(&run.store, at, &mut output).map_err(|_| {
            CallFault::Malformed(format!("the answer lies outside of the memory: {size} bytes at {at}"))
        })?;
        run.finish(|run| run.exports.dealloc.call_resumable(&mut run.store, (at as u32 as i32, size as u32 as i32)))?;
        let fuel = bounds.fuel.saturating_sub(meter::fuel(&mut run.store));
        let State { logs, read, failed, .. } = run.store.into_data();
        Ok(Reply { output, fuel, logs, read, failed })
    }
}

/// Pointer and length, packed into the halves of a number.
pub(super) fn unpack(packed: i64) -> (usize, usize) {
    let packed = packed as u64;
    ((packed >> 32) as usize, (packed & 0xffff_ffff) as usize)
}

/// The halves of a number.
pub(super) fn pack(at: i32, size: usize) -> i64 {
    ((u64::from(at as u32) << 32) | (size as u64 & 0xffff_ffff)) as i64
}

/// One call.
struct Run {
    store: Store<State>,
    exports: Exports,
}

impl Run {
    fn start(guest: &Guest, host: Arc<dyn HostAccess>, bounds: Bounds) -> Result<Self, CallFault> {
        let state = State {
            host,
            logs: Vec::new(),
            read: Vec::new(),
            failed: Vec::new(),
            meter: Meter::new(bounds),
            random: 0,
            limits: StoreLimitsBuilder::new()
                .memory_size(bounds.memory)
                .table_elements(MAX_TABLE)
                .instances(1)
                .memories(1)
                .tables(MAX_TABLES)
                .trap_on_grow_failure(true)
                .build(),
        };
        let mut store = Store::new(guest.module.engine(), state);
        store.limiter(|state| &mut state.limits);
        // What runs while the instance is made cannot be interrupted, so it gets one portion only.
        meter::refuel(&mut store, bounds.fuel);
        let instance = guest.linker.instantiate_and_start(&mut store, &guest.module);
        let instance = instance.map_err(|error| match fault_of(&error) {
            CallFault::Trap(detail) => CallFault::Load(LoadFault::Start(detail)),
            fault => fault,
        })?;
        let exports = Exports::of(&instance, &store)?;
        let mut run = Self { store, exports };
        let abi = typed::<(), i32>(&instance, &run.store, "lhp_abi")?;
        let found = run.finish(|run| abi.call_resumable(&mut run.store, ()))?;
        if found != ABI {
            return Err(CallFault::Load(LoadFault::Version { found }));
        }
        // Reactors of WASI toolchains set up their memory here.
        if let Ok(initialize) = instance.get_typed_func::<(), ()>(&run.store, "_initialize") {
            run.finish(|run| initialize.call_resumable(&mut run.store, ()))?;
        }
        Ok(run)
    }

    /// Runs a function to its end.
    fn finish<T: wasmi::WasmResults>(
        &mut self,
        begin: impl FnOnce(&mut Self) -> Result<TypedResumableCall<T>, Error>,
    ) -> Result<T, CallFault> {
        let begun = begin(self);
        meter::finish(&mut self.store, begun)
    }
}

impl Exports {
    fn of(instance: &Instance, store: &Store<State>) -> Result<Self, CallFault> {
        let memory = instance.get_memory(store, "memory").ok_or_else(|| CallFault::Load(missing_memory()))?;
        Ok(Self {
            memory,
            alloc: typed(instance, store, "lhp_alloc")?,
            dealloc: typed(instance, store, "lhp_dealloc")?,
            call: typed(instance, store, "lhp_call")?,
        })
    }
}

fn typed<P: wasmi::WasmParams, R: wasmi::WasmResults>(
    instance: &Instance,
    store: &Store<State>,
    name: &'static str,
) -> Result<TypedFunc<P, R>, CallFault> {
    let signature = EXPORTS.iter().find(|(known, _)| *known == name).map_or("a function", |(_, signature)| signature);
    instance.get_typed_func(store, name).map_err(|_| CallFault::Load(LoadFault::WrongExport { name, signature }))
}

fn missing_memory() -> LoadFault {
    LoadFault::MissingExport { name: "memory", signature: "its linear memory" }
}

fn check_exports(module: &Module) -> Result<(), LoadFault> {
    match module.get_export("memory") {
        Some(ExternType::Memory(_)) => {}
        Some(_) => return Err(LoadFault::WrongExport { name: "memory", signature: "its linear memory" }),
        None => return Err(missing_memory()),
    }
    use ValType::{I32, I64};
    let types: [(&[ValType], &[ValType]); 4] =
        [(&[], &[I32]), (&[I32], &[I32]), (&[I32, I32], &[]), (&[I32, I32], &[I64])];
    for ((name, signature), (parameters, results)) in EXPORTS.into_iter().zip(types) {
        match module.get_export(name) {
            None => return Err(LoadFault::MissingExport { name, signature }),
            Some(ExternType::Func(found)) if found.params() == parameters && found.results() == results => {}
            Some(_) => return Err(LoadFault::WrongExport { name, signature }),
        }
    }
    Ok(())
}

fn check_imports(module: &Module) -> Result<(), LoadFault> {
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let known = match from {
            imports::MODULE => imports::signature(name),
            wasi::MODULE => wasi::signature(name, import.ty()),
            _ => None,
        };
        let owned = || (from.to_owned(), name.to_owned());
        match known {
            None => {
                let (module, name) = owned();
                return Err(LoadFault::UnknownImport { module, name });
            }
            Some(expected) => {
                if import.ty().func() != Some(&expected) {
                    let (module, name) = owned();
                    return Err(LoadFault::WrongImport { module, name });
                }
            }
        }
    }
    Ok(())
}

/// The memory of the guest that calls.
pub(super) fn memory(caller: &wasmi::Caller<'_, State>) -> Option<Memory> {
    caller.get_export("memory").and_then(wasmi::Extern::into_memory)
}

/// Gives text to the guest that calls, in memory that it hands out.
pub(super) fn give(caller: &mut wasmi::Caller<'_, State>, text: &str) -> Result<i64, Error> {
    let size = i32::try_from(text.len()).map_err(|_| Error::host(Stop::BadPointer))?;
    let alloc = caller.get_export("lhp_alloc").and_then(wasmi::Extern::into_func);
    let alloc = alloc.and_then(|function| function.typed::<i32, i32>(&*caller).ok());
    let Some(alloc) = alloc else { return Err(Error::host(Stop::BadPointer)) };
    let begun = alloc.call_resumable(&mut *caller, size);
    let at = meter::finish(caller, begun).map_err(Stop::with)?;
    let memory = memory(caller).ok_or_else(|| Error::host(Stop::BadPointer))?;
    memory.write(&mut *caller, at as u32 as usize, text.as_bytes()).map_err(|_| Error::host(Stop::BadPointer))?;
    Ok(pack(at, text.len()))
}
