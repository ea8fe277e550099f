//! Filters: those of Jinja2, under its names, with its parameters and results.
//!
//! Arguments bind by Python's rules, and results print and compare as Python's do.

mod apply;
mod collections;
mod format;
mod json;
mod layout;
mod markup;
mod numbers;
mod order;
mod pprint;
mod selection;
mod strings;
mod wrap;

use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{Environment, Error, State, Value};

use super::arguments::{Arguments, Signature};
use super::error::refusal;

pub(super) use layout::centered;
pub(super) use markup::escaped;
pub(super) use order::Group;
pub(super) use strings::{capitalized, is_space};
pub(super) use wrap::split_lines;

type Body = fn(&mut State<'_, '_>, &Value, &Arguments) -> Result<Value, Error>;

struct Filter {
    signature: Signature,
    body: Body,
}

/// Filters that are registered elsewhere, because they take any arguments or because the engine's own is right.
const OTHERS: [&str; 7] = ["format", "map", "reject", "rejectattr", "safe", "select", "selectattr"];

/// Filters that only the engine has.
const FOREIGN: [&str; 5] = ["bool", "chain", "lines", "split", "zip"];

const FILTERS: &[Filter] = &[
    filter("abs", &[], 0, numbers::abs),
    filter("attr", &["name"], 1, selection::attr),
    filter("batch", &["linecount", "fill_with"], 1, collections::batch),
    filter("capitalize", &[], 0, strings::capitalize),
    filter("center", &["width"], 0, layout::center),
    filter("count", &[], 0, collections::length),
    filter("d", &["default_value", "boolean"], 0, selection::default),
    filter("default", &["default_value", "boolean"], 0, selection::default),
    filter("dictsort", &["case_sensitive", "by", "reverse"], 0, order::dictsort),
    filter("e", &[], 0, markup::escape),
    filter("escape", &[], 0, markup::escape),
    filter("filesizeformat", &["binary"], 0, numbers::filesizeformat),
    filter("first", &[], 0, selection::first),
    filter("float", &["default"], 0, numbers::float),
    filter("forceescape", &[], 0, markup::forceescape),
    filter("groupby", &["attribute", "default", "case_sensitive"], 1, order::groupby),
    filter("indent", &["width", "first", "blank"], 0, layout::indent),
    filter("int", &["default", "base"], 0, numbers::int),
    filter("items", &[], 0, collections::items),
    filter("join", &["d", "attribute"], 0, collections::join),
    filter("last", &[], 0, selection::last),
    filter("length", &[], 0, collections::length),
    filter("list", &[], 0, collections::list),
    filter("lower", &[], 0, strings::lower),
    filter("max", &["case_sensitive", "attribute"], 0, order::max),
    filter("min", &["case_sensitive", "attribute"], 0, order::min),
    filter("pprint", &[], 0, pprint::pprint),
    filter("random", &[], 0, random),
    filter("replace", &["old", "new", "count"], 2, strings::replace),
    filter("reverse", &[], 0, collections::reverse),
    filter("round", &["precision", "method"], 0, numbers::round),
    filter("slice", &["slices", "fill_with"], 1, collections::slice),
    filter("sort", &["reverse", "case_sensitive", "attribute"], 0, order::sort),
    filter("string", &[], 0, strings::string),
    filter("striptags", &[], 0, markup::striptags),
    filter("sum", &["attribute", "start"], 0, numbers::sum),
    filter("title", &[], 0, strings::title),
    filter("tojson", &["indent"], 0, json::tojson),
    filter("trim", &["chars"], 0, strings::trim),
    filter("truncate", &["length", "killwords", "end", "leeway"], 0, layout::truncate),
    filter("unique", &["case_sensitive", "attribute"], 0, order::unique),
    filter("upper", &[], 0, strings::upper),
    filter("urlencode", &[], 0, markup::urlencode),
    filter("urlize", &["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"], 0, urlize),
    filter("wordcount", &[], 0, strings::wordcount),
    filter("wordwrap", &["width", "break_long_words", "wrapstring", "break_on_hyphens"], 0, wrap::wordwrap),
    filter("xmlattr", &["autospace"], 0, markup::xmlattr),
];

const fn filter(name: &'static str, parameters: &'static [&'static str], required: usize, body: Body) -> Filter {
    Filter { signature: Signature { name, parameters, required }, body }
}

/// Puts the filters of Jinja2 in the place of the engine's own.
pub(super) fn register(environment: &mut Environment<'static>) {
    for name in FOREIGN {
        environment.remove_filter(name);
    }
    apply::register(environment);
    environment.add_filter("format", format::format);
    for Filter { signature, body } in FILTERS {
        environment.add_filter(
            signature.name,
            move |state: &mut State<'_, '_>, value: &Value, given: Rest<ValueOrKwargs>| -> Result<Value, Error> {
                body(state, value, &Arguments::bind(*signature, &given.into_values())?)
            },
        );
    }
}

/// The names of all filters.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|filter| filter.signature.name).chain(OTHERS)
}

fn random(_: &mut State<'_, '_>, _: &Value, _: &Arguments) -> Result<Value, Error> {
    Err(refusal(
        "the filter `random` is not available",
        "choose an item by its place: generated code must be the same in every run",
    ))
}

fn urlize(_: &mut State<'_, '_>, _: &Value, _: &Arguments) -> Result<Value, Error> {
    Err(refusal("the filter `urlize` is not available", "write the links out"))
}
