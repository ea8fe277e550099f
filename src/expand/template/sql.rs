//! SQL files that a template's actions name: those with Jinja are rendered and put in the place of their path.

use std::path::Path;

use super::{Arguments, Templates, jinja_diagnostic};
use crate::expand::jinja::{self, Undefined};
use crate::project::{Project, read_diagnostic, text_file_rule};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;
use crate::syntax::Node;

rules! {
    /// A SQL file of a template cannot be rendered, or renders to nothing.
    ///
    /// ## Why
    /// A SQL file with `{{`, `{%` or `{#` is rendered with the parameters of the template. Unlike
    /// in YAML, a name without a value is an error there: a query with a gap would fail only when the
    /// pipeline runs.
    ///
    /// ## Wrong
    /// ```sql
    /// SELECT * FROM sales.{{ tabel }}
    /// ```
    ///
    /// ## Right
    /// ```sql
    /// SELECT * FROM sales.{{ table }}
    /// ```
    pub static SQL_TEMPLATE: Rule = Rule::new("LHP-CFG-071", "sql-template");
}

impl Templates {
    /// Puts the rendered text of a SQL file with Jinja in the place of its path. False if it cannot be rendered.
    pub(super) fn inline_sql(
        &self,
        project: &Project,
        action: &mut Node,
        arguments: &Arguments,
        report: &mut Report,
    ) -> bool {
        let Some(holder) = holder(action).filter(|holder| !holder.get("sql").is_some_and(Node::is_truthy)) else {
            return true;
        };
        let Some(path) = holder.get("sql_path").filter(|path| path.as_str().is_some()).cloned() else { return true };
        let relative = path.as_str().unwrap_or_default().replace('\\', "/");
        let file = match project.sources.load(Path::new(&relative)) {
            Ok(file) => file,
            // A missing file is reported where its text is needed; it may contain tokens that are not replaced yet.
            Err(error) if error.problem.is_absence() => return true,
            Err(error) => {
                report.push(read_diagnostic(text_file_rule(error.problem), &error).at(&path, "named here"));
                return false;
            }
        };
        let source = project.sources.get(file);
        if !jinja::has_markers(&source.text) {
            return true;
        }
        let fault = match self.jinja.render(&source.text, &arguments.context, Undefined::Strict) {
            Ok(rendered) if !rendered.trim().is_empty() => {
                let mut sql = Node::string(rendered.trim(), Span::new(file, 0, source.text.len()));
                sql.via = path.via.clone();
                if let Some(mapping) = holder.as_mapping_mut() {
                    mapping.remove("sql_path");
                    mapping.insert(Node::string("sql", path.span), sql);
                }
                return true;
            }
            Ok(_) => Diagnostic::error(&SQL_TEMPLATE, format!("`{}` renders to nothing", source.path))
                .at(&path, "named here")
                .help("make the file give a query for these parameters as well, or name another file"),
            Err(error) => {
                let range = error.range.clone().unwrap_or(0..0);
                jinja_diagnostic(&SQL_TEMPLATE, &error)
                    .label(Span::new(file, range.start, range.end), "here")
                    .label(path.span, "named here")
                    .through(path.via.as_ref())
            }
        };
        report.push(fault);
        false
    }
}

/// The part of an action that may name a SQL file.
fn holder(action: &mut Node) -> Option<&mut Node> {
    let is = |node: &Node, key: &str, word: &str| node.get(key).and_then(Node::as_str) == Some(word);
    if is(action, "type", "transform") {
        return Some(action).filter(|action| is(action, "transform_type", "sql"));
    }
    let (key, word) = match action.get("type").and_then(Node::as_str)? {
        "load" => ("source", "sql"),
        "write" => ("write_target", "materialized_view"),
        _ => return None,
    };
    action.as_mapping_mut()?.get_mut(key).filter(|holder| is(holder, "type", word))
}
