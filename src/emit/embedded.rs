//! The templates that come with the program.

/// The sources of templates by their names, which are their paths below `templates/`.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $name)))),*]
    };
}

/// Sorted by name. A template that is not listed here does not exist for the program; a test compares.
pub(super) const TEMPLATES: &[(&str, &str)] = embedded![
    "_metadata.py.j2",
    "hook/_events.py.j2",
    "hook/test_reporting.py.j2",
    "hook/uc_tagging.py.j2",
    "load/cloudfiles.py.j2",
    "load/custom_datasource.py.j2",
    "load/delta.py.j2",
    "load/jdbc.py.j2",
    "load/kafka.py.j2",
    "load/python.py.j2",
    "load/sql.py.j2",
    "reader/datasource.py.j2",
    "reader/library.py.j2",
    "reader/load.py.j2",
    "test/_table.py.j2",
    "test/all_lookups_found.py.j2",
    "test/custom_sql.py.j2",
    "test/referential_integrity.py.j2",
    "test/row_count.py.j2",
    "test/schema_match.py.j2",
    "test/select.py.j2",
    "test/uniqueness.py.j2",
    "transform/data_quality.py.j2",
    "transform/python.py.j2",
    "transform/quarantine.py.j2",
    "transform/quarantine_shared.py.j2",
    "transform/schema.py.j2",
    "transform/sql.py.j2",
    "transform/temp_table.py.j2",
    "write/create_streaming_table.py.j2",
    "write/materialized_view.py.j2",
    "write/sink/_flows.py.j2",
    "write/sink/custom.py.j2",
    "write/sink/delta.py.j2",
    "write/sink/foreachbatch.py.j2",
    "write/sink/kafka.py.j2",
    "write/streaming_table.py.j2",
    "write/streaming_table_cdc.py.j2",
    "write/streaming_table_replace.py.j2",
    "write/streaming_table_snapshot_cdc.py.j2",
    "writer/datasource.py.j2",
    "writer/library.py.j2",
    "writer/sink.py.j2",
];

/// The source of a template.
pub(super) fn source(name: &str) -> Option<&'static str> {
    let at = TEMPLATES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    TEMPLATES.get(at).map(|(_, source)| *source)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_template_is_listed_in_order() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut found: Vec<String> = walkdir::WalkDir::new(&root)
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "j2"))
            .map(|entry| entry.path().strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"))
            // What new plugins start from is no template of this program.
            .filter(|name| !name.starts_with("plugin/"))
            .collect();
        found.sort();
        let listed: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, listed);
    }

    #[test]
    fn values_stand_where_literals_can_stand() {
        for (name, source) in TEMPLATES {
            assert_eq!(super::super::placement::check(source), Ok(()), "{name}");
        }
    }
}
