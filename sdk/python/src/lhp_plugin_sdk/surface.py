"""Says what the compatibility packages have when somebody asks for something that they have not."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from opcode import opname
from typing import Any, Callable

SURFACE = (
    "lhp.core.base_generator",
    "lhp.core.registry",
    "lhp.models",
    "lhp.models.config",
    "lhp.plugin",
    "lhp.plugin.effects",
    "lhp.plugin.events",
    "lhp.plugin.interfaces",
    "lhp.plugin.testing",
    "phlo.hooks",
    "phlo.plugins",
    "phlo.plugins.base",
    "phlo.plugins.hooks",
    "phlo.plugins.semantic",
    "phlo.plugins.testing",
    "phlo.testing",
    "dativo_ingest.config",
    "dativo_ingest.plugins",
    "dativo_ingest.validator",
)


def modules_of(package: str) -> str:
    """The modules of a compatibility package, as a list to read."""
    return ", ".join(name for name in SURFACE if name.split(".")[0] == package.split(".")[0])


def refuse(module: str, names: Sequence[str], submodules: Sequence[str] = ()) -> Callable[[str], Any]:
    """`__getattr__` of a module: an error that names what was asked for and what there is."""

    def __getattr__(name: str) -> Any:
        if name in submodules:
            return importlib.import_module(f"{module}.{name}")
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        offered = ", ".join([*names, *submodules]) or modules_of(module)
        message = f"the compatibility module `{module}` has no `{name}`; it has: {offered}"
        # `from module import name` would put a message of its own in the place of an AttributeError's.
        if _imports(sys._getframe(1)):
            raise ImportError(message, name=module)
        raise AttributeError(message)

    return __getattr__


def _imports(frame: Any) -> bool:
    code = frame.f_code.co_code
    at = frame.f_lasti
    return bool(0 <= at < len(code) and opname[code[at]] == "IMPORT_FROM")
