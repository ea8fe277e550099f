//! What a host could not do for a plugin, on its way through the plugin: a fault becomes data, and data a fault again.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::process::Refusal;
use super::rendering::NotRendered;
use super::{Fault, TemplatePlace};

/// What a plugin is told that asked for a template.
pub(super) fn of(failed: &NotRendered) -> Refusal {
    let place = |place: &Option<TemplatePlace>| {
        place.as_ref().map(|place| json!({"file": place.file.to_string_lossy(), "line": place.line}))
    };
    let data = match &failed.fault {
        Fault::Template { message, place: at } => {
            json!({"fault": "template", "message": message, "place": place(at)})
        }
        Fault::OutOfFuel { limit, place: at } => json!({"fault": "fuel", "limit": limit, "place": place(at)}),
        Fault::TooLarge { what } => json!({"fault": "too_large", "message": what}),
        _ => Json::Null,
    };
    Refusal { message: failed.message.clone(), data }
}

/// The fault of a plugin that could not go on after it was refused something.
pub(super) fn fault(data: &Json, detail: String) -> Fault {
    let text = |pointer: &str| data.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    let number = |pointer: &str| data.pointer(pointer).and_then(Json::as_u64);
    let place = text("/place/file").map(|file| TemplatePlace {
        file: PathBuf::from(file),
        line: number("/place/line").and_then(|line| usize::try_from(line).ok()),
    });
    match text("/fault").as_deref() {
        Some("template") => Fault::Template { message: text("/message").unwrap_or(detail), place },
        Some("fuel") => Fault::OutOfFuel { limit: number("/limit").unwrap_or_default(), place },
        Some("too_large") => Fault::TooLarge { what: text("/message").unwrap_or(detail) },
        _ if text("/code").as_deref() == Some("LHP-PLG-052") => {
            Fault::NotGranted { detail, grant: text("/grant").unwrap_or_default() }
        }
        _ => Fault::crashed(detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_back_as_it_was() {
        let place = Some(TemplatePlace { file: PathBuf::from("/p/t.j2"), line: Some(3) });
        for fault in [
            Fault::Template { message: "undefined value".to_owned(), place: place.clone() },
            Fault::Template { message: "there is no such template".to_owned(), place: None },
            Fault::OutOfFuel { limit: 7, place },
            Fault::TooLarge { what: "it wanted too much".to_owned() },
        ] {
            let told = of(&NotRendered { fault: fault.clone(), message: "it failed".to_owned() });
            assert_eq!(super::fault(&told.data, told.message), fault);
        }
        assert_eq!(super::fault(&Json::Null, "it failed".to_owned()), Fault::crashed("it failed"));
    }
}
