//! Lineage: what is made of what. Resolved flowgroups go in; edges between tables and views, and between flowgroups,
//! come out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::expand::{Action, Resolved};
use crate::model::ActionType;

/// What one action reads and makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub flowgroup: Arc<str>,
    /// Names as the action gives them: views of its pipeline, or tables.
    pub sources: Vec<String>,
    /// The view that it defines.
    pub view: Option<String>,
    /// The table or sink that it writes.
    pub table: Option<String>,
}

/// The steps of a flowgroup, in the order of its actions. Tests make nothing.
pub fn steps(resolved: &Resolved) -> Vec<Step> {
    let mut actions: Vec<&Action> = resolved.actions.iter().filter(|action| action.kind != ActionType::Test).collect();
    actions.sort_by_key(|action| action.index);
    let step = |action: &&Action| Step {
        flowgroup: resolved.flowgroup.clone(),
        sources: action.sources().into_iter().map(|source| source.name).collect(),
        view: action.target().filter(|_| action.kind != ActionType::Write).map(str::to_owned),
        table: action
            .table()
            .map(|table| table.display())
            .or_else(|| action.sink().map(|sink| format!("sink/{}", sink.display()))),
    };
    actions.iter().map(step).collect()
}

/// What is made of what, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// Pairs of what is read and what is made of it: tables by their names, views as `pipeline/view`.
    pub edges: BTreeSet<(String, String)>,
    /// The tables and sinks among them.
    pub tables: BTreeSet<String>,
    /// Pairs of flowgroups, as `pipeline/flowgroup`, of which the second reads what the first makes.
    pub flowgroups: BTreeSet<(String, String)>,
}

/// Joins the steps of pipelines.
pub fn lineage(pipelines: &[(&str, &[Step])]) -> Lineage {
    let mut lineage = Lineage::default();
    let mut makers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut readers: Vec<(String, String)> = Vec::new();
    for (pipeline, steps) in pipelines {
        let views: BTreeSet<&str> = steps.iter().filter_map(|step| step.view.as_deref()).collect();
        let view = |name: &str| format!("{pipeline}/{name}");
        for step in *steps {
            let flowgroup = format!("{pipeline}/{}", step.flowgroup);
            let made: Vec<String> = step.view.as_deref().map(view).into_iter().chain(step.table.clone()).collect();
            lineage.tables.extend(step.table.clone());
            for source in &step.sources {
                let read = if views.contains(source.as_str()) {
                    view(source)
                } else {
                    lineage.tables.insert(source.clone());
                    source.clone()
                };
                lineage.edges.extend(made.iter().map(|made| (read.clone(), made.clone())));
                readers.push((read, flowgroup.clone()));
            }
            for made in made {
                makers.entry(made).or_default().insert(flowgroup.clone());
            }
        }
    }
    for (read, reader) in readers {
        let from = makers.get(&read).into_iter().flatten().filter(|maker| **maker != reader);
        lineage.flowgroups.extend(from.map(|maker| (maker.clone(), reader.clone())));
    }
    lineage
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(flowgroup: &str, sources: &[&str], view: Option<&str>, table: Option<&str>) -> Step {
        Step {
            flowgroup: flowgroup.into(),
            sources: sources.iter().map(|source| (*source).to_owned()).collect(),
            view: view.map(str::to_owned),
            table: table.map(str::to_owned),
        }
    }

    #[test]
    fn views_belong_to_their_pipeline_and_tables_to_all() {
        let bronze = [step("f", &[], Some("v"), None), step("f", &["v"], None, Some("c.s.raw"))];
        let silver = [step("g", &["c.s.raw"], Some("v"), None), step("g", &["v"], None, Some("c.s.clean"))];
        let found = lineage(&[("bronze", &bronze), ("silver", &silver)]);
        let edges: Vec<(&str, &str)> = found.edges.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        assert_eq!(edges, [("bronze/v", "c.s.raw"), ("c.s.raw", "silver/v"), ("silver/v", "c.s.clean")]);
        assert_eq!(found.flowgroups, BTreeSet::from([("bronze/f".to_owned(), "silver/g".to_owned())]));
        assert_eq!(found.tables.len(), 2);
    }
}
