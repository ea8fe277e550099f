//! Names of Python in one module: the code of its actions goes in, functions of plugins that would hide another one, or
//! be hidden, come out.

use rustc_hash::FxHashMap;

use super::module::in_order;
use crate::emit::python;
use crate::expand::{Action, Resolved};
use crate::generator::{Fragment, NameKind, defined_names};
use crate::plugin::host::code::{CODE_REFUSED, python_names};
use crate::report::{Diagnostic, Report};

/// The action that defines a name.
struct Owner<'a> {
    action: &'a Action,
    is_plugin: bool,
}

/// Reports functions of plugins that have the name of a function of another action. Built-in actions among themselves
/// have rules of their own.
pub(super) fn check_names(resolved: &Resolved, fragments: &[Fragment], report: &mut Report) {
    if fragments.iter().all(|fragment| fragment.defines.is_empty()) {
        return;
    }
    let actions = in_order(resolved);
    let mut owners: FxHashMap<String, Owner<'_>> = FxHashMap::default();
    for (action, fragment) in actions.into_iter().zip(fragments) {
        let is_plugin = !fragment.defines.is_empty();
        let names = if is_plugin { fragment.defines.clone() } else { built_in(action, fragment) };
        for name in names {
            match owners.get(&name) {
                Some(first) if first.action.index == action.index => {}
                Some(first) if is_plugin || first.is_plugin => report.push(hidden(&name, action, first.action)),
                Some(_) => {}
                None => drop(owners.insert(name, Owner { action, is_plugin })),
            }
        }
    }
}

/// The names of Python that a built-in action defines: those of its code, and those that follow from its settings.
fn built_in(action: &Action, fragment: &Fragment) -> Vec<String> {
    // What names a flow or a sink is text.
    let is_function = |kind: NameKind| matches!(kind, NameKind::View | NameKind::Function);
    let told = defined_names(action).into_iter().filter(|defined| is_function(defined.kind));
    let mut names: Vec<String> = told.map(|defined| defined.name).collect();
    for code in fragment.head.iter().chain([&fragment.body]) {
        // Code that is no Python is reported when the module is put together.
        names.extend(python::with_room(code, || python_names(code)).unwrap_or_default());
    }
    names
}

fn hidden(name: &str, action: &Action, first: &Action) -> Diagnostic {
    Diagnostic::error(&CODE_REFUSED, format!("two actions of this flowgroup define the function `{name}`"))
        .at(&action.node, "the code of this action hides the other one")
        .label(first.node.span, "defined by this action, too")
        .help("a plugin should take names of functions from the name or the target of the action; report this to its author")
}
