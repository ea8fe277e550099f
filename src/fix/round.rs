//! Rounds: each family of rewrites proposes fixes; those that prove harmless are made, the others are refused.
//!
//! All fixes of a family are tried at once. If that fails, halves are tried, down to single fixes. When a round over
//! all families made nothing, the work is done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::check::edited;
use super::edit::Fix;
use super::family::{self, Family, Knowledge, Parsed, Proposals, Refusal};
use super::files::{Selection, candidates};
use super::layout::Reason;
use super::scope::Kind;
use super::verify::{Outcome, difference, outcomes};
use super::{EditedFile, FixOptions};
use crate::plugin::Table;
use crate::project::{Environment, ProjectFiles, ProjectOptions};
use crate::report::Progress;
use crate::source::{FileId, SourceMap};
use crate::syntax::Node;
use crate::syntax::yaml::{self, Limits};

/// More rounds than any project needs; a bound in case two families should ever undo each other.
const MAX_ROUNDS: usize = 8;

/// The project as edited so far.
#[derive(Clone)]
pub struct State {
    pub sources: Arc<SourceMap>,
    outcomes: Arc<Vec<Outcome>>,
    /// Edited texts.
    texts: BTreeMap<PathBuf, String>,
}

/// A run over a project.
pub struct Rounds<'a> {
    table: &'a Table,
    progress: &'a Progress,
    options: &'a [ProjectOptions],
    environments: Vec<Environment>,
    files: ProjectFiles,
    selection: Selection,
    original: Arc<SourceMap>,
    pub state: State,
    pub applied: Vec<Fix>,
    /// Refusals of the last round.
    pub refusals: Vec<Refusal>,
}

/// A file in which something is to be fixed.
struct Touched {
    path: PathBuf,
    kind: Kind,
    file: FileId,
    text: String,
    documents: Vec<Node>,
}

impl Touched {
    fn parsed(&self) -> Parsed<'_> {
        Parsed { path: &self.path, kind: self.kind, file: self.file, text: &self.text, documents: &self.documents }
    }
}

impl<'a> Rounds<'a> {
    pub fn new(
        sources: Arc<SourceMap>,
        (table, progress): (&'a Table, &'a Progress),
        options: &'a FixOptions,
        environments: Vec<Environment>,
        files: ProjectFiles,
        selection: Selection,
    ) -> Self {
        let outcomes = Arc::new(outcomes(&sources, table, &options.environments));
        let state = State { sources: sources.clone(), outcomes, texts: BTreeMap::new() };
        Self {
            table,
            progress,
            options: &options.environments,
            environments,
            files,
            selection,
            original: sources,
            state,
            applied: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Fixes until nothing is left that can be fixed.
    pub fn run(&mut self) {
        for _ in 0..MAX_ROUNDS {
            self.refusals.clear();
            let before = self.applied.len();
            for family in family::all() {
                self.progress.phase(family.name(), None);
                self.family(family);
            }
            if self.applied.len() == before {
                return;
            }
        }
    }

    /// The files that differ from what they were.
    pub fn edited(&self) -> Vec<EditedFile> {
        let places = |path: &str| {
            let ours = |fix: &&Fix| self.state.sources.get(fix.place.file).path == path;
            self.applied.iter().filter(ours).count()
        };
        let file = |(path, after): (&PathBuf, &String)| {
            let original = self.original.get(self.original.load(path).ok()?);
            let (path, before) = (original.path.clone(), original.text.clone());
            (before != *after).then(|| EditedFile { places: places(&path), path, before, after: after.clone() })
        };
        self.state.texts.iter().filter_map(file).collect()
    }

    fn knowledge(&self) -> Knowledge<'_> {
        let reports = self.state.outcomes.iter().map(|outcome| &outcome.report).collect();
        Knowledge { environments: &self.environments, reports }
    }

    /// Makes the fixes of one family.
    fn family(&mut self, family: &dyn Family) {
        let (touched, proposals) = self.proposals(family);
        self.refusals.extend(proposals.refusals);
        if proposals.fixes.is_empty() {
            return;
        }
        let mut trial = Trial { rounds: self, family, touched: &touched, best: self.state.clone(), made: Vec::new() };
        let mut refusals = Vec::new();
        let pending = trial.readable(proposals.fixes, &mut refusals);
        trial.settle(&pending, &mut refusals);
        let (best, made) = (trial.best, trial.made);
        self.state = best;
        self.applied.extend(made);
        self.refusals.extend(refusals);
    }

    /// What a family finds in the files that it may edit.
    fn proposals(&self, family: &dyn Family) -> (Vec<Touched>, Proposals) {
        let names = self.environments.iter().map(|environment| environment.name.as_str());
        let reports = self.state.outcomes.iter().map(|outcome| &outcome.report);
        let selected = candidates(&self.files, names, &self.state.sources, reports)
            .into_iter()
            .filter(|(path, _)| self.selection.contains(path));
        let found: Vec<(Touched, Proposals)> = selected
            .collect::<Vec<_>>()
            .par_iter()
            .filter_map(|(path, kind)| self.propose(path, *kind, family))
            .collect();
        let (mut touched, mut all) = (Vec::new(), Proposals::default());
        for (file, mut found) in found {
            all.refusals.append(&mut found.refusals);
            if !found.fixes.is_empty() {
                all.fixes.append(&mut found.fixes);
                touched.push(file);
            }
        }
        (touched, all)
    }

    fn propose(&self, path: &Path, kind: Kind, family: &dyn Family) -> Option<(Touched, Proposals)> {
        let file = self.read(path, kind, family)?;
        let mut found = Proposals::default();
        family.propose(&file.parsed(), &self.knowledge(), &mut found);
        if !found.fixes.is_empty() && self.selection.is_link(path) {
            let refuse = |fix: Fix| Refusal::of(&fix, &file.text, "the path of this file leads through a link");
            found.refusals.extend(found.fixes.drain(..).map(refuse));
        }
        Some((file, found))
    }

    fn read(&self, path: &Path, kind: Kind, family: &dyn Family) -> Option<Touched> {
        let file = self.state.sources.load(path).ok()?;
        let source = self.state.sources.get(file);
        if !family.concerns(kind, &source.text) {
            return None;
        }
        let documents = match kind {
            Kind::Sql => Vec::new(),
            _ => yaml::parse(file, &source.text, &Limits::default()).ok()?.documents,
        };
        Some(Touched { path: path.to_path_buf(), kind, file, text: source.text.clone(), documents })
    }
}

impl Refusal {
    /// The refusal of a fix; the text is that of its file.
    fn of(fix: &Fix, text: &str, reason: &str) -> Self {
        let what = text.get(fix.place.start as usize..fix.place.end as usize).unwrap_or_default();
        Self { place: fix.place, what: what.trim_matches(['"', '\'']).to_owned(), reason: reason.to_owned() }
    }
}

/// The fixes of one family on their way.
struct Trial<'t, 'a> {
    rounds: &'t Rounds<'a>,
    family: &'t dyn Family,
    touched: &'t [Touched],
    /// The project with the fixes that were made.
    best: State,
    made: Vec<Fix>,
}

impl Trial<'_, '_> {
    /// The fixes after which their files can still be read as they should.
    fn readable(&self, fixes: Vec<Fix>, refusals: &mut Vec<Refusal>) -> Vec<Fix> {
        let mut kept: Vec<Fix> = Vec::new();
        for file in self.touched {
            let mut ours: Vec<&Fix> = Vec::new();
            for fix in fixes.iter().filter(|fix| fix.place.file == file.file) {
                match ours.iter().any(|other| other.overlaps(fix)) {
                    true => refusals.push(self.refusal(fix, "another rewrite changes the same place")),
                    false => ours.push(fix),
                }
            }
            // One by one only where it is needed: a large file may have many fixes.
            if self.texts(&ours).is_err() {
                ours.retain(|fix| match self.texts(&[fix]) {
                    Ok(_) => true,
                    Err(reason) => {
                        refusals.push(self.refusal(fix, &reason));
                        false
                    }
                });
            }
            kept.extend(ours.into_iter().cloned());
        }
        kept
    }

