//! Names of Auto Loader options (Databricks: Auto Loader options).

/// Options that belong to Auto Loader and therefore need the prefix `cloudFiles.`.
pub(crate) const UNPREFIXED: [&str; 24] = [
    "format",
    "schemaLocation",
    "inferColumnTypes",
    "maxFilesPerTrigger",
    "maxBytesPerTrigger",
    "schemaEvolutionMode",
    "rescueDataColumn",
    "includeExistingFiles",
    "partitionColumns",
    "schemaHints",
    "allowOverwrites",
    "backfillInterval",
    "cleanSource",
    "cleanSource.retentionDuration",
    "cleanSource.moveDestination",
    "maxFileAge",
    "useIncrementalListing",
    "fetchParallelism",
    "pathRewrites",
    "resourceTag",
    "useManagedFileEvents",
    "useNotifications",
    "validateOptions",
    "useStrictGlobber",
];

/// The name of an option with its prefix.
pub(super) fn full_name(name: &str) -> String {
    match name {
        // The old spelling, which Auto Loader does not know.
        "rescueDataColumn" => "cloudFiles.rescuedDataColumn".to_owned(),
        _ => format!("cloudFiles.{name}"),
    }
}

/// Old keys of a source, in the order in which they are emitted, and the options they stand for.
pub(crate) const LEGACY_KEYS: [(&str, &str); 5] = [
    ("schema_location", "cloudFiles.schemaLocation"),
    ("schema_infer_column_types", "cloudFiles.inferColumnTypes"),
    ("max_files_per_trigger", "cloudFiles.maxFilesPerTrigger"),
    ("schema_evolution_mode", "cloudFiles.schemaEvolutionMode"),
    ("rescue_data_column", "cloudFiles.rescuedDataColumn"),
];
