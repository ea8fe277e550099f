"""Adds to open-source `pyspark.pipelines` what generated code takes from Databricks.

Spark imports this file as the first definition of each pipeline. Each stand-in does as little as needed:
text that Databricks shows somewhere is left out, and expectations become filters. The list of stand-ins is
in README.md; `names.py` proves that nothing else is missing.
"""

import functools
import os
import sys

from pyspark import pipelines as dp
from pyspark.sql import functions as F
from pyspark.sql.connect.client import SparkConnectClient


def without(function, *arguments):
    """The function, deaf to arguments that open-source Spark does not know."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        known = {key: value for key, value in kwargs.items() if key not in arguments}
        return function(*args, **known)

    return call


def expectation(treat):
    """A decorator that passes what a query returns through `treat`, once for each expectation."""

    def take(expectations):
        def decorate(query):
            @functools.wraps(query)
            def checked():
                df = query()
                for name, condition in expectations.items():
                    df = treat(df, name, F.expr(condition))
                return df

            return checked

        return decorate

    return take


def warn(df, name, holds):
    """Databricks counts the rows in its event log, and keeps them."""
    return df


def drop(df, name, holds):
    """A row fails an expectation whose condition is false. One that is null is not false."""
    return df.where(F.coalesce(holds, F.lit(True)))


def fail(df, name, holds):
    problem = F.raise_error(F.lit(f"expectation `{name}` does not hold"))
    return df.where(F.when(~holds, problem).otherwise(F.lit(True)))


def table_of_format(create):
    """`create_streaming_table`, which takes the format of the table from its property `table_format`."""

    @functools.wraps(create)
    def call(name, *, table_properties=None, **settings):
        properties = dict(table_properties or {})
        return create(name, table_properties=properties, format=properties.get("table_format"), **settings)

    return call


def skip_metrics(client):
    """SPARK-59135: metrics of a Python data source end the stream of events with an error in Spark 4.3.0."""

    def execute_command_as_iterator(self, command, observations=None):
        request = self._execute_plan_request_with_metadata()
        self._set_command_in_plan(request.plan, command)
        for answer in self._execute_and_fetch_as_iterator(request, observations or {}):
            if isinstance(answer, dict):
                yield answer

    client.execute_command_as_iterator = execute_command_as_iterator


if not hasattr(dp, "expect_all"):
    dp.append_flow = without(dp.append_flow, "comment")
    dp.create_streaming_table = table_of_format(dp.create_streaming_table)
    dp.table = without(dp.table, "temporary")
    dp.expect_all = expectation(warn)
    dp.expect_all_or_drop = expectation(drop)
    dp.expect_all_or_fail = expectation(fail)
    skip_metrics(SparkConnectClient)
    # The root folder of a pipeline is on the path of the driver. Workers of Spark do not have it: what they need of
    # `custom_python_functions` has to reach them by value.
    sys.path.insert(0, os.environ["PIPELINE_ROOT"])
