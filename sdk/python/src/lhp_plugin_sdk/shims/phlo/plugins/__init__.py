"""Families of plugins."""

from lhp_plugin_sdk.bus import FailurePolicy, HookBus, HookFilter, HookPlugin, HookRegistration
from lhp_plugin_sdk.catalog import (
    SemanticLayerProvider,
    SemanticModel,
    ServicePlugin,
    get_quality_check,
    get_source_connector,
    get_transformation,
)
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
    "FailurePolicy",
    "HookBus",
    "HookFilter",
    "HookPlugin",
    "HookRegistration",
    "Plugin",
    "PluginError",
    "PluginMetadata",
    "QualityCheckPlugin",
    "SemanticLayerProvider",
    "SemanticModel",
    "ServicePlugin",
    "SourceConnectorPlugin",
    "TransformationPlugin",
    "get_quality_check",
    "get_source_connector",
    "get_transformation",
]

__getattr__ = refuse(
    __name__,
    __all__,
    (
        "base",
        "hooks",
        "semantic",
        "testing",
    ),
)
