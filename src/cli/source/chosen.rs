//! From what is written on the command line to a reader: an id, a row, a class of a file or a function of a library.

use std::sync::Arc;

use super::KINDS;
use crate::cli::plugin::project::Opened;
use crate::expand::is_file_reference;
use crate::plugin::discovery::NOT_FOUND;
use crate::plugin::discovery::reference::Reference;
use crate::plugin::load::runtimes;
use crate::plugin::runtime::Runtimes;
use crate::plugin::selection::NOT_ENABLED;
use crate::plugin::unavailable::enabling;
use crate::plugin::{Kind, Place, Plugin, Row, Status};
use crate::report::{Diagnostic, did_you_mean};
use crate::source::Span;

/// A plugin and its rows that may be meant, the likeliest first.
pub struct Chosen {
    pub plugin: Arc<Plugin>,
    pub rows: Vec<(Kind, usize)>,
    pub runtimes: Arc<Runtimes>,
    /// The command line.
    pub span: Span,
}

/// Finds what is meant. Only checks make sense for writers.
pub fn choose(opened: &Opened, written: &str, method: &str) -> Result<Chosen, Diagnostic> {
    let sources = &opened.session.sources;
    let span = Span::new(sources.add("command line", written), 0, written.len());
    let runtimes = match opened.table.runtimes() {
        Some(runtimes) => runtimes.clone(),
        None => Arc::new(runtimes(&opened.project)),
    };
    let chosen = |plugin, rows| Chosen { plugin, rows, runtimes, span };
    if is_file_reference(written) {
        let plugin = file(opened, written, span)?;
        let rows = plugin.manifest.provides.iter().enumerate().map(|(index, provision)| (provision.kind, index));
        let rows = rows.collect();
        return Ok(chosen(Arc::new(plugin), rows));
    }
    let kinds: &[Kind] = if method == "check" { &KINDS } else { &[Kind::Reader] };
    let rows: Vec<&Row> = opened.table.plugin_rows().iter().filter(|row| kinds.contains(&row.kind)).collect();
    let fits = |row: &&&Row| match written.split_once('/') {
        Some((kind, key)) => Kind::parse(kind) == Some(row.kind) && row.key == key,
        None => row.plugin.id() == written || row.key == written,
    };
    let found: Vec<&Row> = rows.iter().filter(fits).copied().collect();
    let active: Vec<&Row> = found.iter().filter(|row| row.status == Status::Active).copied().collect();
    match (active.as_slice(), found.first()) {
        ([row], _) => Ok(chosen(row.plugin.clone(), vec![(row.kind, row.index)])),
        ([_, ..], _) => {
            let ids: Vec<String> = active.iter().map(|row| format!("`{}`", row.id())).collect();
            Err(Diagnostic::error(&NOT_FOUND, format!("`{written}` may be one of several: {}", ids.join(", ")))
                .help("name one of them"))
        }
        ([], Some(row)) => {
            let id = row.plugin.id();
            let reason = row.status.reason().unwrap_or_else(|| row.status.word());
            let help = match row.status {
                Status::Available | Status::Disabled => enabling(&opened.table, id),
                _ => format!("`lhp plugin doctor {id}` explains it step by step"),
            };
            Err(Diagnostic::error(&NOT_ENABLED, format!("`{}` of plugin `{id}` is not used: {reason}", row.id()))
                .help(help))
        }
        ([], None) => {
            let names: Vec<String> =
                rows.iter().flat_map(|row| [row.id(), row.key.clone(), row.plugin.id().to_owned()]).collect();
            let help = match did_you_mean(written, names.iter().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "name a plugin, `reader/key`, or a class as in `readers/api.py:Reader`; `lhp plugin list` shows them".to_owned(),
            };
            let what = if method == "check" { "reader or writer" } else { "reader" };
            Err(Diagnostic::error(&NOT_FOUND, format!("there is no {what} `{written}`")).help(help))
        }
    }
}

/// A class or function that whoever runs the command names by its file; the command line is the permission.
fn file(opened: &Opened, written: &str, span: Span) -> Result<Plugin, Diagnostic> {
    let none = || Diagnostic::error(&NOT_FOUND, format!("there is no `{written}`")).help("write `file.py:Class`");
    let reference = Reference::parse(written).ok_or_else(none)?;
    let here = std::env::current_dir().unwrap_or_default().join(&reference.holder);
    let holder = if here.exists() { here } else { opened.project.root.join(&reference.holder) };
    let kinds: &[Kind] = if reference.object.contains("writer") { &[Kind::Writer] } else { &KINDS };
    let plugin = Reference::of_file(written, span, &holder, Place::Project, kinds).ok_or_else(none)?;
    match plugin.faults.first() {
        Some(fault) => Err(fault.clone()),
        None => Ok(plugin),
    }
}
