//! Types that an action asks for and that no row in use provides: why, and what to do about it.

use super::discovery::NOT_FOUND;
use super::manifest::check::UNSAFE_PATH;
use super::manifest::{MANIFEST_SHAPE, MANIFEST_UNREADABLE};
use super::selection::{INCOMPATIBLE, NOT_ALLOWED, NOT_ENABLED};
use super::{Kind, Row, Status, Table};
use crate::model::ActionType;
use crate::report::{Diagnostic, Rule, did_you_mean, rules};
use crate::syntax::Node;

rules! {
    /// An action uses a capability that its plugin is going to remove.
    ///
    /// ## Why
    /// A later version of the plugin does not have it any more. The message says what to use instead.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: s3_batch # deprecated by its plugin, which names s3_files
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: s3_files
    /// ```
    pub static DEPRECATED: Rule = Rule::new("LHP-PLG-014", "deprecated-capability").warning();
}

/// What is known about a type that is not in use.
pub enum Unavailable {
    /// Nothing: nobody provides it.
    Unknown,
    /// It was told already why the plugin that provides it cannot be used.
    Told,
    /// This is why.
    Because(Box<Diagnostic>),
}

/// Why a type cannot be used that a plugin provides. `written` is its name, at `place`.
pub fn unavailable(table: &Table, kind: ActionType, written: &str, place: &Node) -> Unavailable {
    let fits = |row: &&Row| row.answers(kind, written) && row.status != Status::Active;
    let usable = |row: &Row| matches!(row.status, Status::Available | Status::Disabled);
    let mut rows: Vec<&Row> = table.plugin_rows().iter().filter(fits).collect();
    rows.sort_by_key(|row| (!usable(row), matches!(row.status, Status::Shadowed(_))));
    if let Some(row) = rows.first() {
        return of_row(table, row, kind, written, place);
    }
    let row = format!("{}/{written}", Kind::from(kind).word());
    if let Some(missing) = table.missing().iter().find(|missing| missing.provides.contains(&row)) {
        let diagnostic = Diagnostic::error(
            &NOT_FOUND,
            format!("the plugin `{}`, which provides `{row}`, was not found", missing.id),
        );
        return Unavailable::Because(Box::new(
            diagnostic
                .at(place, "needs the plugin")
                .label(missing.span, "known from here")
                .help("put the plugin back into its place; `lhp plugin doctor` lists the places that are searched"),
        ));
    }
    match unreadable(table, kind, written, place) {
        Some(diagnostic) => Unavailable::Because(Box::new(diagnostic)),
        None => Unavailable::Unknown,
    }
}

/// The fault of a plugin that cannot be read at all, for it may be the one that provides a type. A type that is close to
/// a known one is misspelt instead.
fn unreadable(table: &Table, kind: ActionType, written: &str, place: &Node) -> Option<Diagnostic> {
    if table.near(kind, written).is_some() {
        return None;
    }
    let unread = |fault: &&Diagnostic| {
        fault.is_error() && ([&MANIFEST_UNREADABLE, &MANIFEST_SHAPE, &UNSAFE_PATH].contains(&fault.rule))
    };
    let invalid = table.plugins().iter().filter(|plugin| matches!(plugin.status, Status::Invalid(_)));
    let (plugin, fault) = invalid.filter_map(|plugin| Some((plugin, plugin.faults.iter().find(unread)?))).next()?;
    let message = format!(
        "there is no {} of type `{written}`, and the plugin `{}`, which may provide it, cannot be read: {}",
        kind.word(),
        plugin.id(),
        fault.message
    );
    let mut diagnostic = Diagnostic::error(fault.rule, message).at(place, "may need the plugin");
    for label in &fault.labels {
        diagnostic = diagnostic.label(label.span, label.text.clone());
    }
    Some(diagnostic.maybe_help(fault.help.clone()))
}

/// Why a class of a file, or a function of a library, cannot be used that an action names. `key` stands for it.
pub fn class_unavailable(table: &Table, kind: ActionType, key: &str, place: &Node) -> Option<Diagnostic> {
    let text = place.as_str().unwrap_or_default();
    let row = table.plugin_rows().iter().find(|row| row.answers(kind, key));
    let why = |message: String| Diagnostic::error(&NOT_ENABLED, message).at(place, "not enabled");
    let native = !text.contains(".py:");
    let entry = match native {
        true => format!("{{id: \"{text}\", allow_native: true}}"),
        false => format!("{{id: \"{text}\"}}"),
    };
    let help = match table.enabled_by() {
        Some(_) => enabling(table, text),
        None => format!("look at it, and write `use: [{entry}]` under `plugins` in `lhp.yaml`"),
    };
    match row.map(|row| (row, &row.status)) {
        None if table.switched_off().is_some() => {
            let by = table.switched_off().unwrap_or_default();
            Some(why(format!("`{text}` is not used: plugins are switched off by {by}")).help("switch plugins on again"))
        }
        None | Some((_, Status::Available | Status::Disabled)) => {
            let what = if native { "code of libraries" } else { "code of files" };
            Some(why(format!("`{text}` is not used: {what} runs only if the project names it")).help(help))
        }
        Some((row, _)) => match of_row(table, row, kind, text, place) {
            Unavailable::Because(diagnostic) => Some(*diagnostic),
            Unavailable::Told | Unavailable::Unknown => None,
        },
    }
}

