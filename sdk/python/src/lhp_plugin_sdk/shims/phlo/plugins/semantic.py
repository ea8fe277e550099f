"""Semantic models."""

from lhp_plugin_sdk.catalog import SemanticLayerProvider, SemanticModel
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "SemanticLayerProvider",
    "SemanticModel",
]

__getattr__ = refuse(__name__, __all__)
