//! The rules of `lhp.yaml`: the path of a value goes in, the rule of the block it stands in comes out.

use crate::report::{Rule, rules};

rules! {
    /// A value in `lhp.yaml` has the wrong type.
    ///
    /// ## Why
    /// The settings of the project apply to everything that is generated, so nothing is generated as
    /// long as one of them cannot be understood.
    ///
    /// ## Wrong
    /// ```yaml
    /// name: orders
    /// apply_formatting: [bronze, silver]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// name: orders
    /// apply_formatting: true
    /// ```
    static PROJECT_WRONG_TYPE: Rule = Rule::new("LHP-CFG-002", "wrong-type");
    /// `include`, `blueprint_include` or `instance_include` in `lhp.yaml` is not a list of patterns.
    ///
    /// ## Why
    /// The patterns decide which files belong to the project. With a wrong form it is not known what to
    /// read, and files that were generated before would be removed.
    ///
    /// ## Wrong
    /// ```yaml
    /// include: "**/*.yaml"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// include:
    ///   - "**/*.yaml"
    /// ```
    static INCLUDE_NOT_LIST: Rule = Rule::new("LHP-CFG-003", "include-not-list");
    /// An entry of `include`, `blueprint_include` or `instance_include` in `lhp.yaml` is not a text.
    ///
    /// ## Why
    /// Every entry is a pattern that is compared with the paths of files. Without quotes, YAML reads
    /// some texts as numbers or as mappings.
    ///
    /// ## Wrong
    /// ```yaml
    /// include:
    ///   - 2024
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// include:
    ///   - "2024/*.yaml"
    /// ```
    static INCLUDE_ITEM: Rule = Rule::new("LHP-CFG-004", "include-item");
    /// A column under `operational_metadata.columns` in `lhp.yaml` is neither an expression nor a
    /// mapping with an `expression`, or one of its settings has the wrong type.
    ///
    /// ## Why
    /// The expression is the Python code of the column. Without it the column cannot be added to any
    /// view.
    ///
    /// ## Wrong
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _loaded_at:
    ///       applies_to: [view]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _loaded_at:
    ///       expression: F.current_timestamp()
    ///       applies_to: [view]
    /// ```
    static METADATA_COLUMN: Rule = Rule::new("LHP-CFG-003", "metadata-column");
    /// A preset under `operational_metadata.presets` in `lhp.yaml` is neither a list of columns nor a
    /// mapping with a list `columns`.
    ///
    /// ## Why
    /// A preset is a group of columns that are defined under `operational_metadata.columns`. Which ones
    /// it means cannot be known from anything else.
    ///
    /// ## Wrong
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _loaded_at: F.current_timestamp()
    ///   presets:
    ///     audit: _loaded_at
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// operational_metadata:
    ///   columns:
    ///     _loaded_at: F.current_timestamp()
    ///   presets:
    ///     audit: [_loaded_at]
    /// ```
    static METADATA_PRESET: Rule = Rule::new("LHP-CFG-004", "metadata-preset");
    /// `event_log` in `lhp.yaml` is not a mapping, or one of its settings has the wrong type.
    ///
    /// ## Why
    /// The block names the tables that hold the events of pipelines. This version does not set them up,
    /// but checks the form, so that the project keeps working with versions that do.
    ///
    /// ## Wrong
    /// ```yaml
    /// event_log: ops.events
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// event_log:
    ///   catalog: ops
    ///   schema: events
    /// ```
    static EVENT_LOG: Rule = Rule::new("LHP-CFG-006", "event-log");
    /// `monitoring` in `lhp.yaml` is not a mapping.
    ///
    /// ## Why
    /// The block switches on a pipeline that watches the others, and holds its settings. This version
    /// does not generate that pipeline, but checks the form, so that the project keeps working with
    /// versions that do.
    ///
    /// ## Wrong
    /// ```yaml
    /// monitoring: true
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// monitoring:
    ///   checkpoint_path: /Volumes/ops/monitoring/checkpoints
    ///   job_config_path: config/monitoring_job.yaml
    /// ```
    static MONITORING: Rule = Rule::new("LHP-CFG-008", "monitoring");
    /// `test_reporting` in `lhp.yaml` is not a mapping with `module_path` and `function_name`, or a
    /// value has the wrong type.
    ///
    /// ## Why
    /// The function receives the results of tests. Without a module and a function there is nobody to
    /// report to.
    ///
    /// ## Wrong
    /// ```yaml
    /// test_reporting:
    ///   module_path: reporting/publish.py
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// test_reporting:
    ///   module_path: reporting/publish.py
    ///   function_name: publish_results
    /// ```
    static TEST_REPORTING: Rule = Rule::new("LHP-CFG-009", "test-reporting");
    /// `uc_tagging` in `lhp.yaml` is not a mapping, or one of its settings has the wrong type or is out
    /// of range.
    ///
    /// ## Why
    /// The settings become part of the code that sets tags in Unity Catalog. With a wrong one, tags
    /// would be set or removed that nobody meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// uc_tagging:
    ///   tag_update_concurrency: 50
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// uc_tagging:
    ///   tag_update_concurrency: 20
    /// ```
    static UC_TAGGING: Rule = Rule::new("LHP-CFG-009", "uc-tagging");
    /// `wheel` in `lhp.yaml` is not a mapping.
    ///
    /// ## Why
    /// The block holds the settings for pipelines that are packaged as wheels. This version does not
    /// build wheels, but checks the form, so that the project keeps working with versions that do.
    ///
    /// ## Wrong
    /// ```yaml
    /// wheel: /Volumes/ops/lhp/wheels
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// wheel:
    ///   artifact_volume: /Volumes/ops/lhp/wheels
    /// ```
    static WHEEL: Rule = Rule::new("LHP-CFG-060", "wheel");
    /// `sandbox` in `lhp.yaml` is not a mapping.
    ///
    /// ## Why
    /// The block says how personal copies of tables are named. This version has no sandbox mode, but
    /// checks the form, so that the project keeps working with versions that have one.
    ///
    /// ## Wrong
    /// ```yaml
    /// sandbox: "{namespace}_{table}"
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// sandbox:
    ///   table_pattern: "{namespace}_{table}"
    /// ```
    static SANDBOX: Rule = Rule::new("LHP-CFG-062", "sandbox");
    /// `diagnostics` in `lhp.yaml` is not a mapping of rules to `error`, `warn`, `advice` or `off`.
    ///
    /// ## Why
    /// It says which findings count and which are not shown. With a wrong form, findings would be judged
    /// differently from what you meant.
    ///
    /// ## Wrong
    /// ```yaml
    /// diagnostics:
    ///   LHP-DEPR-001: warning
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// diagnostics:
    ///   LHP-DEPR-001: warn
    /// ```
    static DIAGNOSTICS: Rule = Rule::new("LHP-CFG-091", "diagnostics");
    /// The block `plugins` in `lhp.yaml` has a key that does not exist, or a value of the wrong kind.
    ///
    /// ## Why
    /// The block says which plugins are used and what they may do. A setting that nobody reads would leave
    /// a plugin without its limits, or a project without its plugins.
    ///
    /// ## Wrong
    /// ```yaml
    /// plugins:
    ///   directory: [./plugins]
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// plugins:
    ///   directories: [./plugins]
    /// ```
    static PLUGINS: Rule = Rule::new("LHP-PLG-004", "plugin-settings");
}

/// The rule for values at a path, such as `event_log.catalog`.
pub(super) fn rule_of(path: &str) -> &'static Rule {
    let (block, rest) = match path.find(['.', '[']) {
        Some(at) => path.split_at(at),
        None => (path, ""),
    };
    match block {
        "include" | "blueprint_include" | "instance_include" if rest.is_empty() => &INCLUDE_NOT_LIST,
        "include" | "blueprint_include" | "instance_include" => &INCLUDE_ITEM,
        "operational_metadata" if rest.starts_with(".columns") => &METADATA_COLUMN,
        "operational_metadata" if rest.starts_with(".presets") => &METADATA_PRESET,
        "event_log" => &EVENT_LOG,
        "monitoring" => &MONITORING,
        "test_reporting" => &TEST_REPORTING,
        "uc_tagging" => &UC_TAGGING,
        "wheel" => &WHEEL,
        "sandbox" => &SANDBOX,
        "diagnostics" => &DIAGNOSTICS,
        "plugins" => &PLUGINS,
        _ => &PROJECT_WRONG_TYPE,
    }
}
