//! Why there is no answer: faults of runtimes go in, diagnostics with places come out.

use super::in_template::in_template;
use super::said::{last_word, last_words};
use super::{Differs, Place};
use crate::plugin::Plugin;
use crate::plugin::runtime::Fault;
use crate::plugin::secrets::Secrets;
use crate::plugin::selection::INCOMPATIBLE;
use crate::report::{Diagnostic, Rule, rules};
use crate::source::SourceMap;

rules! {
    /// A plugin needs a runtime that this program does not have.
    ///
    /// ## Why
    /// Nothing can run the plugin, so no code can be generated for its actions.
    ///
    /// ## Wrong
    /// ```yaml
    /// schema: 1
    /// id: lhp-feed
    /// version: 1.0.0
    /// api: "1.0"
    /// runtime: {type: native, libraries: {x86_64-unknown-linux-gnu: libfeed.so}}
    /// provides:
    ///   - {kind: load, key: feed, entry: lhp_call}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// schema: 1
    /// id: lhp-feed
    /// version: 1.0.0
    /// api: "1.0"
    /// runtime: {type: template, root: templates}
    /// provides:
    ///   - {kind: load, key: feed, entry: feed.py.j2}
    /// ```
    pub static RUNTIME_NOT_AVAILABLE: Rule = Rule::new("LHP-PLG-013", "runtime-not-available");
    /// What a capability starts with, its `entry`, is not there.
    ///
    /// ## Why
    /// The entry of a template plugin is a file below `runtime.root`. Without it there is no code for the
    /// actions that use the capability. Paths that lead out of that directory are never followed.
    ///
    /// ## Wrong
    /// ```yaml
    /// runtime: {type: template, root: templates}
    /// provides:
    ///   - {kind: load, key: s3_batch, entry: ../s3_batch.py.j2}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// runtime: {type: template, root: templates}
    /// provides:
    ///   - {kind: load, key: s3_batch, entry: s3_batch.py.j2}
    /// ```
    pub static MISSING_ENTRY: Rule = Rule::new("LHP-PLG-030", "missing-entry");
    /// What a capability starts with does not have the functions that it must have.
    ///
    /// ## Why
    /// The host calls a plugin by names that are agreed upon: exports of a module, symbols of a library, methods of a
    /// class. Without them it cannot be called at all.
    ///
    /// ## Wrong
    /// ```python
    /// class S3Plugin:
    ///     def get_source_type(self):
    ///         return "s3_batch"
    /// ```
    ///
    /// ## Right
    /// ```python
    /// class S3Plugin:
    ///     def get_source_type(self):
    ///         return "s3_batch"
    ///
    ///     def get_generator_class(self):
    ///         return S3BatchLoadGenerator
    /// ```
    pub static WRONG_INTERFACE: Rule = Rule::new("LHP-PLG-031", "wrong-interface");
    /// A plugin speaks another version of the interface than this program.
    ///
    /// ## Why
    /// A module says which version of exports and imports it was built for, a library likewise. With another version the
    /// same names can mean other things, so nothing of the plugin is called.
    ///
    /// ## Wrong
    /// ```c
    /// uint32_t lhp_abi(void) { return 2; }
    /// ```
    ///
    /// ## Right
    /// ```c
    /// uint32_t lhp_abi(void) { return 1; }
    /// ```
    pub static WRONG_VERSION: Rule = Rule::new("LHP-PLG-032", "wrong-interface-version");
    /// A WebAssembly module imports a function that this program does not offer.
    ///
    /// ## Why
    /// A module can be given `log`, `read_file` and `render` of the module `lhp`, and the functions of WASI, which find
    /// nothing here. Everything else, such as the network, does not exist for it.
    ///
    /// ## Wrong
    /// ```wat
    /// (import "env" "get_env_var" (func (param i32 i32) (result i32)))
    /// ```
    ///
    /// ## Right
    /// ```wat
    /// (import "lhp" "read_file" (func (param i32 i32) (result i64)))
    /// ```
    pub static UNKNOWN_IMPORT: Rule = Rule::new("LHP-PLG-033", "unknown-import");
    /// A program or package that a plugin needs is not there.
    ///
    /// ## Why
    /// A plugin in Python needs an interpreter and the packages under `requires.packages`, a native one a library for
    /// this platform. Nothing is installed while code is generated.
    ///
    /// ## Wrong
    /// ```yaml
    /// requires:
    ///   packages: ["boto3>=1.26.0"] # not installed
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// .venv/bin/pip install 'boto3>=1.26.0'
    /// ```
    pub static REQUIREMENT_MISSING: Rule = Rule::new("LHP-PLG-013", "requirement-missing");
    /// A plugin says that it cannot work in its environment.
    ///
    /// ## Why
    /// Its method `validate_environment` gave False. Code that it generated all the same could not be relied upon.
    ///
    /// ## Wrong
    /// ```python
    /// def validate_environment(self):
    ///     return importlib.util.find_spec("boto3") is not None # not installed
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// .venv/bin/pip install boto3
    /// ```
    pub static ENVIRONMENT_REFUSED: Rule = Rule::new("LHP-PLG-042", "environment-refused");
    /// A plugin wants to read or do what it was not granted.
    ///
    /// ## Why
    /// A plugin gets what its manifest asks for and the project grants, and nothing else.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   use:
    ///     - id: lhp-s3
    ///       grant: {read: ["schemas/**"]}
    /// ```
    pub static NOT_GRANTED: Rule = Rule::new("LHP-PLG-052", "not-granted");
    /// A template of a plugin is wrong, or a value does not fit into it.
    ///
    /// ## Why
    /// The code of the action cannot be written. Mostly the template uses a name that does not exist, or
    /// leaves out a filter: `{{ name }}` is a Python literal, `{{ name | ident }}` a name.
    ///
    /// ## Wrong
    /// ```jinja
    /// def {{ targte | ident }}():
    ///     return spark.read.load({{ spec.path }})
    /// ```
    ///
    /// ## Right
    /// ```jinja
    /// def {{ target | ident }}():
    ///     return spark.read.load({{ spec.path }})
    /// ```
    pub static TEMPLATE_FAILED: Rule = Rule::new("LHP-PLG-040", "template-failed");
    /// A plugin took longer than it may.
    ///
    /// ## Why
    /// A plugin that does not come to an end would stop every run. The bound is `limits.timeout_ms` of the
    /// plugin or of the project, whichever is smaller.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   limits: {timeout_ms: 1}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   limits: {timeout_ms: 2000}
    /// ```
    pub static PLUGIN_TIMEOUT: Rule = Rule::new("LHP-PLG-044", "plugin-timeout");
    /// A plugin did more work than it may.
    ///
    /// ## Why
    /// Work is counted in units that do not depend on the machine, so a plugin that never ends fails in the
    /// same way everywhere. The bound is `limits.fuel` of the plugin or of the project, whichever is
    /// smaller.
    ///
    /// ## Wrong
    /// ```jinja
    /// {% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}
    /// ```
    ///
    /// ## Right
    /// ```jinja
    /// {% for column in spec.columns %}
    /// df = df.drop({{ column }})
    /// {% endfor %}
    /// ```
    pub static OUT_OF_FUEL: Rule = Rule::new("LHP-PLG-045", "out-of-fuel");
    /// A plugin wanted more memory than it may, or its answer is too large.
    ///
    /// ## Why
    /// The bounds keep one plugin from exhausting the machine: `limits.memory_mb`, `limits.output_kb` and
    /// `limits.files` of the plugin or of the project, whichever is smaller.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   limits: {output_kb: 1}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   limits: {output_kb: 4096}
    /// ```
    pub static TOO_LARGE: Rule = Rule::new("LHP-PLG-046", "too-large");
    /// What runs a plugin has ended in the middle of its work.
    ///
    /// ## Why
    /// There is no answer for the action. The message shows the last lines that the plugin wrote.
    ///
    /// ## Wrong
    /// ```python
    /// os._exit(1)
    /// ```
    ///
    /// ## Right
    /// ```python
    /// raise ValueError("`bucket` must not be empty")
    /// ```
    pub static PLUGIN_CRASHED: Rule = Rule::new("LHP-PLG-048", "plugin-crashed");
    /// A plugin sent something that is no answer of the protocol.
    ///
    /// ## Why
    /// What it means is not known, so nothing is made of it. The message shows how it begins.
    ///
    /// ## Wrong
    /// ```json
    /// {"body": ["def v_orders():", "    return 1"]}
    /// ```
    ///
    /// ## Right
    /// ```json
    /// {"body": "def v_orders():\n    return 1\n"}
    /// ```
    pub static MALFORMED_ANSWER: Rule = Rule::new("LHP-PLG-049", "malformed-answer");
    /// A plugin that says that it is deterministic answered one request in two ways.
    ///
    /// ## Why
    /// The same project must always become the same files, and answers are kept between runs. Checked with
    /// `--verify-plugins` only. A warning if the plugin does not say `deterministic` at all.
    ///
    /// ## Wrong
    /// ```python
    /// body = f"# generated at {datetime.now()}\n" + body
    /// ```
    ///
    /// ## Right
    /// ```python
    /// body = "# generated by lhp-s3\n" + body
    /// ```
    pub static NOT_DETERMINISTIC: Rule = Rule::new("LHP-PLG-060", "not-deterministic");
}

