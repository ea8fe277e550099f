"""The base class of generators."""

from lhp_plugin_sdk.generator import BaseActionGenerator
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "BaseActionGenerator",
]

__getattr__ = refuse(__name__, __all__)
