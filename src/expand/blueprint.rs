//! Blueprints: instances and blueprint definitions go in, flowgroup definitions come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Gaps;
use super::collect::{Collected, Definition, first_key};
use super::variable::Variables;
use crate::check::check_file;
use crate::emit::literal::python_str;
use crate::model::FileKind;
use crate::report::{Diagnostic, Report, Rule, did_you_mean};
use crate::source::Span;
use crate::syntax::token;
use crate::syntax::{Entry, Mapping, Node, Step, Value};

/// Two blueprints with one name.
pub static DUPLICATE_BLUEPRINT: Rule = Rule::new("LHP-VAL-046", "duplicate-blueprint");
/// An instance names a blueprint that does not exist.
pub static UNKNOWN_BLUEPRINT: Rule = Rule::new("LHP-VAL-041", "unknown-blueprint");
/// An instance gives no value to a required parameter.
pub static MISSING_PARAMETER: Rule = Rule::new("LHP-VAL-042", "missing-blueprint-parameter");
/// An instance gives a value to a parameter that is not declared.
pub static UNKNOWN_PARAMETER: Rule = Rule::new("LHP-VAL-043", "unknown-blueprint-parameter");
/// An instance mixes both ways of naming its blueprint, or has keys beside its parameters.
pub static MIXED_INSTANCE_FORMS: Rule = Rule::new("LHP-VAL-061", "mixed-instance-forms");
/// The blueprint is not named by a string.
pub static BLUEPRINT_REFERENCE: Rule = Rule::new("LHP-CFG-054", "blueprint-reference");
/// A blueprint's pipeline or flowgroup name depends on the environment.
pub static TOKEN_IN_NAME: Rule = Rule::new("LHP-VAL-044", "token-in-name");
/// A blueprint's pipeline or flowgroup name uses a variable that is not defined.
pub static VARIABLE_IN_NAME: Rule = Rule::within("LHP-VAL-055", "unknown-variable-in-name", "LHP-CFG-011");
/// Two instances make the same flowgroup.
pub static DUPLICATE_EXPANSION: Rule = Rule::new("LHP-VAL-045", "duplicate-expansion");
/// Instance settings that have no effect.
pub static OVERRIDES_IGNORED: Rule = Rule::new("LHP-CFG-054", "overrides-ignored");

/// A blueprint with its declared parameters.
struct Declared<'a> {
    node: &'a Node,
    parameters: Vec<DeclaredParameter<'a>>,
}

struct DeclaredParameter<'a> {
    name: &'a str,
    required: bool,
    default: Option<&'a Node>,
}

/// Expands every instance, in the order of files and of the blueprint's flowgroups.
pub fn expand(collected: &Collected, report: &mut Report) -> Vec<Definition> {
    let mut blueprints: BTreeMap<&str, Declared<'_>> = BTreeMap::new();
    for node in &collected.blueprints {
        let Some(name) = node.get("name") else { continue };
        let declared = Declared { node, parameters: parameters(node) };
        if let Some(earlier) = blueprints.insert(name.as_str().unwrap_or_default(), declared) {
            let first = earlier.node.get("name").map_or(earlier.node.span, |name| name.span);
            report.push(
                Diagnostic::error(
                    &DUPLICATE_BLUEPRINT,
                    format!("two blueprints are named `{}`", name.as_str().unwrap_or_default()),
                )
                .at(name, "second blueprint of this name")
                .label(first, "first blueprint of this name")
                .help("rename one of them"),
            );
        }
    }
    let mut definitions = Vec::new();
    let mut seen: FxHashMap<(String, String), Span> = FxHashMap::default();
    for instance in &collected.instances {
        let Some((blueprint, arguments)) = read_instance(instance, &blueprints, collected.incomplete, report) else {
            continue;
        };
        let specs = blueprint.node.get("flowgroups").and_then(Node::as_sequence).unwrap_or_default();
        for spec in specs {
            let Some(definition) = expand_one(spec, blueprint, &arguments, instance, report) else { continue };
            let key = (definition.pipeline().to_owned(), definition.flowgroup().to_owned());
            if let Some(first) = seen.insert(key, first_key(instance)) {
                report.push(
                    Diagnostic::error(
                        &DUPLICATE_EXPANSION,
                        format!(
                            "two instances make flowgroup `{}` of pipeline `{}`",
                            definition.flowgroup(),
                            definition.pipeline()
                        ),
                    )
                    .label(first_key(instance), "this instance")
                    .label(first, "and this one")
                    .help("give the instances parameters that lead to different names"),
                );
                continue;
            }
            definitions.push(definition);
        }
    }
    definitions
}

