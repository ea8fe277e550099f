"""Test actions, each on data that passes and on data that does not."""

# Test → action → expectation → the number of rows that fail it.
FAILURES = {
    "row_count_same": {"fail": {"row_count_match": 0}},
    "row_count_differs": {"fail": {"row_count_match": 1}},
    "row_count_tolerates": {"fail": {"row_count_match": 0}},
    "uniqueness_holds": {"fail": {"no_duplicates": 0}},
    "uniqueness_broken": {"fail": {"no_duplicates": 1}},
    "uniqueness_of_two": {"fail": {"no_duplicates": 0}},
    "uniqueness_filtered": {"fail": {"no_duplicates": 0}},
    "references_hold": {"fail": {"referential_integrity": 0}},
    "references_broken": {"warn": {"referential_integrity": 1}},
    "completeness_holds": {"fail": {"required_fields_complete": 0}},
    "completeness_broken": {"drop": {"required_fields_complete": 1}},
    "range_holds": {"fail": {"value_in_range": 0}},
    "range_broken": {"fail": {"value_in_range": 2}},
    "range_of_fractions": {"fail": {"value_in_range": 1}},
    "range_of_text": {"fail": {"value_in_range": 1}},
    "schemas_match": {"fail": {"schemas_match": 0}},
    "schemas_differ": {"fail": {"schemas_match": 3}},
    "lookups_found": {"fail": {"all_lookups_found": 0}},
    "lookups_missing": {"fail": {"all_lookups_found": 1}},
    "custom_query": {"fail": {"few": 0}, "warn": {"more than one": 2}},
    "custom_rules": {"fail": {"counted": 0}, "drop": {"it's known": 1}, "warn": {"adult": 3}},
}

# What the test of schemas says about tables that differ.
DIFFERENCES = [
    ("extra", None, "STRING", "missing_in_source"),
    ("id", "INT", "BIGINT", "type_mismatch"),
    ("port", "STRING", None, "extra_in_source"),
]


def describe_columns(spark):
    """The table of columns that Databricks keeps in each catalog."""
    rows = [
        ("spark_catalog", "bronze", table, column.name, column.dataType.upper(), place)
        for table in ("crew", "crew_copy", "old_crew")
        for place, column in enumerate(spark.catalog.listColumns(f"bronze.{table}"))
    ]
    names = "table_catalog STRING, table_schema STRING, table_name STRING, column_name STRING, data_type STRING"
    columns = spark.createDataFrame(rows, f"{names}, ordinal_position INT")
    columns.write.saveAsTable("information_schema.columns")


def check(engine, checks):
    if not checks.done("tests: views and tables", lambda: engine.define("audits")):
        return
    describe_columns(engine.spark)
    for test, wanted in FAILURES.items():
        checks.equal(f"test {test}: rows that fail", lambda: engine.failures(f"tmp_test_{test}"), wanted)
    checks.equal(
        "test schemas_differ: differences",
        lambda: sorted(map(tuple, engine.tests["tmp_test_schemas_differ"]().collect())),
        DIFFERENCES,
    )
    known = {f"tmp_test_{test}" for test in FAILURES}
    checks.equal("tests: all are checked", lambda: set(engine.tests) ^ known, set())
