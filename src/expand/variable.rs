//! Local variables: `%{name}` in the text of a flowgroup is replaced by the flowgroup's own values.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::TEXT_TOO_LONG;
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
    /// The value of a variable leads through more than 200 other variables.
    ///
    /// ## Why
    /// Variables may use other variables, but following such chains must come to an end. Chains in real
    /// flowgroups have a few steps.
    ///
    /// ## Wrong
    /// ```yaml
    /// variables:
    ///   v0: "%{v1}"
    ///   v1: "%{v2}"      # and so on, for more than 200 steps
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// variables:
    ///   v0: main
    /// ```
    pub static VARIABLES_TOO_DEEP: Rule = Rule::new("LHP-YML-002", "variables-nested-too-deeply");
}

/// So many variables may stand between a variable and the last one that its value leads to.
const MAX_DEPTH: usize = 200;
/// Longest value of a variable (bytes).
const MAX_VALUE_BYTES: usize = 1 << 20;
/// Longest text that variables may make (bytes).
const MAX_TEXT_BYTES: usize = 16 << 20;

/// Variables with their text, fully expanded.
#[derive(Debug, Default)]
pub struct Variables {
    values: Values,
    /// Variables that are defined but have no value, for a reason that was reported.
    broken: FxHashSet<Arc<str>>,
}

/// Variables make a text longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl TooLong {
    /// The diagnostic for the text of a node.
    pub fn diagnostic(self, node: &Node) -> Diagnostic {
        Diagnostic::error(&TEXT_TOO_LONG, "this text is longer than 16 MiB when its variables are replaced")
            .at(node, "becomes too long")
            .help("use shorter variables, or fewer of them")
    }
}

