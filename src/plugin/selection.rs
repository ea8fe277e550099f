//! Selection: what was found goes in; one plugin per id comes out, each with its status and how it came to it.
//!
//! Among places the first one wins that has a usable version; within a place the highest version does.

mod patterns;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::discovery::{Candidate, Enabled, Source, Surroundings, Wanted, entry_points};
use super::manifest::{Manifest, RuntimeKind, package_id};
use super::runtime::is_supported;
use super::steps::{Outcome, Stage, Step};
use super::trust::{DEV_PLUGIN, DIGEST_MISMATCH, LOCK_MISSING};
use super::version::{COMPATIBLE, PROGRAM, PROTOCOL, Range, api, comparable};
use super::{Named, Origin, Place, Plugin, Status};
use crate::model::EntryPoints;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::syntax::Node;

use patterns::{Patterns, Refusal};

rules! {
    /// An action needs a plugin that was found and is not switched on.
    ///
    /// ## Why
    /// Plugins of installed packages and of your home directory are not used until the project says so. What a project
    /// generates does not depend on what happens to be installed.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       enabled: false
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    /// ```
    /// or
    /// ```sh
    /// lhp plugin enable lhp-s3-plugin
    /// ```
    pub static NOT_ENABLED: Rule = Rule::new("LHP-PLG-011", "plugin-not-enabled");
    /// A plugin was found, and cannot be used by this program, by this project, or with the other plugins.
    ///
    /// ## Why
    /// The plugin was written for another version of the protocol or of `lhp`, the project asks for another version of
    /// the plugin, a plugin that it builds on is missing, or its runtime is not part of this program. The message says
    /// which.
    ///
    /// `requires.lhp` is met by the version of this program, and by 0.9.3, the version of Lakehouse Plumber whose projects
    /// it compiles: `>=0.3`, written for that tool, is met.
    ///
    /// ## Wrong
    /// ```yaml
    /// # plugin.yaml
    /// api: "2.0"
    /// requires:
    ///   lhp: ">=9"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// # plugin.yaml
    /// api: "1.0"
    /// requires:
    ///   lhp: ">=0.1"
    /// ```
    pub static INCOMPATIBLE: Rule = Rule::new("LHP-PLG-012", "plugin-incompatible");
    /// A plugin that is used is not among those that the project allows.
    ///
    /// ## Why
    /// `plugins.allow` and `plugins.deny` say which plugins may be used at all, whatever else names them. The variable
    /// `LHP_PLUGINS_ALLOW` narrows this further.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   allow: ["lhp-*"]
    ///   use:
    ///     - id: s3-loader
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   allow: ["lhp-*", s3-loader]
    ///   use:
    ///     - id: s3-loader
    /// ```
    pub static NOT_ALLOWED: Rule = Rule::new("LHP-PLG-051", "plugin-not-allowed");
    /// Two directories have the same plugin in the same version.
    ///
    /// ## Why
    /// The one that is found first is used, and nothing that is changed in the other one has an effect. Most often one is a
    /// copy that was meant to become a plugin of its own, or was left behind.
    ///
    /// ## Wrong
    /// ```text
    /// plugins/s3/plugin.yaml      # id: lhp-s3, version: 1.0.0
    /// plugins/s3-copy/plugin.yaml # id: lhp-s3, version: 1.0.0
    /// ```
    ///
    /// ## Right
    /// Give the copy an `id` or a `version` of its own, remove it, or say which one is meant:
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3
    ///       source: path:./plugins/s3
    /// ```
    pub static SAME_PLUGIN: Rule = Rule::new("LHP-PLG-020", "same-plugin-twice").warning();
}

impl Plugin {
    /// Ends the way of a plugin. The diagnostic says why.
    pub(super) fn stop(&mut self, stage: Stage, status: Status, why: Diagnostic) {
        self.steps.push(Step::stopped(stage, why.message.clone()));
        self.status = status;
        self.faults.insert(0, why);
    }

