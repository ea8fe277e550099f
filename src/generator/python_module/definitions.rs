//! What a data source calls itself: the text of its module and its class go in, its name comes out, if it can be read.
//! The module is parsed, never run.

use ruff_python_ast::{Expr, ModModule, Stmt, StmtClassDef, StmtFunctionDef};

use super::deep::on_deep_stack;
use crate::emit::python;
use crate::report::did_you_mean;

/// How deep base classes are followed.
const MAX_BASES: usize = 16;

/// Base classes that do not give a data source another name than that of its class.
const NAMELESS_BASES: [&str; 3] = ["ABC", "DataSource", "object"];

/// The name under which Spark knows the data source that a class of a module defines: the text that its class method
/// `name` returns, by default the name of the class. None if only the class itself can tell, when it runs.
///
/// ```
/// use lhp::generator::python_module::data_source_name;
///
/// let source = "class Tide:\n    @classmethod\n    def name(cls) -> str:\n        return 'tide'\n";
/// assert_eq!(data_source_name(source, "Tide").as_deref(), Some("tide"));
/// assert_eq!(data_source_name("from sea import Tide\n", "Tide"), None);
/// ```
pub fn data_source_name(source: &str, class: &str) -> Option<String> {
    on_deep_stack(|| find_name(source, class))
}

fn find_name(source: &str, class: &str) -> Option<String> {
    let parsed = python::module(source).ok()?;
    let module = parsed.syntax();
    let mut definition = find_class(&module.body, class)?;
    for _ in 0..MAX_BASES {
        if let Some(function) = name_method(definition) {
            return returned(function, definition, class, module);
        }
        if assigned(&definition.body, "name").next().is_some() {
            return None;
        }
        let bases = || definition.arguments.iter().flat_map(|arguments| &arguments.args);
        let local = bases().filter_map(|base| base.as_name_expr()).find_map(|base| find_class(&module.body, &base.id));
        match local {
            Some(base) => definition = base,
            None => return bases().all(is_nameless).then(|| class.to_owned()),
        }
    }
    None
}

fn is_nameless(base: &Expr) -> bool {
    let name = match base {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    NAMELESS_BASES.contains(&name)
}

/// The function or class at the top level of a module whose name is closest to a misspelt one.
pub fn similar(source: &str, name: &str) -> Option<String> {
    on_deep_stack(|| {
        let parsed = python::module(source).ok()?;
        let names = parsed.syntax().body.iter().filter_map(|statement| match statement {
            Stmt::FunctionDef(function) => Some(function.name.as_str()),
            Stmt::ClassDef(class) => Some(class.name.as_str()),
            _ => None,
        });
        did_you_mean(name, names).map(str::to_owned)
    })
}

/// The last definition of a class counts, also one inside a condition.
fn find_class<'a>(body: &'a [Stmt], name: &str) -> Option<&'a StmtClassDef> {
    body.iter().rev().find_map(|statement| match statement {
        Stmt::ClassDef(class) if class.name.as_str() == name => Some(class),
        _ => blocks(statement).into_iter().rev().find_map(|block| find_class(block, name)),
    })
}

/// The blocks of a statement that bind names in the scope around it.
fn blocks(statement: &Stmt) -> Vec<&[Stmt]> {
    match statement {
        Stmt::If(inner) => std::iter::once(inner.body.as_slice())
            .chain(inner.elif_else_clauses.iter().map(|clause| clause.body.as_slice()))
            .collect(),
        Stmt::Try(inner) => {
            let handlers = inner.handlers.iter().filter_map(|handler| handler.as_except_handler());
            let handlers = handlers.map(|handler| handler.body.as_slice());
            let rest = [inner.orelse.as_slice(), inner.finalbody.as_slice()];
            std::iter::once(inner.body.as_slice()).chain(handlers).chain(rest).collect()
        }
        Stmt::With(inner) => vec![inner.body.as_slice()],
        Stmt::For(inner) => vec![inner.body.as_slice(), inner.orelse.as_slice()],
        Stmt::While(inner) => vec![inner.body.as_slice(), inner.orelse.as_slice()],
        _ => Vec::new(),
    }
}

/// `name` as Spark calls it: on the class.
fn name_method(class: &StmtClassDef) -> Option<&StmtFunctionDef> {
    class.body.iter().rev().find_map(|statement| {
        let function = statement.as_function_def_stmt().filter(|function| function.name.as_str() == "name")?;
        let decorators = function.decorator_list.iter().filter_map(|decorator| decorator.expression.as_name_expr());
        let on_class =
            decorators.into_iter().any(|decorator| matches!(decorator.id.as_str(), "classmethod" | "staticmethod"));
        on_class.then_some(function)
    })
}

