"""What a hook may ask for."""

from lhp_plugin_sdk.effects import fail, http_post, log, metric, write_file
from lhp_plugin_sdk.surface import refuse

__all__ = [
    "fail",
    "http_post",
    "log",
    "metric",
    "write_file",
]

__getattr__ = refuse(__name__, __all__)
