"""Runs the functions of a generated quarantine against stand-ins that record calls.

Usage: python3.10 quarantine_run.py SNAPSHOT_OR_MODULE

Without Spark this shows that the module runs on Python 3.10, that every name is defined, and which tables, options,
conditions and columns each function asks for. What Spark makes of them is shown by quarantine_spark.py.
"""

import sys
import types


class Recorder:
    """Anything at all: remembers how it was reached, as the text of an expression."""

    def __init__(self, text):
        self._text = text

    def __repr__(self):
        return self._text

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Recorder(f"{self._text}.{name}")

    def __call__(self, *args, **kwargs):
        shown = [repr(arg) for arg in called(args)] + [f"{key}={value!r}" for key, value in kwargs.items()]
        result = Recorder(f"{self._text}({', '.join(shown)})")
        if self._text.endswith(".execute"):
            EXECUTED.append(repr(result))
        return result

    def __eq__(self, other):
        return Recorder(f"({self!r} == {other!r})")

    def __ne__(self, other):
        return Recorder(f"({self!r} != {other!r})")

    def __getitem__(self, key):
        return Recorder(f"{self._text}[{key!r}]")

    def __and__(self, other):
        return Recorder(f"({self!r} & {other!r})")

    def __invert__(self):
        return Recorder(f"~{self!r}")


def called(args):
    """Lambdas are shown by what they return."""
    for arg in args:
        yield arg(Recorder("name"), Recorder("value")) if isinstance(arg, types.FunctionType) else arg


EXECUTED = []


class BinaryType:
    pass


class LongType:
    def simpleString(self):
        return "bigint"


def field(name, data_type):
    return types.SimpleNamespace(name=name, dataType=data_type)


class Reader:
    """`spark.readStream`: tables have a schema."""

    def __init__(self, text="readStream"):
        self._text = text

    def option(self, key, value):
        return Reader(f"{self._text}.option({key!r}, {value!r})")

    def table(self, name):
        table = Recorder(f"{self._text}.table({name!r})")
        table.schema = types.SimpleNamespace(
            fields=[
                field("id", LongType()),
                field("a.b", LongType()),
                field('say "x"', LongType()),
                field("photo", BinaryType()),
            ]
        )
        return table


class Batch(Recorder):
    def __init__(self, columns, empty=False):
        super().__init__("batch")
        self.columns = columns
        self._empty = empty

    def isEmpty(self):
        return self._empty


def module(name, **content):
    made = types.ModuleType(name)
    made.__dict__.update(content)
    sys.modules[name] = made
    return made


class Decorators(Recorder):
    """`dp`: decorators give back what they decorate."""

    def __getattr__(self, name):
        if name == "create_streaming_table":
            return lambda **settings: None
        return lambda *args, **kwargs: lambda function: function


def main(path):
    text = open(path, encoding="utf-8").read()
    if text.startswith("---"):
        text = text.split(".py <==\n", 1)[1].split("\n\nadvice[", 1)[0]
    functions = Recorder("F")
    module("pyspark", pipelines=Decorators("dp"))
    module("pyspark.sql", functions=functions)
    module("pyspark.sql.types", BinaryType=BinaryType)
    module("pyspark.sql.window", Window=Recorder("Window"))
    module("delta")
    module("delta.tables", DeltaTable=Recorder("DeltaTable"))
    names = {"spark": types.SimpleNamespace(readStream=Reader()), "dbutils": Recorder("dbutils"), "__name__": "run"}
    exec(compile(text, path, "exec"), names)

    def run(prefix, *args):
        (name,) = [name for name in names if name.startswith(prefix)]
        EXECUTED.clear()
        result = names[name](*args)
        print(f"\n== {name}\n{result if result is not None else EXECUTED}")
        return repr(result), list(EXECUTED)

    plain = ["id", "note", "_loaded_at", "_dlq_failed_rules"]
    assert run("dlq_sink_", Batch(plain, empty=True), 0)[1] == []
    _, (merge,) = run("dlq_sink_", Batch(plain), 1)
    key = merge.split("xxhash64(", 1)[1].split(".cast", 1)[0]
    assert "`id`" in key and "`_loaded_at`" not in key and "_dlq_failed_rules" not in key, key
    assert "whenNotMatchedInsertAll" in merge and "whenMatched" not in merge
    assert "from_json" not in merge and "parse_json" in merge
    assert merge.index("dropDuplicates") < merge.index("parse_json")
    columns = ["_dlq_sk", "_dlq_source_table", "_dlq_status", "_dlq_timestamp", "_dlq_failed_rules"]
    selected = merge[merge.index(".select(") :]
    places = [selected.index(f"'{name}')") for name in [*columns, "_dlq_rescued_data", "_row_data"]]
    assert places == sorted(places), places
    _, (merge,) = run("dlq_sink_", Batch([*plain, "_rescued_data"]), 2)
    assert "map_concat" in merge and "(name != F.lit('_file_path'))" in merge
    flow, _ = run("quarantine_flow_")
    assert ".where(F.coalesce(F.expr('NOT (" in flow.replace('"', "'") and "array_compact" in flow
    assert run("recycle_sink_", Batch(plain, empty=True), 0)[1] == []
    _, (merge,) = run("recycle_sink_", Batch(["_dlq_sk", "_row_data", "_commit_version"]), 3)
    assert "_outbox" in merge and "F.col('_commit_version').desc()" in merge and "row_number" in merge
    flow, _ = run("recycle_flow_")
    assert "option('readChangeFeed', 'true')" in flow and "'update_postimage'" in flow
    recycled, _ = run("_recycled_")
    assert "option('skipChangeCommits', 'true')" in recycled
    assert "'$.id', 'bigint').alias('id')" in recycled
    whole = "F.try_variant_get(F.col('_row_data'), '$', 'map<string,variant>')"
    assert f"F.try_variant_get({whole}['a.b'], '$', 'bigint').alias('a.b')" in recycled, recycled
    assert f"""{whole}['say "x"'], '$', 'bigint')""" in recycled, recycled
    assert "try_to_binary(F.try_variant_get(F.col('_row_data'), '$.photo', 'string')" in recycled
    run("_clean_")
    result, _ = run("v_checked")
    assert ".union(" in result and "_clean_" in result and "_recycled_" in result
    print("\nall names defined, all expectations met")


if __name__ == "__main__":
    main(sys.argv[1])
