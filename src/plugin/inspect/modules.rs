//! WebAssembly modules of a plugin: what they export and import must fit this program. Nothing of them runs.

use super::Inspected;
use crate::plugin::host::faults::{MISSING_ENTRY, TOO_LARGE, UNKNOWN_IMPORT, WRONG_INTERFACE};
use crate::plugin::runtime::{Fault, wasm};
use crate::report::{Diagnostic, Report};

pub(super) fn check(inspected: &Inspected<'_>, report: &mut Report) {
    let Some(module) = &inspected.manifest.runtime.module else { return };
    let Some(path) = inspected.inside(module).filter(|path| path.is_file()) else { return };
    let place = inspected.node.get("runtime").and_then(|runtime| runtime.get("module")).unwrap_or(inspected.node).span;
    let (rule, detail, help) = match wasm::inspect(&path) {
        Ok(()) => return,
        Err(Fault::WrongInterface { detail }) => {
            (&WRONG_INTERFACE, detail, "export it; the pages on WebAssembly say how")
        }
        Err(Fault::UnknownImport { detail }) => {
            (&UNKNOWN_IMPORT, detail, "build the module without it; `lhp` offers `log`, `read_file` and `render`")
        }
        Err(Fault::TooLarge { what }) => (&TOO_LARGE, what, "build it smaller, without information for debuggers"),
        Err(Fault::NoEntry { detail }) => {
            (&MISSING_ENTRY, detail, "build it for `wasm32`, as a module and no component")
        }
        // Nothing else can be wrong with a file.
        Err(_) => return,
    };
    report.push(Diagnostic::error(rule, format!("`{module}`: {detail}")).label(place, "this module").help(help));
}
