//! Classes of Python plugins, judged by their text: the object exists and has the methods of its interface. Nothing runs.

use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use crate::emit::python;
use crate::plugin::Kind;
use crate::report::did_you_mean;

/// What is wrong with an object.
#[derive(Debug)]
pub(super) struct Problem {
    pub message: String,
    pub label: &'static str,
    pub help: String,
}

/// Sets of methods, one of which a class must have to be of a kind. The first one is the usual one.
fn interfaces(kind: Kind) -> &'static [&'static [&'static str]] {
    match kind {
        Kind::Load => &[&["get_source_type", "get_generator_class"], &["generate"]],
        Kind::Transform => &[&["get_transform_type", "get_generator_class"], &["generate"], &["transform"]],
        Kind::Write => &[&["get_write_type", "get_generator_class"], &["generate"]],
        Kind::Test => &[&["get_test_type", "get_generator_class"], &["generate"]],
        Kind::Hook => &[&["get_events", "handle_event"], &["handle_event"], &["get_hooks"]],
        Kind::Reader => &[&["extract"], &["fetch_data"]],
        Kind::Writer => &[&["write_batch"]],
        _ => &[],
    }
}

/// Checks that a module has an object, and that it has the methods of its kind as far as its text tells.
pub(super) fn check_object(text: &str, object: &str, kind: Kind) -> Result<(), Problem> {
    let parsed = python::module(text).map_err(|error| Problem {
        message: format!("its file is no Python: {}", error.message),
        label: "the module of this entry",
        help: "correct the syntax of the file".to_owned(),
    })?;
    let body = &parsed.syntax().body;
    let mut names = Vec::new();
    body.iter().for_each(|statement| names_of(statement, &mut names));
    if !names.contains(&object) {
        // What a star brings along is not known here.
        let open = body.iter().any(|statement| {
            matches!(statement, Stmt::ImportFrom(import) if import.names.iter().any(|alias| alias.name.as_str() == "*"))
        });
        if open {
            return Ok(());
        }
        return Err(Problem {
            message: format!("its file has no `{object}`"),
            label: "no such class",
            help: match did_you_mean(object, names.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "write the name of a class of the file after the colon".to_owned(),
            },
        });
    }
    let Some(class) = class_of(body, object) else { return Ok(()) };
    let mut methods = Vec::new();
    if !methods_of(class, body, &mut methods, 0) {
        return Ok(());
    }
    let sets = interfaces(kind);
    let lacks = |set: &&'static [&'static str]| -> Vec<&'static str> {
        set.iter().copied().filter(|method| !methods.contains(method)).collect()
    };
    if sets.is_empty() || sets.iter().any(|set| lacks(set).is_empty()) {
        return Ok(());
    }
    let nearest = sets.iter().map(lacks).min_by_key(Vec::len).unwrap_or_default();
    let missing: Vec<String> = nearest.iter().map(|method| format!("`{method}`")).collect();
    Err(Problem {
        message: format!("`{object}` lacks {}", missing.join(" and ")),
        label: "not the interface of this kind",
        help: format!("define {} in the class", missing.join(" and ")),
    })
}

fn names_of<'a>(statement: &'a Stmt, names: &mut Vec<&'a str>) {
    match statement {
        Stmt::ClassDef(class) => names.push(class.name.as_str()),
        Stmt::FunctionDef(function) => names.push(function.name.as_str()),
        Stmt::Import(import) => {
            names.extend(import.names.iter().map(|alias| alias.asname.as_ref().unwrap_or(&alias.name).as_str()))
        }
        Stmt::ImportFrom(import) => {
            names.extend(import.names.iter().map(|alias| alias.asname.as_ref().unwrap_or(&alias.name).as_str()))
        }
        Stmt::Assign(assign) => names.extend(assign.targets.iter().filter_map(name_of)),
        Stmt::AnnAssign(assign) => names.extend(name_of(&assign.target)),
        Stmt::If(branch) => {
            branch.body.iter().for_each(|inner| names_of(inner, names));
            branch.elif_else_clauses.iter().flat_map(|clause| &clause.body).for_each(|inner| names_of(inner, names));
        }
        Stmt::Try(attempt) => attempt.body.iter().for_each(|inner| names_of(inner, names)),
        _ => {}
    }
}

fn name_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        _ => None,
    }
}

fn class_of<'a>(body: &'a [Stmt], name: &str) -> Option<&'a StmtClassDef> {
    body.iter().find_map(|statement| match statement {
        Stmt::ClassDef(class) if class.name.as_str() == name => Some(class),
        _ => None,
    })
}

/// Collects the methods of a class and of those in the same file that it builds on. False if it builds on others, of
/// which not everything is known.
fn methods_of<'a>(class: &'a StmtClassDef, body: &'a [Stmt], methods: &mut Vec<&'a str>, depth: usize) -> bool {
    /// Classes that ask for methods and bring none of them.
    const ABSTRACT: [&str; 9] = [
        "object",
        "ABC",
        "IPlugin",
        "ILoadGeneratorPlugin",
        "ITransformGeneratorPlugin",
        "IWriteGeneratorPlugin",
        "ITestGeneratorPlugin",
        "IEventHook",
        "BaseActionGenerator",
    ];
    for statement in &class.body {
        match statement {
            Stmt::FunctionDef(function) => methods.push(function.name.as_str()),
            Stmt::Assign(assign) => methods.extend(assign.targets.iter().filter_map(name_of)),
            _ => {}
        }
    }
    let bases = class.arguments.iter().flat_map(|arguments| arguments.args.iter());
    for base in bases {
        let name = match base {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return false,
        };
        match class_of(body, name) {
            Some(base) if depth < 16 => {
                if !methods_of(base, body, methods, depth + 1) {
                    return false;
                }
            }
            None if ABSTRACT.contains(&name) => {}
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, object: &str, kind: Kind) -> Option<String> {
        check_object(text, object, kind).err().map(|problem| problem.message)
    }

    #[test]
    fn l_22_a_class_without_the_interface_is_told_what_it_lacks() {
        let text = "class P(ILoadGeneratorPlugin):\n    def get_source_type(self): return 's3'\n";
        assert_eq!(message(text, "P", Kind::Load).as_deref(), Some("`P` lacks `get_generator_class`"));
        assert_eq!(message(text, "Q", Kind::Load).as_deref(), Some("its file has no `Q`"));
        assert_eq!(message("class H: pass\n", "H", Kind::Hook).as_deref(), Some("`H` lacks `handle_event`"));
    }

    #[test]
    fn a_class_may_inherit_what_it_needs() {
        let own = "class B:\n    def generate(self, action, context): ...\nclass P(B): ...\n";
        assert_eq!(message(own, "P", Kind::Load), None);
        assert_eq!(message("from x import B\nclass P(B): ...\n", "P", Kind::Load), None);
        assert_eq!(message("from x import P\n", "P", Kind::Load), None);
        assert_eq!(message("from x import *\n", "P", Kind::Load), None);
    }
}
