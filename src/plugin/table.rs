//! The plugin table: kind and name of a capability go in, its generator comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::generator::{Generator, built_in};
use crate::model::ActionType;
use crate::report::did_you_mean;

/// All generators that a project can use.
#[derive(Clone, Default)]
pub struct Table {
    rows: BTreeMap<(ActionType, String), Arc<dyn Generator>>,
}

impl Table {
    /// The table of the built-in generators.
    pub fn built_in() -> Self {
        Self::of(built_in())
    }

    /// A table of some generators. Of two with one name the later one counts.
    pub(crate) fn of(rows: impl IntoIterator<Item = Arc<dyn Generator>>) -> Self {
        let rows = rows.into_iter().map(|row| {
            let capability = row.capability();
            ((capability.kind, capability.name.clone()), row)
        });
        Self { rows: rows.collect() }
    }

    /// The generator for a kind and name.
    pub fn get(&self, kind: ActionType, name: &str) -> Option<&Arc<dyn Generator>> {
        self.rows.get(&(kind, name.to_owned()))
    }

    /// All rows, by kind and name.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<dyn Generator>> {
        self.rows.values()
    }

    /// The names of a kind, sorted.
    pub fn names(&self, kind: ActionType) -> impl Iterator<Item = &str> {
        self.rows.keys().filter(move |(row, _)| *row == kind).map(|(_, name)| name.as_str())
    }

    /// The name closest to a misspelt one.
    pub fn near(&self, kind: ActionType, name: &str) -> Option<&str> {
        did_you_mean(name, self.names(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_of_a_built_in_generator_is_one() {
        for row in Table::built_in().rows() {
            let capability = row.capability();
            assert_eq!(capability.schema.fault(), None, "{} {}", capability.kind.word(), capability.name);
        }
    }
}
