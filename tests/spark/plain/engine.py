"""Executes generated modules in a plain Spark session, element by element, without Spark's engine for pipelines.

That engine neither knows the sinks that call a function, nor expectations, nor tests, and refuses what looks at
the columns of a view. Here the decorators are Spark's own, with a registry that keeps what they register; what
Databricks adds to them is in `add_databricks_names`. Views become temporary views, flows become streaming queries.
"""

import importlib.util
import sys

from pyspark import pipelines as dp
from pyspark.pipelines.graph_element_registry import GraphElementRegistry, graph_element_registration_context
from pyspark.pipelines.output import MaterializedView, StreamingTable, TemporaryView
from pyspark.sql import functions as F

import delta_tables


class Registry(GraphElementRegistry):
    """What the decorators of a module register, in their order."""

    def __init__(self):
        self.outputs = []
        self.flows = []

    def register_output(self, output):
        self.outputs.append(output)

    def register_flow(self, flow):
        self.flows.append(flow)

    def register_auto_cdc_flow(self, flow):
        raise NotImplementedError("auto CDC")

    def register_sql(self, sql_text, file_path):
        raise NotImplementedError("SQL files")


def without(function, *arguments):
    """A decorator factory that is deaf to these arguments, and whose decorator gives back what it decorates."""

    def call(*args, **kwargs):
        decorate = function(*args, **{key: value for key, value in kwargs.items() if key not in arguments})

        def keep(query):
            decorate(query)
            return query

        return keep

    return call


def expectation(action):
    """A decorator that notes its conditions at the function, above or below the one that registers it."""

    def take(conditions):
        def decorate(query):
            query.expectations = [(action, conditions), *getattr(query, "expectations", [])]
            return query

        return decorate

    return take


def add_databricks_names(handlers):
    """Adds to `pyspark.pipelines` what only Databricks has. Functions of sinks go into `handlers`, by sink."""
    dp.append_flow = without(dp.append_flow, "comment", "once")
    dp.table = without(dp.table, "temporary")
    dp.expect_all = expectation("warn")
    dp.expect_all_or_drop = expectation("drop")
    dp.expect_all_or_fail = expectation("fail")

    def foreach_batch_sink(*, name):
        def decorate(handler):
            handlers[name] = handler
            return handler

        return decorate

    dp.foreach_batch_sink = foreach_batch_sink


def failed(condition):
    """Where an expectation fails: its condition is false. One that is null is not false."""
    return ~F.coalesce(F.expr(condition), F.lit(True))


def kept(query):
    """What a query returns, without the rows that its expectations drop."""
    df = query()
    for action, conditions in getattr(query, "expectations", []):
        assert action == "drop", f"no view of this pipeline has expectations that {action}"
        for condition in conditions.values():
            df = df.where(~failed(condition))
    return df


class Engine:
    """The modules of one pipeline in one session."""

    def __init__(self, spark, root, checkpoints):
        self.spark = spark
        self.root = root
        self.checkpoints = checkpoints
        self.flows = {}
        self.handlers = {}
        self.tests = {}
        add_databricks_names(self.handlers)
        # As on Databricks the root of the pipeline is on the path.
        sys.path.insert(0, root)

    def define(self, name):
        """Imports a module, and makes its views and its materialized views."""
        registry = Registry()
        spec = importlib.util.spec_from_file_location(name, f"{self.root}/{name}.py")
        module = importlib.util.module_from_spec(spec)
        module.spark = delta_tables.Session(self.spark)
        with graph_element_registration_context(registry):
            spec.loader.exec_module(module)

        flows = {flow.name: flow.func for flow in registry.flows}
        for output in registry.outputs:
            query = flows.pop(output.name, None)
            if isinstance(output, TemporaryView):
                kept(query).createOrReplaceTempView(output.name)
            elif isinstance(output, MaterializedView):
                kept(query).write.saveAsTable(output.name)
            elif isinstance(output, StreamingTable) and query is not None:
                self.tests[output.name] = query
        self.flows |= {flow.name: flow for flow in registry.flows if flow.name in flows}

    def update(self, *names):
        """Lets these flows process what is new for them, one after the other."""
        for name in names:
            flow = self.flows[name]
            handler = self.handlers.get(flow.target)
            if handler is None:

                def handler(batch, _, table=flow.target):
                    batch.write.mode("append").saveAsTable(table)

            query = (
                flow.func()
                .writeStream.foreachBatch(handler)
                .option("checkpointLocation", f"{self.checkpoints}/{name}")
                .trigger(availableNow=True)
                .start()
            )
            query.awaitTermination()

    def failures(self, test):
        """How many rows of a test fail each of its expectations: action → name → number."""
        query = self.tests[test]
        df = query()
        found = {}
        for action, conditions in getattr(query, "expectations", []):
            counts = [F.count_if(failed(condition)).alias(name) for name, condition in conditions.items()]
            found.setdefault(action, {}).update(df.agg(*counts).first().asDict())
        return found
