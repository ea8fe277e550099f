"""Hooks of all forms."""

import asyncio

from lhp.plugin.effects import fail, http_post, log
from lhp.plugin.events import EventType
from lhp.plugin.interfaces import IEventHook
from phlo.plugins import HookFilter, HookPlugin, HookRegistration, PluginMetadata


class Async(IEventHook):
    def get_events(self):
        return ["pipeline.*", EventType.GENERATION_END]

    async def handle_event(self, event_name, context):
        await asyncio.sleep(0)
        return {"kind": "log", "message": f"{event_name} {sorted(context)}"}


class Sync(IEventHook):
    def get_events(self):
        return ["pipeline.error"]

    def handle_event(self, event_name, context):
        error = context["error"]
        event = context["event"]
        return [
            http_post("https://hooks.example.invalid/T", {"text": f"{context['pipeline']}: {error} {error.code} {error.line}"}),
            log(f"{event.type.value} {event.env} {event.tags} {event.data}"),
        ]


def function(event_name, context):
    return log(event_name)


def one(context):
    return {"effects": [log(context["type"])], "diagnostics": [{"message": "m", "severity": "warning"}]}


class Raises(IEventHook):
    def get_events(self):
        return ["*"]

    def handle_event(self, event_name, context):
        if context["seq"] == 1:
            raise RuntimeError("down")
        return fail("never")


def bad_effect(context):
    return {"kind": "format_disk"}


class Bus(HookPlugin):
    @property
    def metadata(self):
        return PluginMetadata(name="bus", version="1")

    def initialize(self, config):
        self.channel = config["channel"]

    def get_hooks(self):
        return [
            HookRegistration("late", self.late, priority=200),
            HookRegistration(
                hook_name="failed",
                handler=self.failed,
                filters=HookFilter(event_types={"quality.result"}, asset_keys={"silver.*"}, tags={"team": "a"}),
                failure_policy="raise",
            ),
        ]

    def late(self, event):
        return log(f"late {event.event_type} {event.metadata.get('pipeline')}")

    def failed(self, event):
        if not event.passed:
            raise ValueError(f"{self.channel} {event.asset_key} {event.check_name}")


def deep(context):
    value = []
    for _ in range(200):
        value = [value]
    return http_post("https://hooks.example.invalid/T", value)


def endless(context):
    return http_post("https://hooks.example.invalid/T", {"n": [10**400]})


def half(context):
    return {"kind": "write_file", "path": "a", "content": "\ud800"}


def half_in_words(context):
    return log("\ud800")


def number(context):
    return 7
