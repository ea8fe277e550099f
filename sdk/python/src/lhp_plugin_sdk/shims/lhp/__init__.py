"""The names under which generator plugins know `lhp`."""

from lhp_plugin_sdk.surface import refuse

__getattr__ = refuse(
    __name__,
    (),
    (
        "core",
        "models",
        "plugin",
    ),
)
