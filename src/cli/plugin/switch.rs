//! `lhp plugin enable` and `lhp plugin disable`: a plugin is switched in `lhp.yaml`.

use std::path::Path;

use super::arguments::Switch;
use super::opened::Opened;
use crate::apply::{Rewrite, rewrite};
use crate::cli::arguments::Global;
use crate::cli::{Exit, output};
use crate::plugin::switch::{Wanted, switch};
use crate::project::PROJECT_FILE;

/// Switches a plugin.
pub fn run(global: &Global, arguments: &Switch, wanted: &Wanted) -> Exit {
    let opened = match Opened::open(global) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    if !opened.in_project {
        return match crate::cli::session::Session::open(global) {
            Ok(_) => Exit::Success,
            Err(exit) => exit,
        };
    }
    let id = &arguments.id;
    let listed = opened.project.loaded.settings.plugins.as_ref();
    let listed = listed.is_some_and(|settings| settings.used.iter().any(|used| used.id == *id));
    if !listed && opened.table.plugins().iter().all(|plugin| plugin.id() != id) {
        let diagnostic = opened.unknown(id);
        return opened.fail(diagnostic);
    }
    let sources = opened.session.sources.clone();
    let Ok(file) = sources.load(Path::new(PROJECT_FILE)) else { return opened.tell() };
    let before = sources.get(file).text.clone();
    let word = if *wanted == Wanted::On { "enabled" } else { "disabled" };
    match switch(file, &before, id, wanted) {
        Ok(None) => output::stdout(&format!("= {id} is {word} already\n")),
        Ok(Some(after)) => {
            let path = sources.root().join(PROJECT_FILE);
            let path = std::fs::canonicalize(&path).unwrap_or(path);
            if let Err(diagnostic) = rewrite(&[Rewrite { path, before, after }], sources.root()) {
                return opened.fail(diagnostic);
            }
            output::stdout(&format!("~ {word}  {id}  in {PROJECT_FILE}\n"));
        }
        Err(diagnostic) => return opened.fail(diagnostic),
    }
    let off = opened.project.loaded.settings.plugins.as_ref().and_then(|settings| settings.enabled);
    if *wanted == Wanted::On && off.is_some_and(|flag| !flag.0) {
        opened.session.line("note: `plugins.enabled` is off, so no plugin is used");
    }
    Exit::Success
}
