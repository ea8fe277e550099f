"""The classes of the published guides run as they are."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from worker_client import CONTEXT, DOCUMENTS, Client, Refused, action, plugin

MODERN = unittest.skipIf(sys.version_info < (3, 10), "the class itself needs Python 3.10")

SOURCE = {
    "type": "my_api",
    "connection": {"base_url": "https://api.example.com"},
    "credentials": {"api_key": "test_key"},
    "objects": ["users", "orders"],
}


class Documents(unittest.TestCase):
    def setUp(self):
        self.client = Client()
        self.addCleanup(self.client.__exit__, None, None, None)

    def start(self, root, *entries, **more):
        result = self.client.initialize(plugin("doc", DOCUMENTS / root, *entries, **more))
        self.assertEqual([], result["problems"])
        return result["plugins"][0]["entries"]

    def call(self, method, kind, key, **params):
        return self.client.call(method, plugin="doc", kind=kind, key=key, **params)


class Generators(Documents):
    def test_l_11_the_load_plugin_generates(self):
        with tempfile.TemporaryDirectory() as packages:
            # Stands for the package that the class looks for.
            Path(packages, "boto3.py").write_text("")
            entries = self.start("s3", ("load", "s3_batch", "lhp_s3_plugin.plugin:S3Plugin"), path=[packages, "."])
            self.client.answers["host/render"] = lambda params: {"text": json.dumps(params)}
            source = {"type": "s3_batch", "bucket": "acme", "prefix": "in/"}
            answer = self.call(
                "generate",
                "load",
                "s3_batch",
                action=action(source=source, readMode="batch", description=None),
                spec={"bucket": "acme", "prefix": "in/"},
                config={"default_region": "us-east-1"},
                context=CONTEXT,
                upstream=[],
                files={},
            )
        self.assertEqual(["from pyspark.sql import SparkSession", "import boto3"], answer["imports"])
        asked = json.loads(answer["body"])
        self.assertEqual("load/s3_batch.py.j2", asked["template"])
        self.assertEqual(
            {
                "target": "v_orders",
                "bucket": "acme",
                "prefix": "in/",
                "format": "parquet",
                "reader_options": {},
                "description": "S3 batch load from s3://acme/in/",
            },
            asked["context"],
        )
        metadata = entries[0]["metadata"]
        self.assertEqual("lhp-s3-plugin", metadata["name"])
        self.assertEqual(">=0.2.6", metadata["requires_lhp_version"])
        self.assertEqual("s3_batch", entries[0]["declared_key"])

    def test_l_10_without_its_package_the_environment_is_refused(self):
        entry = ("load", "s3_batch", "lhp_s3_plugin.plugin:S3Plugin")
        result = self.client.initialize(plugin("doc", DOCUMENTS / "s3", entry, packages=["boto3>=1.26.0"]))
        try:
            import boto3  # noqa: F401
        except ImportError:
            problem = result["problems"][0]
            self.assertEqual("environment", problem["kind"])
            self.assertEqual(["boto3>=1.26.0"], [package["requirement"] for package in problem["packages"]])


class Bus(Documents):
    def test_p_11_the_hook_plugin_is_told_of_results(self):
        entries = self.start("phlo", ("hook", "my-hooks", "my_hooks:MyHookPlugin"))
        self.assertEqual(["quality.result"], entries[0]["hooks"][0]["filters"]["event_types"])
        event = {"type": "quality.result", "seq": 1, "timestamp": 0.0, "passed": False}
        result = self.call("event", "hook", "my-hooks", events=[event])
        self.assertEqual(([], []), (result["effects"], result["failures"]))

    @MODERN
    def test_p_15_the_semantic_layer_lists_its_models(self):
        self.start("phlo", ("semantic_model", "revenue", "my_semantic_layer:MySemanticLayer"))
        result = self.call("emit", "semantic_model", "revenue", spec={})
        model = {"name": "revenue_daily", "description": "Daily revenue rollup", "sql": "SELECT ...", "metadata": {}}
        self.assertEqual([model], result["data"]["models"])

    def test_p_25_the_service_loads_its_definition(self):
        entries = self.start("phlo", ("service", "mydb", "my_service:MyDBServicePlugin"))
        self.assertEqual("mydb", entries[0]["metadata"]["name"])


@MODERN
class Sources(Documents):
    def test_p_17_the_source_connector_checks_and_knows_its_schema(self):
        entries = self.start("phlo", ("reader", "my_api", "my_api.py:MyAPISource"))
        self.assertEqual(["check", "schema", "validate"], entries[0]["supports"])
        self.assertEqual(["api", "custom"], entries[0]["metadata"]["tags"])
        spec = {"api_key": "k", "base_url": "https://x"}
        self.assertIs(True, self.call("check", "reader", "my_api", spec=spec)["success"])
        self.assertEqual("CONFIG_ERROR", self.call("check", "reader", "my_api", spec={})["error_code"])
        self.assertEqual(
            "`id` bigint, `name` string, `created_at` timestamp",
            self.call("schema", "reader", "my_api", spec={})["ddl"],
        )
        found = self.call("validate", "reader", "my_api", specs=[{"spec": spec}, {"spec": {}}])["diagnostics"]
        self.assertEqual([(1, "/specs/1/spec")], [(one["index"], one["path"]) for one in found])

    def test_p_19_the_rest_connector_fetches_all_pages(self):
        pages = {"1": [{"id": 1}, {"id": 2}], "2": [{"id": 3}], "3": []}
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                query = parse_qs(urlparse(self.path).query)
                asked.append((self.path, self.headers.get("Authorization")))
                body = json.dumps({"data": pages[query["page"][0]], "has_next": query["page"][0] == "1"}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        with tempfile.TemporaryDirectory() as packages:
            Path(packages, "requests.py").write_text(REQUESTS)
            self.start("phlo", ("reader", "rest", "rest_api:RESTAPISource"), path=[packages, "."])
            spec = {
                "base_url": f"http://127.0.0.1:{server.server_port}/",
                "endpoint": "/v1/users",
                "auth_token": "t",
                "pagination": {"page_size": 2, "results_key": "data", "size_param": "per_page"},
            }
            result = self.call("sample", "reader", "rest", spec=spec, limit=10)
            self.assertEqual([{"id": 1}, {"id": 2}, {"id": 3}], result["rows"])
            self.assertIs(True, result["complete"])
            self.assertEqual(("/v1/users?page=1&per_page=2", "Bearer t"), asked[0])
            with self.assertRaises(Refused) as caught:
                self.call("sample", "reader", "rest", spec={})
            self.assertIn("refuses its settings", caught.exception.data["diagnostic"]["message"])


# As much of the package as the class uses.
REQUESTS = """
import json
import urllib.error
import urllib.parse
import urllib.request