fn of_row(table: &Table, row: &Row, kind: ActionType, written: &str, place: &Node) -> Unavailable {
    let plugin = &row.plugin;
    let what = format!("there is no {} of type `{written}`", kind.word());
    let error = |rule: &'static Rule, message: String| Diagnostic::error(rule, message).at(place, "needs the plugin");
    let label = plugin.provision_span(row.index, "key");
    let id = plugin.id();
    let found = match &row.status {
        Status::Active => return Unavailable::Unknown,
        Status::Available => error(&NOT_ENABLED, format!("{what}: it is provided by `{id}`, which is not enabled"))
            .label(label, "provided here")
            .help(enabling(table, id)),
        Status::Disabled => error(&NOT_ENABLED, format!("{what}: it is provided by `{id}`, which is switched off"))
            .label(label, "provided here")
            .help(format!("run `lhp plugin enable {id}`, or remove `enabled: false`")),
        Status::Blocked(_) | Status::Incompatible(_) | Status::Invalid(_) | Status::Shadowed(_) => {
            if plugin.is_told() && plugin.was_stopped() && !plugin.faults.is_empty() {
                return Unavailable::Told;
            }
            let reason = row.status.reason().unwrap_or_default();
            let fault = plugin.faults.first().filter(|fault| fault.is_error());
            let rule = fault.map_or(&INCOMPATIBLE, |fault| fault.rule);
            let rule = if matches!(row.status, Status::Blocked(_)) && fault.is_none() { &NOT_ALLOWED } else { rule };
            let mut diagnostic = error(
                rule,
                format!("the plugin `{id}`, which provides {} `{written}`, cannot be used: {reason}", kind.word()),
            );
            match fault.and_then(|fault| fault.labels.first()) {
                Some(cause) => diagnostic = diagnostic.label(cause.span, cause.text.clone()),
                None => diagnostic = diagnostic.label(label, "provided here"),
            }
            let help = fault.and_then(|fault| fault.help.clone());
            diagnostic.help(help.unwrap_or_else(|| format!("`lhp plugin doctor {id}` explains it step by step")))
        }
    };
    Unavailable::Because(Box::new(found))
}

/// What makes a plugin be used that was found.
pub fn enabling(table: &Table, id: &str) -> String {
    match table.enabled_by() {
        Some(variable) => format!("add `{id}` to `{variable}`, which says in this run which plugins are used"),
        None => format!("run `lhp plugin enable {id}`, or add it to `plugins.use`"),
    }
}

/// A type that a plugin provides, is close to a misspelt one, and is not in use: the type, and the help for it.
pub fn near(table: &Table, kind: ActionType, written: &str) -> Option<String> {
    let usable = |row: &&Row| {
        let found = matches!(row.status, Status::Available | Status::Disabled);
        found && row.kind.action_type() == Some(kind)
    };
    let rows: Vec<&Row> = table.plugin_rows().iter().filter(usable).collect();
    let close = did_you_mean(written, rows.iter().map(|row| row.key.as_str()))?;
    let id = rows.iter().find(|row| row.key == close)?.plugin.id();
    let help = match table.enabled_by() {
        Some(_) => enabling(table, id),
        None => format!("run `lhp plugin enable {id}`"),
    };
    Some(format!("did you mean `{close}`? It is provided by `{id}`, not enabled; {help}"))
}

/// A warning if a capability is used that its plugin is going to remove.
pub fn deprecated(table: &Table, kind: ActionType, key: &str, place: &Node) -> Option<Diagnostic> {
    let row = table.active_row(kind, key)?;
    let provision = row.plugin.provision(row.index)?;
    let deprecated = provision.deprecated.as_ref()?;
    let id = row.plugin.id();
    let since = deprecated.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
    let removal = deprecated.remove_in.as_ref().map(|version| format!(", and removed in {version}"));
    let message = format!("`{key}` of the plugin `{id}` is deprecated{since}{}", removal.unwrap_or_default());
    Some(Diagnostic::warning(&DEPRECATED, message).at(place, "deprecated").help(match &deprecated.replacement {
        Some(replacement) => format!("use `{replacement}` instead"),
        None => format!("see what the plugin says about it: `lhp plugin info {id}`"),
    }))
}
