"""The names under which readers and writers know their host."""

from lhp_plugin_sdk.surface import refuse

__getattr__ = refuse(
    __name__,
    (),
    (
        "config",
        "plugins",
        "validator",
    ),
)
