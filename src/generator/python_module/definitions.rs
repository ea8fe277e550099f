//! What a module defines: its text and a name go in; whether the name exists, and what a data source calls itself,
//! comes out. The module is parsed, never run.

use ruff_python_ast::{Expr, ModModule, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_python_parser::parse_module;

use super::deep::on_deep_stack;
use crate::report::did_you_mean;

/// How deep base classes are followed.
const MAX_BASES: usize = 16;

/// The name under which Spark knows a data source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataSourceName {
    /// The text that `name()` of the class returns.
    Literal(String),
    /// The class has no `name()` of its own: Spark takes the name of the class.
    ClassName(String),
    /// `name()` computes its result; the name of the class stands in for it.
    Computed(String),
    /// The module has no such class; its name stands in.
    NoClass(String),
}

impl DataSourceName {
    /// The name for `format(…)`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Literal(name) | Self::ClassName(name) | Self::Computed(name) | Self::NoClass(name) => name,
        }
    }
}

/// The name of the data source that a class of a module defines.
///
/// ```
/// use lhp::generator::python_module::{DataSourceName, data_source_name};
///
/// let source = "class Tide:\n    @classmethod\n    def name(cls) -> str:\n        return 'tide'\n";
/// assert_eq!(data_source_name(source, "Tide"), DataSourceName::Literal("tide".to_owned()));
/// ```
pub fn data_source_name(source: &str, class: &str) -> DataSourceName {
    on_deep_stack(|| find_name(source, class))
}

fn find_name(source: &str, class: &str) -> DataSourceName {
    let Ok(parsed) = parse_module(source) else { return DataSourceName::NoClass(class.to_owned()) };
    let module = parsed.syntax();
    let Some(mut definition) = find_class(&module.body, class) else {
        return if binds(&module.body, class) {
            DataSourceName::Computed(class.to_owned())
        } else {
            DataSourceName::NoClass(class.to_owned())
        };
    };
    for _ in 0..MAX_BASES {
        if let Some(function) = name_method(definition) {
            return match returned(function, definition, module) {
                Some(name) => DataSourceName::Literal(name),
                None => DataSourceName::Computed(class.to_owned()),
            };
        }
        let bases = definition.arguments.iter().flat_map(|arguments| &arguments.args);
        let local = bases.filter_map(|base| base.as_name_expr()).find_map(|base| find_class(&module.body, &base.id));
        match local {
            Some(base) => definition = base,
            None => break,
        }
    }
    DataSourceName::ClassName(class.to_owned())
}

/// Whether a module binds a name at its top level. A star import may bind anything.
pub fn defines(source: &str, name: &str) -> bool {
    on_deep_stack(|| parse_module(source).is_ok_and(|parsed| binds(&parsed.syntax().body, name)))
}

/// The function or class at the top level of a module whose name is closest to a misspelt one.
pub fn similar(source: &str, name: &str) -> Option<String> {
    on_deep_stack(|| {
        let parsed = parse_module(source).ok()?;
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

fn binds(body: &[Stmt], name: &str) -> bool {
    let is_name = |target: &Expr| target.as_name_expr().is_some_and(|target| target.id.as_str() == name);
    body.iter().any(|statement| match statement {
        Stmt::FunctionDef(function) => function.name.as_str() == name,
        Stmt::ClassDef(class) => class.name.as_str() == name,
        Stmt::Assign(assign) => assign.targets.iter().any(|target| match target {
            Expr::Tuple(tuple) => tuple.elts.iter().any(is_name),
            _ => is_name(target),
        }),
        Stmt::AnnAssign(assign) => is_name(&assign.target),
        Stmt::Import(import) => import.names.iter().any(|alias| {
            let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
            local.split('.').next() == Some(name)
        }),
        Stmt::ImportFrom(import) => import
            .names
            .iter()
            .any(|alias| alias.name.as_str() == "*" || alias.asname.as_ref().unwrap_or(&alias.name).as_str() == name),
        _ => blocks(statement).into_iter().any(|block| binds(block, name)),
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

/// The one text that a function returns, written out or as a constant of its class or module.
fn returned(function: &StmtFunctionDef, class: &StmtClassDef, module: &ModModule) -> Option<String> {
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
            own.then(|| constant(&class.body, attribute.attr.as_str())).flatten()
        }
        _ => None,
    }
}

/// The text of a name that is assigned exactly once.
fn constant(body: &[Stmt], name: &str) -> Option<String> {
    let is_name = |target: &Expr| target.as_name_expr().is_some_and(|target| target.id.as_str() == name);
    let mut values = body.iter().filter_map(|statement| match statement {
        Stmt::Assign(assign) if assign.targets.iter().any(is_name) => Some(assign.value.as_ref()),
        Stmt::AnnAssign(assign) if is_name(&assign.target) => assign.value.as_deref(),
        _ => None,
    });
    let (only, second) = (values.next()?, values.next());
    match only {
        Expr::StringLiteral(literal) if second.is_none() => Some(literal.value.to_str().to_owned()),
        _ => None,
    }
}
