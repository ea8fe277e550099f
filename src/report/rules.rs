//! All rules: the table of the modules that declare some, and how to find a rule by its code.

use super::Rule;

/// The rules of every module. A test fails if one is missing.
static MODULES: &[&[&Rule]] = &[
    crate::apply::failure::RULES,
    crate::check::action::RULES,
    crate::check::environments::RULES,
    crate::check::fan_in::RULES,
    crate::check::file::RULES,
    crate::check::flowgroup::RULES,
    crate::check::names::RULES,
    crate::check::pipeline::RULES,
    crate::check::project_file::RULES,
    crate::check::quarantine::RULES,
    crate::check::spelling::RULES,
    crate::check::views::RULES,
    crate::cli::RULES,
    crate::cli::generate::RULES,
    crate::cli::plugin::RULES,
    crate::cli::plugin::check::RULES,
    crate::cli::run::RULES,
    crate::cli::session::RULES,
    crate::compile::files::RULES,
    crate::compile::helpers::RULES,
    crate::compile::module::RULES,
    crate::compile::preflight::RULES,
    crate::emit::imports::RULES,
    crate::emit::python::RULES,
    crate::expand::RULES,
    crate::expand::blueprint::RULES,
    crate::expand::blueprint::instance::RULES,
    crate::expand::collect::blueprint_file::RULES,
    crate::expand::collect::flowgroup_file::RULES,
    crate::expand::metadata::RULES,
    crate::expand::namespace::RULES,
    crate::expand::preset::RULES,
    crate::expand::secret::RULES,
    crate::expand::substitution::RULES,
    crate::expand::template::RULES,
    crate::expand::template::sql::RULES,
    crate::expand::variable::RULES,
    crate::fix::RULES,
    crate::generator::capability::RULES,
    crate::generator::column_schema::RULES,
    crate::generator::context::RULES,
    crate::generator::hook::RULES,
    crate::generator::hook::provider::RULES,
    crate::generator::hook::tag_file::RULES,
    crate::generator::hook::tags::RULES,
    crate::generator::hook::test_reporting::RULES,
    crate::generator::hook::uc_tagging::RULES,
    crate::generator::kafka::RULES,
    crate::generator::options::RULES,
    crate::generator::load::cloudfiles::RULES,
    crate::generator::load::custom_datasource::RULES,
    crate::generator::load::delta::RULES,
    crate::generator::load::jdbc::RULES,
    crate::generator::load::kafka::RULES,
    crate::generator::load::sql::RULES,
    crate::generator::python_module::call::RULES,
    crate::generator::python_module::closure::RULES,
    crate::generator::python_module::rewrite::RULES,
    crate::generator::python_module::secrets::RULES,
    crate::generator::read_mode::RULES,
    crate::generator::unreplaced::RULES,
    crate::generator::test::expectation::RULES,
    crate::generator::test::range::RULES,
    crate::generator::test::row_count::RULES,
    crate::generator::test::schema_match::RULES,
    crate::generator::test::source::RULES,
    crate::generator::transform::data_quality::RULES,
    crate::generator::transform::data_quality::quarantine::RULES,
    crate::generator::transform::data_quality::rules::RULES,
    crate::generator::transform::python::RULES,
    crate::generator::transform::schema::RULES,
    crate::generator::transform::schema::conflicts::RULES,
    crate::generator::transform::schema::definition::RULES,
    crate::generator::transform::schema::entry::RULES,
    crate::generator::transform::sql::RULES,
    crate::generator::transform::temp_table::RULES,
    crate::generator::write::materialized_view::RULES,
    crate::generator::write::sink::RULES,
    crate::generator::write::sink::custom::RULES,
    crate::generator::write::sink::delta::RULES,
    crate::generator::write::sink::foreachbatch::RULES,
    crate::generator::write::sink::handler::RULES,
    crate::generator::write::sink::kafka::RULES,
    crate::generator::write::source::RULES,
    crate::generator::write::streaming_table::block::RULES,
    crate::generator::write::streaming_table::cdc::RULES,
    crate::generator::write::streaming_table::mode::RULES,
    crate::generator::write::streaming_table::replace::RULES,
    crate::generator::write::streaming_table::snapshot_cdc::RULES,
    crate::generator::write::streaming_table::source_function::RULES,
    crate::generator::write::streaming_table::standard::RULES,
    crate::generator::write::table_rules::RULES,
    crate::plugin::collisions::RULES,
    crate::plugin::discovery::RULES,
    crate::plugin::discovery::uses::RULES,
    crate::plugin::discovery::variables::RULES,
    crate::plugin::golden::RULES,
    crate::plugin::inspect::RULES,
    crate::plugin::events::call::RULES,
    crate::plugin::events::dispatcher::RULES,
    crate::plugin::events::effects::RULES,
    crate::plugin::events::hooks::RULES,
    crate::plugin::manifest::RULES,
    crate::plugin::scaffold::RULES,
    crate::plugin::switch::RULES,
    crate::plugin::spec::RULES,
    crate::plugin::host::code::RULES,
    crate::plugin::host::faults::RULES,
    crate::plugin::host::files::RULES,
    crate::plugin::host::findings::RULES,
    crate::plugin::host::secrets::RULES,
    crate::cli::source::settings::RULES,
    crate::plugin::kinds::adapter::RULES,
    crate::plugin::kinds::reader::RULES,
    crate::plugin::manifest::check::RULES,
    crate::plugin::manifest::schema::RULES,
    crate::plugin::selection::RULES,
    crate::plugin::settings::RULES,
    crate::plugin::trust::RULES,
    crate::plugin::trust::lock::RULES,
    crate::plugin::unavailable::RULES,
    crate::report::suppression::RULES,
    crate::project::discover::RULES,
    crate::project::environment::RULES,
    crate::project::file::RULES,
    crate::project::settings::RULES,
    crate::project::tokens::RULES,
    crate::syntax::yaml::fault::RULES,
];

