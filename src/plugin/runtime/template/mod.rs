//! The template runtime: a capability is a Jinja template, rendered in the environment of the built-in ones.
//!
//! An entry `x.py.j2` renders code. What else an answer can hold is rendered by `x.py.meta.yaml.j2` or
//! `x.meta.yaml.j2` beside it, if there is one. An entry `x.json.j2` renders the answer of a hook.

mod json;
mod meta;
mod store;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use minijinja::value::Serde;
use minijinja::{Value, context};
use rustc_hash::FxHashMap;

use super::{Answer, Fault, Limits, Request, Runtime, TemplatePlace};
use crate::emit::{META_TEMPLATE, RenderCause, RenderError, Templates, template_value};
use crate::generator::metadata_values;
use crate::model::ActionType;
use crate::plugin::Plugin;
use crate::plugin::events::{EventAnswer, EventRequest};
use crate::source::SourceMap;

use json::JsonTemplates;
pub(super) use store::source;
pub use store::template_root;

/// Units of work per render, unless somebody says otherwise: about a tenth of a second.
pub(super) const FUEL: u64 = 5_000_000;

/// Renders the templates of one plugin. Every template is read and parsed once.
pub struct TemplateRuntime {
    root: PathBuf,
    sources: Arc<SourceMap>,
    templates: Templates,
    /// The templates of hooks, made when the first one is needed.
    json: OnceLock<JsonTemplates>,
    output: usize,
    fuel: u64,
    timeout: Option<u64>,
    config: OnceLock<Value>,
    /// The template for everything but code, by entry.
    metas: RwLock<FxHashMap<String, Option<String>>>,
}

impl TemplateRuntime {
    /// A runtime for the templates of a plugin.
    pub fn new(plugin: &Plugin, limits: &Limits, sources: Arc<SourceMap>) -> Self {
        let root = template_root(plugin);
        let fuel = limits.fuel.unwrap_or(FUEL);
        let templates = Templates::loading(store::source(root.clone(), sources.clone()));
        let templates = templates.with_fuel(fuel).with_limit(limits.output);
        Self {
            root,
            sources,
            templates,
            json: OnceLock::new(),
            output: limits.output,
            fuel,
            timeout: limits.timeout,
            config: OnceLock::new(),
            metas: RwLock::default(),
        }
    }

    fn json(&self) -> &JsonTemplates {
        let make =
            || JsonTemplates::new(store::source(self.root.clone(), self.sources.clone()), self.fuel, self.output);
        self.json.get_or_init(make)
    }

    /// The template for everything but code that belongs to an entry, if there is one.
    fn meta_of(&self, entry: &str) -> Result<Option<String>, RenderError> {
        if let Some(known) = self.metas.read().unwrap_or_else(PoisonError::into_inner).get(entry) {
            return Ok(known.clone());
        }
        let found = self.find_meta(entry)?;
        self.metas.write().unwrap_or_else(PoisonError::into_inner).insert(entry.to_owned(), found.clone());
        Ok(found)
    }

    fn find_meta(&self, entry: &str) -> Result<Option<String>, RenderError> {
        let whole = entry.strip_suffix(".j2").unwrap_or(entry);
        let short = whole.strip_suffix(".py").unwrap_or(whole);
        for stem in [whole, short] {
            let name = format!("{stem}{META_TEMPLATE}");
            if self.templates.has(&name)? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn values(&self, request: &Request<'_>) -> Value {
        let action = request.action;
        let config = self.config.get_or_init(|| {
            request.config.map_or_else(|| Value::from_pairs(std::iter::empty::<(Value, Value)>()), template_value)
        });
        let target = match action.kind {
            ActionType::Test => Value::from(action.test_table()),
            _ => Value::from(action.target()),
        };
        let upstream: Value = request
            .upstream
            .iter()
            .map(|source| context! { name => source.name.as_str(), action => source.action.as_deref() })
            .collect();
        context! {
            action => template_value(&action.node),
            spec => template_value(&action.settings),
            config => config,
            env => request.context.env,
            project => request.context.project,
            pipeline => request.context.pipeline,
            flowgroup => request.context.flowgroup,
            job_name => request.context.job_name,
            presets => request.context.presets.iter().map(|preset| Value::from(preset.as_ref())).collect::<Value>(),
            target => target,
            metadata => metadata_values(action),
            files => Value::from_pairs(request.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))),
            read_mode => request.context.read_mode.word(),
            upstream => upstream,
            platform => context! {
                engine => request.context.platform.engine.as_str(),
                spark => request.context.platform.spark.as_str(),
            },
        }
    }

