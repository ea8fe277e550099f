"""Executes pipelines around readers and writers of plugins, and compares with what their classes do when called directly.

Prints `ok` or `FAIL` for each check and ends with 1 if one failed. Arguments: the folder of the generated pipelines, and
the folder into which sinks write. The current directory is the work folder.
"""

import builtins
import importlib.util
import json
import pathlib
import sys
from types import SimpleNamespace

from pyspark.pipelines.graph_element_registry import graph_element_registration_context
from pyspark.pipelines.output import TemporaryView
from pyspark.sql import SparkSession

from checks import Checks, in_order
from engine import Registry, add_databricks_names

# What the generated code takes from Databricks.
SECRETS = {("sea", "api_key"): 'sesame "open"'}


def define(spark, root, name):
    """Imports a generated module: its views are temporary views afterwards. Gives its sinks and flows by name."""
    for module in [module for module in sys.modules if module.split(".")[0] == "custom_python_functions"]:
        del sys.modules[module]
    sys.path.insert(0, str(root))
    registry = Registry()
    spec = importlib.util.spec_from_file_location(name, root / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    module.spark = spark
    with graph_element_registration_context(registry):
        spec.loader.exec_module(module)
    flows = {flow.name: flow for flow in registry.flows}
    sinks = {}
    for output in registry.outputs:
        if isinstance(output, TemporaryView):
            flows.pop(output.name).func().createOrReplaceTempView(output.name)
        else:
            sinks[output.name] = output
    return sinks, flows


def direct_tides():
    """The records of the class itself, from the same settings."""
    from custom_python_functions.lhp_plugin_rt import SourceConfig
    from custom_python_functions.lhp_tides.tides import Tides

    config = SourceConfig(connection={"count": 5}, objects=["north", "south"])
    return [record for batch in Tides(config).extract() for record in batch]


def lines(folder, pattern="*.json"):
    return [json.loads(line) for path in sorted(folder.glob(pattern)) for line in path.read_text().splitlines()]


def check_readers(spark, root, out, checks):
    sinks, flows = define(spark, root / "sea", "sea")
    ports = spark.table("v_ports")
    checks.equal("reader: columns of a connector", lambda: ports.schema.simpleString(),
                 "struct<id:bigint,name:string,missing:string>")
    checks.equal("reader: records of a connector", lambda: in_order(ports.collect()),
                 [(0, "port 0", None), (1, "port 1", None), (2, "port 2", None)])
    lonely = spark.table("v_lonely")
    checks.equal("reader: a class of a file", lambda: in_order(lonely.collect()), [(1,)])

    from custom_python_functions.lhp_tides_datasource import LhpTidesDataSource

    config = {"connection": {"count": 5}, "objects": ["north", "south"], "credentials": {"key": "k"}}
    tides = spark.read.format(LhpTidesDataSource.name()).option("lhp.config", json.dumps(config)).load()
    checks.equal("reader: one task for each object", lambda: tides.rdd.getNumPartitions(), 2)
    wanted = sorted((record["name"], record["id"], record["at"][:19]) for record in direct_tides())
    checks.equal("reader: the rows of `extract`",
                 lambda: sorted((row["name"], row["id"], row["at"].isoformat()) for row in tides.collect()), wanted)
    stream = spark.table("v_tides")
    checks.equal("reader: a stream", lambda: stream.isStreaming, True)
    # The writer of the guide writes JSON as Python does, which knows no times.
    stream.drop("at").createOrReplaceTempView("v_tides")
    sink = sinks["tides"]

    def update():
        query = flows["f_tides_1"].func().writeStream.format(sink.format).options(**sink.options)
        query = query.option("checkpointLocation", str(out / "checkpoint")).trigger(availableNow=True).start()
        query.awaitTermination()

    if checks.done("writer: a flow into a sink", update):
        rows = sorted((record["name"], record["id"]) for record in lines(out / "out"))
        checks.equal("writer: each row once", lambda: rows, [(name, number) for name, number, _ in wanted])
        checks.done("writer: an update without rows", update)
        checks.equal("writer: nothing twice", lambda: len(lines(out / "out")), len(rows))


def check_writers(spark, root, out, checks):
    sinks, _ = define(spark, root / "counted", "counted")
    sink, folder = sinks["ports"], out / "counted"
    frame = spark.table("v_ports").repartition(3)

    def write():
        frame.write.format(sink.format).mode("append").options(**sink.options).save()

    if not checks.done("writer: a batch", write):
        return
    commits = lines(folder, "commits")
    checks.equal("writer: `commit_files` is called once", lambda: len(commits), 1)
    files = commits[0]["files"]
    checks.equal("writer: with what every task has written", lambda: sorted(file["path"] for file in files),
                 sorted(str(path) for path in folder.glob("*.json")))
    checks.equal("writer: sizes and counts", lambda: [
        (file["size_bytes"], file["record_count"]) for file in files
    ], [(len(pathlib.Path(file["path"]).read_bytes()), len(lines(folder, pathlib.Path(file["path"]).name))) for file in files])
    checks.equal("writer: at most so many rows in a file", lambda: max(file["record_count"] for file in files) <= 3, True)
    checks.equal("writer: the result of the commit", lambda: commits[0]["result"],
                 {"status": "success", "files_added": len(files), "total_records": 10})
    checks.equal("writer: the rows", lambda: in_order((row["id"], row["name"]) for row in lines(folder)),
                 in_order((number, f"port {number}") for number in range(10)))
    refused = dict(sink.options, **{"lhp.config": "[]"})
    bad = lambda: frame.write.format(sink.format).mode("append").options(**refused).save()
    try:
        bad()
        found = "no error"
    except Exception as problem:
        found = "not a JSON object" in str(problem)
    checks.equal("writer: settings that are none are told", lambda: found, True)


def main(root, out):
    builtins.dbutils = SimpleNamespace(secrets=SimpleNamespace(get=lambda scope, key: SECRETS[scope, key]))
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str((out / "warehouse").resolve()))
        .getOrCreate()
    )
    add_databricks_names({})
    checks = Checks()
    check_readers(spark, root, out, checks)
    check_writers(spark, root, out, checks)
    spark.stop()
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
