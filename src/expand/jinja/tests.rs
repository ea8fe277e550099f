use serde_json::Value as Json;

use super::*;
use crate::expand::native::{convert, into_node};
use crate::source::{SourceMap, Span};
use crate::syntax::{self, Node};

fn node(literal: &str) -> Node {
    let sources = SourceMap::new(".");
    let file = sources.add("probes", literal);
    let like = Node::new(syntax::Value::Null, Span::start_of(file));
    into_node(convert(literal).unwrap(), &like)
}

fn fixture() -> Json {
    serde_json::from_str(include_str!("../../../fixtures/jinja/probes.json")).unwrap()
}

/// The complaints about all probes for which `complain` has one; it gets the probe and the text that we print, if any.
fn complaints(complain: impl Fn(&Json, Option<&str>) -> Option<String>) -> String {
    let fixture = fixture();
    let context = context_value(&node(fixture["context"].as_str().unwrap()));
    let jinja = Jinja::new();
    let probes = fixture["probes"].as_array().unwrap();
    let complaint = |probe: &Json| {
        let undefined = if probe["undefined"] == "strict" { Undefined::Strict } else { Undefined::Empty };
        let ours = jinja.render(probe["source"].as_str().unwrap(), &context, undefined);
        complain(probe, ours.as_deref().ok()).map(|wanted| format!("{probe}\n  {wanted}, got {ours:?}\n"))
    };
    probes.iter().filter_map(complaint).collect()
}

#[test]
fn every_probe_gives_what_jinja2_gives() {
    let complaints = complaints(|probe, ours| {
        let agrees = probe.get("differs").is_some() || ours == probe["expected"].as_str();
        (!agrees).then(|| "must be as in Jinja2".to_owned())
    });
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn known_differences_are_as_documented() {
    let complaints = complaints(|probe, ours| {
        probe.get("differs")?;
        if ours == probe["expected"].as_str() {
            return Some("does not differ any more".to_owned());
        }
        (ours != probe["ours"].as_str()).then(|| "differs in another way".to_owned())
    });
    assert!(complaints.is_empty(), "{complaints}");
}

fn failure(source: &str, undefined: Undefined) -> JinjaError {
    let context = minijinja::context! { table => "orders", rows => vec![1], map => minijinja::context! { a => 1 } };
    Jinja::new().render(source, &context, undefined).unwrap_err()
}

#[test]
fn a_misspelt_parameter_is_named_and_placed() {
    let source = "SELECT 1\r\nFROM {{ tabel }}";
    let error = failure(source, Undefined::Strict);
    assert_eq!(error.message, "`tabel` is undefined");
    assert_eq!(error.undefined.as_deref(), Some("tabel"));
    assert_eq!(error.help.as_deref(), Some("did you mean `table`?"));
    assert_eq!(error.range.and_then(|range| source.get(range)), Some("tabel"));
}

#[test]
fn faults_are_told_in_the_authors_terms() {
    for (source, message, place) in [
        ("{{ map.b.c }}", "`map.b` is undefined", Some(".b.c")),
        ("{{ foo(1) }}", "`foo` is undefined", Some("foo(1)")),
        ("{{ table | uper }}", "there is no filter `uper`", Some("uper")),
        ("{{ rows | map('nope') }}", "there is no filter `nope`", Some("map('nope')")),
        ("{{ table is strin }}", "there is no test `strin`", Some("strin")),
        ("{{ table.uper() }}", "a string has no method `uper`", Some(".uper()")),
        ("{{ table | indent(wdth=2) }}", "`indent` has no argument `wdth`", Some("indent(wdth=2)")),
        ("{{ table | replace('a') }}", "`replace` needs the argument `new`", Some("replace('a')")),
        ("{{ '%s' % table }}", "`%` does not work on these values: string and string", Some("'%s' % table")),
        ("{{ 1 / 0 }}", "`1 / 0` has no result", Some("1 / 0")),
        (
            "{% include 'x' %}",
            "a template string cannot include, import or extend another template",
            Some("include 'x'"),
        ),
        ("{{ rows | random }}", "the filter `random` is not available", Some("random")),
        ("{{ lipsum() }}", "the function `lipsum` is not available", Some("lipsum()")),
        ("{{ rows.append(1) }}", "`append` cannot change a list in a template", Some(".append(1)")),
        ("{{ table.__class__ }}", "the attribute `__class__` is not available", None),
    ] {
        let error = failure(source, Undefined::Empty);
        assert_eq!(error.message, message);
        assert_eq!(error.range.and_then(|range| source.get(range)), place, "{source}");
    }
}

#[test]
fn refusals_say_what_to_write_instead() {
    for (source, help) in [
        ("{{ '%s' % table }}", "`%` does not format text here"),
        ("{{ rows.append(1) }}", "build a new value instead"),
        ("{% do map.update({}) %}", "build a new value instead"),
        ("{{ table + 1 }}", "join text and other values with `~`"),
        ("{{ 10 ** 50 }}", "limited to 128 bits"),
        ("{% macro m() %}{{ varargs }}{% endmacro %}", "name every argument"),
        ("{% macro m(a, b=a) %}{% endmacro %}", "set it inside the macro"),
    ] {
        let error = failure(source, Undefined::Empty);
        assert!(error.help.as_deref().unwrap_or_default().contains(help), "{source}: {error:?}");
    }
}

#[test]
fn endless_and_oversized_templates_end_in_an_error() {
    for (source, message) in [
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "the template does not come to an end",
        ),
        ("{% for a in range(99999) %}{{ 'x' * 1000 }}{% endfor %}", "the rendered text is too long"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "the template nests calls too deeply"),
        (
            "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
            "the value is nested too deeply to be printed, or it contains itself",
        ),
    ] {
        assert_eq!(failure(source, Undefined::Empty).message, message);
    }
}

