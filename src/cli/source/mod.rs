//! `lhp source`: a reader and its settings go in; what it says about its source comes out. These are the only commands
//! that let readers connect to anything.

pub mod arguments;
mod chosen;
pub(crate) mod settings;
mod shown;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::arguments::Global;
use super::plugin::project::Opened;
use super::{Exit, output};
use crate::expand::Action;
use crate::plugin::host::{self, Place};
use crate::plugin::kinds::columns;
use crate::plugin::manifest::{Provision, RuntimeKind};
use crate::plugin::runtime::{Fault, Limits, Question, Reply, Runtime};
use crate::plugin::secrets::Secrets;
use crate::plugin::version::satisfies;
use crate::plugin::{Kind, host::findings::PLUGIN_FINDING};
use crate::project::Locking;
use crate::report::{Diagnostic, Report, Warnings};
use crate::syntax::{Entry, Mapping, Node, Value};
use arguments::{About, Source, SourceCommand};
use chosen::Chosen;

/// Does what the arguments ask for.
pub fn run(global: &Global, arguments: &Source) -> Exit {
    let (method, about, more) = match &arguments.command {
        SourceCommand::Check(about) => ("check", about, json!({})),
        SourceCommand::Discover(about) => ("discover", about, json!({})),
        SourceCommand::Schema(about) => ("schema", about, json!({})),
        SourceCommand::Estimate(about) => ("estimate", about, json!({})),
        SourceCommand::Sample(sample) => {
            let more = json!({"limit": sample.limit, "max_batches": sample.batches});
            ("sample", &sample.about, more)
        }
    };
    ask(global, method, about, more).unwrap_or_else(|exit| exit)
}

fn ask(global: &Global, method: &str, about: &About, more: Json) -> Result<Exit, Exit> {
    let opened = Opened::new(global, Locking::AsProject)?;
    let fail = |diagnostics: Vec<Diagnostic>| {
        let mut report = Report::default();
        report.diagnostics.extend(diagnostics);
        opened.session.print_report(&report, Warnings::Detailed);
        Exit::Findings
    };
    let mut secrets = Secrets::default();
    let settings = settings::read(&opened, about, &mut secrets).map_err(&fail)?;
    let written = about.reader.as_deref().or(about.plugin.as_deref()).unwrap_or_default();
    let chosen = chosen::choose(&opened, written, method).map_err(|why| fail(vec![why]))?;
    secrets.add_all(&chosen.plugin.config.secrets);
    let mut params = more;
    if let Some(params) = params.as_object_mut() {
        params.insert("spec".to_owned(), settings);
    }
    let declared = if method == "schema" { declared(&chosen) } else { None };
    match declared.map_or_else(|| answer(&opened, &chosen, method, params, &secrets), |known| Ok(Reply::Result(known)))
    {
        Ok(Reply::Result(result)) => {
            let answer = shown::Answer::of(method, secrets.json(result));
            output::stdout(&if about.json { answer.json() } else { answer.text() });
            Ok(if answer.is_good() { Exit::Success } else { Exit::Findings })
        }
        Ok(Reply::Refused(finding)) => {
            let message = secrets.text(finding.message.trim_end_matches('.'));
            let mut diagnostic = Diagnostic::error(&PLUGIN_FINDING, message);
            diagnostic.detail = finding.code.as_deref().map(Into::into);
            let fallback = format!("plugin `{}` says so", chosen.plugin.id());
            Err(fail(vec![diagnostic.help(secrets.text(&finding.help.unwrap_or(fallback)))]))
        }
        Err(fault) => Err(fail(vec![diagnose(&fault, &chosen, &opened, &secrets)])),
    }
}

/// The columns that the manifest names; then the reader need not be asked.
fn declared(chosen: &Chosen) -> Option<Json> {
    let (_, index) = chosen.rows.first()?;
    let columns = &chosen.plugin.provision(*index)?.output_schema;
    let ddl = columns::declared(columns)?;
    Some(json!({"columns": columns, "ddl": ddl}))
}

