//! Trust: plugins that are wanted go in; those that may be used come out, with what they may do.
//!
//! What a project demands depends on where a plugin comes from and what runs it. Templates cannot do anything but make
//! text, so they need no lock as long as they are files of the project or of its user.

pub(crate) mod digest;
pub mod lock;
pub mod permissions;

use std::path::Path;

use super::discovery::{Surroundings, Wanted};
use super::manifest::paths::within;
use super::manifest::{Manifest, RuntimeKind};
use super::selection::NOT_ALLOWED;
use super::steps::{Stage, Step};
use super::{Place, Plugin, Status};
use crate::model::{PluginPermissions, RequireLock};
use crate::project::Locking;
use crate::report::{Diagnostic, Report, Rule, Severity, rules};
use crate::source::{SourceMap, Span};
use crate::syntax::Node;
use lock::{LOCK_FILE, Lock, LockedPlugin};

rules! {
    /// A file of a plugin is not what its manifest or the lock file says.
    ///
    /// ## Why
    /// Somebody approved the plugin as it was. What changed since then would run in every build without anybody having
    /// looked at it.
    ///
    /// ## Wrong
    /// ```sh
    /// echo "{# changed #}" >> plugins/s3/s3_batch.py.j2 && lhp generate -e prod --locked
    /// ```
    ///
    /// ## Right
    /// Look at what changed, and lock the plugin as it is now:
    /// ```sh
    /// git diff plugins/s3 && lhp plugin lock --update lhp-s3-plugin
    /// ```
    pub static DIGEST_MISMATCH: Rule = Rule::new("LHP-PLG-050", "digest-mismatch");
    /// A plugin asks for a permission that the project does not grant.
    ///
    /// ## Why
    /// Plugins read no files, no variables and no network unless the project lets them. Without what it asks for, the
    /// plugin would not do what it is used for.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin # asks for the variable AWS_REGION
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       grant: {env: [AWS_REGION]}
    /// ```
    /// `lhp plugin trust lhp-s3-plugin` writes it.
    pub static PERMISSION_MISSING: Rule = Rule::new("LHP-PLG-052", "permission-missing");
    /// A plugin is not in the lock file, or is there in another version or with other permissions.
    ///
    /// ## Why
    /// The lock file holds what somebody approved. Under `CI` and with `--locked` nothing else is used.
    ///
    /// ## Wrong
    /// ```sh
    /// lhp generate -e prod --locked # with a plugin that nobody locked
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// lhp plugin lock && git add lhp-plugins.lock
    /// ```
    pub static LOCK_MISSING: Rule = Rule::new("LHP-PLG-053", "lock-missing");
    /// The lock file names a plugin that the project does not use.
    ///
    /// ## Why
    /// With `--locked`, what is locked and what is used must be the same. A plugin that disappeared may be missing by
    /// mistake.
    ///
    /// ## Wrong
    /// ```sh
    /// rm -r plugins/s3 && lhp generate -e prod --locked
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// rm -r plugins/s3 && lhp plugin lock && lhp generate -e prod --locked
    /// ```
    pub static LOCK_STALE: Rule = Rule::new("LHP-PLG-053", "lock-stale");
    /// With `--locked`, a plugin is used whose entry in `plugins.use` says `dev: true`.
    ///
    /// ## Why
    /// `dev: true` is for plugins that are being written: their content is not compared with the lock file. What goes
    /// into production is compared.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       source: path:../lhp-s3-plugin
    ///       dev: true
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3-plugin
    ///       source: path:./plugins/lhp-s3-plugin
    /// ```
    pub static DEV_PLUGIN: Rule = Rule::new("LHP-PLG-053", "dev-plugin-locked");
    /// The project demands signatures of plugins, and this version cannot check any.
    ///
    /// ## Why
    /// A demand that nobody checks would only look like safety, so plugins are not used as long as it stands.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   trust:
    ///     require_signature: true
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   trust:
    ///     require_lock: always
    /// ```
    pub static SIGNATURES: Rule = Rule::new("LHP-PLG-054", "signatures-not-checked");
}

/// What becomes of a plugin that is not what the lock file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Nothing is compared.
    None,
    /// A warning.
    Remark,
    /// It is not used.
    Refusal,
}

/// Tells a project with plugins that its demand for signatures cannot be met.
fn refuse_signatures(surroundings: &Surroundings<'_>, plugins: &[Plugin], report: &mut Report) {
    let demanded = surroundings.settings.trust.as_ref().and_then(|trust| trust.require_signature);
    if demanded.is_none_or(|flag| !flag.0) || !plugins.iter().any(Plugin::is_active) {
        return;
    }
    let Some(place) = surroundings.node("trust").and_then(|trust| trust.get("require_signature")) else { return };
    report.push(
        Diagnostic::error(&SIGNATURES, "this version cannot check signatures of plugins")
            .at(place, "demanded here")
            .help("remove `require_signature`, and write `require_lock: always`: the lock file holds digests of all plugins"),
    );
}

