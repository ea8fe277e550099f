//! Blueprints: instances and blueprint definitions go in, flowgroup definitions come out.

pub(crate) mod instance;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Gaps;
use super::collect::{Collected, Definition, first_key};
use super::variable::Variables;
use crate::emit::literal::python_str;
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::Span;
use crate::syntax::token;
use crate::syntax::{Entry, Mapping, Node, Step, Value};

rules! {
    /// Two blueprints have the same `name`.
    ///
    /// ## Why
    /// Instances name their blueprint by its `name`, so it would be open which of the two they mean.
    ///
    /// ## Wrong
    /// ```yaml
    /// # blueprints/shop.yaml and blueprints/shop_copy.yaml
    /// name: shop
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # blueprints/shop_copy.yaml
    /// name: shop_copy
    /// ```
    pub static DUPLICATE_BLUEPRINT: Rule = Rule::new("LHP-VAL-046", "duplicate-blueprint");
    /// The name of a pipeline or flowgroup in a blueprint contains a token of the environment.
    ///
    /// ## Why
    /// The names must be the same in every environment, so that the flowgroups of all instances can be
    /// told apart before an environment is chosen.
    ///
    /// ## Wrong
    /// ```yaml
    /// flowgroups:
    ///   - pipeline: "${layer}_%{shop}"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// flowgroups:
    ///   - pipeline: "%{layer}_%{shop}"    # `layer` is a parameter of the blueprint
    /// ```
    pub static TOKEN_IN_NAME: Rule = Rule::new("LHP-VAL-044", "token-in-name");
    /// The name of a pipeline or flowgroup in a blueprint uses a variable that is neither a parameter
    /// of the blueprint with a value nor among the `variables` of the flowgroup.
    ///
    /// ## Why
    /// Generated files are named after pipelines and flowgroups, so their names must be complete.
    ///
    /// ## Wrong
    /// ```yaml
    /// parameters: [{ name: shop, required: true }]
    /// flowgroups:
    ///   - flowgroup: "%{shpo}_orders"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// parameters: [{ name: shop, required: true }]
    /// flowgroups:
    ///   - flowgroup: "%{shop}_orders"
    /// ```
    pub static VARIABLE_IN_NAME: Rule = Rule::within("LHP-VAL-055", "unknown-variable-in-name", "LHP-CFG-011");
    /// Two instances of blueprints make a flowgroup of the same name in the same pipeline.
    ///
    /// ## Why
    /// Both would be written to the same file.
    ///
    /// ## Wrong
    /// ```yaml
    /// # pipelines/north.yaml and pipelines/south.yaml
    /// use_blueprint: shop    # makes `%{shop}_orders`
    /// parameters: { shop: north }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # pipelines/south.yaml
    /// use_blueprint: shop
    /// parameters: { shop: south }
    /// ```
    pub static DUPLICATE_EXPANSION: Rule = Rule::new("LHP-VAL-045", "duplicate-expansion");
}

/// Blueprints by name.
type Blueprints<'a> = BTreeMap<&'a str, Declared<'a>>;

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
    let mut blueprints: Blueprints<'_> = BTreeMap::new();
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
        let read = instance::read(instance, &blueprints, collected.incomplete, report);
        let Some((blueprint, arguments)) = read else { continue };
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
        let name = resolve_name(key, place, &resolved, &variables, report)?;
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

/// The name of a pipeline or flowgroup with its variables replaced. Names are needed before tokens are known.
fn resolve_name(
    key: &str,
    place: &Node,
    resolved: &Variables,
    variables: &[(Arc<str>, Node)],
    report: &mut Report,
) -> Option<String> {
    let text = place.as_str()?;
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
    let name = match resolved.replace(text, |_, _| {}) {
        Ok(name) => name.unwrap_or_else(|| text.to_owned()),
        Err(fault) => {
            report.push(fault.diagnostic(place));
            return None;
        }
    };
    let Some(found) = token::scan_variables(&name).next() else { return Some(name) };
    let unknown = found.token.name().filter(|unknown| !resolved.is_broken(unknown))?;
    let close = did_you_mean(unknown, variables.iter().map(|(name, _)| name.as_ref()));
    report.push(
        Diagnostic::error(&VARIABLE_IN_NAME, format!("variable `{unknown}` in the {key} name is not defined"))
            .at(place, "used here")
            .help(match close {
                Some(close) => format!("did you mean `%{{{close}}}`?"),
                None => format!("declare a parameter `{unknown}` in the blueprint"),
            }),
    );
    None
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