    fn refusal(&self, fix: &Fix, reason: &str) -> Refusal {
        let file = self.touched.iter().find(|file| file.file == fix.place.file);
        Refusal::of(fix, file.map_or("", |file| file.text.as_str()), reason)
    }

    /// Makes as many of the fixes as possible, in addition to those that were made.
    fn settle(&mut self, pending: &[Fix], refusals: &mut Vec<Refusal>) {
        if pending.is_empty() {
            return;
        }
        match (self.attempt(pending), pending) {
            (Ok(state), _) => {
                self.best = state;
                self.made.extend_from_slice(pending);
            }
            (Err(reason), [single]) => refusals.push(self.refusal(single, &reason)),
            (Err(_), _) => {
                let (left, right) = pending.split_at(pending.len() / 2);
                self.settle(left, refusals);
                self.settle(right, refusals);
            }
        }
    }

    /// The project with more fixes, if it still means the same.
    fn attempt(&self, more: &[Fix]) -> Result<State, Reason> {
        let fixes: Vec<&Fix> = self.made.iter().chain(more).collect();
        let edited = self.texts(&fixes)?;
        let sources = Arc::new(self.rounds.state.sources.with_texts(edited.clone()));
        let outcomes = outcomes(&sources, self.rounds.table, self.rounds.options);
        if let Some(what) = difference(&self.rounds.state.outcomes, &outcomes, self.family.tolerance()) {
            return Err(what);
        }
        let mut texts = self.rounds.state.texts.clone();
        texts.extend(edited);
        Ok(State { sources, outcomes: Arc::new(outcomes), texts })
    }

    /// The texts of the files with some fixes.
    fn texts(&self, fixes: &[&Fix]) -> Result<Vec<(PathBuf, String)>, Reason> {
        let project = self.rounds.knowledge();
        let mut texts = Vec::new();
        for file in self.touched {
            let ours: Vec<&Fix> = fixes.iter().copied().filter(|fix| fix.place.file == file.file).collect();
            if !ours.is_empty() {
                texts.push((file.path.clone(), edited(&file.parsed(), &ours, self.family, &project)?));
            }
        }
        Ok(texts)
    }
}
