use minijinja::context;

use super::*;
use crate::emit::{template_text, template_value};
use crate::source::{SourceMap, Span};
use crate::syntax::{Entry, Mapping, Node, Part, SecretRef, Text, Value as Yaml};

fn templates(pairs: &'static [(&'static str, &'static str)]) -> Templates {
    Templates::new(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, source)| Cow::Borrowed(*source)))
}

fn render(source: &'static str, context: Value) -> Result<String, RenderError> {
    Templates::new(move |_| Some(Cow::Borrowed(source))).render("test.py.j2", context)
}

fn secret() -> Value {
    let secret = SecretRef { scope: "s".into(), key: "k".into() };
    template_text(&Text { parts: vec![Part::Literal("a".into()), Part::Secret(secret)] })
}

fn node(value: Yaml) -> Node {
    let sources = SourceMap::new("");
    Node::new(value, Span::start_of(sources.add("test.yaml", "")))
}

#[test]
fn every_value_is_written_as_a_literal() {
    let context = context! {
        text => "a\"b\n", number => 1, float => 1e16, flag => true, nothing => (), list => ["x", "y"],
        map => context! { k => [1.5, 1.0] },
    };
    let source = "{{ text }}|{{ number }}|{{ float }}|{{ flag }}|{{ nothing }}|{{ list }}|{{ map }}\n";
    assert_eq!(render(source, context).unwrap(), "'a\"b\\n'|1|1e+16|True|None|[\"x\", \"y\"]|{\"k\": [1.5, 1.0]}\n");
}

#[test]
fn a_yaml_tree_is_written_as_its_literal() {
    let entries = vec![
        Entry { key: node(Yaml::Bool(true)), value: node(Yaml::BigInt("9".repeat(50).into())) },
        Entry { key: node(Yaml::String("b".into())), value: node(Yaml::Null) },
        Entry { key: node(Yaml::String("a".into())), value: node(Yaml::Float(f64::NAN)) },
    ];
    let tree = node(Yaml::Mapping(Mapping { entries }));
    assert_eq!(
        render("{{ v }}", context! { v => template_value(&tree) }).unwrap(),
        super::super::literal::value(&tree).unwrap()
    );
}

#[test]
fn a_date_has_no_literal_but_a_text() {
    let date = template_value(&node(Yaml::Timestamp("2024-01-01".into())));
    assert!(render("{{ v }}", context! { v => date.clone() }).unwrap_err().message.contains("2024-01-01"));
    let entries = vec![Entry { key: node(Yaml::Timestamp("2024-01-01".into())), value: node(Yaml::Null) }];
    let keyed = template_value(&node(Yaml::Mapping(Mapping { entries })));
    assert!(render("{{ v }}", context! { v => keyed }).unwrap_err().message.contains("2024-01-01"));
    assert_eq!(render("{{ v | py_str }}", context! { v => date }).unwrap(), "\"2024-01-01\"");
}

#[test]
fn text_becomes_code_only_through_a_filter() {
    let context = context! { name => "df", expression => "F.col('a')", bad => "x; y" };
    assert_eq!(render("{{ name | ident }} = {{ expression | code }}", context.clone()).unwrap(), "df = F.col('a')");
    assert!(render("{{ bad | ident }}", context.clone()).unwrap_err().message.contains("`x; y`"));
    assert!(render("{{ bad | safe }}", context).unwrap_err().message.contains("safe"));
}

#[test]
fn macros_and_captured_blocks_are_code() {
    let source = "{% macro read(t) %}spark.read.table({{ t }}){% endmacro %}\
        {% set df %}{{ read(t) }}{% endset %}x = {{ df }}.select({{ cols | map(\"ident\") | join(\", \" | code) }})";
    let context = context! { t => "a\"", cols => ["b", "c"] };
    assert_eq!(render(source, context).unwrap(), "x = spark.read.table('a\"').select(b, c)");
}

#[test]
fn escaping_cannot_be_switched_off() {
    let context = context! { v => "x" };
    assert_eq!(render("{% autoescape false %}{{ v }}{% endautoescape %}", context).unwrap(), "\"x\"");
}

