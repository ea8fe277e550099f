"""New plugins, as `lhp plugin create --runtime python` makes them, work as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from worker_client import CONTEXT, SOURCES, Client, plugin

SCAFFOLDS = Path(__file__).resolve().parents[3] / "templates" / "plugin" / "python"

ENTRIES = {"hook": "Hook", "reader": "Source", "writer": "Writer"}
SHIMS = {"reader": ["phlo"], "writer": ["dativo"]}


def create(kind, directory):
    """A plugin named `my-api`, with the placeholders filled in."""
    for path in sorted((SCAFFOLDS / kind).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            target = Path(directory, fill(str(path.relative_to(SCAFFOLDS / kind))))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(fill(path.read_text()))
    return Path(directory)


def fill(text):
    return text.replace("%id%", "my-api").replace("%key%", "my_api").replace("%title%", "My api")


class Scaffolds(unittest.TestCase):
    def each(self):
        kinds = sorted(path.name for path in SCAFFOLDS.iterdir())
        self.assertEqual(["hook", "load", "reader", "test", "transform", "write", "writer"], kinds)
        for kind in kinds:
            with self.subTest(kind), tempfile.TemporaryDirectory() as directory:
                yield kind, create(kind, directory)

    def test_l_32_the_worker_takes_every_scaffold(self):
        for kind, root in self.each():
            with Client() as client:
                entry = (kind, "my_api", f"lhp_my_api.plugin:{ENTRIES.get(kind, 'Plugin')}")
                result = client.initialize(plugin("my-api", root, entry, path="src", shims=SHIMS.get(kind, ["lhp"])))
                self.assertEqual([], result["problems"])
                self.assertIn(entry[2], (root / "plugin.yaml").read_text())
                getattr(self, f"_{kind}", self._generator)(client, kind)

    def _generator(self, client, kind):
        client.answers["host/render"] = lambda params: {"text": json.dumps(params)}
        settings = {"name": "a", "type": kind, "source": "v_orders", "target": "v"}
        answer = client.call(
            "generate", plugin="my-api", kind=kind, key="my_api", action=settings, spec={"x": 1}, context=CONTEXT
        )
        self.assertEqual(["from pyspark import pipelines as dp"], answer["imports"])
        rendered = json.loads(answer["body"])
        self.assertEqual(f"{kind}.py.j2", rendered["template"])
        self.assertEqual({"action": settings, "spec": {"x": 1}, "target": "v"}, rendered["context"])

    def _hook(self, client, kind):
        event = {"type": "pipeline.error", "pipeline": "bronze", "error": {"message": "token `catalog` has no value"}}
        result = client.call("event", plugin="my-api", kind=kind, key="my_api", events=[event])
        expected = json.loads((SCAFFOLDS / "hook" / "tests" / "error" / "expected.json").read_text())
        self.assertEqual(expected["effects"], result["effects"])

    def _reader(self, client, kind):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "rows.jsonl")
            path.write_text('{"id": 1}\n')
            result = client.call("sample", plugin="my-api", kind=kind, key="my_api", spec={"path": str(path)})
            self.assertEqual([{"id": 1}], result["rows"])
            copies = client.call("emit", plugin="my-api", kind=kind, key="my_api", spec={})
            self.assertEqual("custom_python_functions.lhp_my_api.lhp_my_api.plugin", copies["data"]["module"])

    def _writer(self, client, kind):
        with tempfile.TemporaryDirectory() as directory:
            params = {"spec": {"output_base": directory}, "rows": [{"id": 1}]}
            result = client.call("write_sample", plugin="my-api", kind=kind, key="my_api", **params)
            self.assertEqual(1, result["commit"]["files_added"])

    def test_p_34_the_tests_of_every_scaffold_are_green(self):
        try:
            import pytest  # noqa: F401
        except ImportError:
            self.skipTest("pytest is needed")
        paths = os.pathsep.join([str(SOURCES), str(SOURCES / "lhp_plugin_sdk" / "shims")])
        for _, root in self.each():
            result = subprocess.run(
                [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
                cwd=root,
                env={**os.environ, "PYTHONPATH": paths},
                capture_output=True,
                text=True,
            )
            self.assertEqual(0, result.returncode, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