/// Decides which of the plugins that are wanted may be used, and what they may do.
pub(super) fn judge(
    surroundings: &Surroundings<'_>,
    wanted: &[Wanted],
    lock: Option<&Lock>,
    plugins: &mut [Plugin],
    report: &mut Report,
) {
    refuse_signatures(surroundings, plugins, report);
    for plugin in plugins.iter_mut().filter(|plugin| plugin.is_active()) {
        let wish = wanted.iter().find(|wish| wish.id == plugin.manifest.id);
        artifacts(surroundings, plugin);
        if plugin.is_active() {
            native(surroundings, plugin);
        }
        if plugin.is_active() {
            grant(surroundings, plugin);
        }
        if plugin.is_active() {
            compare(surroundings, plugin, wish, lock);
        }
    }
    if surroundings.options.locking == Locking::Demanded
        && let Some(lock) = lock
    {
        for entry in &lock.content.plugins {
            let used = plugins.iter().any(|plugin| {
                plugin.id() == entry.id && !matches!(plugin.status, Status::Available | Status::Disabled)
            });
            if !used {
                let place = lock.span(&surroundings.project.sources, &entry.id, &entry.id);
                report.push(
                    Diagnostic::error(
                        &LOCK_STALE,
                        format!("`{LOCK_FILE}` names the plugin `{}`, which is not used", entry.id),
                    )
                    .label(place, "locked here")
                    .help("put the plugin back, or run `lhp plugin lock`"),
                );
            }
        }
    }
}

/// A file that has not the digest that a manifest states.
pub(crate) struct WrongArtifact {
    /// In a few words.
    pub reason: String,
    pub why: Diagnostic,
}

/// Compares files of a plugin with the digests that its manifest states. Those of other platforms may be absent. Gives
/// the number of files that were compared, and those that differ.
pub(crate) fn wrong_artifacts(
    sources: &SourceMap,
    root: &Path,
    manifest: &Manifest,
    node: &Node,
) -> (usize, Vec<WrongArtifact>) {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (path, stated) in &manifest.artifacts {
        let (Some(expected), Ok(whole)) = (digest::parse(stated), within(root, path)) else { continue };
        let Ok(actual) = digest::of_file(&whole) else { continue };
        compared += 1;
        if actual == expected {
            continue;
        }
        let shown = sources.display_path(&whole);
        let place = node.get("artifacts").and_then(|artifacts| artifacts.get(path)).unwrap_or(node);
        let message = format!("`{shown}` is not what the manifest of `{}` says", manifest.id);
        let why = Diagnostic::error(&DIGEST_MISMATCH, message).label(place.span, "another digest").help(format!(
            "expected sha256:{expected}\nactual   sha256:{actual}\nif the file is right, write `{path}: \"sha256:{actual}\"` into the manifest",
        ));
        wrong.push(WrongArtifact { reason: format!("`{path}` has another digest"), why });
    }
    (compared, wrong)
}

/// Stops plugins whose files are not what their manifests state.
fn artifacts(surroundings: &Surroundings<'_>, plugin: &mut Plugin) {
    let (compared, wrong) =
        wrong_artifacts(&surroundings.project.sources, &plugin.root, &plugin.manifest, &plugin.node);
    if let Some(WrongArtifact { reason, why }) = wrong.into_iter().next() {
        return plugin.stop(Stage::Trust, Status::Blocked(reason), why);
    }
    if compared > 0 {
        plugin.pass(Stage::Trust, format!("{compared} artifacts have the digests that the manifest states"));
    }
}

/// Stops native plugins that the project does not allow in so many words.
fn native(surroundings: &Surroundings<'_>, plugin: &mut Plugin) {
    if plugin.manifest.runtime.kind != RuntimeKind::Native {
        return;
    }
    let used = surroundings.settings.used.iter().find(|used| used.id == plugin.manifest.id);
    if used.and_then(|used| used.allow_native).is_some_and(|flag| flag.0) {
        return plugin.pass(Stage::Permissions, "`allow_native: true`");
    }
    let id = plugin.manifest.id.clone();
    let reason = "native code needs `allow_native: true`".to_owned();
    let why = Diagnostic::error(&NOT_ALLOWED, format!("the plugin `{id}` is not allowed: {reason}"))
        .label(plugin.named.map_or(plugin.span("runtime"), |named| named.span), "used here")
        .help(format!("if you trust it like a program of your own, write `{{id: \"{id}\", allow_native: true}}` under `plugins.use`; `lhp plugin trust {id}` does so"));
    plugin.stop(Stage::Permissions, Status::Blocked(reason), why);
}

