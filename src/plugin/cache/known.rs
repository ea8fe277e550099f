//! Results of one plugin: what it is asked goes in, what it answered in an earlier run comes out.

use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};

use super::key::Common;
use super::{Fresh, Key, Results};
use crate::plugin::Plugin;
use crate::plugin::runtime::{Answer, Question, Request, Runtimes};

/// Results of one plugin.
pub(in crate::plugin) struct Known {
    all: Arc<Results>,
    /// What everything that the plugin is asked has in common; made when it is first needed.
    common: OnceLock<Option<Common>>,
}

impl Known {
    /// Those of a plugin among the results of a project.
    pub fn of(all: &Arc<Results>) -> Self {
        Self { all: all.clone(), common: OnceLock::new() }
    }

    /// The key of a request, and the answer to it if there is one. None if no answer of the plugin is kept.
    pub fn look(&self, plugin: &Plugin, runtimes: &Runtimes, request: &Request<'_>) -> Option<(Key, Option<Answer>)> {
        let wire = request.to_json();
        let key = self.key(plugin, runtimes, &wire.params)?;
        let answer = self.all.look(&key).map(|answer| Answer { tokens: wire.tokens, ..answer });
        Some((key, answer))
    }

    /// The key of a question, and the result if there is one. None if no answer of the plugin is kept.
    pub fn look_up(
        &self,
        plugin: &Plugin,
        runtimes: &Runtimes,
        question: &Question<'_>,
    ) -> Option<(Key, Option<Json>)> {
        let params = json!({"method": question.method, "params": question.to_json()});
        let key = self.key(plugin, runtimes, &params)?;
        let result = self.all.look_up(&key);
        Some((key, result))
    }

    fn key(&self, plugin: &Plugin, runtimes: &Runtimes, params: &Json) -> Option<Key> {
        Some(self.common.get_or_init(|| Common::of(plugin, runtimes)).as_ref()?.key(params))
    }

    /// Notes what can be given again.
    pub fn learn(&self, fresh: Fresh) {
        self.all.learn(fresh);
    }

    /// Notes that the known answer is not what the plugin answers.
    pub fn doubt(&self, key: &Key) {
        self.all.doubt(key);
    }
}