impl Variables {
    /// Expands definitions that use each other. Unknown names in them stay as they are.
    pub fn new(definitions: Vec<(Arc<str>, Arc<str>, Span)>, report: &mut Report) -> Self {
        let raw: FxHashMap<_, _> =
            definitions.iter().map(|(name, text, span)| (name.clone(), (text.clone(), *span))).collect();
        let mut variables = Self::default();
        let mut reported: FxHashSet<Arc<str>> = FxHashSet::default();
        for (name, _, span) in &definitions {
            if let Err(fault) = expand(name, &raw, &mut variables.values, &mut Vec::new()) {
                variables.broken.insert(name.clone());
                let known = fault.names().iter().any(|name| reported.contains(name));
                reported.extend(fault.names().iter().cloned());
                if known {
                    continue;
                }
                let place = fault.names().first().and_then(|name| raw.get(name)).map_or(*span, |(_, span)| *span);
                report.push(fault.diagnostic(place));
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

    /// Whether a variable is defined but has no value, for a reason that was reported.
    pub fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    /// Replaces the variables in text; nothing if there are none. Unknown ones stay.
    ///
    /// # Errors
    ///
    /// If the text would be longer than 16 MiB.
    pub fn replace(&self, text: &str, mut used: impl FnMut(&Arc<str>, Span)) -> Result<Option<String>, TooLong> {
        let mut changed: Option<String> = None;
        let mut from = 0;
        for Found { range, token } in token::scan_variables(text) {
            let Some((name, (value, span))) = token.name().and_then(|name| self.values.get_key_value(name)) else {
                continue;
            };
            let target = changed.get_or_insert_default();
            target.push_str(text.get(from..range.start).unwrap_or_default());
            if target.len() + value.len() > MAX_TEXT_BYTES {
                return Err(TooLong);
            }
            target.push_str(value);
            from = range.end;
            used(name, *span);
        }
        if let Some(target) = &mut changed {
            target.push_str(text.get(from..).unwrap_or_default());
        }
        Ok(changed)
    }

    /// Replaces the variables in every string below a node, and reports those that are not defined. False if some
    /// variable could not be replaced.
    pub fn substitute(&self, node: &mut Node, sources: &SourceMap, report: &mut Report) -> bool {
        match &mut node.value {
            Value::String(text) => {
                let text = text.clone();
                let mut via = node.via.take();
                let changed = self.replace(&text, |name, span| {
                    via = Some(Via::new(Step::Variable(name.clone()), span, via.take()));
                });
                node.via = via;
                match changed {
                    Ok(None) => self.check_leftovers(&text, node, sources, report),
                    Ok(Some(changed)) => {
                        let whole = self.check_leftovers(&changed, node, sources, report);
                        node.value = Value::String(changed.into());
                        whole
                    }
                    Err(fault) => {
                        report.push(fault.diagnostic(node));
                        false
                    }
                }
            }
            // Everything is looked at even after a fault, so that all of them are reported.
            Value::Sequence(items) => {
                items.iter_mut().map(|item| self.substitute(item, sources, report)).fold(true, |all, one| all & one)
            }
            Value::Mapping(mapping) => {
                let values = mapping.entries.iter_mut().map(|entry| &mut entry.value);
                values.map(|value| self.substitute(value, sources, report)).fold(true, |all, one| all & one)
            }
            _ => true,
        }
    }

    /// Reports the variables that are left in a text. False if there are any.
    fn check_leftovers(&self, text: &str, node: &Node, sources: &SourceMap, report: &mut Report) -> bool {
        let mut whole = true;
        for Found { token, range } in token::scan_variables(text) {
            whole = false;
            let Some(name) = token.name().filter(|name| !self.is_broken(name)) else { continue };
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
        whole
    }
}

type Values = FxHashMap<Arc<str>, (Arc<str>, Span)>;

/// Why a definition cannot be expanded, and the variables that are to blame.
enum Fault {
    /// The first one is also the last.
    Cycle(Vec<Arc<str>>),
    /// From the definition to the variable at which the limit is reached.
    TooDeep(Vec<Arc<str>>),
    TooLong([Arc<str>; 1]),
}

impl Fault {
    fn names(&self) -> &[Arc<str>] {
        match self {
            Self::Cycle(names) | Self::TooDeep(names) => names,
            Self::TooLong(name) => name,
        }
    }

    /// The diagnostic, with the place of the first name.
    fn diagnostic(&self, place: Span) -> Diagnostic {
        let first = self.names().first().map(AsRef::as_ref).unwrap_or_default();
        match self {
            Self::Cycle(names) => {
                Diagnostic::error(&VARIABLE_CYCLE, format!("variables refer to each other: {}", names.join(" → ")))
                    .label(place, "part of the cycle")
                    .help("give one of these variables a value that uses none of the others")
            }
            Self::TooDeep(_) => Diagnostic::error(
                &VARIABLES_TOO_DEEP,
                format!("the value of variable `{first}` leads through more than {MAX_DEPTH} other variables"),
            )
            .label(place, "the chain starts here")
            .help(format!("let variables use each other in chains of at most {MAX_DEPTH}")),
            Self::TooLong(_) => Diagnostic::error(
                &TEXT_TOO_LONG,
                format!("the value of variable `{first}` is longer than 1 MiB when the variables in it are replaced"),
            )
            .label(place, "becomes too long")
            .help("use shorter variables in it, or fewer of them"),
        }
    }
}

/// Expands one definition. A name that is not defined gives nothing.
fn expand(
    name: &Arc<str>,
    raw: &Values,
    done: &mut Values,
    path: &mut Vec<Arc<str>>,
) -> Result<Option<Arc<str>>, Fault> {
    if let Some((text, _)) = done.get(name) {
        return Ok(Some(text.clone()));
    }
    let Some((text, span)) = raw.get(name) else { return Ok(None) };
    if path.contains(name) {
        return Err(Fault::Cycle(path.iter().skip_while(|step| *step != name).chain([name]).cloned().collect()));
    }
    if path.len() > MAX_DEPTH {
        return Err(Fault::TooDeep(path.iter().chain([name]).cloned().collect()));
    }
    path.push(name.clone());
    let mut expanded = String::new();
    let mut from = 0;
    for Found { range, token } in token::scan_variables(text) {
        let Some(used) = token.name() else { continue };
        if let Some(value) = expand(&used.into(), raw, done, path)? {
            expanded.push_str(text.get(from..range.start).unwrap_or_default());
            if expanded.len() + value.len() > MAX_VALUE_BYTES {
                return Err(Fault::TooLong([name.clone()]));
            }
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