/// The diagnostic for a fault of a plugin that an action asked for.
pub(crate) fn of_fault(fault: &Fault, place: &Place<'_>) -> Diagnostic {
    let diagnostic = told(fault, place.plugin, place.index, place.sources);
    match is_of_manifest(fault) {
        true => diagnostic.label(place.action.node.span, "needed by this action"),
        false => diagnostic.at(&place.action.node, "while generating this action"),
    }
}

/// The diagnostic for a fault of a capability that nobody asked for yet.
pub(crate) fn of_check(fault: &Fault, plugin: &Plugin, index: usize, sources: &SourceMap) -> Diagnostic {
    let diagnostic = told(fault, plugin, index, sources);
    match is_of_manifest(fault) {
        true => diagnostic,
        false => diagnostic.label(plugin.provision_span(index, "entry"), "the entry of the capability"),
    }
}

/// Whether it is the manifest that must be looked at first.
fn is_of_manifest(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Unavailable { .. }
            | Fault::NoEntry { .. }
            | Fault::WrongInterface { .. }
            | Fault::WrongVersion { .. }
            | Fault::Incompatible { .. }
            | Fault::UnknownImport { .. }
            | Fault::Missing { .. }
    )
}

/// What there is to say about a fault, whoever met it. Secrets of the settings, which a process may know, are not shown.
fn told(fault: &Fault, plugin: &Plugin, index: usize, sources: &SourceMap) -> Diagnostic {
    let hidden = Secrets::hidden_everywhere(&plugin.config.secrets);
    let mut diagnostic = diagnostic(fault, plugin, index, sources);
    diagnostic.message = hidden.text(&diagnostic.message);
    diagnostic.help = diagnostic.help.map(|help| hidden.text(&help));
    diagnostic
}

