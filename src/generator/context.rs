//! What a generator may use besides its action: templates, text files, and facts about its flowgroup.

use std::path::Path;
use std::sync::Arc;

use minijinja::Value as TemplateValue;

use super::python_module::Modules;
use super::unreplaced;
use crate::emit::literal::python_str;
use crate::emit::{Templates, template_text, template_value};
use crate::expand::Action;
use crate::expand::substitution::{Place, Source};
use crate::project::{Project, read_diagnostic, text_file_rule};
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::{FileId, Span};
use crate::syntax::token::{self, Found};
use crate::syntax::{Node, Text, Value};

rules! {
    /// A template of lhp failed. Your project is not to blame.
    ///
    /// ## Why
    /// The code of the action could not be written, so nothing is generated rather than something wrong.
    ///
    /// ## Right
    /// Report the message together with the action that it names. Until this is corrected, try the action
    /// with fewer settings to find the one that makes the difference.
    pub static INTERNAL_TEMPLATE: Rule = Rule::new("LHP-CFG-031", "internal-template");
    /// A file with SQL or a schema holds the name of a token in plain braces, `{name}`.
    ///
    /// ## Why
    /// The braces are replaced by the value of the token, also where they are meant for somebody else:
    /// for a path pattern, for a format text, or for Python. The form `${name}` leaves no doubt.
    ///
    /// ## Wrong
    /// ```sql
    /// SELECT * FROM {catalog}.sales.orders
    /// ```
    ///
    /// ## Right
    /// ```sql
    /// SELECT * FROM ${catalog}.sales.orders
    /// ```
    pub static BARE_TOKEN: Rule = Rule::new("LHP-DEPR-001", "bare-token-in-file").advice();
    /// A name from the project is to be a name in Python, and cannot be one.
    ///
    /// ## Why
    /// The view `v_orders` becomes a function of this name, and modules, functions and classes are
    /// imported by theirs. A name with other signs, or a word of Python itself such as `class`, would make
    /// code that does not parse.
    ///
    /// ## Wrong
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: { type: delta, catalog: main, schema: sales, table: orders }
    ///   target: v-orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - name: load_orders
    ///   type: load
    ///   source: { type: delta, catalog: main, schema: sales, table: orders }
    ///   target: v_orders
    /// ```
    pub static NOT_AN_IDENTIFIER: Rule = Rule::new("LHP-CFG-031", "not-an-identifier");
}

/// The surroundings of an action.
pub struct Context<'a> {
    pub project: &'a Project,
    pub source: &'a Source<'a>,
    pub templates: &'a Templates,
    /// The Python modules that were copied so far.
    pub modules: &'a Modules,
    pub pipeline: &'a str,
    pub flowgroup: &'a str,
    /// Name of the job that the flowgroup belongs to.
    pub job_name: Option<&'a str>,
    /// Presets that the flowgroup lists.
    pub presets: &'a [Arc<str>],
    /// All actions of this flowgroup, in the order in which they are emitted; only for names that must differ in a
    /// module.
    pub actions: &'a [&'a Action],
    /// The action of this flowgroup that creates the table into which this action writes; without one, the first
    /// action that writes into the table.
    pub creator: Option<&'a Action>,
}

impl Context<'_> {
    /// Renders a template of this program.
    pub fn render(
        &self,
        template: &str,
        values: TemplateValue,
        action: &Action,
        report: &mut Report,
    ) -> Option<String> {
        match self.templates.render(template, values) {
            Ok(text) => Some(text),
            Err(error) => {
                report.push(
                    Diagnostic::error(
                        &INTERNAL_TEMPLATE,
                        format!("template `{}` failed: {}", error.template, error.message),
                    )
                    .at(&action.node, "while generating this action")
                    .help("this is a fault of lhp; please report it with this action"),
                );
                None
            }
        }
    }

    /// The text of a file that an action names, with tokens and secrets resolved and the ends stripped.
    pub fn read_text(&self, path: &Node, report: &mut Report) -> Option<Text> {
        let file = self.load(path, report)?;
        let source = self.project.sources.get(file.file);
        let before = report.diagnostics.len();
        self.advise_bare(file.file, &source.text, report);
        let text = self.source.text(&source.text, Place::File(file), &mut Vec::new(), report);
        let failed = report.diagnostics.iter().skip(before).any(Diagnostic::is_error);
        (!failed).then(|| text.trimmed())
    }

    /// Remarks on `{name}` in a text file: it may be meant for somebody else than this program.
    fn advise_bare(&self, file: FileId, text: &str, report: &mut Report) {
        let known =
            |found: &Found<'_>| found.token.name().is_some_and(|name| self.source.environment.token(name).is_some());
        let mut bare = token::scan_bare(text).filter(known);
        let Some(first) = bare.next() else { return };
        let name = first.token.name().unwrap_or_default();
        let more = match bare.count() {
            0 => String::new(),
            more => format!("; {more} more in this file are replaced, too"),
        };
        report.push(
            Diagnostic::advice(&BARE_TOKEN, format!("`{{{name}}}` is replaced by the value of token `{name}`{more}"))
                .label(Span::new(file, first.range.start, first.range.end), "the name of a token in braces")
                .help(format!("write `${{{name}}}` if that is meant; otherwise rename the token")),
        );
    }

    /// The text of a file that an action names, exactly as it is, but with the ends stripped.
    pub fn read_verbatim(&self, path: &Node, report: &mut Report) -> Option<String> {
        let file = self.load(path, report)?;
        unreplaced::advise_file(file.file, self.project, report);
        Some(self.project.sources.get(file.file).text.trim_start_matches('\u{feff}').trim().to_owned())
    }

    /// The span of a whole file that an action names.
    pub fn load(&self, path: &Node, report: &mut Report) -> Option<Span> {
        load(path, self.project, report)
    }
}