class RequestException(Exception):
    pass


class Response:
    def __init__(self, status_code, body):
        self.status_code = status_code
        self.body = body

    def raise_for_status(self):
        if self.status_code != 200:
            raise RequestException(self.status_code)

    def json(self):
        return json.loads(self.body)


def get(url, headers=None, params=None, timeout=None):
    if params:
        url += "?" + urllib.parse.urlencode(params)
    request = urllib.request.Request(url, headers=headers or {})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return Response(answer.status, answer.read())
"""


class Readers(Documents):
    def setUp(self):
        super().setUp()
        entries = self.start(
            "dativo",
            ("reader", "my_api", "reader_client.py:MyCustomReader"),
            ("writer", "json_files", "my_writer.py:MyCustomWriter"),
        )
        self.assertEqual(["1.0.0", "1.0.0"], [entry["class_version"] for entry in entries])
        self.assertEqual(["check", "discover", "estimate"], entries[0]["supports"])

    def test_n_02_the_connection_is_checked(self):
        result = self.call("check", "reader", "my_api", spec=SOURCE)
        self.assertEqual(
            {"success": True, "message": "Connection successful", "error_code": None, "details": {}}, result
        )

    def test_n_18_error_codes_pass_through(self):
        result = self.call("check", "reader", "my_api", spec={**SOURCE, "credentials": {}})
        self.assertEqual((False, "CONNECTION_ERROR"), (result["success"], result["error_code"]))

    def test_n_03_objects_are_discovered(self):
        result = self.call("discover", "reader", "my_api", spec=SOURCE)
        self.assertEqual({"name": "users", "type": "table", "description": "People"}, result["objects"][0])
        self.assertEqual({"api_version": "v1"}, result["metadata"])

    def test_n_04_the_number_of_records_is_estimated(self):
        self.assertEqual({"records": 12}, self.call("estimate", "reader", "my_api", spec=SOURCE))

    def test_n_01_a_sample_has_the_rows_of_extract(self):
        result = self.call("sample", "reader", "my_api", spec=SOURCE, limit=100)
        self.assertEqual(12, len(result["rows"]))
        self.assertEqual((6, True), (result["batches"], result["complete"]))
        result = self.call("sample", "reader", "my_api", spec=SOURCE, limit=3)
        self.assertEqual((3, 2, False), (len(result["rows"]), result["batches"], result["complete"]))

    def test_n_06_n_07_n_08_the_writer_writes_and_commits(self):
        with tempfile.TemporaryDirectory() as directory:
            result = self.call(
                "write_sample",
                "writer",
                "json_files",
                spec={"engine": {"options": {"format": "jsonl"}}},
                asset={"name": "orders"},
                output_base=directory,
                rows=[{"id": number} for number in range(5)],
                batch_size=2,
            )
            self.assertEqual(
                ["orders_000000.json", "orders_000001.json", "orders_000002.json"], sorted(os.listdir(directory))
            )
            self.assertEqual([2, 2, 1], [file["record_count"] for file in result["files"]])
            self.assertEqual({"status": "success", "files_added": 3, "total_records": 5}, result["commit"])
            check = self.call("check", "writer", "json_files", spec={}, output_base=directory)
            self.assertEqual("Target accessible", check["message"])


class Checks(Documents):
    def test_p_21_p_22_p_23_the_business_rule_checks_rows(self):
        try:
            import pandas  # noqa: F401
        except ImportError:
            self.skipTest("the class itself needs pandas")
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "rules.py").write_text("def good(row):\n    return row['revenue'] > row['cost']\n")
            self.start(
                "phlo",
                ("quality_check", "business_rule", "business_rule:BusinessRuleCheckPlugin"),
                ("quality_check", "my_check", "my_check:MyQualityCheck"),
                path=[directory, "."],
            )
            params = {"rule": "py:rules:good", "columns": ["revenue", "cost"], "name": "r"}
            rows = [{"revenue": 100, "cost": 80}, {"revenue": 200, "cost": 150}, {"revenue": 50, "cost": 60}]
            result = self.call("run_check", "quality_check", "business_rule", params=params, rows=rows)
            self.assertEqual((False, 1, 3), (result["passed"], result["violations"], result["total"]))
            self.assertEqual([2], result["details"]["failed_rows"])
            self.assertEqual("business_rule(r)", result["name"])
            tolerant = {**params, "tolerance": 7}
            self.assertIs(
                True, self.call("run_check", "quality_check", "business_rule", params=tolerant, rows=rows)["passed"]
            )
            lacking = self.call("run_check", "quality_check", "business_rule", params=params, rows=[{"cost": 1}])
            self.assertEqual((False, 1.0), (lacking["passed"], lacking["violation_rate"]))
            self.assertIn("Missing columns", lacking["error"])
            with self.assertRaises(Refused) as caught:
                self.call("run_check", "quality_check", "my_check", params={}, rows=rows)
            self.assertIn("gave no result", caught.exception.error["message"])


class Copies(Documents):
    """P-17, N-01: modules that go along with a pipeline."""

    def test_the_writer_goes_along_with_its_base_class_from_one_module(self):
        self.start("dativo", ("writer", "json_files", "my_writer.py:MyCustomWriter"))
        result = self.call("emit", "writer", "json_files", spec={})
        self.assertEqual(
            ["custom_python_functions/lhp_json_files/my_writer.py"], [f["path"] for f in result["files"]]
        )
        original = (DOCUMENTS / "dativo" / "my_writer.py").read_text()
        self.assertEqual(
            original.replace(
                "from dativo_ingest.plugins import", "from custom_python_functions.lhp_plugin_rt import"
            ),
            result["files"][0]["content"],
        )
        self.assertEqual("custom_python_functions.lhp_json_files.my_writer", result["data"]["module"])
        self.assertEqual("MyCustomWriter", result["data"]["class"])
        self.assertEqual("dativo.writer", result["data"]["contract"])

    def test_own_modules_go_along_and_keep_their_places(self):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            (root / "pack").mkdir()
            (root / "pack" / "__init__.py").write_text("from .errors import Oops\n")
            (root / "pack" / "errors.py").write_text("class Oops(Exception):\n    pass\n")
            (root / "pack" / "unused.py").write_text("x = 1\n")
            (root / "client.py").write_text("import json as j\nfrom pack.errors import Oops\nimport requests\n")
            (root / "pack" / "reader.py").write_text(
                "from __future__ import annotations\n"
                "from dativo_ingest.plugins import (\n    BaseReader,  # é base\n)\n"
                "import dativo_ingest.config as settings\n"
                "from . import errors\nimport client, os\n"
                "import pack.errors as e\n\n\nclass R(BaseReader):\n    def extract(self, state_manager=None):\n"
                "        from client import Oops\n        yield []\n"
            )
            entry = ("reader", "r", "pack.reader:R")
            self.client.initialize(plugin("doc", root, entry), load="lazy")
            (root / "requests.py").write_text("")
            self.assertEqual([], self.client.initialize(plugin("doc", root, entry))["problems"])
            (root / "requests.py").unlink()
            result = self.call("emit", "reader", "r", spec={}, package="lhp_r")
            files = {
                file["path"][len("custom_python_functions/lhp_r/") :]: file["content"] for file in result["files"]
            }
            self.assertEqual(["client.py", "pack/__init__.py", "pack/errors.py", "pack/reader.py"], sorted(files))
            self.assertEqual(["json", "os", "requests"], result["data"]["packages"])
            self.assertEqual(
                "from __future__ import annotations\n"
                "from custom_python_functions.lhp_plugin_rt import (\n    BaseReader,  # é base\n)\n"
                "from custom_python_functions import lhp_plugin_rt as settings\n"
                "from . import errors\nfrom custom_python_functions.lhp_r import client; import os\n"
                "from custom_python_functions.lhp_r.pack import errors as e\n\n\nclass R(BaseReader):\n"
                "    def extract(self, state_manager=None):\n"
                "        from custom_python_functions.lhp_r.client import Oops\n        yield []\n",
                files["pack/reader.py"],
            )

    def test_what_cannot_go_along_is_told_with_its_line(self):
        for line, text in (
            ("import dativo_ingest.plugins", "import dativo_ingest.plugins cannot go along"),
            ("from phlo.plugins import HookPlugin", "`HookPlugin` of `phlo.plugins` cannot go along"),
            ("from lhp.plugin.events import Event", "cannot go along"),
        ):
            with self.subTest(line), tempfile.TemporaryDirectory() as directory, Client() as client:
                Path(directory, "r.py").write_text(
                    f"from dativo_ingest.plugins import BaseReader\n{line}\n\n\nclass R(BaseReader):\n"
                    "    def extract(self, state_manager=None):\n        yield []\n"
                )
                client.initialize(plugin("doc", Path(directory), ("reader", "r", "r.py:R")))
                with self.assertRaises(Refused) as caught:
                    client.call("emit", plugin="doc", kind="reader", key="r", spec={})
                self.assertIn(text, caught.exception.error["message"])
                self.assertEqual(("r.py", 2), (caught.exception.data["file"], caught.exception.data["line"]))


if __name__ == "__main__":
    unittest.main()