    /// Notes a decision that the plugin passed.
    pub(super) fn pass(&mut self, stage: Stage, text: impl Into<String>) {
        self.steps.push(Step::passed(stage, text));
    }

    /// Whether a decision ended its way.
    pub fn was_stopped(&self) -> bool {
        self.steps.iter().any(|step| step.outcome == Outcome::Stopped)
    }

    /// Whether what keeps it from being used is told as an error, whether or not an action needs it: somebody asks for
    /// it by its id, or it is not what was approved.
    pub fn is_told(&self) -> bool {
        let approval = [&DIGEST_MISMATCH, &LOCK_MISSING, &DEV_PLUGIN];
        self.named.is_some() || self.faults.first().is_some_and(|fault| approval.contains(&fault.rule))
    }

    /// Where its files are, as people read it.
    pub(super) fn place_text(&self, surroundings: &Surroundings<'_>) -> String {
        surroundings.project.sources.display_path(&self.root)
    }
}

/// One plugin per id, and those that another one of the same id shadows.
pub(super) fn choose(
    surroundings: &Surroundings<'_>,
    wanted: &[Wanted],
    enabled: Option<&Enabled>,
    candidates: Vec<Candidate>,
) -> Vec<Plugin> {
    let mut groups: IndexMap<String, Vec<Candidate>> = IndexMap::new();
    let mut roots = rustc_hash::FxHashSet::default();
    for candidate in candidates {
        // A plugin that is named by its path is also found in its directory.
        let shares = matches!(candidate.plugin.origin, Origin::EntryPoint(_) | Origin::Environment | Origin::Action);
        if shares || roots.insert(candidate.plugin.root.clone()) {
            groups.entry(candidate.plugin.manifest.id.clone()).or_default().push(candidate);
        }
    }
    let mut all = Vec::new();
    for (id, mut group) in groups {
        let asked = wanted.iter().position(|wanted| wanted.id == id);
        let wish = asked.and_then(|position| wanted.get(position));
        group.sort_by(|left, right| {
            let named = |candidate: &Candidate| candidate.used_by.is_none() || candidate.used_by != asked;
            let version = |candidate: &Candidate| comparable(&candidate.plugin.manifest.version);
            let broken = |candidate: &Candidate| candidate.plugin.was_stopped();
            (named(left), broken(left), left.rank)
                .cmp(&(named(right), broken(right), right.rank))
                .then_with(|| version(right).cmp(&version(left)))
        });
        for candidate in &mut group {
            fit(&mut candidate.plugin, wish);
        }
        let pinned = wish.is_some_and(|wish| wish.source.is_some());
        let usable =
            |candidate: &&mut Candidate| !candidate.plugin.was_stopped() && (!pinned || candidate.used_by == asked);
        let first = group.iter_mut().position(|candidate| usable(&candidate)).unwrap_or(0);
        let mut chosen = group.remove(first).plugin;
        let shown = chosen.place_text(surroundings);
        chosen.pass(Stage::Choice, format!("version {} in `{shown}` is taken", chosen.manifest.version));
        chosen.named = named(&id, wanted, enabled);
        if !pinned {
            note_copies(surroundings, &mut chosen, &group);
        }
        let rest = group.into_iter().map(|candidate| {
            let mut plugin = candidate.plugin;
            if !plugin.was_stopped() {
                let text = format!("`{id}` {} in `{shown}` is used instead", chosen.manifest.version);
                plugin.steps.push(Step::stopped(Stage::Choice, text.clone()));
                plugin.status = Status::Shadowed(text);
            }
            plugin.faults.clear();
            plugin
        });
        let rest: Vec<Plugin> = rest.collect();
        all.push(chosen);
        all.extend(rest);
    }
    all
}

