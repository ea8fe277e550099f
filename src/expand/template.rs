//! Templates: a flowgroup that uses one gets its actions, rendered with the flowgroup's parameters.

mod sql;

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
use crate::report::{Diagnostic, Report, Rule, did_you_mean};
use crate::source::{PathKind, Span};
use crate::syntax::{Node, Step, Value, Via};

/// A template that does not exist.
pub static UNKNOWN_TEMPLATE: Rule = Rule::new("LHP-CFG-027", "unknown-template");
/// A required parameter of a template is not given.
pub static MISSING_PARAMETER: Rule = Rule::new("LHP-CFG-012", "missing-template-parameter");
/// A template text that is not valid Jinja.
pub static TEMPLATE_SYNTAX: Rule = Rule::new("LHP-CFG-027", "template-syntax");
/// Rendered text looks like a list or mapping but cannot be read as one.
pub static RENDERED_VALUE: Rule = Rule::new("LHP-VAL-009", "rendered-value");

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
        if !PathKind::is_anything(&project.root.join(&path)) {
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
            if !self.render_node(&mut action, &arguments, report) {
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
    fn render_node(&self, node: &mut Node, arguments: &Arguments, report: &mut Report) -> bool {
        match &mut node.value {
            Value::String(text) if jinja::needs_rendering(text) => {
                let text = text.clone();
                match self.render_text(&text, node, arguments) {
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
                items.iter_mut().map(|item| self.render_node(item, arguments, report)).filter(|good| !good).count() == 0
            }
            Value::Mapping(mapping) => {
                let values = mapping.entries.iter_mut().map(|entry| &mut entry.value);
                values.map(|value| self.render_node(value, arguments, report)).filter(|good| !good).count() == 0
            }
            _ => true,
        }
    }

    fn render_text(&self, text: &str, node: &Node, arguments: &Arguments) -> Result<Node, Box<Diagnostic>> {
        let rendered = self
            .jinja
            .render(text, &arguments.context, Undefined::Empty)
            .map_err(|error| Box::new(jinja_diagnostic(&TEMPLATE_SYNTAX, &error).at(node, "in this text")))?;
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
            span: item.span,
        })
    };
    Some(Template {
        presets: list("presets").to_vec(),
        parameters: list("parameters").iter().filter_map(parameter).collect(),
        actions: list("actions").to_vec(),
        name: node.get("name")?.as_str()?.into(),
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
                let close = did_you_mean(&parameter.name, given.iter().filter_map(|entry| entry.key.as_str()));
                report.push(
                    Diagnostic::error(
                        &MISSING_PARAMETER,
                        format!("template `{}` requires parameter `{}`", template.name, parameter.name),
                    )
                    .at(place, "used here without it")
                    .label(parameter.span, "declared here")
                    .help(match close {
                        Some(close) => format!(
                            "add `{}: …` under `template_parameters` (is `{close}` a misspelling?)",
                            parameter.name
                        ),
                        None => format!("add `{}: …` under `template_parameters`", parameter.name),
                    }),
                );
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