fn parameters(blueprint: &Node) -> Vec<DeclaredParameter<'_>> {
    let list = blueprint.get("parameters").and_then(Node::as_sequence).unwrap_or_default();
    list.iter()
        .filter_map(|item| {
            Some(DeclaredParameter {
                name: item.get("name")?.as_str()?,
                required: super::template::is_required(item),
                default: item.get("default"),
            })
        })
        .collect()
}

/// The blueprint of an instance and the values it gives; none if the instance is wrong.
fn read_instance<'a, 'b>(
    instance: &'a Node,
    blueprints: &'b BTreeMap<&str, Declared<'b>>,
    incomplete: bool,
    report: &mut Report,
) -> Option<(&'b Declared<'b>, Vec<&'a Entry>)> {
    let before = report.count(crate::report::Severity::Error);
    let mapping = instance.as_mapping()?;
    let reference = mapping.entry("use_blueprint").or_else(|| mapping.entry("blueprint"))?;
    let modern = mapping.contains("use_blueprint");
    if modern {
        for entry in &mapping.entries {
            let key = entry.key.as_str().unwrap_or_default();
            if key == "blueprint" {
                report.push(
                    Diagnostic::error(&MIXED_INSTANCE_FORMS, "both `use_blueprint` and `blueprint` name the blueprint")
                        .at(&entry.key, "named again")
                        .label(reference.key.span, "named here")
                        .help("remove `blueprint`"),
                );
            } else if !["use_blueprint", "parameters", "overrides"].contains(&key) {
                report.push(
                    Diagnostic::error(
                        &MIXED_INSTANCE_FORMS,
                        format!("`{key}` does not belong into a blueprint instance"),
                    )
                    .at(&entry.key, "not expected here")
                    .help("put values of parameters under `parameters:`"),
                );
            }
        }
    }
    let Some(name) = reference.value.as_str().filter(|name| !name.trim().is_empty()) else {
        report.push(
            Diagnostic::error(
                &BLUEPRINT_REFERENCE,
                format!("the blueprint must be given by its name, not {}", reference.value.kind()),
            )
            .at(&reference.value, "expected one name")
            .help("write `use_blueprint: name_of_the_blueprint`"),
        );
        return None;
    };
    if let (true, Some(overrides)) = (modern, mapping.entry("overrides")) {
        if overrides.value.as_mapping().is_none() && !overrides.value.is_null() {
            report.diagnostics.extend(check_file(FileKind::Instance, instance));
        } else if overrides.value.is_truthy() {
            report.push(
                Diagnostic::advice(&OVERRIDES_IGNORED, "`overrides` has no effect")
                    .at(&overrides.key, "ignored")
                    .help("remove it, or declare a parameter in the blueprint"),
            );
        }
    }
    let Some(blueprint) = blueprints.get(name) else {
        if !incomplete {
            let close = did_you_mean(name, blueprints.keys().copied());
            let known = blueprints.keys().copied().collect::<Vec<_>>().join(", ");
            report.push(
                Diagnostic::error(&UNKNOWN_BLUEPRINT, format!("there is no blueprint `{name}`"))
                    .at(&reference.value, "not found")
                    .help(match close {
                        Some(close) => format!("did you mean `{close}`?"),
                        None if known.is_empty() => "define the blueprint in a file below `blueprints/`".to_owned(),
                        None => format!("known blueprints: {known}"),
                    }),
            );
        }
        return None;
    };
    let given: Vec<&Entry> = if modern {
        mapping
            .get("parameters")
            .and_then(Node::as_mapping)
            .map(|given| given.entries.iter().collect())
            .unwrap_or_default()
    } else {
        mapping.entries.iter().filter(|entry| entry.key.as_str() != Some("blueprint")).collect()
    };
    check_arguments(name, blueprint, &given, reference, report);
    (report.count(crate::report::Severity::Error) == before).then_some((blueprint, given))
}

