//! What readers and writers share: a row of the table and an action go in; the modules around the class come out.
//!
//! Of the class itself nothing runs while code is generated, but methods that name columns and judge settings. It is
//! described and copied, with its imports turned to the places where the copies stand.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use minijinja::{Value as TemplateValue, context};
use serde_json::{Value as Json, json};

use super::class::{Class, Trouble};
use super::emitted::{Emitted, RUNTIME, camel, slug};
use crate::emit::{GENERATED, Templates, comment, normalise, python};
use crate::expand::Action;
use crate::generator::python_module::{PACKAGE, missing_packages};
use crate::generator::{Capability, Context, HelperFile};
use crate::plugin::cache::Results;
use crate::plugin::host::{self, Call, Place};
use crate::plugin::manifest::{Provision, RuntimeKind};
use crate::plugin::runtime::protocol::ValidateResult;
use crate::plugin::runtime::python::PIPELINE_MODULE;
use crate::plugin::runtime::wire::{holds_secret, json as json_of};
use crate::plugin::runtime::{Answer, Fault, Helper, Limits, Runtimes};
use crate::plugin::selection::INCOMPATIBLE;
use crate::plugin::spec::SettingsSchema;
use crate::plugin::version::satisfies;
use crate::plugin::{Kind, Origin, Plugin};
use crate::project::Project;
use crate::report::{Diagnostic, Report, Rule, rules};
use crate::source::Span;
use crate::syntax::{Entry, Mapping, Node, Value};

rules! {
    /// A reader or writer is declared in a way that cannot be wrapped: its runtime, its contract or its output does not
    /// fit.
    ///
    /// ## Why
    /// Readers and writers run on the cluster, long after the code was generated. They are classes in Python, or native
    /// libraries. Templates and WebAssembly modules only make code. A `contract` must be what the class really is.
    ///
    /// ## Wrong
    /// ```yaml
    /// runtime: {type: template}
    /// provides:
    ///   - {kind: reader, key: my_api, entry: my_api.py.j2}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// runtime: {type: python, shims: [dativo]}
    /// provides:
    ///   - {kind: reader, key: my_api, entry: "my_api.py:MyReader", contract: dativo.reader}
    /// ```
    pub static UNFIT_INTERFACE: Rule = Rule::new("LHP-PLG-088", "reader-interface");
    /// An action uses a reader or writer from a native library, and does not say where the library is on the cluster.
    ///
    /// ## Why
    /// The library is loaded where the rows are read or written. It is not copied beside the generated code: put it
    /// into a volume that all machines of the cluster see.
    ///
    /// ## Wrong
    /// ```yaml
    /// source:
    ///   type: csv_files
    ///   connection: {path: /Volumes/shop/landing/orders.csv}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// source:
    ///   type: csv_files
    ///   library_path: /Volumes/shop/lib/libcsv_reader.so
    ///   connection: {path: /Volumes/shop/landing/orders.csv}
    /// ```
    pub static NO_LIBRARY_PATH: Rule = Rule::new("LHP-PLG-089", "library-path-missing");
}

/// The setting that says where a native library is on the cluster.
const LIBRARY_PATH: &str = "library_path";

/// A reader or writer of a plugin.
pub(super) struct Adapter {
    pub capability: Capability,
    pub plugin: Arc<Plugin>,
    pub index: usize,
    pub provision: Provision,
    schema: SettingsSchema,
    limits: Limits,
    class: Class,
    emitted: OnceLock<Result<Emitted, Trouble>>,
}

/// What actions of readers and writers say to this program, and not to the class.
const HOST_KEYS: [&str; 5] = ["output_schema", "custom_reader", "custom_writer", LIBRARY_PATH, "readMode"];

