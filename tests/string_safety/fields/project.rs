//! The fields of the project as a whole: the settings of the provider of test reports.

use super::super::find::Step::{Item, Key, Under, Value};
use super::super::find::assigned;
use super::{Field, field};

const HOOK: &str = "p/_test_reporting_hook.py";

pub const FIELDS: &[Field] = &[
    field("report.yaml", "key", assigned("_PROVIDER_CONFIG").at(&[Key(0)])).plain().in_module(HOOK).after("x"),
    field("report.yaml", "value", assigned("_PROVIDER_CONFIG").at(&[Value(0)])).plain().in_module(HOOK),
    field("report.yaml", "item", assigned("_PROVIDER_CONFIG").at(&[Under("list"), Item(0)])).plain().in_module(HOOK),
];
