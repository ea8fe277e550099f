//! The hooks of a project: its settings and its plugin table go in, who wants which events comes out. Nothing runs.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::built_in::{LoggingSettings, MetricsSettings};
use super::{Collector, Event, EventAnswer, EventRequest, EventSet, EventType, Subscription};
use crate::plugin::manifest::{EventMode, FailurePolicy, HookPhase, Provision};
use crate::plugin::runtime::{Fault, Limits, Patience, Runtime, Runtimes};
use crate::plugin::secrets::Secrets;
use crate::plugin::{Kind, Plugin, Row, Status, Table};
use crate::project::{PluginOptions, PluginSwitch, Project, is_switched_on};
use crate::report::{Diagnostic, Report, Rule, did_you_mean, rules};
use crate::source::{SourceMap, Span};

rules! {
    /// A hook or the setting `plugins.events` names an event that does not exist.
    ///
    /// ## Why
    /// A hook that waits for such an event would never run, and nobody would notice.
    ///
    /// ## Wrong
    /// ```yaml
    /// provides:
    ///   - {kind: hook, key: notify, entry: notify.json.j2, events: [pipeline.failed]}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// provides:
    ///   - {kind: hook, key: notify, entry: notify.json.j2, events: [pipeline.error]}
    /// ```
    /// `pipeline.*` stands for all events of a family, and `*` for all events.
    pub static UNKNOWN_EVENT: Rule = Rule::new("LHP-PLG-003", "unknown-event");
}

/// How long a call may take, unless plugin or project say otherwise (ms).
const TIMEOUT: u64 = 2_000;
/// Where a hook stands among others, unless its manifest says otherwise.
const PRIORITY: i64 = 100;

/// A hook of a plugin.
pub struct Hook {
    plugin: Arc<Plugin>,
    index: usize,
    key: String,
    limits: Limits,
    runtimes: Option<Arc<Runtimes>>,
    /// Made when it is first needed.
    runtime: OnceLock<Result<Arc<dyn Runtime>, Fault>>,
    subscription: Subscription,
    priority: i64,
    timeout: Duration,
    redaction: Secrets,
    patience: Mutex<Patience>,
}

impl fmt::Debug for Hook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hook").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Hook {
    /// Asks the hook, unless it was asked in vain too often.
    ///
    /// # Errors
    /// The fault of the plugin, now or in earlier calls.
    pub(super) fn ask(&self, request: &EventRequest<'_>) -> Result<EventAnswer, Fault> {
        let patience = || self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        patience().check()?;
        self.runtime()?.event(request).inspect_err(|fault| patience().note(fault))
    }

    fn of(row: &Row, table: &Table, project: &Project) -> Option<Self> {
        let (plugin, provision) = (row.plugin.clone(), row.plugin.provision(row.index)?);
        let compiles = provision.phase.unwrap_or_default() == HookPhase::Compile;
        if row.kind != Kind::Hook || row.status != Status::Active || !compiles {
            return None;
        }
        let bounds = project.loaded.settings.plugins.as_ref().and_then(|settings| settings.limits.as_ref());
        let limits = Limits::of(&plugin.manifest.limits, bounds);
        let timeout = limits.timeout.unwrap_or(TIMEOUT);
        Some(Self {
            subscription: Subscription::of(provision),
            priority: provision.priority.unwrap_or(PRIORITY),
            timeout: Duration::from_millis(timeout.max(1)),
            redaction: Secrets::hidden_everywhere(&plugin.config.secrets),
            patience: Mutex::default(),
            key: row.key.clone(),
            index: row.index,
            limits,
            runtimes: table.runtimes().cloned(),
            runtime: OnceLock::new(),
            plugin,
        })
    }

    /// `plugin/key`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.plugin.id(), self.key)
    }

    /// The id of its plugin.
    pub fn plugin_id(&self) -> &str {
        self.plugin.id()
    }

    /// Its plugin.
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// What runs it.
    ///
    /// # Errors
    /// This program has no such runtime.
    pub fn runtime(&self) -> Result<&dyn Runtime, Fault> {
        let start = || match &self.runtimes {
            Some(runtimes) => runtimes.start(&self.plugin, &self.limits),
            None => Err(Fault::Unavailable { runtime: self.plugin.manifest.runtime.kind.word() }),
        };
        let made = self.runtime.get_or_init(start);
        made.as_deref().map_err(Clone::clone)
    }

    /// What its manifest says about it.
    pub fn provision(&self) -> Option<&Provision> {
        self.plugin.provision(self.index)
    }

    /// Whether it is given an event.
    pub fn takes(&self, event: &Event) -> bool {
        self.subscription.takes(event)
    }

    /// What becomes of the run when it fails. There is one word only for each answer.
    pub fn policy(&self) -> FailurePolicy {
        match self.provision().and_then(|provision| provision.failure_policy).unwrap_or_default() {
            FailurePolicy::Raise => FailurePolicy::Fail,
            policy => policy,
        }
    }

    /// Whether the run waits for it.
    pub fn mode(&self) -> EventMode {
        self.provision().and_then(|provision| provision.mode).unwrap_or_default()
    }

    /// How many events it takes at once.
    pub fn batch(&self) -> usize {
        self.provision().and_then(|provision| provision.batch).map_or(1, |batch| batch.max.max(1))
    }

    /// How long a call may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Hides the secrets of its plugin.
    pub fn redaction(&self) -> &Secrets {
        &self.redaction
    }

    /// The hosts that its plugin may send to.
    pub fn granted_hosts(&self) -> &[String] {
        &self.plugin.granted.net
    }

    /// The hosts that its manifest asks for.
    pub fn asked_hosts(&self) -> &[String] {
        &self.plugin.manifest.permissions.net
    }

    /// The place of a key of its entry in the manifest, or of the entry.
    pub fn span(&self, key: &str) -> Span {
        self.plugin.provision_span(self.index, key)
    }
}

