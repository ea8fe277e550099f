"""Interfaces and events."""

from lhp_plugin_sdk.events import Event, EventEmitter, EventError, EventType
from lhp_plugin_sdk.interfaces import (
    IEventHook,
    ILoadGeneratorPlugin,
    IPlugin,
    ITestGeneratorPlugin,
    ITransformGeneratorPlugin,
    IWriteGeneratorPlugin,
    PluginMetadata,
)
from lhp_plugin_sdk.lhp_plugin_rt import PluginError
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "Event",
    "EventEmitter",
    "EventError",
    "EventType",
    "IEventHook",
    "ILoadGeneratorPlugin",
    "IPlugin",
    "ITestGeneratorPlugin",
    "ITransformGeneratorPlugin",
    "IWriteGeneratorPlugin",
    "PluginError",
    "PluginMetadata",
]

__getattr__ = refuse(
    __name__,
    __all__,
    (
        "effects",
        "events",
        "interfaces",
        "testing",
    ),
)
