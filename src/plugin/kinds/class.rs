//! The class behind a reader or writer: a question about it goes in, what it answers or answered in an earlier run comes
//! out.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value as Json;

use crate::plugin::cache::{Fresh, Known, Results};
use crate::plugin::manifest::Provision;
use crate::plugin::runtime::{Fault, Files, Finding, Limits, Question, Reply, Runtime, Runtimes};
use crate::plugin::secrets::Secrets;
use crate::plugin::{Kind, Plugin};
use crate::project::{Project, Verification};

/// Questions that only the files of a plugin matter for.
const OF_FILES: [&str; 2] = ["describe", "emit"];

/// The class of an entry of a plugin's `provides`.
pub(super) struct Class {
    plugin: Arc<Plugin>,
    kind: Kind,
    key: String,
    entry: String,
    limits: Limits,
    runtimes: Arc<Runtimes>,
    /// Made when it is first needed.
    runtime: OnceLock<Result<Arc<dyn Runtime>, Fault>>,
    /// What was told about the class in earlier runs.
    results: Option<Known>,
    /// What was told in this run, and is not kept yet.
    fresh: Mutex<Vec<Fresh>>,
}

/// Why a class cannot be had.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    Fault(Fault),
    Refused(Finding),
}

impl Class {
    /// The class of a provision.
    pub fn new(
        plugin: &Arc<Plugin>,
        provision: &Provision,
        limits: Limits,
        project: &Project,
        (runtimes, results): (&Arc<Runtimes>, Option<&Arc<Results>>),
    ) -> Self {
        // Beside a class in the root of the project lies everything that a run writes.
        let is_kept = project.plugin_options.verification == Verification::Off && plugin.root != project.root;
        Self {
            plugin: plugin.clone(),
            kind: provision.kind,
            key: provision.key.clone(),
            entry: provision.entry.clone().unwrap_or_default(),
            limits,
            runtimes: runtimes.clone(),
            runtime: OnceLock::new(),
            results: results.filter(|_| is_kept).map(Known::of),
            fresh: Mutex::default(),
        }
    }

    /// Whether the class can be asked, as far as that can be told without asking.
    pub fn check(&self) -> Result<(), Fault> {
        self.runtime()?.check(&self.entry)
    }

    fn runtime(&self) -> Result<&Arc<dyn Runtime>, Fault> {
        let made = self.runtime.get_or_init(|| self.runtimes.start(&self.plugin, &self.limits));
        made.as_ref().map_err(Clone::clone)
    }

    /// Asks about the class, unless the answer is known from an earlier run.
    pub fn ask(&self, method: &str, params: Json) -> Result<Json, Trouble> {
        let question = Question {
            method,
            kind: self.kind,
            key: &self.key,
            entry: &self.entry,
            params,
            files: &Files::new(),
            listener: None,
        };
        // What the files of the plugin say is the same every time; what its methods answer, if the plugin says so.
        let results = self.results.as_ref();
        let results = results.filter(|_| OF_FILES.contains(&method) || self.plugin.manifest.is_deterministic());
        let known = results.and_then(|results| results.look_up(&self.plugin, &self.runtimes, &question));
        if let Some((_, Some(result))) = known {
            return Ok(result);
        }
        match self.runtime().and_then(|runtime| runtime.ask(&question)) {
            Ok(Reply::Result(result)) => {
                if let Some((key, _)) = known.filter(|_| !self.leaks(&result)) {
                    let plugin = format!("{} {}", self.plugin.id(), self.plugin.manifest.version);
                    self.fresh().extend(Fresh::of_result(&key, &plugin, &result));
                }
                Ok(result)
            }
            Ok(Reply::Refused(finding)) => Err(Trouble::Refused(finding)),
            Err(fault) => Err(Trouble::Fault(fault)),
        }
    }

    /// Keeps what was told, once it has become code.
    pub fn keep(&self) {
        let told = std::mem::take(&mut *self.fresh());
        if let Some(results) = &self.results {
            told.into_iter().for_each(|told| results.learn(told));
        }
    }

    fn fresh(&self) -> MutexGuard<'_, Vec<Fresh>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an answer holds a secret of the plugin's settings, which must not be kept.
    fn leaks(&self, result: &Json) -> bool {
        Secrets::hidden_everywhere(&self.plugin.config.secrets).occur_in_json(result)
    }
}
