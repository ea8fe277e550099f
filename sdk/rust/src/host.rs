//! What a plugin can ask its host for. Only WebAssembly modules can: a native library gets everything with its request.

use std::fmt;

use serde::Serialize;

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// Why the host gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such file, or the template failed; the log of the run says why.
    NotThere,
    /// This build of the plugin cannot ask its host.
    NoHost,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotThere => "the host has no such file, or its template failed",
            Self::NoHost => "only WebAssembly modules can ask their host",
        })
    }
}

impl std::error::Error for Refused {}

/// Says something in the log of the run.
pub fn log(level: Level, message: &str) {
    #[cfg(target_family = "wasm")]
    crate::wasm::log(level as i32, message);
    #[cfg(not(target_family = "wasm"))]
    eprintln!("{level:?}: {message}");
}

/// The text of a project file that the manifest declares.
///
/// # Errors
/// There is no such file. To ask for a file that is not declared ends the request.
pub fn read_file(path: &str) -> Result<String, Refused> {
    #[cfg(target_family = "wasm")]
    return crate::wasm::read_file(path).ok_or(Refused::NotThere);
    #[cfg(not(target_family = "wasm"))]
    {
        let _ = path;
        Err(Refused::NoHost)
    }
}

/// The output of a template of the plugin. In a `*.py.j2` template every value is written as a Python literal.
///
/// # Errors
/// There is no such template, or it failed.
pub fn render(template: &str, context: &impl Serialize) -> Result<String, Refused> {
    #[cfg(target_family = "wasm")]
    {
        let request = serde_json::json!({"template": template, "context": context}).to_string();
        crate::wasm::render(&request).ok_or(Refused::NotThere)
    }
    #[cfg(not(target_family = "wasm"))]
    {
        let context = serde_json::to_value(context).map_err(|_| Refused::NotThere)?;
        stand_in::render(template, &context)
    }
}

/// Templates of a test, where there is no host.
#[cfg(not(target_family = "wasm"))]
pub(crate) mod stand_in {
    use std::cell::RefCell;

    use serde_json::Value as Json;

    use super::Refused;

    /// The name of a template and its context go in, the text comes out.
    pub type Templates = dyn Fn(&str, &Json) -> Option<String>;

    thread_local! {
        static TEMPLATES: RefCell<Option<Box<Templates>>> = const { RefCell::new(None) };
    }

    /// Puts templates in the place of others, which are given back.
    pub fn replace(templates: Option<Box<Templates>>) -> Option<Box<Templates>> {
        TEMPLATES.with(|known| known.replace(templates))
    }

    pub fn render(template: &str, context: &Json) -> Result<String, Refused> {
        TEMPLATES.with(|known| match known.borrow().as_ref() {
            Some(render) => render(template, context).ok_or(Refused::NotThere),
            None => Err(Refused::NoHost),
        })
    }
}
