"""Compatibility packages, and the kit for tests, outside of the worker."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from worker_client import SOURCES

sys.path.insert(0, str(SOURCES))

from lhp_plugin_sdk import shims

shims.install()

# What is installed under these names comes first; the tests below are about ours.
from lhp_plugin_sdk.shims import PACKAGES
from lhp_plugin_sdk.surface import SURFACE


def run(code, *paths):
    """Runs code in an interpreter of its own that has these directories on its path."""
    start = f"import sys; sys.path[:0] = {[str(SOURCES), *map(str, paths)]!r}\n"
    start += "from lhp_plugin_sdk import shims; shims.install()\n"
    result = subprocess.run([sys.executable, "-I", "-B", "-c", start + code], capture_output=True, text=True)
    return result.stdout.strip() + result.stderr.strip()


class Precedence(unittest.TestCase):
    def test_a_real_package_comes_first_and_we_stand_in_for_what_it_lacks(self):
        with tempfile.TemporaryDirectory() as directory:
            core = Path(directory, "lhp", "core")
            core.mkdir(parents=True)
            (core.parent / "__init__.py").write_text("REAL = True\n")
            (core / "__init__.py").write_text("")
            (core / "registry.py").write_text("REAL = True\n")
            code = (
                "import lhp, lhp.core.registry, lhp.core.base_generator, lhp.plugin.interfaces\n"
                "print(lhp.REAL, lhp.core.registry.REAL, lhp.core.base_generator.BaseActionGenerator.__module__,"
                " lhp.plugin.interfaces.IPlugin.__module__)"
            )
            self.assertEqual("True True lhp_plugin_sdk.generator lhp_plugin_sdk.interfaces", run(code, directory))

    def test_all_modules_of_the_surface_can_be_imported(self):
        self.assertEqual("", run("".join(f"import {name}\n" for name in SURFACE)))
        self.assertEqual({name.split(".")[0] for name in SURFACE}, set(PACKAGES.values()))

    def test_what_is_missing_is_named(self):
        self.assertIn(
            "the compatibility module `phlo.plugins` has no `Nope`; it has: FailurePolicy",
            run("from phlo.plugins import Nope"),
        )
        self.assertIn("has no `Nope`; it has", run("import phlo.hooks\nphlo.hooks.Nope"))
        self.assertIn("the compatibility package `dativo_ingest` has", run("import dativo_ingest.jobs"))
        self.assertEqual("False", run("import lhp.models\nprint(hasattr(lhp.models, 'Nope'))"))
        self.assertEqual("lhp.plugin.testing", run("from lhp.plugin import testing\nprint(testing.__name__)"))


class Kit(unittest.TestCase):
    def test_l_34_a_mock_context_renders_and_reads(self):
        from lhp.core.base_generator import BaseActionGenerator
        from lhp.plugin.testing import MockContext

        class Generator(BaseActionGenerator):
            def generate(self, action, context):
                return self.render_template("t", {"name": action.target}) + self.read_file("a.txt")

        context = MockContext(templates={"t": lambda name: f"<{name}>"}, files={"a.txt": "text"})
        self.assertEqual("<v>text", context.generate(Generator, target="v"))
        self.assertEqual([("t", {"name": "v"})], context.rendered)
        with self.assertRaises(RuntimeError):
            Generator().render_template("t")

    def test_l_34_events_are_captured(self):
        from lhp.plugin.events import Event, EventEmitter, EventType
        from lhp.plugin.interfaces import IEventHook
        from lhp.plugin.testing import capture_events

        class Hook(IEventHook):
            def get_events(self):
                return ["pipeline.*"]

            async def handle_event(self, event_name, context):
                return {"kind": "log", "message": event_name}

        with capture_events(Hook()) as events:
            events.emit("pipeline.start", pipeline="bronze")
            EventEmitter(events).emit(Event(EventType.ACTION_END, 1.0, action="a"))
        self.assertEqual(["pipeline.start", "action.end"], events.types)
        self.assertEqual([{"kind": "log", "message": "pipeline.start"}], events.effects)
        self.assertEqual("a", events.contexts[1]["action"])

    def test_the_bus_orders_filters_and_keeps_failures(self):
        import phlo.testing as kit
        from phlo.hooks import FailurePolicy, HookFilter, HookRegistration

        bus = kit.MockHookBus()
        told = []

        def fails(event):
            raise RuntimeError("down")

        only = HookFilter(event_types={"quality.result"})
        bus.register(HookRegistration("b", lambda event: told.append("b"), priority=1))
        bus.register(HookRegistration("a", lambda event: told.append("a"), filters=only))
        bus.register(HookRegistration("f", fails, priority=0))
        bus.register(HookRegistration("g", fails, priority=0, failure_policy=FailurePolicy.IGNORE))
        samples = [getattr(kit, name) for name in dir(kit) if name.startswith("sample_")]
        with kit.capture_events(bus) as captured:
            for sample in samples:
                bus.emit(sample())
        self.assertEqual(8, len(samples))
        self.assertEqual(8, len(captured))
        self.assertEqual(8, told.count("b"))
        self.assertEqual(1, told.count("a"))
        self.assertEqual(8, len(bus.failures))
        self.assertEqual(["quality.result"], [event.event_type for event in bus.events_of("quality.result")])

    def test_settings_do_not_show_their_values(self):
        from dativo_ingest.config import SourceConfig

        config = SourceConfig(type="custom", credentials={"api_key": "secret"})
        self.assertEqual("SourceConfig(connection, credentials, engine, incremental, type)", repr(config))
        self.assertEqual(({}, None), (config.connection, config.objects))


if __name__ == "__main__":
    unittest.main()
