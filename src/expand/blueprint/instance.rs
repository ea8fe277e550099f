//! Blueprint instances: the tree of an instance goes in, its blueprint and the values it gives come out.

use std::collections::BTreeMap;

use super::{Blueprints, Declared};
use crate::check::check_file;
use crate::model::FileKind;
use crate::report::{Diagnostic, Report, Rule, Severity, did_you_mean, rules};
use crate::syntax::{Entry, Kind, Mapping, Node};

rules! {
    /// An instance names a blueprint that does not exist.
    ///
    /// ## Why
    /// Without its blueprint an instance makes no flowgroups. A blueprint is found by the `name` in
    /// its file, not by the name of the file.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: shpo
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_blueprint: shop
    /// ```
    pub static UNKNOWN_BLUEPRINT: Rule = Rule::new("LHP-VAL-041", "unknown-blueprint");
    /// An instance gives no value to a required parameter of its blueprint.
    ///
    /// ## Why
    /// The parameter would have no value in the flowgroups of the instance. A `default` does not help:
    /// it is only used for parameters that are not required.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: shop    # has `parameters: [{ name: shop, required: true }]`
    /// parameters: {}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_blueprint: shop
    /// parameters: { shop: north }
    /// ```
    pub static MISSING_PARAMETER: Rule = Rule::new("LHP-VAL-042", "missing-blueprint-parameter");
    /// An instance gives a value to a parameter that its blueprint does not declare.
    ///
    /// ## Why
    /// The value would have no effect. Most often the name is misspelt, and the parameter that was
    /// meant keeps its default.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: shop    # declares `shop` and `layer`
    /// parameters: { shop: north, layr: raw }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_blueprint: shop
    /// parameters: { shop: north, layer: raw }
    /// ```
    pub static UNKNOWN_PARAMETER: Rule = Rule::new("LHP-VAL-043", "unknown-blueprint-parameter");
    /// An instance mixes the two ways of using a blueprint: `use_blueprint` with `parameters`, and the
    /// old `blueprint` with the parameters beside it.
    ///
    /// ## Why
    /// It is not clear which values the parameters have.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: shop
    /// shop: north
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_blueprint: shop
    /// parameters:
    ///   shop: north
    /// ```
    pub static MIXED_INSTANCE_FORMS: Rule = Rule::new("LHP-VAL-061", "mixed-instance-forms");
    /// An instance does not name its blueprint by one text.
    ///
    /// ## Why
    /// An instance uses exactly one blueprint, which is found by its name.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: [shop]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_blueprint: shop
    /// ```
    pub static BLUEPRINT_REFERENCE: Rule = Rule::new("LHP-CFG-054", "blueprint-reference");
    /// An instance of a blueprint has `overrides`, which have no effect.
    ///
    /// ## Why
    /// The key is accepted, but nothing reads it: the flowgroups are made from the parameters alone.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_blueprint: shop
    /// parameters: { shop: north }
    /// overrides: { layer: raw }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_blueprint: shop
    /// parameters: { shop: north, layer: raw }    # `layer` is declared in the blueprint
    /// ```
    pub static OVERRIDES_IGNORED: Rule = Rule::new("LHP-CFG-054", "overrides-ignored").advice();
}

/// Keys that an instance of the modern form may have.
const KEYS: [&str; 3] = ["use_blueprint", "parameters", "overrides"];

/// The blueprint of an instance and the values it gives; none if the instance is wrong.
pub(super) fn read<'a, 'b>(
    instance: &'a Node,
    blueprints: &'b Blueprints<'b>,
    incomplete: bool,
    report: &mut Report,
) -> Option<(&'b Declared<'b>, Vec<&'a Entry>)> {
    let before = report.count(Severity::Error);
    let mapping = instance.as_mapping()?;
    let modern = mapping.entry("use_blueprint");
    let reference = modern.or_else(|| mapping.entry("blueprint"))?;
    if modern.is_some() {
        check_keys(mapping, reference, report);
    }
    let name = name_of(reference, blueprints, report)?;
    if modern.is_some() {
        check_overrides(instance, mapping, report);
    }
    let Some(blueprint) = blueprints.get(name) else {
        if !incomplete {
            report.push(unknown_blueprint(name, reference, blueprints));
        }
        return None;
    };
    let given: Vec<&Entry> = match modern {
        Some(_) => {
            let parameters = mapping.get("parameters").and_then(Node::as_mapping);
            parameters.map(|given| given.entries.iter().collect()).unwrap_or_default()
        }
        None => mapping.entries.iter().filter(|entry| entry.key.as_str() != Some("blueprint")).collect(),
    };
    check_arguments(name, blueprint, &given, reference, report);
    (report.count(Severity::Error) == before).then_some((blueprint, given))
}

/// Refuses keys that belong to the old form, or to none.
fn check_keys(mapping: &Mapping, reference: &Entry, report: &mut Report) {
    for entry in &mapping.entries {
        let key = entry.key.as_str().unwrap_or_default();
        if key == "blueprint" {
            report.push(
                Diagnostic::error(&MIXED_INSTANCE_FORMS, "both `use_blueprint` and `blueprint` name the blueprint")
                    .at(&entry.key, "named again")
                    .label(reference.key.span, "named here")
                    .help("remove `blueprint`"),
            );
        } else if !KEYS.contains(&key) {
            report.push(
                Diagnostic::error(&MIXED_INSTANCE_FORMS, format!("`{key}` does not belong into a blueprint instance"))
                    .at(&entry.key, "not expected here")
                    .help("put values of parameters under `parameters:`"),
            );
        }
    }
}

fn name_of<'a>(
    reference: &'a Entry,
    blueprints: &BTreeMap<&str, Declared<'_>>,
    report: &mut Report,
) -> Option<&'a str> {
    let name = reference.value.as_str().filter(|name| !name.trim().is_empty());
    if name.is_none() {
        report.push(not_a_name(&reference.value, blueprints));
    }
    name
}

/// An error for a reference that is empty, or not a text.
fn not_a_name(reference: &Node, blueprints: &BTreeMap<&str, Declared<'_>>) -> Diagnostic {
    let message = match reference.kind() {
        Kind::String | Kind::Null => "the name of the blueprint is empty".to_owned(),
        kind => format!("the blueprint must be given by its name, not {kind}"),
    };
    let known: Vec<&str> = blueprints.keys().copied().collect();
    Diagnostic::error(&BLUEPRINT_REFERENCE, message).at(reference, "expected one name").help(match known.as_slice() {
        [] => "write `use_blueprint: name_of_the_blueprint`".to_owned(),
        [only] => format!("write `use_blueprint: {only}`"),
        known => format!("name one of the blueprints: {}", known.join(", ")),
    })
}

fn check_overrides(instance: &Node, mapping: &Mapping, report: &mut Report) {
    let Some(overrides) = mapping.entry("overrides") else { return };
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

fn unknown_blueprint(name: &str, reference: &Entry, blueprints: &Blueprints<'_>) -> Diagnostic {
    let close = did_you_mean(name, blueprints.keys().copied());
    let known = blueprints.keys().copied().collect::<Vec<_>>().join(", ");
    Diagnostic::error(&UNKNOWN_BLUEPRINT, format!("there is no blueprint `{name}`"))
        .at(&reference.value, "not found")
        .help(match close {
            Some(close) => format!("did you mean `{close}`?"),
            None if known.is_empty() => "define the blueprint in a file below `blueprints/`".to_owned(),
            None => format!("known blueprints: {known}"),
        })
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
