//! Settings for a reader: a YAML file, an action of the project, or both go in; what the class is made with comes out.

use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::cli::plugin::project::Opened;
use crate::cli::session::variable;
use crate::expand::collect::collect;
use crate::expand::metadata::MetadataColumns;
use crate::expand::preset::Presets;
use crate::expand::template::Templates;
use crate::expand::{Action, Shared, Tests, blueprint, expand};
use crate::plugin::runtime::wire::json;
use crate::plugin::secrets::Secrets;
use crate::project::{Project, read_single};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::{Node, Value};

use super::arguments::About;

rules! {
    /// The settings for `lhp source` cannot be used: they are no mapping, name a variable that is not set, or hold a
    /// secret that only the platform knows.
    ///
    /// ## Why
    /// The reader connects with exactly these settings. With an empty password it would fail in a way that says nothing
    /// about the cause.
    ///
    /// ## Wrong
    /// ```yaml
    /// # config.yaml, and no variable API_KY is set
    /// credentials: {api_key: "${API_KY}"}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # config.yaml, and `export API_KEY=…`
    /// credentials: {api_key: "${API_KEY}"}
    /// ```
    pub static SOURCE_SETTINGS: Rule = Rule::new("LHP-PLG-004", "source-settings");
    /// `lhp source --action` names an action that the project does not have.
    ///
    /// ## Why
    /// The settings of that action are what the reader is asked with.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp source check my_api --action orders/load_order
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp source check my_api --action orders/load_orders
    /// ```
    pub static NO_ACTION: Rule = Rule::new("LHP-PLG-010", "source-action");
}

/// Keys that say something about the action, and nothing to the class.
const OWN: [&str; 6] = ["type", "sink_type", "custom_reader", "custom_writer", "output_schema", "library_path"];

/// The settings that the arguments name, as JSON.
pub fn read(opened: &Opened, about: &About, secrets: &mut Secrets) -> Result<Json, Vec<Diagnostic>> {
    let mut settings = Map::new();
    if let Some(written) = &about.action {
        let action = find(&opened.of_environment(&about.env)?, written)?;
        let node = without_own(&action.settings);
        if about.config.is_none()
            && let Some(secret) = first_secret(&node)
        {
            return Err(vec![
                Diagnostic::error(&SOURCE_SETTINGS, "a setting of this action is a secret of the platform")
                    .at(secret, "not known here")
                    .help("give its value in a file with `--config`, as in `credentials: {api_key: \"${API_KEY}\"}`"),
            ]);
        }
        settings.extend(json(&node).as_object().cloned().unwrap_or_default());
    }
    if let Some(path) = &about.config {
        let given = file(opened, path, secrets)?;
        merge(&mut settings, given);
    }
    if let Some(credentials) = settings.get("credentials") {
        secrets.add_json(credentials);
    }
    Ok(Json::Object(settings))
}

fn merge(under: &mut Map<String, Json>, over: Map<String, Json>) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Json::Object(below)), Json::Object(above)) => merge(below, above),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

fn without_own(node: &Node) -> Node {
    let mut kept = node.clone();
    if let Some(mapping) = kept.as_mapping_mut() {
        mapping.entries.retain(|entry| !entry.key.as_str().is_some_and(|key| OWN.contains(&key)));
    }
    kept
}

fn first_secret(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Secret(_) => Some(node),
        Value::Sequence(items) => items.iter().find_map(first_secret),
        Value::Mapping(mapping) => mapping.entries.iter().find_map(|entry| first_secret(&entry.value)),
        _ => None,
    }
}