    fn fault(&self, error: RenderError) -> Fault {
        let file = self.root.join(&error.template);
        let place = self.sources.load(&file).is_ok().then_some(TemplatePlace { file, line: error.line });
        match error.cause {
            RenderCause::Missing => Fault::NoEntry {
                detail: format!("there is no template `{}` in the template directory of the plugin", error.template),
            },
            RenderCause::Template => Fault::Template { message: error.message, place },
            RenderCause::OutOfFuel => Fault::OutOfFuel { limit: self.fuel, place },
            RenderCause::TooLarge => Fault::TooLarge { what: error.message },
        }
    }
}

impl Runtime for TemplateRuntime {
    fn check(&self, entry: &str) -> Result<(), Fault> {
        if entry.is_empty() {
            return Err(Fault::NoEntry { detail: "the capability names no `entry`".to_owned() });
        }
        let found = match entry.ends_with(json::ENDING) {
            true => self.json().has(entry),
            false => self.templates.has(entry),
        };
        match found {
            Ok(true) => self.meta_of(entry).map(drop).map_err(|error| self.fault(error)),
            Ok(false) => Err(Fault::NoEntry {
                detail: format!("there is no template `{entry}` in the template directory of the plugin"),
            }),
            Err(error) => Err(self.fault(error)),
        }
    }

    fn generate(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        let start = self.timeout.map(|milliseconds| (Instant::now(), milliseconds));
        let in_time = || match start {
            Some((start, milliseconds)) if start.elapsed().as_millis() > u128::from(milliseconds) => {
                Err(Fault::timeout(milliseconds))
            }
            _ => Ok(()),
        };
        let values = self.values(request);
        let body = self.templates.render(request.entry, values.clone()).map_err(|error| self.fault(error))?;
        in_time()?;
        let Some(meta) = self.meta_of(request.entry).map_err(|error| self.fault(error))? else {
            return Ok(Answer { body, ..Answer::default() });
        };
        let text = self.templates.render_marked(&meta, values).map_err(|error| self.fault(error))?;
        in_time()?;
        let file = self.root.join(&meta);
        let answer = meta::read(&text, &file, &self.sources)
            .map_err(|message| Fault::Template { message, place: Some(TemplatePlace { file, line: None }) })?;
        Ok(Answer { body, ..answer })
    }

    fn event(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault> {
        let events: Vec<Value> = request.events.iter().map(|event| Value::from(Serde(event))).collect();
        let event = events.first().cloned().unwrap_or_default();
        let part = |name: &str| event.get_attr(name).unwrap_or_default();
        let config = request.plugin.config.values.as_ref();
        let values = context! {
            config => config.map_or_else(|| Value::from_pairs(std::iter::empty::<(Value, Value)>()), template_value),
            env => request.env,
            type => part("type"),
            timestamp => part("timestamp"),
            pipeline => part("pipeline"),
            flowgroup => part("flowgroup"),
            action => part("action"),
            metadata => part("metadata"),
            error => part("error"),
            event,
            events,
        };
        let entry = request.provision.entry.as_deref().unwrap_or_default();
        self.check(entry)?;
        EventAnswer::parse(&self.json().render(entry, values).map_err(|error| self.fault(error))?)
    }
}
