"""What a generator is given."""

from lhp_plugin_sdk.generator import Action
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "Action",
]

__getattr__ = refuse(__name__, __all__)