/// Gives a plugin the permissions that it asks for and the project grants.
fn grant(surroundings: &Surroundings<'_>, plugin: &mut Plugin) {
    let position = surroundings.settings.used.iter().position(|used| used.id == plugin.manifest.id);
    let entry = position.and_then(|position| surroundings.settings.used.get(position));
    let none = PluginPermissions::default();
    let given = entry.and_then(|entry| entry.grant.as_ref()).unwrap_or(&none);
    let (allowed, missing) = permissions::intersect(&plugin.manifest.permissions, given);
    plugin.granted = allowed;
    if permissions::is_empty(&missing) {
        let text = match permissions::is_empty(&plugin.granted) {
            true => "it asks for nothing".to_owned(),
            false => format!("granted: {}", permissions::yaml(&plugin.granted)),
        };
        return plugin.pass(Stage::Permissions, text);
    }
    let asked = permissions::yaml(&missing);
    let reason = format!("it asks for {asked}, which is not granted");
    let whole = permissions::yaml(&plugin.manifest.permissions);
    let add = match position {
        Some(_) => format!("write `grant: {whole}` into its entry of `plugins.use`"),
        None => format!("write `- {{id: {}, grant: {whole}}}` under `plugins.use`", plugin.id()),
    };
    let why = Diagnostic::error(&PERMISSION_MISSING, format!("the plugin `{}` cannot be used: {reason}", plugin.id()))
        .label(plugin.named.map_or(plugin.span("permissions"), |named| named.span), "nothing is granted here")
        .help(format!("{add}; `lhp plugin trust {}` does so", plugin.id()));
    let why = match plugin.named {
        Some(_) => why.label(plugin.span("permissions"), "asked for here"),
        None => relabel(why, "asked for here"),
    };
    plugin.stop(Stage::Permissions, Status::Blocked(reason), why);
}

fn relabel(mut diagnostic: Diagnostic, text: &str) -> Diagnostic {
    if let Some(label) = diagnostic.labels.first_mut() {
        text.clone_into(&mut label.text);
    }
    diagnostic
}

/// What is demanded of a plugin in this run, and whether it needs an entry at all.
fn demand(surroundings: &Surroundings<'_>, plugin: &Plugin) -> (Demand, bool) {
    let trust = surroundings.settings.trust.as_ref();
    let mode = trust.and_then(|trust| trust.require_lock).unwrap_or_default();
    // Templates only make text, and modules run in a sandbox; python and native code does what it likes.
    let contained = match plugin.place {
        Place::Project => matches!(plugin.manifest.runtime.kind, RuntimeKind::Template | RuntimeKind::Wasm),
        Place::Outside => plugin.manifest.runtime.kind == RuntimeKind::Template,
        Place::Installed => false,
    };
    let needs = !contained;
    let ci = surroundings.options.variables.get("CI");
    let ci = ci.is_some_and(|value| !["0", "false", "no", "off"].contains(&value.to_ascii_lowercase().as_str()));
    let locked = surroundings.options.locking == Locking::Demanded;
    let demand = match (surroundings.options.locking, mode) {
        (Locking::Ignored, _) => Demand::None,
        (Locking::Demanded, _) => Demand::Refusal,
        (_, RequireLock::Always) => Demand::Refusal,
        (_, RequireLock::Never) => Demand::None,
        (_, RequireLock::Auto) if !needs => Demand::None,
        (_, RequireLock::Auto) if ci => Demand::Refusal,
        (_, RequireLock::Auto) => Demand::Remark,
    };
    // What needs no entry is compared only where everything is.
    let demand = if !needs && !locked && mode != RequireLock::Always { Demand::None } else { demand };
    (demand, needs)
}