fn diagnostic(fault: &Fault, plugin: &Plugin, index: usize, sources: &SourceMap) -> Diagnostic {
    let id = plugin.id();
    let entry = plugin.provision_span(index, "entry");
    let block = plugin.span("runtime");
    let limit = |diagnostic: Diagnostic, key: &str| {
        diagnostic
            .help(format!("make the plugin do less, or raise `limits.{key}` in its `plugin.yaml` and in `lhp.yaml`"))
    };
    match fault {
        Fault::Unavailable { runtime } => Diagnostic::error(
            &RUNTIME_NOT_AVAILABLE,
            format!("plugin `{id}` needs the runtime `{runtime}`, which this version does not have"),
        )
        .label(block, "asked for here")
        .help("use a version of lhp or of the plugin for which there is a runtime"),
        Fault::NoEntry { detail } => Diagnostic::error(&MISSING_ENTRY, format!("plugin `{id}`: {detail}"))
            .label(entry, "the entry of the capability")
            .help("add the file, or correct `entry`; it is relative to `runtime.root`"),
        Fault::WrongInterface { detail } => Diagnostic::error(&WRONG_INTERFACE, format!("plugin `{id}`: {detail}"))
            .label(entry, "the entry of the capability")
            .help("add what is missing to the plugin, or correct `entry`"),
        Fault::WrongVersion { detail } => Diagnostic::error(&WRONG_VERSION, format!("plugin `{id}`: {detail}"))
            .label(block, "the plugin is run by this")
            .help("use a version of the plugin, or of lhp, that fits the other"),
        Fault::Incompatible { detail } => {
            Diagnostic::error(&INCOMPATIBLE, format!("the plugin `{id}` cannot be used: {detail}"))
                .label(block, "the plugin is run by this")
                .help("use a version of the plugin, or of lhp, that fits the other")
        }
        Fault::UnknownImport { detail } => Diagnostic::error(&UNKNOWN_IMPORT, format!("plugin `{id}`: {detail}"))
            .label(block, "the plugin is run by this")
            .help("build the module without it; `lhp` offers `log`, `read_file` and `render`"),
        Fault::Missing { detail, help } => Diagnostic::error(&REQUIREMENT_MISSING, format!("plugin `{id}`: {detail}"))
            .label(block, "the plugin is run by this")
            .help(help.clone()),
        Fault::Environment { detail } => {
            // The worker says it in a sentence of its own.
            let said = format!("plugin `{id}` cannot work in this environment: ");
            let detail = detail.strip_prefix(said.as_str()).unwrap_or(detail);
            Diagnostic::error(&ENVIRONMENT_REFUSED, format!("plugin `{id}` cannot work here: {detail}"))
                .help("install what it needs into the Python environment of the project")
        }
        Fault::NotGranted { detail, grant } => Diagnostic::error(&NOT_GRANTED, format!("plugin `{id}`: {detail}"))
            .help(format!("if it may, add to its entry under `plugins.use`: `grant: {{{grant}}}`")),
        Fault::Template { message, place: at } => {
            let diagnostic =
                Diagnostic::error(&TEMPLATE_FAILED, format!("a template of plugin `{id}` failed: {message}"));
            let help = match message.contains("undefined value") {
                true => "correct the name; for a setting that may be absent, ask `is defined` or give a `default(…)`",
                false => "correct the template, or the settings of the action if they are to blame",
            };
            in_template(diagnostic, at.as_ref(), sources).help(help)
        }
        Fault::Timeout { milliseconds, said } => limit(
            Diagnostic::error(&PLUGIN_TIMEOUT, format!("plugin `{id}` took more than {milliseconds} ms")),
            "timeout_ms",
        )
        .more_help(last_words(said)),
        Fault::OutOfFuel { limit: fuel, place: at } => {
            let message = format!("plugin `{id}` did more than {fuel} units of work: does a loop of it never end?");
            limit(in_template(Diagnostic::error(&OUT_OF_FUEL, message), at.as_ref(), sources), "fuel")
        }
        Fault::TooLarge { what } => Diagnostic::error(&TOO_LARGE, format!("plugin `{id}`: {what}"))
            .help("make the plugin do less, or raise `limits` in its `plugin.yaml` and in `lhp.yaml`"),
        Fault::GivenUp { cause } => {
            let mut cause = diagnostic(cause, plugin, index, sources);
            cause.message =
                format!("plugin `{id}` is not asked any more, after several faults like this: {}", cause.message);
            cause
        }
        Fault::Crashed { detail, said } => {
            let last = last_word(said).map(|word| format!("; it said last: {word}")).unwrap_or_default();
            Diagnostic::error(&PLUGIN_CRASHED, format!("plugin `{id}` crashed: {detail}{last}"))
                .help("report this to the author of the plugin with this action")
                .more_help(last_words(said))
        }
        Fault::Malformed { detail, head } => {
            let head = if head.is_empty() { String::new() } else { format!(", in `{head}`") };
            Diagnostic::error(&MALFORMED_ANSWER, format!("plugin `{id}` sent no usable answer: {detail}{head}"))
                .help("report this to the author of the plugin with this action")
        }
    }
}

