//! The order in which the actions of a flowgroup are emitted.
//!
//! An action depends on every action whose target it names as a source. Actions come in generations: first those
//! that depend on nothing, then those whose last dependency was met, in the order in which it was met.

use rustc_hash::FxHashMap;

use crate::expand::Action;

/// The result of ordering actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Positions in the given list, each once.
    Sorted(Vec<usize>),
    /// Positions that depend on each other in a circle; the first one is not repeated at the end.
    Cycle(Vec<usize>),
}

/// Orders actions by their sources and targets.
pub fn action_order(actions: &[Action]) -> Order {
    let mut producers: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (position, action) in actions.iter().enumerate() {
        if let Some(target) = action.target() {
            producers.entry(target).or_default().push(position);
        }
    }
    let mut consumers: Vec<Vec<usize>> = vec![Vec::new(); actions.len()];
    let mut waiting: Vec<usize> = vec![0; actions.len()];
    for (position, action) in actions.iter().enumerate() {
        for source in action.sources() {
            for producer in producers.get(source.name.as_str()).into_iter().flatten() {
                if let Some(list) = consumers.get_mut(*producer)
                    && !list.contains(&position)
                {
                    list.push(position);
                    if let Some(count) = waiting.get_mut(position) {
                        *count += 1;
                    }
                }
            }
        }
    }
    let mut sorted: Vec<usize> =
        waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(at, _)| at).collect();
    let mut next = 0;
    while let Some(&position) = sorted.get(next) {
        next += 1;
        for &consumer in consumers.get(position).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(consumer) {
                *count -= 1;
                if *count == 0 {
                    sorted.push(consumer);
                }
            }
        }
    }
    if sorted.len() == actions.len() { Order::Sorted(sorted) } else { Order::Cycle(find_cycle(&consumers, &waiting)) }
}

/// A circle among the positions that still wait.
fn find_cycle(consumers: &[Vec<usize>], waiting: &[usize]) -> Vec<usize> {
    let blocked = |position: &usize| waiting.get(*position).is_some_and(|count| *count > 0);
    // Walking back along producers from a blocked position stays among blocked positions and must repeat one.
    let producer_of = |position: usize| {
        (0..consumers.len())
            .filter(blocked)
            .find(|producer| consumers.get(*producer).is_some_and(|list| list.contains(&position)))
    };
    let mut path: Vec<usize> = (0..waiting.len()).find(blocked).into_iter().collect();
    while let Some(producer) = path.last().copied().and_then(producer_of) {
        if let Some(start) = path.iter().position(|step| *step == producer) {
            let mut cycle = path.split_off(start);
            cycle.reverse();
            return cycle;
        }
        path.push(producer);
    }
    path
}
