use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::source::{SourceMap, Span};
use crate::syntax::{Step, Via};

/// A value in the form of the fixture.
fn tagged(native: &Native) -> Json {
    match native {
        Native::Null => json!("null"),
        Native::Bool(flag) => json!({ "bool": flag }),
        Native::Int(number) => json!({ "int": number.to_string() }),
        Native::BigInt(digits) => json!({ "int": **digits }),
        Native::Float(number) => json!({ "float": crate::expand::jinja::float_repr(*number) }),
        Native::String(text) => json!({ "text": **text }),
        Native::List(items) => json!({ "list": items.iter().map(tagged).collect::<Vec<_>>() }),
        Native::Map(pairs) => {
            json!({ "map": pairs.iter().map(|(key, value)| [tagged(key), tagged(value)]).collect::<Vec<_>>() })
        }
    }
}

#[test]
fn every_text_spells_what_python_reads() {
    let fixture: Json = serde_json::from_str(include_str!("../../../fixtures/jinja/natives.json")).unwrap();
    let mut complaints = String::new();
    for case in fixture.as_array().unwrap() {
        let ours = convert(case["text"].as_str().unwrap());
        let agrees = match &ours {
            Ok(native) => tagged(native) == case["native"],
            Err(_) => case["native"].get("error").is_some(),
        };
        if !agrees {
            complaints.push_str(&format!("{case} but got {ours:?}\n"));
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn a_failure_says_what_is_wrong_and_what_to_change() {
    let error = convert("[a-z]+[0-9]").unwrap_err();
    assert_eq!(error.shape, Shape::List);
    assert_eq!(
        error.message,
        "the rendered text looks like a list but cannot be read as one: it holds the word `a` without quotes"
    );
    assert!(error.help.contains("JSON"));
    let error = convert("{'a': {1}}").unwrap_err();
    assert_eq!(error.shape, Shape::Map);
    assert!(error.message.ends_with("it holds a set, write a list instead"), "{}", error.message);
}

#[test]
fn nesting_beyond_the_limit_is_refused_and_not_followed() {
    for depth in [MAX_DEPTH + 1, 100_000] {
        for (open, close) in [("[", "]"), ("[(", ")]"), ("{'a': [", "]}"), ("[-", "]"), ("[not ", "]")] {
            let text = format!("[{}1{}]", open.repeat(depth), close.repeat(depth));
            assert!(convert(&text).is_err());
        }
    }
    assert!(convert(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).is_ok());
}

#[test]
fn every_node_takes_the_place_and_the_origin_of_the_text() {
    let sources = SourceMap::new(".");
    let file = sources.add("a.yaml", "key: value");
    let span = Span::new(file, 5, 10);
    let via = Via::new(Step::Template("bronze".into()), span, None);
    let like = Node { value: Value::String("value".into()), span, via: Some(via.clone()) };
    let mut node = into_node(convert("{'a': [1, None]}").unwrap(), &like);
    assert_eq!(node.get("a").and_then(Node::as_sequence).map(<[Node]>::len), Some(2));
    let mut nodes = 0;
    node.visit_mut(&mut |node| {
        nodes += 1;
        assert_eq!((node.span, node.via.as_ref()), (span, Some(&via)));
    });
    assert_eq!(nodes, 5);
}

proptest! {
    #[test]
    fn no_text_makes_the_conversion_panic(text in any::<String>()) {
        let _ = convert(&text);
        let _ = convert(&format!("[{text}]"));
        let _ = convert(&format!("{{'a': {text}}}"));
    }

    #[test]
    fn no_literal_like_text_makes_the_conversion_panic(text in r#"[\[\]{}()'",:+\-0-9a-fxTruNone\\ .jeE\n#]{0,40}"#) {
        let _ = convert(&format!("[{text}]"));
        let _ = convert(&format!("{{{text}}}"));
    }

    #[test]
    fn lists_of_integers_and_text_survive_being_printed(numbers in any::<Vec<i64>>(), texts in any::<Vec<String>>()) {
        let items = numbers.into_iter().map(Native::Int).chain(texts.into_iter().map(|text| Native::String(text.into())));
        let list = Native::List(items.collect());
        let sources = SourceMap::new(".");
        let like = Node::string("", Span::start_of(sources.add("a.yaml", "")));
        let value = crate::expand::jinja::context_value(&into_node(list.clone(), &like));
        let printed = crate::expand::jinja::Jinja::new()
            .render("{{ list }}", &minijinja::context! { list => value }, crate::expand::jinja::Undefined::Empty)
            .unwrap();
        prop_assert_eq!(convert(&printed), Ok(list));
    }
}
