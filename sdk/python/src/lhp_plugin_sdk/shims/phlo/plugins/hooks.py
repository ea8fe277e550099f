"""Hooks."""

from lhp_plugin_sdk.bus import FailurePolicy, HookBus, HookFilter, HookPlugin, HookRegistration
from lhp_plugin_sdk.lhp_plugin_rt import PluginError, PluginMetadata
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "FailurePolicy",
    "HookBus",
    "HookFilter",
    "HookPlugin",
    "HookRegistration",
    "PluginError",
    "PluginMetadata",
]

__getattr__ = refuse(__name__, __all__)
