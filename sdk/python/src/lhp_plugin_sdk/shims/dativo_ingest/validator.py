"""What readers remember."""

from lhp_plugin_sdk.lhp_plugin_rt import IncrementalStateManager
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "IncrementalStateManager",
]

__getattr__ = refuse(__name__, __all__)