#[test]
fn dates_print_as_their_text_and_have_parts() {
    let sources = SourceMap::new(".");
    let span = Span::start_of(sources.add("a.yaml", ""));
    let moment = |text: &str| context_value(&Node::new(syntax::Value::Timestamp(text.into()), span));
    let context =
        minijinja::context! { day => moment("2024-01-31"), time => moment("2024-01-31 10:20:30.000500+00:00") };
    let source = "{{ day }} {{ [day] }} {{ day.year }}/{{ day.month }} {{ day.hour }}|{{ time }} {{ time.minute }} \
                  {{ time.microsecond }} {{ time.isoformat() }} {{ day ~ '!' }} {{ day | tojson }}";
    assert_eq!(
        Jinja::new().render(source, &context, Undefined::Empty).as_deref(),
        Ok("2024-01-31 ['2024-01-31'] 2024/1 |2024-01-31 10:20:30.000500+00:00 20 500 \
            2024-01-31T10:20:30.000500+00:00 2024-01-31! \"2024-01-31\"")
    );
}

#[test]
fn integers_of_any_length_print_in_full() {
    let digits = "9".repeat(50);
    let sources = SourceMap::new(".");
    let span = Span::start_of(sources.add("a.yaml", ""));
    let long = context_value(&Node::new(syntax::Value::BigInt(digits.as_str().into()), span));
    let context = minijinja::context! { long };
    let printed = Jinja::new().render("{{ long }} {{ [long] }}", &context, Undefined::Empty);
    assert_eq!(printed, Ok(format!("{digits} [{digits}]")));
}

#[test]
fn only_text_with_both_braces_is_rendered_and_any_marker_counts_in_sql() {
    assert!(needs_rendering("a {{ b }} c"));
    assert!(!needs_rendering("{% if a %}b{% endif %}") && !needs_rendering("{{ a") && !needs_rendering("{a}"));
    assert!(has_markers("{{") && has_markers("x {# y") && has_markers("{ {%"));
    assert!(!has_markers("${a} {b} {") && !has_markers(""));
}

#[test]
fn one_renderer_serves_many_threads() {
    let jinja = Jinja::new();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let jinja = &jinja;
            scope.spawn(move || {
                let context = minijinja::context! { number };
                for _ in 0..50 {
                    let rendered = jinja.render("{{ number | int + 1 }}", &context, Undefined::Strict);
                    assert_eq!(rendered, Ok((number + 1).to_string()));
                }
            });
        }
    });
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_renderer_panic(source in proptest::prelude::any::<String>()) {
        let _ = Jinja::new().render(&source, &minijinja::context! { a => 1 }, Undefined::Empty);
        let _ = Jinja::new().render(&format!("{{{{ {source} }}}}"), &minijinja::context! { a => 1 }, Undefined::Strict);
    }

    #[test]
    fn no_expression_makes_the_renderer_panic(
        source in r#"(a|b|'x'|[0-9]|\[|\]|\(|\)|\.|\||~|-|\*|/|%|:|,|\{|\}|<|=| if | else | in | is | not |upper|round|join|length|sort| ){0,14}"#
    ) {
        let context = minijinja::context! { a => "text", b => vec![1, 2] };
        let jinja = Jinja::new();
        if let Err(error) = jinja.render(&format!("{{{{ {source} }}}}"), &context, Undefined::Empty) {
            proptest::prop_assert!(!error.message.is_empty());
        }
    }
}
