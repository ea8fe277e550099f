"""The adapters of readers and writers, executed by a local Spark. Skipped where pyspark and jinja2 are not to be had."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from worker_client import DOCUMENTS, SOURCES, Client, plugin

try:
    import jinja2
    import pyarrow  # noqa: F401
    from pyspark import cloudpickle
    from pyspark.sql import SparkSession
except ImportError:
    SparkSession = None

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"

READER = """
from datetime import datetime, timedelta

from dativo_ingest.plugins import BaseReader
from helper_of_reader import rows_of


class Tides(BaseReader):
    def extract(self, state_manager=None):
        for name in self.source_config.objects or []:
            for batch in rows_of(name, self.source_config.connection["count"]):
                yield batch
"""

HELPER = """
def rows_of(name, count):
    for start in range(0, count, 2):
        yield [
            {
                "id": number,
                "name": name,
                "at": f"2024-01-01T00:00:{number:02d}Z",
                "height": number,
                "more": {"n": number},
                "nothing_else": None,
            }
            for number in range(start, min(start + 2, count))
        ]
"""

CONNECTOR = """
from phlo.plugins.base import PluginMetadata, SourceConnectorPlugin


class Ports(SourceConnectorPlugin):
    @property
    def metadata(self):
        return PluginMetadata(name="ports", version="1.0.0")

    def fetch_data(self, config):
        for number in range(config["count"]):
            yield {"id": number, "name": f"port {number}"}

    def get_schema(self, config):
        return {"id": "int", "name": "string", "missing": "object"}

    def validate_config(self, config):
        if "count" not in config:
            raise ValueError("Missing required config key: count")
        return True
"""


class Code(str):
    pass


def render(template, **values):
    """What the environment of `lhp` makes of these templates: every value is a literal unless it is named code."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(TEMPLATES)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if isinstance(value, Code) else repr(value),
    )
    environment.filters.update(code=Code, ident=Code, comment=Code)
    return environment.get_template(template).render(**values)


