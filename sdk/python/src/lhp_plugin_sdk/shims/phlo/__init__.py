"""The names under which connectors, checks and hooks know their host."""

from lhp_plugin_sdk.surface import refuse

__getattr__ = refuse(
    __name__,
    (),
    (
        "hooks",
        "plugins",
        "testing",
    ),
)