/// Compares a plugin with the lock file.
fn compare(surroundings: &Surroundings<'_>, plugin: &mut Plugin, wish: Option<&Wanted>, lock: Option<&Lock>) {
    let (demand, needs) = demand(surroundings, plugin);
    if demand == Demand::None {
        return plugin.pass(Stage::Trust, "no entry in the lock file is demanded");
    }
    let id = plugin.manifest.id.clone();
    if wish.is_some_and(|wish| wish.dev) {
        if surroundings.options.locking != Locking::Demanded {
            return plugin.pass(Stage::Trust, "`dev: true`: it is not compared with the lock file");
        }
        let node = dev_node(surroundings, &id);
        let why =
            Diagnostic::error(&DEV_PLUGIN, format!("the plugin `{id}` is being developed, and this run is locked"))
                .label(node.map_or(plugin.node.span, |node| node.span), "not compared with the lock file")
                .help("remove `dev: true`, and run `lhp plugin lock`");
        return refuse(plugin, demand, "it is being developed", why);
    }
    let entry = lock.and_then(|lock| Some((lock, lock.entry(&id)?)));
    let Some((lock, entry)) = entry else {
        if !needs {
            return plugin.pass(Stage::Trust, format!("not in `{LOCK_FILE}`, and need not be"));
        }
        let why = Diagnostic::error(&LOCK_MISSING, format!("the plugin `{id}` is not in `{LOCK_FILE}`"))
            .label(plugin.named.map_or(plugin.span("id"), |named| named.span), "not locked")
            .help(format!("look at the plugin, then run `lhp plugin trust {id}`, and commit `{LOCK_FILE}`"));
        return refuse(plugin, demand, "it is not in the lock file", why);
    };
    let sources = &surroundings.project.sources;
    let now = match LockedPlugin::of(plugin, sources) {
        Ok(now) => now,
        Err(error) => {
            let why =
                Diagnostic::error(&DIGEST_MISMATCH, format!("the files of the plugin `{id}` cannot be read: {error}"))
                    .label(plugin.node.span, "this plugin")
                    .help("make its files readable");
            return refuse(plugin, demand, "its files cannot be read", why);
        }
    };
    match difference(lock, entry, &now, sources, plugin) {
        None => plugin.pass(Stage::Trust, format!("it is what `{LOCK_FILE}` says")),
        Some(why) => refuse(plugin, demand, "it is not what the lock file says", why),
    }
}

/// How a plugin differs from its entry, with the places of both.
pub(crate) fn difference(
    lock: &Lock,
    entry: &LockedPlugin,
    now: &LockedPlugin,
    sources: &crate::source::SourceMap,
    plugin: &Plugin,
) -> Option<Diagnostic> {
    let id = &entry.id;
    let update = format!("lhp plugin lock --update {id}");
    let stale = |what: &str, was: &str, is: &str, place: Span| {
        Diagnostic::error(&LOCK_MISSING, format!("{what} of the plugin `{id}` is `{is}`, and `{was}` is locked"))
            .label(lock.span(sources, id, was), "locked here")
            .label(place, "now")
            .help(format!("look at what changed, then run `{update}`"))
    };
    let simple = [
        ("the version", &entry.version, &now.version, "version"),
        ("the protocol", &entry.api, &now.api, "api"),
        ("the runtime", &entry.runtime, &now.runtime, "runtime"),
    ];
    if let Some((what, was, is, key)) = simple.into_iter().find(|(_, was, is, _)| was != is) {
        return Some(stale(what, was, is, plugin.span(key)));
    }
    let (_, wider) = permissions::intersect(&now.permissions(), &entry.permissions());
    if !permissions::is_empty(&wider) {
        let message = format!("the plugin `{id}` may do more than what is locked: {}", permissions::yaml(&wider));
        return Some(
            Diagnostic::error(&LOCK_MISSING, message)
                .label(lock.span(sources, id, id), "locked here")
                .label(plugin.span("permissions"), "asked for here")
                .help(format!("look at what it asks for, then run `{update}`")),
        );
    }
    let digests = [
        ("the manifest", &entry.manifest_sha256, &now.manifest_sha256),
        ("the content", &entry.tree_sha256, &now.tree_sha256),
    ];
    let artifacts =
        entry.artifacts.iter().filter_map(|(path, was)| Some((path.as_str(), was, now.artifacts.get(path)?)));
    let changed = digests.into_iter().chain(artifacts).find(|(_, was, is)| was != is)?;
    let (what, was, is) = changed;
    Some(
        Diagnostic::error(&DIGEST_MISMATCH, format!("{what} of the plugin `{id}` is not what is locked"))
            .label(lock.span(sources, id, was), "locked here")
            .label(plugin.node.get("id").unwrap_or(&plugin.node).span, "this plugin")
            .help(format!("expected sha256:{was}\nactual   sha256:{is}\nlook at what changed, then run `{update}`")),
    )
}

fn refuse(plugin: &mut Plugin, demand: Demand, reason: &str, why: Diagnostic) {
    if demand == Demand::Refusal {
        // Whoever demands locks wants to know of every plugin that would be used without one.
        return plugin.stop(Stage::Trust, Status::Blocked(reason.to_owned()), why);
    }
    plugin.steps.push(Step::passed(Stage::Trust, format!("{reason}, which is a warning here")));
    plugin.faults.push(why.severity(Severity::Warning));
}

fn dev_node<'a>(surroundings: &'a Surroundings<'_>, id: &str) -> Option<&'a Node> {
    let entries = surroundings.node("use")?.as_sequence()?;
    entries.iter().find(|entry| entry.get("id").and_then(Node::as_str) == Some(id))?.get("dev")
}