fn answer(opened: &Opened, chosen: &Chosen, method: &str, params: Json, secrets: &Secrets) -> Result<Reply, Fault> {
    let allowed = opened.project.loaded.settings.plugins.as_ref().and_then(|plugins| plugins.limits.as_ref());
    let limits = Limits::of(&chosen.plugin.manifest.limits, allowed);
    let runtime = chosen.runtimes.start(&chosen.plugin, &limits)?;
    let listener = |line: &str| output::stderr(&format!("{}\n", secrets.text(line)));
    let mut fault = None;
    for &(kind, index) in &chosen.rows {
        let Some(provision) = chosen.plugin.provision(index) else { continue };
        check_version(runtime.as_ref(), chosen, (kind, provision))?;
        let question = Question {
            method,
            kind,
            key: &provision.key,
            entry: provision.entry.as_deref().unwrap_or_default(),
            params: params.clone(),
            files: &BTreeMap::new(),
            listener: Some(&listener),
        };
        match runtime.ask(&question) {
            // A class of a file is a reader or a writer; which one is known when it is loaded.
            Err(found @ Fault::WrongInterface { .. }) => {
                fault.get_or_insert(found);
            }
            reply => return reply,
        }
    }
    Err(fault.unwrap_or_else(|| Fault::WrongInterface { detail: format!("it cannot answer `{method}`") }))
}

/// Refuses a class of another version of the interface, as a generation does.
fn check_version(runtime: &dyn Runtime, chosen: &Chosen, (kind, provision): (Kind, &Provision)) -> Result<(), Fault> {
    let manifest = &chosen.plugin.manifest;
    if manifest.runtime.kind != RuntimeKind::Python {
        return Ok(());
    }
    let question = Question {
        method: "describe",
        kind,
        key: &provision.key,
        entry: provision.entry.as_deref().unwrap_or_default(),
        params: json!({}),
        files: &BTreeMap::new(),
        // What is said while the class is loaded, the next process says again.
        listener: Some(&|_| {}),
    };
    // A class that cannot be described cannot be asked anything else either, which says why.
    let Ok(Reply::Result(described)) = runtime.ask(&question) else { return Ok(()) };
    let text = |key: &str| described.get(key).and_then(Json::as_str);
    match text("class_version").filter(|version| !satisfies(version, &manifest.api)) {
        Some(version) => Err(Fault::Incompatible {
            detail: format!(
                "class `{}` is of version {version} of the interface, and {} is asked for",
                text("name").unwrap_or(&provision.key),
                manifest.api
            ),
        }),
        None => Ok(()),
    }
}

/// A fault in the words of a generation, without the places of an action that there is not.
fn diagnose(fault: &Fault, chosen: &Chosen, opened: &Opened, secrets: &Secrets) -> Diagnostic {
    let span = chosen.span;
    let text = |text: &str| Node::string(text, span);
    let entry = |key: &str, value: Node| Entry { key: text(key), value };
    let mapping = |entries: Vec<Entry>| Node::new(Value::Mapping(Mapping { entries }), span);
    let source = mapping(vec![entry("type", text(chosen.plugin.id()))]);
    let node =
        mapping(vec![entry("name", text(chosen.plugin.id())), entry("type", text("load")), entry("source", source)]);
    let Ok(action) = Action::new(0, node) else { return Diagnostic::error(&PLUGIN_FINDING, "no answer") };
    let index = chosen.rows.first().map_or(0, |(_, index)| *index);
    let place = Place { plugin: &chosen.plugin, index, action: &action, sources: &opened.session.sources };
    let mut diagnostic = host::of_fault(fault, &place);
    diagnostic.labels.retain(|label| label.span != span);
    diagnostic.message = secrets.text(&diagnostic.message);
    diagnostic.help = diagnostic.help.map(|help| secrets.text(&help));
    diagnostic
}

/// Kinds that can be asked.
const KINDS: [Kind; 2] = [Kind::Reader, Kind::Writer];