fn check_arguments(name: &str, blueprint: &Declared<'_>, given: &[&Entry], reference: &Entry, report: &mut Report) {
    let has = |wanted: &str| given.iter().any(|entry| entry.key.as_str() == Some(wanted));
    let declared = |key: &str| blueprint.parameters.iter().any(|parameter| parameter.name == key);
    let mut misspelt: Vec<&str> = Vec::new();
    for parameter in blueprint.parameters.iter().filter(|parameter| parameter.required && !has(parameter.name)) {
        let unknown = given.iter().filter_map(|entry| entry.key.as_str()).filter(|key| !declared(key));
        let close = did_you_mean(parameter.name, unknown);
        let place = close.and_then(|close| given.iter().find(|entry| entry.key.as_str() == Some(close)));
        let mut diagnostic = Diagnostic::error(
            &MISSING_PARAMETER,
            format!("blueprint `{name}` requires parameter `{}`", parameter.name),
        )
        .at(&reference.value, "used here without it")
        .help(format!("add `{}: …` under `parameters`", parameter.name));
        if let Some(entry) = place {
            diagnostic = diagnostic.label(entry.key.span, "no parameter has this name").help(format!(
                "write `{}` instead of `{}`",
                parameter.name,
                close.unwrap_or_default()
            ));
        }
        misspelt.extend(close);
        report.push(diagnostic);
    }
    for entry in given {
        let key = entry.key.as_str().unwrap_or_default();
        if !declared(key) && !misspelt.contains(&key) {
            let close = did_you_mean(key, blueprint.parameters.iter().map(|parameter| parameter.name));
            let known: Vec<&str> = blueprint.parameters.iter().map(|parameter| parameter.name).collect();
            report.push(
                Diagnostic::error(&UNKNOWN_PARAMETER, format!("blueprint `{name}` has no parameter `{key}`"))
                    .at(&entry.key, "not declared")
                    .help(match close {
                        Some(close) => format!("did you mean `{close}`?"),
                        None => format!("declared parameters: {}", known.join(", ")),
                    }),
            );
        }
    }
}

fn expand_one(
    spec: &Node,
    blueprint: &Declared<'_>,
    arguments: &[&Entry],
    instance: &Node,
    report: &mut Report,
) -> Option<Definition> {
    let variables = instance_variables(spec, blueprint, arguments);
    let resolved = Variables::new(
        variables.iter().map(|(name, node)| (name.clone(), python_str(node).display().into(), node.span)).collect(),
        report,
    );
    let blueprint_name = blueprint.node.get("name").and_then(Node::as_str).unwrap_or_default();
    let mut node = spec.clone();
    node.add_step(&Step::Blueprint(blueprint_name.into()), first_key(instance));
    let mapping = node.as_mapping_mut()?;
    for key in ["pipeline", "flowgroup"] {
        let place = mapping.get_mut(key)?;
        let text = place.as_str()?.to_owned();
        if text.contains("${") {
            report.push(
                Diagnostic::error(
                    &TOKEN_IN_NAME,
                    format!("the {key} name of a blueprint cannot depend on the environment"),
                )
                .at(place, "contains `${…}`")
                .help("use a parameter, as in `%{name}`"),
            );
            return None;
        }
        let name = match resolved.replace(&text, |_, _| {}) {
            Ok(name) => name.unwrap_or(text),
            Err(fault) => {
                report.push(fault.diagnostic(place));
                return None;
            }
        };
        if let Some(found) = token::scan_variables(&name).next() {
            let unknown = found.token.name().unwrap_or_default();
            let close = did_you_mean(unknown, variables.iter().map(|(name, _)| name.as_ref()));
            report.push(
                Diagnostic::error(&VARIABLE_IN_NAME, format!("variable `{unknown}` in the {key} name is not defined"))
                    .at(place, "used here")
                    .help(match close {
                        Some(close) => format!("did you mean `%{{{close}}}`?"),
                        None => format!("declare a parameter `{unknown}` in the blueprint"),
                    }),
            );
            return None;
        }
        place.value = Value::String(name.into());
    }
    let entries = variables
        .iter()
        .map(|(name, node)| {
            let text = python_str(node).display();
            // A text that is too long was reported with the variable that makes it so.
            let text = resolved.replace(&text, |_, _| {}).ok().flatten().unwrap_or(text);
            Entry { key: Node::string(name.clone(), node.span), value: node.with_value(Value::String(text.into())) }
        })
        .collect();
    mapping.insert(Node::string("variables", spec.span), Node::new(Value::Mapping(Mapping { entries }), spec.span));
    Some(Definition { node, broken: Vec::new(), gaps: Gaps::default() })
}

/// Names and values of all variables: defaults, then arguments, then the variables of the flowgroup itself.
fn instance_variables(spec: &Node, blueprint: &Declared<'_>, arguments: &[&Entry]) -> Vec<(Arc<str>, Node)> {
    let mut variables: Vec<(Arc<str>, Node)> = Vec::new();
    let mut set = |name: &str, node: &Node| match variables.iter_mut().find(|(known, _)| known.as_ref() == name) {
        Some((_, value)) => *value = node.clone(),
        None => variables.push((name.into(), node.clone())),
    };
    for parameter in &blueprint.parameters {
        if let Some(default) = parameter.default.filter(|default| !default.is_null()) {
            set(parameter.name, default);
        }
    }
    let own =
        spec.get("variables").and_then(Node::as_mapping).map(|mapping| mapping.entries.iter()).into_iter().flatten();
    for entry in arguments.iter().copied().chain(own) {
        if let Some(name) = entry.key.as_str() {
            set(name, &entry.value);
        }
    }
    variables
}
