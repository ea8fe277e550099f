"""Events of the hook bus and their hooks."""

from lhp_plugin_sdk.bus import (
    FailurePolicy,
    HookBus,
    HookEvent,
    HookFilter,
    HookPlugin,
    HookRegistration,
    IngestionEvent,
    LineageEvent,
    LogEvent,
    PublishEvent,
    QualityResultEvent,
    ServiceLifecycleEvent,
    TelemetryEvent,
    TransformEvent,
)
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "FailurePolicy",
    "HookBus",
    "HookEvent",
    "HookFilter",
    "HookPlugin",
    "HookRegistration",
    "IngestionEvent",
    "LineageEvent",
    "LogEvent",
    "PublishEvent",
    "QualityResultEvent",
    "ServiceLifecycleEvent",
    "TelemetryEvent",
    "TransformEvent",
]

__getattr__ = refuse(__name__, __all__)
