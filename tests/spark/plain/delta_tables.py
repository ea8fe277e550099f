"""What a quarantine asks of Delta tables, done with Parquet tables: insert-only merges and the change feed.

Makes itself the module `delta.tables` when it is imported. The changes of a table are rows of a second table,
`<table>_changes`, which `Session` gives to those who read the table with `readChangeFeed`.
"""

import itertools
import sys
import types

from pyspark.sql import functions as F

CHANGES = "_changes"
VERSIONS = itertools.count(1)


def create(spark, table, columns):
    """A table whose changes are kept."""
    spark.sql(f"CREATE TABLE {table} ({columns}) USING parquet")
    feed = "_change_type STRING, _commit_version BIGINT, _commit_timestamp TIMESTAMP"
    spark.sql(f"CREATE TABLE {table}{CHANGES} ({columns}, {feed}) USING parquet")


def record(rows, table, change, version):
    rows.withColumns(
        {
            "_change_type": F.lit(change),
            "_commit_version": F.lit(version).cast("bigint"),
            "_commit_timestamp": F.current_timestamp(),
        }
    ).write.insertInto(table + CHANGES)


def update(spark, table, condition, **columns):
    """`UPDATE table SET … WHERE condition`; both images of the rows go to the change feed."""
    before = spark.table(table).where(condition).localCheckpoint()
    after = before.withColumns({name: F.expr(value) for name, value in columns.items()}).localCheckpoint()
    rest = spark.table(table).where(~F.expr(condition)).localCheckpoint()
    version = next(VERSIONS)
    record(before, table, "update_preimage", version)
    record(after, table, "update_postimage", version)
    rest.union(after).write.mode("overwrite").insertInto(table)
    return after.count()


class DeltaTable:
    """As much of `delta.tables.DeltaTable` as an insert-only merge needs."""

    def __init__(self, session, name):
        self.session = session
        self.name = name

    @classmethod
    def forName(cls, session, name):
        return cls(session, name)

    def alias(self, alias):
        self.known = self.session.table(self.name).alias(alias)
        return self

    def merge(self, rows, condition):
        self.new = rows.join(self.known, condition, "left_anti")
        return self

    def whenNotMatchedInsertAll(self):
        return self

    def execute(self):
        # A merge takes the columns by name, and knows when it runs what the table holds.
        inserted = self.new.select(*self.session.table(self.name).columns).localCheckpoint()
        inserted.write.insertInto(self.name)
        record(inserted, self.name, "insert", next(VERSIONS))


class Session:
    """A Spark session whose streaming reader knows the change feed."""

    def __init__(self, spark):
        self._spark = spark

    def __getattr__(self, name):
        return getattr(self._spark, name)

    @property
    def readStream(self):
        return StreamReader(self._spark.readStream)


class StreamReader:
    def __init__(self, reader):
        self._reader = reader
        self._suffix = ""

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def option(self, key, value):
        if key == "readChangeFeed":
            assert value == "true", value
            self._suffix = CHANGES
        self._reader.option(key, value)
        return self

    def table(self, name):
        return self._reader.table(name + self._suffix)


sys.modules["delta"] = types.ModuleType("delta")
sys.modules["delta.tables"] = sys.modules[__name__]
