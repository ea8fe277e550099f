//! Requests: an action and its surroundings go in, what a runtime is asked comes out.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::protocol::{ContextParams, GenerateParams, Platform, Upstream};
use super::wire::{holds_secret, json as plain, json_with};
use super::{Files, SecretTokens};
use crate::expand::Action;
use crate::plugin::Kind;
use crate::plugin::manifest::{Provision, ReadMode};
use crate::syntax::Node;

/// What a capability is asked to generate: exactly what `generate` of the protocol carries.
pub struct Request<'a> {
    pub kind: Kind,
    pub key: &'a str,
    pub entry: &'a str,
    /// The action, with its settings and metadata columns.
    pub action: &'a Action,
    /// The settings under `plugins.config`.
    pub config: Option<&'a Node>,
    pub context: CallContext<'a>,
    pub upstream: Vec<Upstream>,
    pub files: Files,
}

/// Where the action stands.
#[derive(Debug, Clone)]
pub struct CallContext<'a> {
    pub project: Option<&'a str>,
    pub env: &'a str,
    pub pipeline: &'a str,
    pub flowgroup: &'a str,
    pub job_name: Option<&'a str>,
    pub presets: &'a [Arc<str>],
    pub read_mode: ReadMode,
    pub platform: Platform,
}

/// A request as it leaves the program.
#[derive(Debug, Clone)]
pub struct Wire {
    /// The parameters of `generate`.
    pub params: Json,
    /// The tokens that stand for secrets in them; the answer must be read with them.
    pub tokens: SecretTokens,
}

impl Request<'_> {
    /// What the provision of a request is called with; a capability without an entry has an empty one.
    pub fn entry_of(provision: &Provision) -> &str {
        provision.entry.as_deref().unwrap_or_default()
    }

    /// The request as JSON, with tokens in the place of secrets.
    pub fn to_json(&self) -> Wire {
        let shown = self.params(plain);
        if !holds_secret(&self.action.node) {
            return Wire { params: shown, tokens: SecretTokens::default() };
        }
        let mut tokens = SecretTokens::outside(&shown.to_string());
        let params = self.params(|node| json_with(node, &mut |secret| tokens.token(secret)));
        Wire { params, tokens }
    }

    fn params(&self, mut value: impl FnMut(&Node) -> Json) -> Json {
        let metadata = &self.action.metadata;
        let mut params = GenerateParams {
            kind: self.kind,
            key: self.key.to_owned(),
            entry: self.entry.to_owned(),
            action: value(&self.action.node),
            spec: value(&self.action.settings),
            config: self.config.map_or_else(|| json!({}), &mut value),
            context: ContextParams {
                project: self.context.project.map(str::to_owned),
                env: self.context.env.to_owned(),
                pipeline: self.context.pipeline.to_owned(),
                flowgroup: self.context.flowgroup.to_owned(),
                job_name: self.context.job_name.map(str::to_owned),
                presets: self.context.presets.iter().map(|preset| preset.to_string()).collect(),
                read_mode: self.context.read_mode.word().to_owned(),
                operational_metadata: metadata
                    .iter()
                    .map(|column| (column.name.clone(), column.expression.clone()))
                    .collect(),
                target: self.context.platform.clone(),
            },
            upstream: self.upstream.clone(),
            files: self.files.clone(),
        };
        // These are JSON already, and need not be copied.
        let trees = [
            ("action", std::mem::take(&mut params.action)),
            ("spec", std::mem::take(&mut params.spec)),
            ("config", std::mem::take(&mut params.config)),
        ];
        let mut json = serde_json::to_value(params).unwrap_or_default();
        if let Some(json) = json.as_object_mut() {
            trees.into_iter().for_each(|(name, tree)| drop(json.insert(name.to_owned(), tree)));
        }
        json
    }
}