/// The span of a whole file whose path a node holds.
pub(super) fn load(path: &Node, project: &Project, report: &mut Report) -> Option<Span> {
    let relative = path.as_str()?.replace('\\', "/");
    match project.sources.load(Path::new(&relative)) {
        Ok(file) => Some(Span::new(file, 0, project.sources.get(file).text.len())),
        Err(error) => {
            report.push(read_diagnostic(text_file_rule(error.problem), &error).at(path, "named here"));
            None
        }
    }
}

/// A scalar as text: numbers and booleans as Python shows them, secrets kept apart.
pub fn text_of(node: &Node) -> Text {
    python_str(node)
}

/// A scalar as a template value that is a string.
pub fn string_value(node: &Node) -> TemplateValue {
    template_text(&text_of(node))
}

/// Reader options in their emitted form: text, numbers and booleans stay, everything else becomes text.
pub fn option_value(node: &Node) -> TemplateValue {
    match &node.value {
        Value::String(_) | Value::Secret(_) | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) => template_value(node),
        Value::Float(number) if number.is_finite() => template_value(node),
        _ => template_text(&python_str(node)),
    }
}

/// A list of pairs of key and value, for templates that loop over options.
pub fn option_pairs<'a>(pairs: impl IntoIterator<Item = (&'a Node, TemplateValue)>) -> TemplateValue {
    pairs
        .into_iter()
        .map(|(key, value)| minijinja::context! { key => template_text(&python_str(key)), value => value })
        .collect()
}

/// Checks that a name can stand in Python code.
pub fn check_identifier(name: &str, place: &Node, what: &str, report: &mut Report) {
    if !crate::emit::is_identifier(name) {
        report.push(
            Diagnostic::error(&NOT_AN_IDENTIFIER, format!("`{name}` cannot be the name of {what}"))
                .at(place, "not a Python name")
                .help("use letters, digits and `_`, do not begin with a digit, and avoid Python keywords"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::python_module::Layout;
    use crate::project::{ProjectOptions, read_single};
    use crate::source::SourceMap;

    #[test]
    fn a_template_that_fails_is_a_fault_of_the_program() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("lhp.yaml"), "name: orders\n").unwrap();
        let options = ProjectOptions { environment: "dev".to_owned(), ..ProjectOptions::default() };
        let mut report = Report::default();
        let project = Project::open(Arc::new(SourceMap::new(directory.path())), &options, &mut report).unwrap();
        let context = Context {
            project: &project,
            source: &Source { environment: &project.environment, sources: &project.sources },
            templates: &Templates::new(|_| Some("{{ view }}\n".into())),
            modules: &Modules::new(Layout::AsWritten),
            pipeline: "bronze",
            flowgroup: "orders",
            job_name: None,
            presets: &[],
            actions: &[],
            creator: None,
        };
        let text = "{name: load_orders, type: load, source: {type: sql, sql: SELECT 1}, target: v_orders}";
        std::fs::write(directory.path().join("action.yaml"), text).unwrap();
        let node = read_single(&project.sources, Path::new("action.yaml"), &mut report).unwrap();
        let action = Action::new(0, node.clone()).unwrap();
        assert_eq!(context.render("view.py.j2", TemplateValue::default(), &action, &mut report), None);
        let [found] = report.diagnostics.as_slice() else { panic!("{:?}", report.diagnostics) };
        assert_eq!((found.rule, found.labels[0].span), (&INTERNAL_TEMPLATE, node.span));
        assert!(found.message.starts_with("template `view.py.j2` failed: "), "{}", found.message);
    }
}