impl Adapter {
    /// The adapter for an entry of a plugin's `provides`. `own` are settings that the plugin's schema need not know.
    pub fn new(
        plugin: &Arc<Plugin>,
        index: usize,
        project: &Project,
        known: (&Arc<Runtimes>, Option<&Arc<Results>>),
        own: &'static [&'static str],
    ) -> Option<Self> {
        let provision = plugin.provision(index)?.clone();
        let kind = provision.kind.action_type()?;
        let entry = plugin.provision_node(index);
        let place = entry.get("schema").unwrap_or(entry);
        let schema = SettingsSchema::new(provision.schema.as_ref(), place, &plugin.root, &project.sources);
        let host_keys = HOST_KEYS.iter().chain(own).copied().collect();
        let capability = Capability {
            kind,
            name: provision.kind.action_key(&provision.key),
            summary: provision.description.clone().or_else(|| provision.title.clone()).unwrap_or_default(),
            schema: schema.compiled(),
            adds_metadata: true,
            plugin: Some(plugin.clone()),
            reads: provision.reads.clone(),
            takes_text: false,
            host_keys,
        };
        let allowed = project.loaded.settings.plugins.as_ref().and_then(|plugins| plugins.limits.as_ref());
        let limits = Limits::of(&plugin.manifest.limits, allowed);
        Some(Self {
            capability,
            plugin: plugin.clone(),
            index,
            class: Class::new(plugin, &provision, limits, project, known),
            provision,
            schema,
            limits,
            emitted: OnceLock::new(),
        })
    }

    /// Whom something is about.
    pub fn place<'a>(&'a self, action: &'a Action, project: &'a Project) -> Place<'a> {
        Place { plugin: &self.plugin, index: self.index, action, sources: &project.sources }
    }

    /// How modules, classes and formats are called, after `lhp_`.
    fn slug(&self) -> String {
        let slug = slug(&self.provision.key);
        // A plugin may read and write the same thing.
        if self.provision.kind == Kind::Writer { format!("{slug}_writer") } else { slug }
    }

    /// The package of the copies.
    fn package(&self) -> String {
        format!("lhp_{}", self.slug())
    }

    /// The name of the format.
    pub fn format(&self) -> String {
        format!("lhp_{}", self.slug())
    }

    /// The class that is registered.
    pub fn data_source(&self) -> String {
        format!("Lhp{}DataSource", camel(&self.slug()))
    }

    /// The statement that imports the class.
    pub fn import(&self) -> String {
        format!("from {PACKAGE}.{}_datasource import {}", self.package(), self.data_source())
    }

    /// Rules that hold whether the class can be loaded or not.
    pub fn check(&self, action: &Action, project: &Project, report: &mut Report) {
        if let Some(fault) = self.schema.fault(&self.capability.schema) {
            report.push(fault);
        }
        let kind = self.provision.kind.word();
        let runtime = self.plugin.manifest.runtime.kind;
        if !matches!(runtime, RuntimeKind::Python | RuntimeKind::Native) {
            let node = self.plugin.node.get("runtime");
            report.push(
                Diagnostic::error(
                    &UNFIT_INTERFACE,
                    format!("plugin `{}`: a {kind} cannot be run by `{}`", self.plugin.id(), runtime.word()),
                )
                .label(node.map_or(self.provision_span("kind"), |node| node.span), "the plugin is run by this")
                .label(action.node.span, "needed by this action")
                .help(format!("write the {kind} as a class in Python, or as a native library")),
            );
            return;
        }
        if let Some(emit) = self.provision.emit.as_deref().filter(|emit| *emit != "datasource") {
            report.push(
                Diagnostic::error(&UNFIT_INTERFACE, format!("`{emit}` is nothing that a {kind} can become"))
                    .label(self.provision_span("emit"), "declared here")
                    .label(action.node.span, "needed by this action")
                    .help("write `emit: datasource`, or leave it out"),
            );
        }
        if runtime == RuntimeKind::Native && action.setting(LIBRARY_PATH).is_none() {
            report.push(
                Diagnostic::error(
                    &NO_LIBRARY_PATH,
                    format!("action `{}` does not say where the library is on the cluster", action.name),
                )
                .at(&action.settings, format!("needs `{LIBRARY_PATH}`"))
                .help(format!("add `{LIBRARY_PATH}: /Volumes/…` with the place of the library in a volume")),
            );
        }
        if let Err(fault) = self.class.check() {
            report.push(host::of_fault(&fault, &self.place(action, project)));
        }
    }

    /// Where the manifest says something about the capability.
    pub fn provision_span(&self, key: &str) -> Span {
        self.plugin.provision_span(self.index, key)
    }

    /// The class with its modules; they are copied once, however many actions use them.
    pub fn emitted(&self, call: &Call<'_>, report: &mut Report) -> Option<&Emitted> {
        match self.emitted.get_or_init(|| self.emit(call.context.templates)) {
            Ok(emitted) => self.fits(emitted, call, report).then_some(emitted),
            Err(trouble) => {
                self.tell(trouble, call, report);
                None
            }
        }
    }

    fn emit(&self, templates: &Templates) -> Result<Emitted, Trouble> {
        let package = self.package();
        if self.plugin.manifest.runtime.kind == RuntimeKind::Native {
            return self.library(templates).map_err(Trouble::Fault);
        }
        let described = self.class.ask("describe", json!({}))?;
        let emitted = self.class.ask("emit", json!({"spec": {}, "package": package, "schema": false}))?;
        Emitted::of(&emitted, &described, &package).map_err(Trouble::Fault)
    }

    /// The module around a native library.
    fn library(&self, templates: &Templates) -> Result<Emitted, Fault> {
        let is_reader = self.provision.kind == Kind::Reader;
        let (template, contract, default) = match is_reader {
            true => ("reader/library.py.j2", "dativo.reader", "create_reader"),
            false => ("writer/library.py.j2", "dativo.writer", "create_writer"),
        };
        let class = format!("Lhp{}Library", camel(&self.slug()));
        let values = context! {
            class => class.as_str(),
            plugin => self.shown_plugin(),
            create => self.provision.entry.as_deref().unwrap_or(default),
            key => self.provision.key.as_str(),
            runtime => format!("{PACKAGE}.{RUNTIME}"),
        };
        let content = templates
            .render(template, values)
            .map_err(|error| Fault::Template { message: error.message, place: None })?;
        let package = self.package();
        Ok(Emitted {
            files: vec![(format!("{PACKAGE}/{package}/library.py"), content)],
            module: format!("{PACKAGE}.{package}.library"),
            class,
            contract: contract.to_owned(),
            version: None,
            supports: Vec::new(),
        })
    }

    fn tell(&self, trouble: &Trouble, call: &Call<'_>, report: &mut Report) {
        match trouble {
            Trouble::Fault(fault) => report.push(host::of_fault(fault, &call.place)),
            Trouble::Refused(finding) => host::findings::report(std::slice::from_ref(finding), call, report),
        }
    }

    /// Whether the class is what its manifest says.
    fn fits(&self, emitted: &Emitted, call: &Call<'_>, report: &mut Report) -> bool {
        let before = report.blocking();
        let declared = self.provision.contract.as_deref().filter(|contract| !contract.starts_with("lhp."));
        if let Some(contract) = declared.filter(|contract| *contract != emitted.contract) {
            report.push(
                Diagnostic::error(
                    &UNFIT_INTERFACE,
                    format!("class `{}` is no `{contract}`, but a `{}`", emitted.class, emitted.contract),
                )
                .label(self.provision_span("contract"), "declared here")
                .label(call.place.action.node.span, "needed by this action")
                .help(format!("write `contract: {}`, or name another class under `entry`", emitted.contract)),
            );
        }
        let api = &self.plugin.manifest.api;
        if let Some(version) = emitted.version.as_deref().filter(|version| !satisfies(version, api)) {
            let id = self.plugin.id();
            let message = format!(
                "the plugin `{id}` cannot be used: class `{}` is of version {version} of the interface, and {} is asked for",
                emitted.class, api
            );
            let (place, label) = match self.plugin.origin {
                Origin::Action => (self.plugin.node.span, "named here"),
                _ => (self.plugin.node.get("api").unwrap_or(&self.plugin.node).span, "asked for here"),
            };
            report.push(
                Diagnostic::error(&INCOMPATIBLE, message)
                    .label(place, label)
                    .label(call.place.action.node.span, "needed by this action")
                    .help(format!(
                        "let `__version__` of the class begin with `{api}`, or change `api` in the manifest"
                    )),
            );
        }
        report.blocking() == before
    }

    /// Columns that the class itself knows for the settings of an action, as DDL. The report says why they could not be
    /// asked for; then the outer value is None.
    pub fn known_columns(&self, settings: Json, call: &Call<'_>, report: &mut Report) -> Option<Option<String>> {
        match self.class.ask("schema", json!({"spec": settings})) {
            Ok(known) => Some(known.get("ddl").and_then(Json::as_str).map(str::to_owned)),
            Err(trouble) => {
                self.tell(&trouble, call, report);
                None
            }
        }
    }

    /// Asks the class whether it takes the settings of an action. None if it does not; the report says so. Settings with
    /// secrets, which are known only when the pipeline runs, are not judged.
    pub fn validate(&self, settings: &Node, call: &Call<'_>, report: &mut Report) -> Option<()> {
        if holds_secret(settings) {
            return Some(());
        }
        let told = self.class.ask("validate", json!({"specs": [{"spec": json_of(settings)}]}));
        let told = told.and_then(|result| ValidateResult::read(&result).map_err(Trouble::Fault));
        let before = report.blocking();
        match told {
            Ok(told) => host::findings::report(&told.of_one(), call, report),
            Err(trouble) => self.tell(&trouble, call, report),
        }
        (report.blocking() == before).then_some(())
    }

    fn shown_plugin(&self) -> String {
        match self.plugin.origin {
            Origin::Action => self.plugin.id().to_owned(),
            _ => format!("{} {}", self.plugin.id(), self.plugin.manifest.version),
        }
    }

    /// The modules that go along with the pipeline: the copies, the adapter, and what all adapters share.
    pub fn helpers(
        &self,
        emitted: &Emitted,
        template: &str,
        values: TemplateValue,
        call: &Call<'_>,
        report: &mut Report,
    ) -> Option<Vec<HelperFile>> {
        let answer = Answer {
            helpers: emitted
                .files
                .iter()
                .map(|(path, content)| Helper { name: path.clone(), content: content.clone() })
                .collect(),
            ..Answer::default()
        };
        if !host::admit(&answer, call, report) {
            return None;
        }
        let values = context! {
            prefix => format!("Lhp{}", camel(&self.slug())),
            name => self.format(),
            plugin => self.shown_plugin(),
            module => emitted.module.as_str(),
            class => emitted.class.as_str(),
            runtime => format!("{PACKAGE}.{RUNTIME}"),
            ..values
        };
        let adapter = call.context.render(template, values, call.place.action, report)?;
        let path = format!("{PACKAGE}/{}_datasource.py", self.package());
        let mut helpers = Vec::with_capacity(emitted.files.len() + 4);
        let copies = emitted.files.iter().map(|(path, content)| (path.as_str(), Cow::Borrowed(content.as_str())));
        for (path, content) in copies.chain([(path.as_str(), Cow::Owned(adapter))]) {
            helpers.push(self.helper(path, &content, call, report)?);
        }
        let span = Some(call.place.action.node.span);
        helpers.push(HelperFile {
            path: format!("{PACKAGE}/{RUNTIME}.py"),
            content: format!("{GENERATED} - do not edit, the next run overwrites this file.\n\n{PIPELINE_MODULE}")
                .into(),
            origin: RUNTIME.to_owned(),
            span,
        });
        let packages = missing_packages(&helpers);
        helpers.extend(packages);
        self.class.keep();
        Some(helpers)
    }

    fn helper(&self, path: &str, content: &str, call: &Call<'_>, report: &mut Report) -> Option<HelperFile> {
        let checked = match call.context.modules.formats() {
            true => python::parse_and_format(content),
            false => python::check(content).map(|()| content.to_owned()),
        };
        let text = match checked {
            Ok(text) => text,
            Err(error) => {
                let line = content.lines().nth(error.line.saturating_sub(1)).unwrap_or_default().trim();
                let message = format!(
                    "`{path}`, a copy from plugin `{}`, is not valid Python: {} in line {}, `{line}`",
                    self.plugin.id(),
                    error.message,
                    error.line
                );
                report.push(
                    Diagnostic::error(&UNFIT_INTERFACE, message)
                        .label(self.provision_span("entry"), "copied for this")
                        .label(call.place.action.node.span, "needed by this action")
                        .help("keep to Python that this version knows"),
                );
                return None;
            }
        };
        let digest = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        let shown = self.shown_plugin();
        let header = format!(
            "{GENERATED} - do not edit, the next run overwrites this file.\n#\n# Plugin: {}\n\n",
            comment(&shown)
        );
        Some(HelperFile {
            path: path.to_owned(),
            content: format!("{header}{}", normalise(&text)).into(),
            origin: format!("{path} of plugin {} ({digest:016x})", self.plugin.id()),
            span: Some(call.place.action.node.span),
        })
    }

    /// A call about an action.
    pub fn call<'a>(&'a self, action: &'a Action, context: &'a Context<'a>) -> Call<'a> {
        Call { place: self.place(action, context.project), provision: &self.provision, context, limits: &self.limits }
    }

    /// The settings for the class: those of the action without those that this program reads itself. A native library
    /// is told where it is.
    pub fn settings(&self, action: &Action) -> Node {
        let is_library = self.plugin.manifest.runtime.kind == RuntimeKind::Native;
        let kept = |key: &str| !self.capability.host_keys.contains(&key) || (is_library && key == LIBRARY_PATH);
        let entries = action.settings.as_mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
        let entries = entries.iter().filter(|entry| entry.key.as_str().is_none_or(kept));
        action.settings.with_value(Value::Mapping(Mapping { entries: entries.map(plain_entry).collect() }))
    }
}

fn plain_entry(entry: &Entry) -> Entry {
    Entry { key: entry.key.clone(), value: plain(&entry.value) }
}

/// A tree as JSON knows it: dates are text.
pub(super) fn plain(node: &Node) -> Node {
    match &node.value {
        Value::Timestamp(text) => node.with_value(Value::String(text.as_ref().into())),
        Value::Float(number) if !number.is_finite() => {
            node.with_value(Value::String(node.plain_text().as_ref().into()))
        }
        Value::Sequence(items) => node.with_value(Value::Sequence(items.iter().map(plain).collect())),
        Value::Mapping(mapping) => {
            node.with_value(Value::Mapping(Mapping { entries: mapping.entries.iter().map(plain_entry).collect() }))
        }
        _ => node.clone(),
    }
}
