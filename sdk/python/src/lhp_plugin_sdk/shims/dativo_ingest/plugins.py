"""Base classes of readers and writers."""

from lhp_plugin_sdk.lhp_plugin_rt import (
    PLUGIN_SDK_VERSION,
    BaseReader,
    BaseWriter,
    ConnectionTestResult,
    DiscoveryResult,
)
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "PLUGIN_SDK_VERSION",
    "BaseReader",
    "BaseWriter",
    "ConnectionTestResult",
    "DiscoveryResult",
]

__getattr__ = refuse(__name__, __all__)
