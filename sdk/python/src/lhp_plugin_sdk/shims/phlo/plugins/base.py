"""Families of plugins."""

from lhp_plugin_sdk.bus import HookPlugin
from lhp_plugin_sdk.catalog import SemanticLayerProvider, SemanticModel, ServicePlugin
from lhp_plugin_sdk.lhp_plugin_rt import (
    Plugin,
    PluginError,
    PluginMetadata,
    QualityCheckPlugin,
    SourceConnectorPlugin,
    TransformationPlugin,
)
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "HookPlugin",
    "Plugin",
    "PluginError",
    "PluginMetadata",
    "QualityCheckPlugin",
    "SemanticLayerProvider",
    "SemanticModel",
    "ServicePlugin",
    "SourceConnectorPlugin",
    "TransformationPlugin",
]

__getattr__ = refuse(__name__, __all__)