@unittest.skipIf(SparkSession is None, "pyspark, pyarrow and jinja2 are needed")
@unittest.skipUnless(shutil.which("java") or os.environ.get("JAVA_HOME"), "Java is needed")
class Adapters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        pipeline = Path(cls.directory, "pipeline")
        carrier = pipeline / "custom_python_functions"
        carrier.mkdir(parents=True)
        (carrier / "__init__.py").write_text("")
        shutil.copy(SOURCES / "lhp_plugin_sdk" / "lhp_plugin_rt.py", carrier)
        sources = Path(cls.directory, "plugin")
        sources.mkdir()
        (sources / "tides.py").write_text(READER)
        (sources / "helper_of_reader.py").write_text(HELPER)
        (sources / "ports.py").write_text(CONNECTOR)
        shutil.copy(DOCUMENTS / "dativo" / "my_writer.py", sources)
        entries = [
            ("reader", "tides", "tides.py:Tides"),
            ("reader", "ports", "ports.py:Ports"),
            ("writer", "json_files", "my_writer.py:MyCustomWriter"),
        ]
        with Client() as client:
            assert client.initialize(plugin("sea", sources, *entries))["problems"] == []
            for kind, key, _ in entries:
                result = client.call("emit", plugin="sea", kind=kind, key=key, spec={})
                for file in result["files"]:
                    path = pipeline / file["path"]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(file["content"])
                cls.adapter(carrier, kind, key, result["data"])
        sys.path.insert(0, str(pipeline))
        import custom_python_functions

        cloudpickle.register_pickle_by_value(custom_python_functions)
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        cls.spark = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.warehouse.dir", os.path.join(cls.directory, "warehouse"))
            .getOrCreate()
        )
        cls.spark.sparkContext.setLogLevel("OFF")
        cls.addClassCleanup(cls.spark.stop)
        for key in ("tides", "ports", "json_files"):
            module = importlib.import_module(f"custom_python_functions.lhp_{key}_datasource")
            cls.spark.dataSource.register(getattr(module, f"Lhp{key.title().replace('_', '')}DataSource"))

    @classmethod
    def adapter(cls, carrier, kind, key, data):
        common = {
            "prefix": "Lhp" + key.title().replace("_", ""),
            "name": f"lhp_{key}",
            "class": data["class"],
            "module": data["module"],
            "plugin": "sea 1.0.0",
            "runtime": data["runtime_module"],
        }
        if kind == "writer":
            text = render("writer/datasource.py.j2", batch_size=2, stream=True, **common)
        else:
            tides = key == "tides"
            text = render(
                "reader/datasource.py.j2",
                contract=data["contract"],
                schema="id int, name string, at timestamp, height double, more string" if tides else None,
                partition_by="/objects" if tides else None,
                stream=tides,
                **common,
            )
        compile(text, key, "exec")
        (carrier / f"lhp_{key}_datasource.py").write_text(text)

    def tides(self, count, **config):
        config = {
            "connection": {"count": count},
            "objects": ["north", "south"],
            "incremental": {"cursor_field": "at"},
            **config,
        }
        return json.dumps(config)

    def test_n_01_a_reader_gives_the_rows_of_extract(self):
        frame = self.spark.read.format("lhp_tides").option("lhp.config", self.tides(5)).load()
        self.assertEqual(2, frame.rdd.getNumPartitions())
        rows = sorted(frame.collect())
        self.assertEqual(10, len(rows))
        self.assertEqual(
            [("north", 5), ("south", 5)],
            sorted((r["name"], r["count"]) for r in frame.groupBy("name").count().collect()),
        )
        last = rows[-1].asDict()
        self.assertEqual(
            ("2024-01-01T00:00:04", 4.0, '{"n": 4}'), (last["at"].isoformat(), last["height"], last["more"])
        )

    def test_p_17_a_connector_gives_its_own_schema_and_records(self):
        frame = self.spark.read.format("lhp_ports").option("lhp.config", '{"count": 3}').load()
        self.assertEqual("struct<id:bigint,name:string,missing:string>", frame.schema.simpleString())
        self.assertEqual(
            [(0, "port 0", None), (1, "port 1", None), (2, "port 2", None)],
            [tuple(r) for r in sorted(frame.collect())],
        )

    def test_refused_settings_fail_the_query(self):
        frame = self.spark.read.format("lhp_ports").option("lhp.config", "{}").load()
        with self.assertRaises(Exception) as caught:
            frame.collect()
        self.assertIn("Missing required config key: count", str(caught.exception))

    def test_a_stream_reads_each_record_once(self):
        checkpoint = os.path.join(self.directory, "checkpoint")
        target = os.path.join(self.directory, "stream")

        def run(count):
            frame = self.spark.readStream.format("lhp_tides").option("lhp.config", self.tides(count)).load()
            writer = (
                frame.writeStream.format("parquet").option("checkpointLocation", checkpoint).option("path", target)
            )
            query = writer.start()
            query.processAllAvailable()
            query.stop()
            return self.spark.read.parquet(target).count()

        self.assertEqual(10, run(5))
        self.assertEqual(10, run(5))
        self.assertEqual(14, run(7))

    def test_n_06_n_07_n_08_a_sink_writes_files_and_commits_once(self):
        target = os.path.join(self.directory, "out")
        config = {
            "asset": {"name": "orders"},
            "target": {"engine": {"options": {"format": "jsonl"}}},
            "output_base": target,
        }
        frame = self.spark.range(0, 10, 1, 2)
        frame.write.format("lhp_json_files").option("lhp.config", json.dumps(config)).mode("append").save()
        names = sorted(os.listdir(target))
        self.assertEqual(
            ["orders_000000.json", "orders_000001.json", "orders_000002.json"]
            + [f"orders_{1000000 + number}.json" for number in range(3)],
            names,
        )
        ids = [json.loads(line)["id"] for name in names for line in Path(target, name).read_text().splitlines()]
        self.assertEqual(list(range(10)), sorted(ids))

    def test_a_streaming_sink_keeps_the_files_of_all_batches(self):
        target = os.path.join(self.directory, "stream_out")
        config = {"asset": {"name": "tides"}, "target": {}, "output_base": target}

        def run(count):
            frame = (
                self.spark.readStream.format("lhp_tides")
                .option("lhp.config", self.tides(count))
                .load()
                .select("id", "name")
            )
            query = (
                frame.writeStream.format("lhp_json_files")
                .option("lhp.config", json.dumps(config))
                .option("checkpointLocation", os.path.join(self.directory, "sink_checkpoint"))
                .start()
            )
            query.processAllAvailable()
            query.stop()
            return sum(len(Path(target, name).read_text().splitlines()) for name in os.listdir(target))

        self.assertEqual(6, run(3))
        self.assertEqual(10, run(5))


if __name__ == "__main__":
    unittest.main()