/// Notes that other directories have the same version of a plugin: which one is used is an accident of names.
fn note_copies(surroundings: &Surroundings<'_>, chosen: &mut Plugin, others: &[Candidate]) {
    let in_directory = |plugin: &Plugin| matches!(plugin.origin, Origin::Directory(_)) && !plugin.was_stopped();
    if !in_directory(chosen) {
        return;
    }
    let used = chosen.place_text(surroundings);
    let same = |other: &&Plugin| in_directory(other) && other.manifest.version == chosen.manifest.version;
    let copies: Vec<&Plugin> = others.iter().map(|other| &other.plugin).filter(same).collect();
    let told = copies.iter().map(|copy| {
        let place = copy.place_text(surroundings);
        let message = format!("`{place}` has the same plugin as `{used}`, and is not used");
        Diagnostic::warning(&SAME_PLUGIN, message)
            .label(copy.span("id"), "not used")
            .label(chosen.span("id"), "used, for it is found first")
            .help("give one of them another `id` or `version`, remove it, or name one with `source` in `plugins.use`")
    });
    let told: Vec<Diagnostic> = told.collect();
    chosen.faults.extend(told);
}

/// Where a plugin is asked for by its id.
fn named(id: &str, wanted: &[Wanted], enabled: Option<&Enabled>) -> Option<Named> {
    let by_project = wanted.iter().find(|wanted| wanted.id == id);
    match enabled {
        Some(enabled) => {
            let span = enabled.names(id)?;
            Some(Named { span, position: by_project.and_then(|wanted| wanted.named.position) })
        }
        None => by_project.filter(|wanted| wanted.enabled).map(|wanted| wanted.named),
    }
}

/// Why this program can use no plugin with a manifest, in a few words and with its place.
pub(super) fn unfit(manifest: &Manifest, node: &Node) -> Option<(String, Diagnostic)> {
    let id = &manifest.id;
    let (major, _) = api(&manifest.api).unwrap_or(PROTOCOL);
    if major != PROTOCOL.0 {
        let reason = format!(
            "it speaks version {} of the protocol, and this program {}.{}",
            manifest.api, PROTOCOL.0, PROTOCOL.1
        );
        let help = match major > PROTOCOL.0 {
            true => "use a newer version of `lhp`, or an older version of the plugin",
            false => "use a newer version of the plugin",
        };
        let place = node.get("api").unwrap_or(node);
        let why = incompatible(id, &reason).label(place.span, "not spoken here").help(help);
        return Some((reason, why));
    }
    let text = manifest.requires.lhp.as_deref()?;
    if Range::parse(text).is_ok_and(|range| !range.allows_program()) {
        let reason = format!("it requires `lhp` {text}, and this is {PROGRAM}, which takes the place of {COMPATIBLE}");
        let place = node.get("requires").and_then(|requires| requires.get("lhp")).unwrap_or(node);
        let why = incompatible(id, &reason)
            .label(place.span, "required here")
            .help("use another version of the plugin or of `lhp`");
        return Some((reason, why));
    }
    None
}

/// Whether a version can be used at all.
fn fit(plugin: &mut Plugin, wish: Option<&Wanted>) {
    if plugin.was_stopped() {
        return;
    }
    let id = plugin.manifest.id.clone();
    if let Some((reason, why)) = unfit(&plugin.manifest, &plugin.node) {
        return plugin.stop(Stage::Compatibility, Status::Incompatible(reason), why);
    }
    let package = wish.and_then(|wish| match &wish.source {
        Some((Source::Package { range: Some(range), .. }, span)) => Some((range, *span)),
        _ => None,
    });
    let ranges = wish.and_then(|wish| wish.range.as_ref()).map(|(range, span)| (range, *span));
    for (range, span) in ranges.into_iter().chain(package) {
        if !range.allows(&plugin.manifest.version) {
            let reason =
                format!("its version is {}, and the project asks for {}", plugin.manifest.version, range.text());
            let why = incompatible(&id, &reason)
                .label(span, "asked for here")
                .label(plugin.span("version"), "found here")
                .help("change the range, or put another version of the plugin into its place");
            return plugin.stop(Stage::Compatibility, Status::Incompatible(reason), why);
        }
    }
    let (_, minor) = api(&plugin.manifest.api).unwrap_or(PROTOCOL);
    let newer = if minor > PROTOCOL.1 { ", of which this program knows less" } else { "" };
    let text = format!("protocol {}{newer}, `lhp` {PROGRAM}", plugin.manifest.api);
    plugin.pass(Stage::Compatibility, text);
}

