"""What readers give must be lists of records, in the worker and in generated pipelines alike."""

from __future__ import annotations

import sys
import unittest
from importlib import import_module

from worker_client import DOCUMENTS, SOURCES, Client, Refused, plugin

NOISE = DOCUMENTS.parent / "noise"

#: What is given, and what is said about it.
WRONG = {
    "Bare": "`extract` of Bare gives a value of type dict instead of a list of records",
    "Texts": "`extract` of Texts gives a value of type str instead of a record",
    "Empty": "`extract` of Empty gives nothing instead of something to iterate over",
    "Whole": "`extract` of Whole gives a value of type dict instead of something to iterate over",
    "Lists": "`fetch_data` of Lists gives a value of type list instead of a record",
}


class Batches(unittest.TestCase):
    def test_a_sample_is_refused(self):
        with Client() as client:
            entries = [("reader", name, f"readers:{name}") for name in (*WRONG, "Good", "Half")]
            self.assertEqual([], client.initialize(plugin("p", NOISE, *entries))["problems"])
            for name, message in WRONG.items():
                with self.subTest(name), self.assertRaises(Refused) as caught:
                    client.call("sample", plugin="p", kind="reader", key=name, spec={})
                self.assertEqual("rejected", caught.exception.kind)
                self.assertIn(message, str(caught.exception))
            good = client.call("sample", plugin="p", kind="reader", key="Good", spec={}, limit=2)
            self.assertEqual({"rows": [{"id": 1}, {"id": 2}], "batches": 2, "complete": False}, good)
            with self.assertRaises(Refused) as caught:
                client.call("sample", plugin="p", kind="reader", key="Half", spec={})
            self.assertIn("`rows[1].name` holds `\\udcff`", str(caught.exception))

    def test_a_pipeline_fails(self):
        paths = [str(NOISE), str(SOURCES / "lhp_plugin_sdk" / "shims"), str(SOURCES)]
        sys.path[:0] = paths
        try:
            rt, readers = import_module("lhp_plugin_sdk.lhp_plugin_rt"), import_module("readers")
        finally:
            del sys.path[: len(paths)]
        for name, message in WRONG.items():
            contract = "phlo.source" if name == "Lists" else "dativo.reader"
            with self.subTest(name), self.assertRaises(rt.PluginError) as caught:
                list(rt.records(getattr(readers, name), contract, {}))
            self.assertIn(message, str(caught.exception))
            self.assertIn("`yield ", caught.exception.help)
        self.assertEqual([1, 2, 3], [record["id"] for record in rt.records(readers.Good, "dativo.reader", {})])
        self.assertEqual(["closed"], readers.closed)


if __name__ == "__main__":
    unittest.main()