/// Every rule, in the order of codes and names.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = MODULES.iter().copied().flatten().copied().collect();
    rules.sort_by_key(|rule| (rule.code, rule.name));
    rules
}

/// The rules that a text stands for: `LHP-CFG-010/unresolved-token` for one rule, `LHP-CFG-010` for all rules of this
/// code, and of others that the reference tool reports under it. Upper and lower case count.
pub fn find(selector: &str) -> Vec<&'static Rule> {
    let mut found = all();
    found.retain(|rule| matches(selector, rule));
    found
}

/// Whether a text stands for a rule.
pub fn matches(selector: &str, rule: &Rule) -> bool {
    match selector.split_once('/') {
        Some((code, name)) => rule.code == code && rule.name == name,
        None => rule.code == selector || rule.family == Some(selector),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_identify_rules() {
        let rules = all();
        let twice: Vec<String> = rules
            .windows(2)
            .filter(|pair| (pair[0].code, pair[0].name) == (pair[1].code, pair[1].name))
            .map(|pair| pair[0].to_string())
            .collect();
        assert_eq!(twice, Vec::<String>::new());
    }

    #[test]
    fn every_rule_has_a_page_that_begins_with_a_sentence() {
        let without: Vec<String> = all()
            .into_iter()
            .filter(|rule| !rule.summary().ends_with('.') || rule.summary().len() < 20)
            .map(ToString::to_string)
            .collect();
        assert_eq!(without, Vec::<String>::new());
    }

    #[test]
    fn a_code_finds_its_rules_and_those_of_its_family() {
        assert_eq!(find("LHP-CFG-010/unresolved-token").len(), 1);
        let by_code: Vec<_> = find("LHP-CFG-010").iter().map(|rule| rule.name).collect();
        assert!(by_code.contains(&"unresolved-token") && by_code.contains(&"token-cycle"), "{by_code:?}");
        assert!(find("LHP-ACT-001").iter().any(|rule| rule.to_string() == "LHP-CFG-082/preset-shape"));
        assert!(find("LHP-CFG-010/typo").is_empty() && find("LHP-CFG").is_empty());
    }
}