fn incompatible(id: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(&INCOMPATIBLE, format!("the plugin `{id}` cannot be used: {reason}"))
}

/// Decides which of the chosen plugins are used.
pub(super) fn select(
    surroundings: &Surroundings<'_>,
    wanted: &[Wanted],
    enabled: Option<&Enabled>,
    plugins: &mut [Plugin],
    report: &mut Report,
) {
    let patterns = Patterns::of(surroundings, report);
    name_bundles(plugins);
    for plugin in plugins.iter_mut().filter(|plugin| !plugin.was_stopped()) {
        let id = plugin.manifest.id.clone();
        if let Some(Refusal { reason, span, help }) = patterns.refusal(&id) {
            let named = plugin.named.is_some();
            let why = Diagnostic::error(&NOT_ALLOWED, format!("the plugin `{id}` is not allowed: {reason}"))
                .label(plugin.named.map_or(span, |named| named.span), if named { "used here" } else { "decided here" })
                .help(help);
            let why = if named { why.label(span, "decided here") } else { why };
            plugin.stop(Stage::Filter, Status::Blocked(reason), why);
            continue;
        }
        let wish = wanted.iter().find(|wanted| wanted.id == id);
        match wish_for(surroundings, plugin, wish, enabled, &patterns) {
            Wish::Yes(text) => plugin.pass(Stage::Filter, text),
            Wish::No(status, text) => {
                plugin.steps.push(Step::stopped(Stage::Filter, text));
                plugin.status = status;
                continue;
            }
        }
        let runtime = plugin.manifest.runtime.kind;
        if !is_supported(runtime) && plugin.manifest.bundle.is_empty() {
            let reason = format!("its runtime `{}` is not part of this version", runtime.word());
            let place = plugin.node.get("runtime").map(|node| node.get("type").unwrap_or(node).span);
            let why = incompatible(&id, &reason)
                .label(place.unwrap_or(plugin.node.span), "not available")
                .help("this version runs plugins that are made of templates");
            plugin.stop(Stage::Compatibility, Status::Incompatible(reason), why);
        }
    }
    require(plugins);
}

/// Whether somebody wants a plugin, in words.
enum Wish {
    Yes(String),
    No(Status, String),
}

fn wish_for(
    surroundings: &Surroundings<'_>,
    plugin: &Plugin,
    wish: Option<&Wanted>,
    enabled: Option<&Enabled>,
    patterns: &Patterns,
) -> Wish {
    if let Some(enabled) = enabled {
        return match &plugin.named {
            Some(_) => Wish::Yes(format!("`{}` names it", enabled.variable)),
            None => Wish::No(Status::Available, format!("`{}` does not name it", enabled.variable)),
        };
    }
    match wish {
        Some(wish) if !wish.enabled => return Wish::No(Status::Disabled, "`enabled: false` in `lhp.yaml`".to_owned()),
        Some(_) => return Wish::Yes("`plugins.use` names it".to_owned()),
        None if plugin.named.is_some() => return Wish::Yes("a bundle that is used names it".to_owned()),
        None => {}
    }
    let no = |text: &str| Wish::No(Status::Available, text.to_owned());
    let runtime = plugin.manifest.runtime.kind;
    match (plugin.place, runtime) {
        (Place::Installed, _) => match entry_points(surroundings) {
            EntryPoints::Auto => Wish::Yes("`discovery.entry_points` is `auto`".to_owned()),
            _ => no("plugins of packages are used only if the project names them"),
        },
        (Place::Outside, _) if surroundings.block.is_none() => {
            no("the project has no `plugins` block, so only its own plugins are used")
        }
        (_, RuntimeKind::Native) | (Place::Outside, RuntimeKind::Python) => {
            no("plugins of this runtime are used only if the project names them")
        }
        (Place::Project, RuntimeKind::Python) if !patterns.grants(plugin.id()) => {
            no("plugins of this runtime are used only if the project names or allows them")
        }
        (Place::Project, _) => Wish::Yes("it is part of the project".to_owned()),
        (Place::Outside, _) => Wish::Yes("its directory is one of the project's plugin directories".to_owned()),
    }
}

