"""Settings of readers and writers."""

from lhp_plugin_sdk.lhp_plugin_rt import AssetDefinition, SourceConfig, TargetConfig
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "AssetDefinition",
    "SourceConfig",
    "TargetConfig",
]

__getattr__ = refuse(__name__, __all__)
