//! Templates: a flowgroup that uses one gets its actions, rendered with the flowgroup's parameters.

pub(crate) mod sql;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minijinja::Value as JinjaValue;
use rustc_hash::FxHashMap;

use super::jinja::{self, Jinja, JinjaError, Undefined};
use super::native;
use crate::check::{check_action_shape, check_file};
use crate::model::FileKind;
use crate::model::lax::LaxBool;
use crate::project::{Project, read_single};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::{PathKind, SourceMap, Span};
use crate::syntax::{Entry, Node, Step, Value, Via};

rules! {
    /// A flowgroup uses a template that does not exist.
    ///
    /// ## Why
    /// Without the template its actions are unknown. `use_template: ingest/csv` is the file
    /// `templates/ingest/csv.yaml`; the `name` in that file does not matter.
    ///
    /// ## Wrong
    /// ```yaml
    /// # there is templates/copied_table.yaml
    /// use_template: copy_table
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_template: copied_table
    /// ```
    pub static UNKNOWN_TEMPLATE: Rule = Rule::new("LHP-CFG-027", "unknown-template");
    /// A flowgroup uses a template without giving a value to one of its required parameters.
    ///
    /// ## Why
    /// The parameter would be empty text in every action of the template. A `default` does not help:
    /// it is only used for parameters that are not required.
    ///
    /// ## Wrong
    /// ```yaml
    /// # templates/copied_table.yaml has `parameters: [{ name: table, required: true }]`
    /// use_template: copied_table
    /// template_parameters:
    ///   tabel: orders
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_template: copied_table
    /// template_parameters:
    ///   table: orders
    /// ```
    pub static MISSING_PARAMETER: Rule = Rule::new("LHP-CFG-012", "missing-template-parameter");
    /// A text of a template is not valid Jinja, or uses a filter or test that does not exist.
    ///
    /// ## Why
    /// The text cannot be rendered, so the actions of the template have no values. Every text with
    /// `{{` and `}}` in a template is rendered, including text that only looks like Jinja.
    ///
    /// ## Wrong
    /// ```yaml
    /// comment: "{{ comment | uper }}"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// comment: "{{ comment | upper }}"
    /// ```
    pub static TEMPLATE_SYNTAX: Rule = Rule::new("LHP-CFG-027", "template-syntax");
    /// A rendered text of a template looks like a list or a mapping, but cannot be read as one.
    ///
    /// ## Why
    /// A text that starts with `[` and ends with `]` becomes a list, and one in `{` and `}` a mapping,
    /// so that parameters can be lists and mappings. For that it must be JSON or a Python literal.
    ///
    /// ## Wrong
    /// ```yaml
    /// use_template: clustered_table        # has `cluster_columns: "{{ columns }}"`
    /// template_parameters:
    ///   columns: "[order_id, shop]"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// use_template: clustered_table
    /// template_parameters:
    ///   columns: [order_id, shop]
    /// ```
    pub static RENDERED_VALUE: Rule = Rule::new("LHP-VAL-009", "rendered-value");
}

/// A template file that was read.
#[derive(Debug)]
pub struct Template {
    pub presets: Vec<Node>,
    parameters: Vec<Parameter>,
    actions: Vec<Node>,
    name: Arc<str>,
}

#[derive(Debug)]
struct Parameter {
    name: Arc<str>,
    required: bool,
    default: Option<Node>,
    span: Span,
}

/// The actions that a template gave.
pub struct Rendered {
    pub actions: Vec<Node>,
    /// Whether these are all of them; what is wrong with the others was reported.
    pub complete: bool,
}

/// A template that is read on first use; `None` inside means that it exists but cannot be used.
type Slot = Arc<OnceLock<(Option<Arc<Template>>, Report)>>;

/// The templates of a project, read on first use, and the engine that renders them.
pub struct Templates {
    slots: Mutex<FxHashMap<String, Slot>>,
    known: Vec<String>,
    jinja: Jinja,
}

impl Templates {
    /// Nothing is read yet.
    pub fn new(project: &Project) -> Self {
        let name = |path: &PathBuf| {
            let relative = path.strip_prefix("templates").ok()?.with_extension("");
            Some(relative.to_string_lossy().replace('\\', "/"))
        };
        let known = project.files.templates.iter().filter_map(name).collect();
        Self { slots: Mutex::default(), known, jinja: Jinja::new() }
    }

    /// Names of all templates, sorted as files are.
    pub fn names(&self) -> &[String] {
        &self.known
    }