#[test]
fn secrets_survive_expressions() {
    let call = "{dbutils.secrets.get(scope='s', key='k')}";
    let context = context! { v => secret(), list => [secret()] };
    assert_eq!(render("{{ \"<\" ~ v ~ \">\" }}", context.clone()).unwrap(), format!("f\"<a{call}>\""));
    assert_eq!(render("{{ v | trim | upper }}", context.clone()).unwrap(), format!("f\"A{call}\""));
    assert_eq!(render("{{ list | join(\",\") }}", context.clone()).unwrap(), format!("f\"a{call}\""));
    assert_eq!(render("{{ (v ~ \"\\nb\") | block }}", context).unwrap(), format!("f\"\"\"a{call}\nb\"\"\""));
}

#[test]
fn secrets_are_named_in_prose_and_refused_in_code() {
    let context = context! { v => secret() };
    let prose = render("\n# {{ v | comment }}\n{{ v | docstring }}", context.clone()).unwrap();
    assert_eq!(prose, "\n# a${secret:s/k}\n\"\"\"a${secret:s/k}\"\"\"");
    for source in ["{{ v | code }}", "{{ v | ident }}", "{{ v | sql_str }}", "{{ [v] | json }}", "{{ v[:6] }}"] {
        assert!(render(source, context.clone()).unwrap_err().message.contains("secret"), "{source}");
    }
}

#[test]
fn the_filters_of_plugins_have_their_names() {
    let context = context! { v => "it's", t => true, m => context! { a => "x", b => [1] } };
    for (source, expected) in [
        ("{{ v | py_literal }}", "\"it's\""),
        ("{{ t | py_str }}", "\"True\""),
        ("{{ \"a\" | py_ident }}", "a"),
        ("# {{ v | py_comment }}", "# it's"),
        ("{{ \"a\\nb\" | py_block }}", "\"\"\"a\nb\"\"\""),
        ("{{ \"FROM \" ~ (v | sql_ident) }}", "\"FROM `it's`\""),
        ("{{ v | sql_str }}", "\"'it\\\\'s'\""),
        ("{{ m | json }}", "'{\"a\":\"x\",\"b\":[1]}'"),
        ("{{ m | tojson }}", "'{\"a\":\"x\",\"b\":[1]}'"),
    ] {
        assert_eq!(render(source, context.clone()).unwrap(), expected, "{source}");
    }
}

#[test]
fn block_tags_leave_no_empty_lines() {
    assert_eq!(render("a\n  {% if true %}\nb\n  {% endif %}\nc\n", context! {}).unwrap(), "a\nb\nc\n");
}

#[test]
fn code_with_tripled_quotes_cannot_be_indented() {
    let context = context! { v => "a\nb" };
    assert_eq!(render("{{ v | code | indent(2) }}", context.clone()).unwrap(), "a\n  b");
    assert!(render("{{ v | block | indent(2) }}", context).unwrap_err().message.contains("tripled"));
}

#[test]
fn errors_name_the_template_and_the_line() {
    let templates = templates(&[
        ("a.py.j2", "\n{% include \"b.py.j2\" %}"),
        ("b.py.j2", "\n\n{{ missing }}"),
        ("quoted.py.j2", "\n\"{{ x }}\""),
        ("broken.py.j2", "{% if %}"),
    ]);
    let place = |name: &str| {
        let error = templates.render(name, context! {}).unwrap_err();
        assert!(!error.message.is_empty());
        (error.template, error.line)
    };
    assert_eq!(place("a.py.j2"), ("b.py.j2".to_owned(), Some(3)));
    assert_eq!(place("quoted.py.j2"), ("quoted.py.j2".to_owned(), Some(2)));
    assert_eq!(place("broken.py.j2"), ("broken.py.j2".to_owned(), Some(1)));
    assert_eq!(place("none.py.j2").0, "none.py.j2");
}

#[test]
fn fuel_bounds_a_render() {
    let templates = templates(&[("a", "{% for i in range(10000) %}{{ i }}{% endfor %}")]).with_fuel(1000);
    assert!(templates.render("a", context! {}).is_err());
}

#[test]
fn templates_are_shared_by_threads() {
    let templates = templates(&[("a", "{{ v }}")]);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let templates = &templates;
            scope.spawn(move || assert_eq!(templates.render("a", context! { v => number }), Ok(number.to_string())));
        }
    });
}
