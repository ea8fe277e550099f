"""Executes the pipeline `plain` in a plain Spark session and compares what it leaves behind, row by row.

Prints `ok` or `FAIL` for each check and ends with 1 if one failed. Argument: the folder of the generated pipeline.
The current directory is the work folder.
"""

import pathlib
import sys

from pyspark.sql import SparkSession

import audits
import quarantine
import shapes
from checks import Checks
from engine import Engine


def main(root):
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        # Handlers of sinks write in sessions of their own: nobody may keep a list of the files of a table.
        .config("spark.sql.filesourceTableRelationCacheSize", "0")
        .config("spark.sql.warehouse.dir", str(pathlib.Path("plain-warehouse").resolve()))
        .getOrCreate()
    )
    for name in ("bronze", "silver", "information_schema"):
        spark.sql(f"CREATE SCHEMA {name}")
    engine = Engine(spark, root, str(pathlib.Path("plain-checkpoints").resolve()))
    checks = Checks()
    for part in (quarantine, shapes, audits):
        part.check(engine, checks)
    spark.stop()
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