    /// The template named by `place`.
    pub fn find(&self, project: &Project, place: &Node, report: &mut Report) -> Option<Arc<Template>> {
        let name = place.as_str()?;
        let path = PathBuf::from(format!("templates/{name}.yaml"));
        let listed = || self.known.iter().any(|known| known == name);
        if !listed() && !PathKind::is_anything(&project.root.join(&path)) {
            let close = did_you_mean(name, self.known.iter().map(String::as_str));
            report.push(
                Diagnostic::error(&UNKNOWN_TEMPLATE, format!("there is no template `{name}`"))
                    .at(place, "not found")
                    .help(match close {
                        Some(close) => format!("did you mean `{close}`?"),
                        None if self.known.is_empty() => format!("define it in `{}`", path.display()),
                        None => format!("known templates: {}", self.known.join(", ")),
                    }),
            );
            return None;
        }
        let slot =
            self.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone();
        let (template, faults) = slot.get_or_init(|| {
            let mut report = Report::default();
            (read(project, &path, &mut report).map(Arc::new), report)
        });
        report.append(faults.clone());
        template.clone()
    }

    /// The actions of a template, rendered for one flowgroup.
    pub fn expand(&self, project: &Project, template: &Template, flowgroup: &Node, report: &mut Report) -> Rendered {
        let place = flowgroup.get("use_template");
        let arguments = place.and_then(|place| Some((place, Arguments::bind(template, flowgroup, place, report)?)));
        let Some((place, arguments)) = arguments else { return Rendered { actions: Vec::new(), complete: false } };
        let mut actions = Vec::with_capacity(template.actions.len());
        for action in &template.actions {
            let mut action = action.clone();
            action.add_step(&Step::Template(template.name.clone()), place.span);
            if !self.render_node(&mut action, &arguments, &project.sources, report) {
                continue;
            }
            let faults = check_action_shape(&action);
            let usable = !faults.iter().any(Diagnostic::is_error);
            report.diagnostics.extend(faults);
            if usable && self.inline_sql(project, &mut action, &arguments, report) {
                actions.push(action);
            }
        }
        Rendered { complete: actions.len() == template.actions.len(), actions }
    }

    /// Renders every string below a node. False if something cannot be rendered.
    fn render_node(&self, node: &mut Node, arguments: &Arguments, sources: &SourceMap, report: &mut Report) -> bool {
        match &mut node.value {
            Value::String(text) if jinja::needs_rendering(text) => {
                let text = text.clone();
                match self.render_text(&text, node, arguments, sources) {
                    Ok(rendered) => *node = rendered,
                    Err(diagnostic) => {
                        report.push(*diagnostic);
                        return false;
                    }
                }
                true
            }
            Value::Sequence(items) => {
                // Every item is rendered even after a failure, so that all faults are reported.
                let rendered = items.iter_mut().map(|item| self.render_node(item, arguments, sources, report));
                rendered.filter(|good| !good).count() == 0
            }
            Value::Mapping(mapping) => {
                let values = mapping.entries.iter_mut().map(|entry| &mut entry.value);
                let rendered = values.map(|value| self.render_node(value, arguments, sources, report));
                rendered.filter(|good| !good).count() == 0
            }
            _ => true,
        }
    }

    fn render_text(
        &self,
        text: &str,
        node: &Node,
        arguments: &Arguments,
        sources: &SourceMap,
    ) -> Result<Node, Box<Diagnostic>> {
        let rendered = self.jinja.render(text, &arguments.context, Undefined::Empty).map_err(|error| {
            let place = faulty_part(text, &error, node, sources);
            let diagnostic = jinja_diagnostic(&TEMPLATE_SYNTAX, &error);
            Box::new(match place {
                Some(place) => diagnostic.label(place, "here").through(node.via.as_ref()),
                None => diagnostic.at(node, "in this text"),
            })
        })?;
        let mut like = Node { value: Value::Null, span: node.span, via: node.via.clone() };
        if let Some((name, span)) = arguments.used_in(text) {
            like.via = Some(Via::new(Step::TemplateParameter(name), span, like.via.take()));
        }
        match native::convert(&rendered) {
            Ok(value) => Ok(native::into_node(value, &like)),
            Err(error) => Err(Box::new(
                Diagnostic::error(&RENDERED_VALUE, error.message)
                    .at(&like, format!("became `{}`", shorten(&rendered)))
                    .help(error.help),
            )),
        }
    }
}

fn jinja_diagnostic(rule: &'static Rule, error: &JinjaError) -> Diagnostic {
    Diagnostic::error(rule, format!("this text cannot be rendered: {}", error.message))
        .help("correct the Jinja expression")
        .maybe_help(error.help.clone())
}

