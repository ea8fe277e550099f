//! What the two sides of an adapter must agree on.

use super::columns::{ddl, written};
use super::emitted::{camel, slug};
use crate::plugin::runtime::python::PIPELINE_MODULE;
use crate::syntax::Node;

#[test]
fn types_are_those_of_the_module_that_goes_along() {
    let (_, table) = PIPELINE_MODULE.split_once("SPARK_TYPES = {\n").unwrap();
    let (table, _) = table.split_once("\n}").unwrap();
    let mut count = 0;
    for line in table.lines() {
        let (word, spark) = line.trim().trim_end_matches(',').split_once(": ").unwrap();
        let (word, spark) = (word.trim_matches('"'), spark.trim_matches('"'));
        assert_eq!(ddl([("a", word)]), format!("`a` {spark}"));
        count += 1;
    }
    assert_eq!(count, 22);
    assert_eq!(ddl([("a`b", "DECIMAL(3, 1)"), ("c", " Int ")]), "`a``b` DECIMAL(3, 1), `c` bigint");
}

#[test]
fn columns_are_a_mapping_or_ddl() {
    let span = crate::source::Span::start_of(crate::source::SourceMap::new("").add("a", "a"));
    assert_eq!(written(&Node::string(" id BIGINT ", span)), Ok("id BIGINT".to_owned()));
    assert!(written(&Node::string(" ", span)).is_err());
}

#[test]
fn names_follow_from_keys() {
    assert_eq!(slug("my-api"), "my_api");
    assert_eq!(slug("plugins/my_reader.py:MyReader"), "my_reader_myreader");
    assert_eq!(slug("lib/libcsv.so:create_reader"), "libcsv_create_reader");
    assert_eq!(camel("my_api"), "MyApi");
}
