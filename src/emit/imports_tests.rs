use super::*;

fn merged(statements: &[&str]) -> String {
    merge(statements.iter().copied()).unwrap().source()
}

#[test]
fn groups_stand_in_the_order_of_categories_and_are_sorted_by_text() {
    let statements = [
        "from custom_python_functions.b import g",
        "from pyspark import pipelines as dp",
        "from pyspark.sql import functions as F",
        "import pandas as pd",
        "import json",
        "from custom_python_functions.a import f",
        "from delta.tables import DeltaTable",
        "from __future__ import annotations",
        "import json",
    ];
    let expected = "from __future__ import annotations\n\nimport json\n\nimport pandas as pd\n\n\
        from pyspark.sql import functions as F\n\nfrom pyspark import pipelines as dp\n\n\
        from custom_python_functions.a import f\nfrom custom_python_functions.b import g\n\
        from delta.tables import DeltaTable";
    assert_eq!(merged(&statements), expected);
}

#[test]
fn a_star_import_replaces_other_imports_of_the_same_module_only() {
    let statements = [
        "from pyspark.sql.functions import *",
        "from pyspark.sql.functions import struct, col",
        "import pyspark.sql.functions",
        "from pyspark.sql import functions as F",
    ];
    assert_eq!(merged(&statements), "from pyspark.sql import functions as F\nfrom pyspark.sql.functions import *");
}

#[test]
fn a_star_import_keeps_the_names_that_it_does_not_bring_in() {
    let statements = ["from m import *", "from m import a, b as c, _d"];
    assert_eq!(merged(&statements), "from m import *\nfrom m import _d\nfrom m import b as c");
}

#[test]
fn overlapping_imports_are_split_and_others_stay_together() {
    let statements = ["from t import A, B", "from t import B, C", "from t import (D, E)", "from u import X, Y"];
    assert_eq!(
        merged(&statements),
        "from t import (D, E)\nfrom t import A\nfrom t import B\nfrom t import C\nfrom u import X, Y"
    );
}

#[test]
fn one_name_from_two_modules_is_a_collision_whatever_the_order() {
    let (a, b) = ("from a import x", "from b import y as x");
    let collision = ImportCollision { name: "x".into(), first: a.into(), second: b.into() };
    assert_eq!(merge([a, b]), Err(collision.clone()));
    assert_eq!(merge([b, a]), Err(collision.clone()));
    assert_eq!(collision.diagnostic().rule.code, "LHP-VAL-021");
}

#[test]
fn one_alias_for_two_names_of_a_module_is_a_collision() {
    assert!(merge(["from a import x as z", "from a import y as z"]).is_err());
}

#[test]
fn statements_that_are_not_understood_stay_as_they_are() {
    assert_eq!(
        merged(&["import a; import b", "from x import y  # noqa"]),
        "from x import y  # noqa\nimport a; import b"
    );
}