/// Where the part of a text that cannot be rendered is written, if the text stands in its file without escapes.
fn faulty_part(text: &str, error: &JinjaError, node: &Node, sources: &SourceMap) -> Option<Span> {
    let range = error.range.clone().filter(|range| !range.is_empty())?;
    let whole = sources.find(node.span, text)?;
    let start = whole.start as usize + range.start;
    Some(Span::new(whole.file, start, start + range.len()))
}

/// The beginning of a text, for messages.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether a declared parameter must be given.
pub(super) fn is_required(parameter: &Node) -> bool {
    match parameter.get("required").map(|node| &node.value) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Int(number)) => *number != 0,
        Some(Value::String(word)) => LaxBool::parse(word).is_some_and(|flag| flag.0),
        _ => false,
    }
}

fn read(project: &Project, path: &Path, report: &mut Report) -> Option<Template> {
    let node = read_single(&project.sources, path, report)?;
    let found = check_file(FileKind::Template, &node);
    let usable = !found.iter().any(Diagnostic::is_error);
    report.diagnostics.extend(found);
    if !usable {
        return None;
    }
    let list = |key: &str| node.get(key).and_then(Node::as_sequence).unwrap_or_default();
    let parameter = |item: &Node| {
        Some(Parameter {
            name: item.get("name")?.as_str()?.into(),
            required: is_required(item),
            default: item.get("default").cloned(),
            span: item.get("name")?.span,
        })
    };
    Some(Template {
        presets: list("presets").to_vec(),
        parameters: list("parameters").iter().filter_map(parameter).collect(),
        actions: list("actions").to_vec(),
        name: node.get("name")?.as_str()?.into(),
    })
}

/// Says which parameter is missing, and which given name may be a misspelling of it.
fn missing_parameter(template: &Template, parameter: &Parameter, given: &[Entry], place: &Node) -> Diagnostic {
    let Parameter { name, span, .. } = parameter;
    let declared = |key: &str| template.parameters.iter().any(|parameter| parameter.name.as_ref() == key);
    let unknown = given.iter().filter_map(|entry| entry.key.as_str()).filter(|key| !declared(key));
    let close = did_you_mean(name, unknown);
    let misspelt = given.iter().find(|entry| close.is_some() && entry.key.as_str() == close);
    let message = format!("template `{}` requires parameter `{name}`", template.name);
    let mut diagnostic = Diagnostic::error(&MISSING_PARAMETER, message).at(place, "used here without it");
    if let Some(entry) = misspelt {
        diagnostic = diagnostic.label(entry.key.span, "no parameter has this name");
    }
    diagnostic.label(*span, "declared here").help(match close {
        Some(close) => format!("write `{name}` instead of `{close}`"),
        None => format!("add `{name}: …` under `template_parameters`"),
    })
}

/// The values of a template's parameters for one flowgroup.
struct Arguments {
    context: JinjaValue,
    places: Vec<(Arc<str>, Span)>,
}

impl Arguments {
    fn bind(template: &Template, flowgroup: &Node, place: &Node, report: &mut Report) -> Option<Self> {
        let given = flowgroup.get("template_parameters").and_then(Node::as_mapping);
        let given = given.map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
        let mut complete = true;
        let mut values: Vec<(String, JinjaValue)> = Vec::new();
        let mut places = Vec::new();
        for entry in given {
            if let Some(name) = entry.key.as_str() {
                values.push((name.to_owned(), jinja::context_value(&entry.value)));
                places.push((name.into(), entry.value.span));
            }
        }
        for parameter in &template.parameters {
            if given.iter().any(|entry| entry.key.as_str() == Some(&parameter.name)) {
                continue;
            }
            if parameter.required {
                complete = false;
                report.push(missing_parameter(template, parameter, given, place));
            } else if let Some(default) = &parameter.default {
                values.push((parameter.name.to_string(), jinja::context_value(default)));
                places.push((parameter.name.clone(), default.span));
            }
        }
        complete.then(|| Self { context: JinjaValue::from_pairs(values), places })
    }

    /// The first parameter that a text mentions, and where its value is written.
    fn used_in(&self, text: &str) -> Option<(Arc<str>, Span)> {
        let inside = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(inside, _)| inside);
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        inside
            .flat_map(|expression| expression.split(move |letter| !is_word(letter)))
            .find_map(|word| self.places.iter().find(|(name, _)| name.as_ref() == word))
            .cloned()
    }
}
