"""For tests of plugins."""

from lhp_plugin_sdk.surface import refuse
from lhp_plugin_sdk.testing import EventRecorder, MockContext, capture_events, sample_event

__all__ = [
    "EventRecorder",
    "MockContext",
    "capture_events",
    "sample_event",
]

__getattr__ = refuse(__name__, __all__)