/// The one text that a function returns, written out or as a constant of its class or module. `asked` is the class
/// whose name is wanted, which may be derived from the one with the function.
fn returned(function: &StmtFunctionDef, class: &StmtClassDef, asked: &str, module: &ModModule) -> Option<String> {
    let mut statements = function.body.iter().enumerate().filter(|(index, statement)| {
        !(*index == 0 && statement.as_expr_stmt().is_some_and(|inner| inner.value.is_string_literal_expr()))
    });
    let (_, only) = statements.next()?;
    match only.as_return_stmt()?.value.as_deref()? {
        Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
        Expr::Name(name) => constant(&module.body, &name.id),
        Expr::Attribute(attribute) => {
            let owner = attribute.value.as_name_expr()?.id.as_str();
            let own = owner == "cls" || owner == class.name.as_str();
            match attribute.attr.as_str() {
                "__name__" if own => Some(if owner == "cls" { asked } else { owner }.to_owned()),
                constant_name => own.then(|| constant(&class.body, constant_name)).flatten(),
            }
        }
        _ => None,
    }
}

/// The text of a name that is assigned exactly once.
fn constant(body: &[Stmt], name: &str) -> Option<String> {
    let mut values = assigned(body, name);
    let (only, second) = (values.next()?, values.next());
    match only {
        Expr::StringLiteral(literal) if second.is_none() => Some(literal.value.to_str().to_owned()),
        _ => None,
    }
}

/// The values that are assigned to a name.
fn assigned<'a>(body: &'a [Stmt], name: &str) -> impl Iterator<Item = &'a Expr> {
    let is_name = move |target: &Expr| target.as_name_expr().is_some_and(|target| target.id.as_str() == name);
    body.iter().filter_map(move |statement| match statement {
        Stmt::Assign(assign) if assign.targets.iter().any(is_name) => Some(assign.value.as_ref()),
        Stmt::AnnAssign(assign) if is_name(&assign.target) => assign.value.as_deref(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &str) -> Option<String> {
        let method = |result: &str| format!("    @classmethod\n    def name(cls):\n        return {result}\n");
        let source = body.replace("NAME(", "\u{0}");
        let source = source.split('\u{0}').enumerate().map(|(index, part)| match (index, part.split_once(')')) {
            (0, _) | (_, None) => part.to_owned(),
            (_, Some((result, rest))) => format!("{}{rest}", method(result)),
        });
        data_source_name(&source.collect::<String>(), "Tide")
    }

    #[test]
    fn a_name_that_stands_in_the_module_is_read() {
        for (body, name) in [
            ("class Tide(DataSource):\nNAME('tide')", "tide"),
            ("SEA = 'sea'\nclass Tide(DataSource):\nNAME(SEA)", "sea"),
            ("class Tide(DataSource):\n    SEA = 'sea'\nNAME(cls.SEA)", "sea"),
            ("class Base(DataSource):\nNAME('base')\nclass Tide(Base):\n    pass\n", "base"),
            ("class Base(DataSource):\nNAME(cls.__name__)\nclass Tide(Base):\n    pass\n", "Tide"),
            ("class Base(DataSource):\nNAME(Base.__name__)\nclass Tide(Base):\n    pass\n", "Base"),
            ("class Tide(datasource.DataSource):\n    pass\n", "Tide"),
            ("class Tide:\n    pass\nclass Wind:\nNAME('wind')", "Tide"),
            ("if True:\n    class Tide: pass\n", "Tide"),
        ] {
            assert_eq!(named(body).as_deref(), Some(name), "{body}");
        }
    }

    #[test]
    fn a_name_that_only_the_class_can_tell_is_left_to_it() {
        for body in [
            "class Tide(DataSource):\nNAME('a' + SEA)",
            "class Tide(DataSource):\nNAME(OTHER)",
            "class Tide(DataSource):\n    name = classmethod(f)\n",
            "class Tide(Imported):\n    pass\n",
            "class Tide(Mixin, DataSource):\n    pass\n",
            "from sea import Tide\n",
            "Tide = make()\n",
            "class Wind:\n    pass\n",
        ] {
            assert_eq!(named(body), None, "{body}");
        }
    }
}
