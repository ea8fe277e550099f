//! Code that is cheaper to ask for in batches: the flowgroups of a pipeline go in, what became of some of their actions
//! comes out, before their modules are built.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::events::Moment;
use super::module::{Surroundings, context_of, in_order};
use crate::expand::{Action, Resolved};
use crate::generator::{Generated, Generator};
use crate::model::ActionType;

/// What became of actions of one flowgroup, by [`Action::index`].
pub(super) type Ready = FxHashMap<usize, Batched>;

/// What became of an action, and when its batch was made.
pub(super) struct Batched {
    pub generated: Generated,
    pub moment: Option<Moment>,
}

/// An action of one of several flowgroups.
#[derive(Clone, Copy)]
struct Member<'a> {
    /// Position of the flowgroup.
    flowgroup: usize,
    action: &'a Action,
}

/// Generates what is better generated in batches. Gives the results for each flowgroup.
pub(super) fn generate(flowgroups: &[&Resolved], surroundings: &Surroundings<'_>) -> Vec<Ready> {
    let mut ready: Vec<Ready> = flowgroups.iter().map(|_| Ready::default()).collect();
    if surroundings.table.plugins().is_empty() {
        return ready;
    }
    let ordered: Vec<Vec<&Action>> = flowgroups.iter().map(|resolved| in_order(resolved)).collect();
    let mut by_row: BTreeMap<(ActionType, &str), Vec<Member<'_>>> = BTreeMap::new();
    for (flowgroup, actions) in ordered.iter().enumerate() {
        for action in actions {
            by_row.entry((action.kind, &action.key)).or_default().push(Member { flowgroup, action });
        }
    }
    let mut batches: Vec<(&dyn Generator, &[Member<'_>])> = Vec::new();
    for ((kind, key), members) in &by_row {
        let Some(generator) = surroundings.table.get(*kind, key) else { continue };
        let size = generator.batch();
        if size > 1 && members.len() > 1 {
            batches.extend(members.chunks(size).map(|members| (generator.as_ref(), members)));
        }
    }
    let work = |(generator, members): &(&dyn Generator, &[Member<'_>])| {
        let contexts: Vec<_> = members
            .iter()
            .filter_map(|member| {
                let (resolved, actions) = (flowgroups.get(member.flowgroup)?, ordered.get(member.flowgroup)?);
                Some((member.action, context_of(member.action, actions, resolved, surroundings)))
            })
            .collect();
        let actions: Vec<_> = contexts.iter().map(|(action, context)| (*action, context)).collect();
        let generate = || generator.generate_all(&actions);
        Moment::of(surroundings.collector, || surroundings.timings.parallel("generate", generate))
    };
    let made: Vec<_> = batches.par_iter().map(work).collect();
    for ((_, members), (generated, moment)) in batches.iter().zip(made) {
        for (member, generated) in members.iter().zip(generated) {
            if let Some(ready) = ready.get_mut(member.flowgroup) {
                ready.insert(member.action.index, Batched { generated, moment });
            }
        }
    }
    ready
}