/// The diagnostic for two answers to one request.
pub(crate) fn of_difference(differs: &Differs, place: &Place<'_>) -> Diagnostic {
    let lines = differs.lines.as_ref().map(|(first, second)| format!(": first `{first}`, then `{second}`"));
    let message = format!(
        "plugin `{}` answered one request in two ways; its {} is not the same{}",
        place.plugin.id(),
        differs.part,
        lines.unwrap_or_default()
    );
    at_action(&NOT_DETERMINISTIC, message, place)
        .help("take time, chance and state out of the plugin, or declare `deterministic: false`")
}

/// An error at the action.
pub(super) fn at_action(rule: &'static Rule, message: String, place: &Place<'_>) -> Diagnostic {
    Diagnostic::error(rule, message).at(&place.action.node, "while generating this action")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::expand::Action;
    use crate::plugin::discovery::directories::plugin_at;
    use crate::plugin::{self, Origin};
    use crate::project::read_single;
    use crate::report::Report;

    /// The diagnostic for a fault of a plugin.
    fn diagnose(tell: impl Fn(&Place<'_>) -> Diagnostic) -> (String, String) {
        let directory = tempfile::tempdir().unwrap();
        let manifest =
            "schema: 1\nid: lhp-feed\nversion: 1.0.0\napi: \"1.0\"\nprovides:\n- {kind: load, key: feed, entry: a}\n";
        std::fs::write(directory.path().join("plugin.yaml"), manifest).unwrap();
        std::fs::write(directory.path().join("a.yaml"), "{name: a, type: load, source: {type: feed}, target: v}")
            .unwrap();
        let sources = SourceMap::new(directory.path());
        let mut report = Report::default();
        let plugin = plugin_at(&sources, directory.path().to_path_buf(), Origin::Action, plugin::Place::Project);
        let node = read_single(&sources, Path::new("a.yaml"), &mut report).unwrap();
        let action = Action::new(0, node.clone()).unwrap();
        let found = tell(&Place { plugin: &plugin, index: 0, action: &action, sources: &sources });
        assert!(found.labels.iter().any(|label| label.span == node.span));
        assert!(found.help.is_some());
        (found.rule.to_string(), found.message)
    }

    #[test]
    fn faults_of_processes_are_told_at_the_action() {
        let of = |fault: Fault| diagnose(|place| of_fault(&fault, place));
        let (rule, message) = of(Fault::timeout(20));
        assert_eq!(
            (rule.as_str(), message.as_str()),
            ("LHP-PLG-044/plugin-timeout", "plugin `lhp-feed` took more than 20 ms")
        );
        let (rule, message) = of(Fault::crashed("signal 11"));
        assert_eq!(
            (rule.as_str(), message.as_str()),
            ("LHP-PLG-048/plugin-crashed", "plugin `lhp-feed` crashed: signal 11")
        );
        let (rule, message) = of(Fault::malformed("no JSON", "Traceback"));
        assert_eq!(rule, "LHP-PLG-049/malformed-answer");
        assert_eq!(message, "plugin `lhp-feed` sent no usable answer: no JSON, in `Traceback`");
    }

    #[test]
    fn entries_and_runtimes_that_are_not_there_are_told_at_the_manifest() {
        let of = |fault: Fault| diagnose(|place| of_fault(&fault, place));
        let (rule, message) = of(Fault::NoEntry { detail: "there is no template `a`".to_owned() });
        assert_eq!(rule, "LHP-PLG-030/missing-entry");
        assert_eq!(message, "plugin `lhp-feed`: there is no template `a`");
        let (rule, message) = of(Fault::Unavailable { runtime: "native" });
        assert_eq!(rule, "LHP-PLG-013/runtime-not-available");
        assert!(message.contains("needs the runtime `native`"), "{message}");
    }

    #[test]
    fn two_answers_to_one_request_are_told_at_the_action() {
        let differs = Differs { part: "body", lines: Some(("a = 1".to_owned(), "a = 2".to_owned())) };
        let (rule, message) = diagnose(|place| of_difference(&differs, place));
        assert_eq!(rule, "LHP-PLG-060/not-deterministic");
        assert!(message.ends_with("its body is not the same: first `a = 1`, then `a = 2`"), "{message}");
    }
}
