"""Events of a run."""

from lhp_plugin_sdk.events import Event, EventEmitter, EventError, EventType
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "Event",
    "EventEmitter",
    "EventError",
    "EventType",
]

__getattr__ = refuse(__name__, __all__)