/// The settings in a file.
fn file(opened: &Opened, path: &Path, secrets: &mut Secrets) -> Result<Map<String, Json>, Vec<Diagnostic>> {
    let mut report = Report::default();
    let whole = std::env::current_dir().map_or_else(|_| path.to_path_buf(), |directory| directory.join(path));
    let node = read_single(&opened.session.sources, &whole, &mut report);
    if report.blocking() > 0 {
        return Err(report.diagnostics);
    }
    let Some(mut node) = node else { return Ok(Map::new()) };
    if node.as_mapping().is_none() {
        return Err(vec![
            Diagnostic::error(&SOURCE_SETTINGS, format!("the settings must be a mapping, not {}", node.kind()))
                .at(&node, "expected a mapping")
                .help("write `connection:`, `credentials:`, `objects:` and the like, one per line"),
        ]);
    }
    if let Some(actions) = node.get("actions").filter(|actions| actions.as_sequence().is_some()) {
        return Err(vec![
            Diagnostic::error(&SOURCE_SETTINGS, "this file is a flowgroup, and holds no settings by itself")
                .at(actions, "the settings of an action stand below its `source` or `write_target`")
                .help(
                    "name the action with `--action FLOWGROUP/ACTION`, or copy its settings into a file of their own",
                ),
        ]);
    }
    let mut missing = Vec::new();
    node.visit_mut(&mut |node: &mut Node| {
        let Some(text) = node.as_str().filter(|text| text.contains("${")).map(str::to_owned) else { return };
        match with_variables(&text, secrets) {
            Ok(value) => node.value = Value::String(value.as_str().into()),
            Err(name) => missing.push((name, node.span)),
        }
    });
    let unset = |(name, span): &(String, Span)| {
        Diagnostic::error(&SOURCE_SETTINGS, format!("the environment variable `{name}` is not set"))
            .label(*span, "needed here")
            .help(format!("set it, or give a default: `${{{name}:-…}}`"))
    };
    if !missing.is_empty() {
        return Err(missing.iter().map(unset).collect());
    }
    Ok(json(&without_own(&node)).as_object().cloned().unwrap_or_default())
}

/// A text with the values of variables, which are secrets from then on.
///
/// # Errors
/// The variable that is not set.
fn with_variables(text: &str, secrets: &mut Secrets) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        let (name, default) = name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
        match (variable(name.trim()), default) {
            (Some(value), _) => {
                secrets.add(&value);
                out.push_str(&value);
            }
            (None, Some(default)) => out.push_str(default),
            (None, None) => return Err(name.trim().to_owned()),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The action that `flowgroup/action` names, after presets, templates and tokens.
fn find(project: &Project, written: &str) -> Result<Action, Vec<Diagnostic>> {
    let mut report = Report::default();
    let none = |help: String| vec![Diagnostic::error(&NO_ACTION, format!("there is no action `{written}`")).help(help)];
    let Some((flowgroup, name)) = written.split_once('/') else {
        return Err(none("write `FLOWGROUP/ACTION`".to_owned()));
    };
    let mut collected = collect(project, &mut report);
    let mut definitions = std::mem::take(&mut collected.flowgroups);
    definitions.extend(blueprint::expand(&collected, &mut report));
    let names: Vec<String> = definitions.iter().map(|definition| definition.flowgroup().to_owned()).collect();
    let shared = Shared {
        project,
        presets: Presets::load(project, &mut report),
        templates: Templates::new(project),
        columns: MetadataColumns::of(project),
        tests: Tests::Excluded,
    };
    let wanted = definitions.into_iter().filter(|definition| definition.flowgroup() == flowgroup);
    let mut actions: Vec<Node> = Vec::new();
    let mut known = false;
    for definition in wanted {
        known = true;
        actions.extend(expand(definition, &shared, &mut report).actions);
    }
    if !known {
        let close = did_you_mean(flowgroup, names.iter().map(String::as_str));
        return Err(none(match close {
            Some(close) => format!("did you mean the flowgroup `{close}`?"),
            None => "`lhp list flowgroups` lists them".to_owned(),
        }));
    }
    let named = |node: &&Node| node.get("name").and_then(Node::as_str) == Some(name);
    if let Some(action) = actions.iter().find(named).and_then(|node| Action::new(0, node.clone()).ok()) {
        return Ok(action);
    }
    if report.blocking() > 0 {
        return Err(report.diagnostics);
    }
    let all: Vec<&str> = actions.iter().filter_map(|node| node.get("name")?.as_str()).collect();
    Err(none(match did_you_mean(name, all.iter().copied()) {
        Some(close) => format!("did you mean `{flowgroup}/{close}`?"),
        None => format!("flowgroup `{flowgroup}` has the actions {}", all.join(", ")),
    }))
}
