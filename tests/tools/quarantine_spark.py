"""Runs the functions of a generated quarantine with Spark itself, on rows instead of streams.

Usage: python quarantine_spark.py MODULE

MODULE is the module that `fixtures/generators/transform/data_quality-quarantine.yaml` becomes, or a snapshot with it.
Needs PySpark 4 and Java 17, for example the environment that tests/spark/run.sh sets up. What Spark does not have
stands in: streams are tables of rows, and a merge into a Delta table keeps the rows that it is given.

Shows which rows are set aside, also where a rule is null, and that repaired rows come back with the same values and
types, whatever characters are in the names of their columns.
"""

import datetime
import decimal
import sys
import types

import pyspark
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BinaryType,
    DecimalType,
    IntegerType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

ODD_NAMES = ["a.b", 'x"y', "x'y", "x\\y", "q?", "both'\"", "naïve", "`"]

SESSION = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .getOrCreate()
)
TABLES = {}
MERGED = {}


class Stream:
    """`spark.readStream`: a table has rows, and a view is computed when it is read."""

    def option(self, key, value):
        return self

    def table(self, name):
        table = TABLES[name]
        return table() if callable(table) else table


class Session:
    readStream = Stream()


class DeltaTable:
    """Keeps what a merge would insert."""

    @classmethod
    def forName(cls, session, name):
        table = cls()
        table.name = name
        return table

    def alias(self, name):
        return self

    def merge(self, rows, condition):
        MERGED[self.name] = rows
        return self

    def whenNotMatchedInsertAll(self):
        return self

    def execute(self):
        MERGED[self.name] = MERGED[self.name].localCheckpoint()


def decorator(name):
    def made(*args, **kwargs):
        def decorate(function):
            if name == "temporary_view":
                TABLES[function.__name__] = function
            return function

        return decorate

    return made


def module(name, **content):
    made = types.ModuleType(name)
    made.__dict__.update(content)
    sys.modules[name] = made
    return made


def load(path):
    text = open(path, encoding="utf-8").read()
    if text.startswith("---"):
        text = text.split(".py <==\n", 1)[1].split("\n\nadvice[", 1)[0]
    names = ["append_flow", "expect_all_or_drop", "foreach_batch_sink", "temporary_view"]
    pipelines = module("pyspark.pipelines", **{name: decorator(name) for name in names})
    pipelines.create_streaming_table = lambda **settings: None
    pyspark.pipelines = pipelines
    module("delta")
    module("delta.tables", DeltaTable=DeltaTable)
    found = {"spark": Session(), "__name__": "run"}
    exec(compile(text, path, "exec"), found)
    return found


def rows():
    fields = [
        StructField("order_id", IntegerType()),
        StructField("note", StringType()),
        StructField("amount", DecimalType(10, 2)),
        StructField("at", TimestampType()),
        StructField("photo", BinaryType()),
        StructField("_rescued_data", StringType()),
        *[StructField(name, StringType()) for name in ODD_NAMES],
    ]
    at = datetime.datetime(2024, 1, 2, 3, 4, 5, 678901)
    odd = [f"value of {name}" for name in ODD_NAMES]

    def row(order_id, amount):
        amount = None if amount is None else decimal.Decimal(amount)
        return (order_id, "bought", amount, at, b"\x00\xff", None, *odd)

    # Good; broken; a rule that is null; broken, and a rule that is null.
    data = [row(1, "1.20"), row(2, "-1.00"), row(3, None), row(None, None)]
    return SESSION.createDataFrame(data, StructType(fields))


def main(path):
    found = load(path)

    def function(prefix):
        (name,) = [name for name in found if name.startswith(prefix)]
        return found[name]

    inbox = found["DLQ_TABLE_v_orders"]
    TABLES["v_orders"] = rows()
    TABLES["_clean_v_orders"] = lambda: TABLES["v_orders"]

    failed = function("quarantine_flow_")()
    broken = {row["order_id"]: [rule["name"] for rule in row["_dlq_failed_rules"]] for row in failed.collect()}
    print("set aside:", broken)
    assert broken == {2: ["rule_2"], 3: ["rule_2"], None: ["known", "rule_2"]}, broken

    function("dlq_sink_")(failed, 0)
    kept = MERGED[inbox]
    assert kept.count() == 3

    fixed = kept.withColumn("_dlq_status", F.lit("fixed"))
    versions = [fixed.withColumn("_commit_version", F.lit(version).cast("long")) for version in (1, 2)]
    TABLES[inbox] = versions[0].union(versions[1]).withColumn("_change_type", F.lit("update_postimage"))
    function("recycle_sink_")(function("recycle_flow_")(), 0)
    TABLES[f"{inbox}_outbox"] = MERGED[f"{inbox}_outbox"]
    assert TABLES[f"{inbox}_outbox"].count() == 3

    recycled = function("_recycled_")()
    assert recycled.schema.simpleString() == rows().schema.simpleString(), recycled.schema.simpleString()
    before = [row for row in rows().collect() if row["order_id"] != 1]
    assert sorted(map(str, recycled.collect())) == sorted(map(str, before)), recycled.collect()
    print("repaired rows come back:", len(before))
    print("all expectations met")


if __name__ == "__main__":
    main(sys.argv[1])
