"""Base classes."""

from lhp_plugin_sdk.surface import refuse

__getattr__ = refuse(
    __name__,
    (),
    (
        "base_generator",
        "registry",
    ),
)
