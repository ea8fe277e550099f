//! Local variables: `%{name}` in the text of a flowgroup is replaced by the flowgroup's own values.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::{SourceMap, Span};
use crate::syntax::token::{self, Found};
use crate::syntax::{Node, Step, Value, Via};

rules! {
    /// A flowgroup uses a variable, `%{name}`, that is not among its `variables`.
    ///
    /// ## Why
    /// The text would stay in the generated code as it is, and name a table or file that does not
    /// exist. Variables belong to one flowgroup; values for a whole environment are tokens, `${name}`.
    ///
    /// ## Wrong
    /// ```yaml
    /// variables:
    ///   region: north
    /// actions:
    ///   - name: load_orders
    ///     source: { type: delta, catalog: sales, schema: raw, table: "orders_%{regoin}" }
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// variables:
    ///   region: north
    /// actions:
    ///   - name: load_orders
    ///     source: { type: delta, catalog: sales, schema: raw, table: "orders_%{region}" }
    /// ```
    pub static UNKNOWN_VARIABLE: Rule = Rule::new("LHP-CFG-011", "unknown-variable");
    /// The values of some variables use each other in a circle.
    ///
    /// ## Why
    /// A variable may use other variables, but at the end of the chain there must be plain text.
    /// Otherwise there is no value that could be put into the flowgroup.
    ///
    /// ## Wrong
    /// ```yaml
    /// variables:
    ///   region: "%{shop}_north"
    ///   shop: "%{region}_1"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// variables:
    ///   region: north
    ///   shop: "%{region}_1"
    /// ```
    pub static VARIABLE_CYCLE: Rule = Rule::new("LHP-CFG-011", "variable-cycle");
}

/// Variables with their text, fully expanded.
#[derive(Debug, Default)]
pub struct Variables {
    values: FxHashMap<Arc<str>, (Arc<str>, Span)>,
}

impl Variables {
    /// Expands definitions that use each other. Unknown names in them stay as they are.
    pub fn new(definitions: Vec<(Arc<str>, Arc<str>, Span)>, report: &mut Report) -> Self {
        let raw: FxHashMap<_, _> =
            definitions.iter().map(|(name, text, span)| (name.clone(), (text.clone(), *span))).collect();
        let mut variables = Self::default();
        let mut reported: FxHashSet<String> = FxHashSet::default();
        for (name, _, span) in &definitions {
            if let Err(path) = expand(name, &raw, &mut variables.values, &mut Vec::new()) {
                if path.iter().any(|step| reported.contains(step)) {
                    continue;
                }
                reported.extend(path.iter().cloned());
                report.push(
                    Diagnostic::error(&VARIABLE_CYCLE, format!("variables refer to each other: {}", path.join(" → ")))
                        .label(*span, "part of the cycle")
                        .help("give one of these variables a value that uses none of the others"),
                );
            }
        }
        variables
    }

    /// The variables that a flowgroup defines; none if it defines none.
    pub fn of(flowgroup: &Node, report: &mut Report) -> Option<Self> {
        let entries = &flowgroup.get("variables")?.as_mapping()?.entries;
        let definitions: Vec<_> = entries
            .iter()
            .filter_map(|entry| Some((entry.key.as_str()?.into(), entry.value.as_str()?.into(), entry.value.span)))
            .collect();
        (!definitions.is_empty()).then(|| Self::new(definitions, report))
    }

    /// Replaces the variables in text. Unknown ones stay.
    pub fn replace(&self, text: &str, mut used: impl FnMut(&Arc<str>, Span)) -> Option<String> {
        let mut changed: Option<String> = None;
        let mut from = 0;
        for Found { range, token } in token::scan_variables(text) {
            let Some((name, (value, span))) = token.name().and_then(|name| self.values.get_key_value(name)) else {
                continue;
            };
            let target = changed.get_or_insert_default();
            target.push_str(text.get(from..range.start).unwrap_or_default());
            target.push_str(value);
            from = range.end;
            used(name, *span);
        }
        if let Some(target) = &mut changed {
            target.push_str(text.get(from..).unwrap_or_default());
        }
        changed
    }

    /// Replaces the variables in every string below a node, and reports those that are not defined.
    pub fn substitute(&self, node: &mut Node, sources: &SourceMap, report: &mut Report) {
        match &mut node.value {
            Value::String(text) => {
                let text = text.clone();
                let mut via = node.via.take();
                let changed = self.replace(&text, |name, span| {
                    via = Some(Via::new(Step::Variable(name.clone()), span, via.take()));
                });
                node.via = via;
                if let Some(changed) = changed {
                    self.check_leftovers(&changed, node, sources, report);
                    node.value = Value::String(changed.into());
                } else {
                    self.check_leftovers(&text, node, sources, report);
                }
            }
            Value::Sequence(items) => items.iter_mut().for_each(|item| self.substitute(item, sources, report)),
            Value::Mapping(mapping) => {
                mapping.entries.iter_mut().for_each(|entry| self.substitute(&mut entry.value, sources, report));
            }
            _ => {}
        }
    }

    fn check_leftovers(&self, text: &str, node: &Node, sources: &SourceMap, report: &mut Report) {
        for Found { token, range } in token::scan_variables(text) {
            let Some(name) = token.name() else { continue };
            let written = text.get(range).unwrap_or_default();
            let close = did_you_mean(name, self.values.keys().map(AsRef::as_ref));
            report.push(
                Diagnostic::error(&UNKNOWN_VARIABLE, format!("variable `{name}` is not defined"))
                    .label(sources.find(node.span, written).unwrap_or(node.span), "used here")
                    .through(node.via.as_ref())
                    .help(match close {
                        Some(close) => format!("did you mean `%{{{close}}}`?"),
                        None => format!("add `{name}: …` under `variables`"),
                    }),
            );
        }
    }
}

/// Variables are not expanded further once a value is this long, so that nested ones cannot exhaust memory.
const MAX_BYTES: usize = 1 << 20;

type Values = FxHashMap<Arc<str>, (Arc<str>, Span)>;

/// Expands one definition; fails with the path of names if they form a cycle.
fn expand(
    name: &Arc<str>,
    raw: &Values,
    done: &mut Values,
    path: &mut Vec<Arc<str>>,
) -> Result<Option<Arc<str>>, Vec<String>> {
    if let Some((text, _)) = done.get(name) {
        return Ok(Some(text.clone()));
    }
    let Some((text, span)) = raw.get(name) else { return Ok(None) };
    if path.contains(name) || path.len() > 100 {
        return Err(path.iter().skip_while(|step| *step != name).chain([name]).map(ToString::to_string).collect());
    }
    path.push(name.clone());
    let mut expanded = String::new();
    let mut from = 0;
    for Found { range, token } in token::scan_variables(text) {
        let Some(used) = token.name().filter(|_| expanded.len() < MAX_BYTES) else { continue };
        if let Some(value) = expand(&used.into(), raw, done, path)? {
            expanded.push_str(text.get(from..range.start).unwrap_or_default());
            expanded.push_str(&value);
            from = range.end;
        }
    }
    expanded.push_str(text.get(from..).unwrap_or_default());
    path.pop();
    let expanded: Arc<str> = expanded.into();
    done.insert(name.clone(), (expanded.clone(), *span));
    Ok(Some(expanded))
}
