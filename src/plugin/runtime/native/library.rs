//! A native library behind its C interface: text goes in, text comes out, and every pointer is given back once.
//!
//! Only a process that exists for this one library loads it: a fault of the library ends that process and nothing else.
#![allow(unsafe_code, reason = "functions of a C library can be called in no other way")]

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;

use libloading::Symbol;

/// Version of the interface of the profile `lhp`.
const ABI: u32 = 1;

/// Which functions a library has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// `lhp_abi`, `lhp_call`, `lhp_free`, and `lhp_shutdown` if it likes.
    Lhp,
    /// `create_reader`, `extract_batch`, `free_reader`, `free_string`, or the same for a writer.
    Dativo,
}

impl Profile {
    /// The profile of a name in manifests.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "lhp" => Some(Self::Lhp),
            "dativo" => Some(Self::Dativo),
            _ => None,
        }
    }
}

/// Why a library is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryFault {
    #[error("the library cannot be loaded: {0}")]
    Unloadable(String),
    #[error("the library has no function `{0}`")]
    MissingSymbol(String),
    #[error("the library speaks version {0} of the interface, and this program speaks version {ABI}")]
    Version(u32),
    #[error("the library gave nothing back for `{function}`")]
    Nothing { function: &'static str },
    /// No reader or writer was made.
    #[error("the library refuses these settings, and does not say why")]
    Refused,
    #[error("the library failed in `{function}`: {message}")]
    Failed { function: &'static str, message: String },
    #[error("`{function}` gave back what is not UTF-8")]
    NotUtf8 { function: &'static str },
    #[error("the text for the library holds a zero byte")]
    ZeroByte,
}

type Create = unsafe extern "C" fn(*const c_char) -> *mut c_void;
type OnHandle = unsafe extern "C" fn(*mut c_void) -> *const c_char;
type OnHandleWithText = unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_char;
type FreeHandle = unsafe extern "C" fn(*mut c_void);
type FreeText = unsafe extern "C" fn(*const c_char);

/// A library that was loaded. It stays loaded until the process ends: many cannot be unloaded safely.
#[derive(Debug)]
pub struct Library {
    library: libloading::Library,
}

impl Library {
    /// Loads a library.
    ///
    /// # Errors
    /// The file is no library for this machine, or something that it needs is missing.
    pub fn load(path: &Path) -> Result<Self, LibraryFault> {
        // SAFETY: code of the library runs when it is loaded. That is what the user asked for by granting native
        // plugins, and this process holds nothing that the library could damage.
        let library = unsafe { libloading::Library::new(path) };
        let library = library.map_err(|error| LibraryFault::Unloadable(error.to_string()))?;
        Ok(Self { library })
    }

    /// Checks that the library has what a profile demands. `create` is the function that makes a reader or writer.
    ///
    /// # Errors
    /// The first function that is missing, or a version that this program does not know.
    pub fn check(&self, profile: Profile, create: &str) -> Result<(), LibraryFault> {
        match profile {
            Profile::Lhp => {
                self.demand(&["lhp_abi", "lhp_call", "lhp_free"])?;
                // SAFETY: the profile defines this type for the function, and it takes no pointers.
                let abi = unsafe { self.symbol::<unsafe extern "C" fn() -> u32>("lhp_abi")?() };
                if abi == ABI { Ok(()) } else { Err(LibraryFault::Version(abi)) }
            }
            Profile::Dativo if create.contains("writer") => {
                self.demand(&[create, "write_batch", "free_writer", "free_string"])
            }
            Profile::Dativo => self.demand(&[create, "extract_batch", "free_reader", "free_string"]),
        }
    }

    fn demand(&self, names: &[&str]) -> Result<(), LibraryFault> {
        names.iter().try_for_each(|name| self.symbol::<FreeText>(name).map(drop))
    }

    /// A function of the library. Its type is what the profile says; nobody can check that.
    fn symbol<T>(&self, name: &str) -> Result<Symbol<'_, T>, LibraryFault> {
        // SAFETY: looking a symbol up runs nothing; calling it is where the type must be right.
        unsafe { self.library.get(name) }.map_err(|_| LibraryFault::MissingSymbol(name.to_owned()))
    }

    /// `lhp_call`: a request goes in, an answer comes out.
    ///
    /// # Errors
    /// The library gave no text.
    pub fn call(&self, request: &str) -> Result<String, LibraryFault> {
        let request = c_text(request)?;
        let call = self.symbol::<unsafe extern "C" fn(*const c_char) -> *mut c_char>("lhp_call")?;
        let free = self.symbol::<unsafe extern "C" fn(*mut c_char)>("lhp_free")?;
        // SAFETY: the profile defines the types; the request lives until the call has returned.
        let answer = unsafe { call(request.as_ptr()) };
        if answer.is_null() {
            return Err(LibraryFault::Nothing { function: "lhp_call" });
        }
        // SAFETY: the pointer is not null and, by the profile, leads to text that ends with a zero byte and is ours
        // until it is given back.
        let text = unsafe { CStr::from_ptr(answer) }.to_str().map(str::to_owned);
        // SAFETY: given back exactly once, after it was copied, whatever it holds.
        unsafe { free(answer) };
        text.map_err(|_| LibraryFault::NotUtf8 { function: "lhp_call" })
    }

    /// `lhp_shutdown`, if the library has it.
    pub fn shut_down(&self) {
        if let Ok(shutdown) = self.symbol::<unsafe extern "C" fn()>("lhp_shutdown") {
            // SAFETY: the profile defines the type; nothing of the library is used afterwards.
            unsafe { shutdown() };
        }
    }

    /// Makes a reader.
    ///
    /// # Errors
    /// The library refuses the settings.
    pub fn reader(&self, create: &str, config: &str) -> Result<Handle<'_>, LibraryFault> {
        self.handle(create, config, "free_reader")
    }

    /// Makes a writer.
    ///
    /// # Errors
    /// The library refuses the settings.
    pub fn writer(&self, create: &str, config: &str) -> Result<Handle<'_>, LibraryFault> {
        self.handle(create, config, "free_writer")
    }

    fn handle(&self, create: &str, config: &str, free: &'static str) -> Result<Handle<'_>, LibraryFault> {
        let config = c_text(config)?;
        let release = self.symbol::<FreeHandle>(free)?;
        let free_text = self.symbol::<FreeText>("free_string")?;
        // SAFETY: the profile defines the type; the settings live until the call has returned.
        let pointer = unsafe { self.symbol::<Create>(create)?(config.as_ptr()) };
        if pointer.is_null() {
            return Err(LibraryFault::Refused);
        }
        Ok(Handle { library: self, pointer, release, free_text })
    }
}