/// The hooks of a project, in the order in which they run.
#[derive(Debug)]
pub struct Hooks {
    pub(super) all: Vec<Hook>,
    pub(super) logging: Option<LoggingSettings>,
    pub(super) metrics: Option<MetricsSettings>,
    pub(super) env: Arc<str>,
    pub(super) root: PathBuf,
    pub(super) sources: Arc<SourceMap>,
    wanted: EventSet,
}

impl Hooks {
    /// The hooks of a project. None if it has none, and events need not be collected.
    pub fn of(project: &Project, table: &Table, options: &PluginOptions, report: &mut Report) -> Option<Self> {
        let settings = project.loaded.settings.plugins.as_ref();
        let enabled = settings.and_then(|settings| settings.enabled).is_none_or(|flag| flag.0);
        let off =
            options.switch == PluginSwitch::Off || is_switched_on(options.variables.get("LHP_NO_PLUGINS").as_deref());
        if off || !enabled {
            return None;
        }
        let mut all: Vec<Hook> = table.plugin_rows().iter().filter_map(|row| Hook::of(row, table, project)).collect();
        all.sort_by(|left, right| {
            let key = |hook: &Hook| (hook.priority, hook.plugin_id().to_owned(), hook.key.clone());
            key(left).cmp(&key(right))
        });
        let built_in = settings.and_then(|settings| settings.hooks.as_ref());
        let logging = built_in.and_then(|hooks| LoggingSettings::of(hooks, project, report));
        let metrics = built_in.and_then(|hooks| MetricsSettings::of(hooks, project, report));
        if all.is_empty() && logging.is_none() && metrics.is_none() {
            return None;
        }
        all.iter().for_each(|hook| check_events(hook, report));
        let env: Arc<str> = project.environment.name.as_str().into();
        let hooked = all.iter().fold(EventSet::NONE, |set, hook| set.or(hook.subscription.events_in(&env)));
        let own = if logging.is_some() || metrics.is_some() { EventSet::of(["*"]) } else { EventSet::NONE };
        let selected = settings.and_then(|settings| settings.events.as_ref()).map_or_else(
            || EventSet::of(["*"]),
            |events| {
                let patterns = |list: &[String]| EventSet::of(list.iter().map(String::as_str));
                let included = events.include.as_deref().map_or_else(|| EventSet::of(["*"]), patterns);
                included.without(patterns(&events.exclude))
            },
        );
        let (root, sources) = (project.root.clone(), project.sources.clone());
        Some(Self { all, logging, metrics, env, root, sources, wanted: hooked.or(own).and(selected) })
    }

    /// Collects what these hooks want.
    pub fn collector(&self) -> Collector {
        Collector::new(self.wanted, self.env.clone())
    }

    /// The hooks of plugins, in the order in which they run.
    pub fn all(&self) -> &[Hook] {
        &self.all
    }
}

/// Reports names of events that do not exist.
fn check_events(hook: &Hook, report: &mut Report) {
    let Some(provision) = hook.provision() else { return };
    let node = hook.plugin.provision_node(hook.index).get("events");
    let places = node.and_then(|node| node.as_sequence()).unwrap_or_default();
    for (position, pattern) in provision.events.iter().enumerate() {
        if EventType::ALL.iter().any(|kind| kind.matches(pattern)) {
            continue;
        }
        let help = suggestion(pattern);
        let span = places.get(position).map_or(hook.span("events"), |place| place.span);
        report.push(
            Diagnostic::error(&UNKNOWN_EVENT, format!("there is no event `{pattern}`"))
                .label(span, format!("hook `{}` waits for it", hook.name()))
                .help(help),
        );
    }
}

/// What could be written in the place of a name that is no event: those of its family, or the one that is closest.
fn suggestion(pattern: &str) -> String {
    let names = || EventType::ALL.iter().map(|kind| kind.name());
    let family = pattern.split_once('.').map(|(family, _)| format!("{family}."));
    let related: Vec<String> = names()
        .filter(|name| family.as_ref().is_some_and(|family| name.starts_with(family.as_str())))
        .map(|name| format!("`{name}`"))
        .collect();
    if !related.is_empty() {
        return format!("write one of {}, or a pattern such as `*`", related.join(", "));
    }
    match did_you_mean(pattern, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`lhp explain unknown-event` says what can be written".to_owned(),
    }
}
