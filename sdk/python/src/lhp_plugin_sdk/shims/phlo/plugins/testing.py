"""For tests of hooks."""

from lhp_plugin_sdk.surface import refuse
from lhp_plugin_sdk.testing import (
    MockHookBus,
    sample_ingestion_event,
    sample_lineage_event,
    sample_log_event,
    sample_publish_event,
    sample_quality_event,
    sample_service_event,
    sample_telemetry_event,
    sample_transform_event,
)
from lhp_plugin_sdk.testing import (
    capture_bus_events as capture_events,
)

__all__ = [
    "MockHookBus",
    "capture_events",
    "sample_ingestion_event",
    "sample_lineage_event",
    "sample_log_event",
    "sample_publish_event",
    "sample_quality_event",
    "sample_service_event",
    "sample_telemetry_event",
    "sample_transform_event",
]

__getattr__ = refuse(__name__, __all__)