/// A reader or writer of a library. All calls come from the thread that made it.
#[derive(Debug)]
pub struct Handle<'a> {
    library: &'a Library,
    /// Never null.
    pointer: *mut c_void,
    release: Symbol<'a, FreeHandle>,
    free_text: Symbol<'a, FreeText>,
}

impl Handle<'_> {
    /// The next batch of a reader as JSON. None at the end.
    ///
    /// # Errors
    /// The reader failed, and says so by `last_error`.
    pub fn extract_batch(&mut self) -> Result<Option<String>, LibraryFault> {
        const FUNCTION: &str = "extract_batch";
        let extract = self.library.symbol::<OnHandle>(FUNCTION)?;
        // SAFETY: the profile defines the type; the handle was made by this library and was not freed.
        let batch = self.take(FUNCTION, unsafe { extract(self.pointer) })?;
        match batch {
            Some(batch) if batch.trim() != "[]" => Ok(Some(batch)),
            _ => match self.last_error()? {
                Some(message) => Err(LibraryFault::Failed { function: FUNCTION, message }),
                None => Ok(None),
            },
        }
    }

    /// Gives a batch to a writer; what it answers is JSON.
    ///
    /// # Errors
    /// The writer failed.
    pub fn write_batch(&mut self, batch: &str) -> Result<String, LibraryFault> {
        self.with_text("write_batch", batch)?.ok_or(LibraryFault::Nothing { function: "write_batch" })
    }

    /// Tells a writer that all files were written, if it wants to know.
    ///
    /// # Errors
    /// The writer failed.
    pub fn commit_files(&mut self, files: &str) -> Result<Option<String>, LibraryFault> {
        match self.with_text("commit_files", files) {
            Err(LibraryFault::MissingSymbol(_)) => Ok(None),
            outcome => outcome,
        }
    }

    /// The answer of `check_connection` or `discover`. None if the library has no such function.
    ///
    /// # Errors
    /// The function gave text that cannot be read.
    pub fn ask(&mut self, function: &'static str) -> Result<Option<String>, LibraryFault> {
        match self.library.symbol::<OnHandle>(function) {
            // SAFETY: the profile defines the type; the handle was made by this library and was not freed.
            Ok(ask) => self.take(function, unsafe { ask(self.pointer) }),
            Err(_) => Ok(None),
        }
    }

    fn with_text(&mut self, function: &'static str, text: &str) -> Result<Option<String>, LibraryFault> {
        let text = c_text(text)?;
        let call = self.library.symbol::<OnHandleWithText>(function)?;
        // SAFETY: the profile defines the type; handle and text live until the call has returned.
        let answer = self.take(function, unsafe { call(self.pointer, text.as_ptr()) })?;
        match (answer, self.last_error()?) {
            (None, Some(message)) => Err(LibraryFault::Failed { function, message }),
            (answer, _) => Ok(answer),
        }
    }

    fn last_error(&mut self) -> Result<Option<String>, LibraryFault> {
        Ok(self.ask("last_error")?.filter(|message| !message.is_empty()))
    }

    /// Copies text of the library and gives it back.
    fn take(&self, function: &'static str, text: *const c_char) -> Result<Option<String>, LibraryFault> {
        if text.is_null() {
            return Ok(None);
        }
        // SAFETY: the pointer is not null and, by the profile, leads to text that ends with a zero byte and is ours
        // until it is given back.
        let copy = unsafe { CStr::from_ptr(text) }.to_str().map(str::to_owned);
        // SAFETY: given back exactly once, after it was copied, whatever it holds.
        unsafe { (self.free_text)(text) };
        copy.map(Some).map_err(|_| LibraryFault::NotUtf8 { function })
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle was made by this library, is freed only here, and is never used afterwards.
        unsafe { (self.release)(self.pointer) };
    }
}

fn c_text(text: &str) -> Result<CString, LibraryFault> {
    CString::new(text).map_err(|_| LibraryFault::ZeroByte)
}