/// What a bundle holds is asked for where the bundle is.
fn name_bundles(plugins: &mut [Plugin]) {
    let mut named: BTreeMap<String, Named> = BTreeMap::new();
    let mut again = true;
    while again {
        again = false;
        for plugin in plugins.iter() {
            let Some(own) = plugin.named.or_else(|| named.get(plugin.id()).copied()) else { continue };
            for member in &plugin.manifest.bundle {
                let inherited = Named { position: None, ..own };
                again |= named.insert(member.clone(), inherited).is_none();
            }
        }
    }
    for plugin in plugins {
        plugin.named = plugin.named.or_else(|| named.get(plugin.id()).copied());
    }
}

/// Stops the plugins whose requirements on other plugins are not met, until nothing changes.
fn require(plugins: &mut [Plugin]) {
    loop {
        let active: BTreeMap<String, String> = plugins
            .iter()
            .filter(|plugin| plugin.is_active())
            .map(|plugin| (plugin.manifest.id.clone(), plugin.manifest.version.clone()))
            .collect();
        let mut changed = false;
        for plugin in plugins.iter_mut().filter(|plugin| plugin.is_active()) {
            let requires = plugin.manifest.requires.plugins.clone();
            let members = plugin.manifest.bundle.iter().map(|id| (id.clone(), String::new()));
            let unmet = requires.into_iter().chain(members.collect::<Vec<_>>()).find_map(|(id, range)| {
                let reason = match active.get(&id) {
                    None => format!("it needs the plugin `{id}`, which is not used"),
                    Some(version) if Range::parse(&range).is_ok_and(|range| range.allows(version)) => return None,
                    Some(version) => format!("it needs `{id}` {range}, and {version} is used"),
                };
                Some((id, reason))
            });
            if let Some((other, reason)) = unmet {
                let block = plugin.node.get("requires").and_then(|requires| requires.get("plugins"));
                let place = block.and_then(|block| block.get(&other)).or_else(|| plugin.node.get("bundle"));
                let why = incompatible(plugin.id(), &reason)
                    .label(place.map_or(plugin.node.span, |place| place.span), "required here")
                    .help(format!("add `{other}` to `plugins.use`, or do without this plugin"));
                plugin.stop(Stage::Compatibility, Status::Incompatible(reason), why);
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Puts what is wrong with plugins into the report: errors if somebody asks for the plugin by its id, else warnings.
/// What nobody would use anyway is not worth a word.
pub(super) fn tell(surroundings: &Surroundings<'_>, plugins: &[Plugin], report: &mut Report) {
    for plugin in plugins {
        let silent = match plugin.status {
            Status::Available | Status::Disabled | Status::Shadowed(_) => true,
            _ if plugin.named.is_some() => false,
            Status::Blocked(_) if plugin.faults.first().is_some_and(|fault| fault.rule == &NOT_ALLOWED) => true,
            Status::Active => false,
            _ => match plugin.place {
                Place::Project => false,
                Place::Outside => surroundings.block.is_none(),
                Place::Installed => entry_points(surroundings) != EntryPoints::Auto,
            },
        };
        if silent {
            continue;
        }
        let milder = !plugin.is_told() && !plugin.is_active();
        report.diagnostics.extend(plugin.faults.iter().map(|fault| {
            let warning = Diagnostic { severity: crate::report::Severity::Warning, ..fault.clone() };
            if milder && fault.is_error() { warning } else { fault.clone() }
        }));
    }
}

/// Whether an installed package is the one of a plugin.
pub(super) fn is_package(plugin: &Plugin, name: &str) -> bool {
    match &plugin.origin {
        Origin::EntryPoint(label) => label.split(' ').next().is_some_and(|own| package_id(own) == package_id(name)),
        _ => false,
    }
}
