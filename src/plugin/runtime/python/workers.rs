//! Pools of workers: a plugin goes in, the pool whose workers may know what the plugin knows comes out.
//!
//! Plugins that were granted nothing and have no secrets share their workers. What one of them was granted, or has as a
//! secret, no other one can see in its process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::pool::{Interpreter, Pool};
use crate::plugin::Plugin;
use crate::plugin::manifest::installed;

/// What the plugins of a pool have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    /// Granted variables with their values, sorted.
    variables: Vec<(String, String)>,
    /// The plugin whose settings hold secrets.
    secrets_of: Option<String>,
}

/// The pools of a project.
#[derive(Debug)]
pub struct Workers {
    interpreter: Interpreter,
    pools: Mutex<BTreeMap<Group, Arc<Pool>>>,
}

impl Workers {
    /// No workers yet.
    pub fn new(interpreter: Interpreter) -> Self {
        Self { interpreter, pools: Mutex::default() }
    }

    /// The pool for a plugin.
    pub(super) fn pool(&self, plugin: &Plugin) -> Arc<Pool> {
        let group = Group {
            variables: self.variables(plugin),
            secrets_of: (!plugin.config.secrets.is_empty()).then(|| plugin.id().to_owned()),
        };
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let made = |group: &Group| Pool::new(self.interpreter.program.clone(), group.variables.clone());
        pools.entry(group).or_insert_with_key(|group| Arc::new(made(group))).clone()
    }

    /// The variables that a plugin was granted, with their values.
    pub fn variables(&self, plugin: &Plugin) -> Vec<(String, String)> {
        let is_granted = |name: &String| plugin.granted.env.contains(name);
        let granted = self.interpreter.variables.iter().filter(|(name, _)| is_granted(name));
        let mut granted: Vec<_> = granted.cloned().collect();
        granted.sort();
        granted.dedup();
        granted
    }

    /// The versions of required packages that are installed.
    pub fn installed(&self, requirements: &[String]) -> Vec<String> {
        installed(&self.interpreter.packages, requirements)
    }
}
