"""Makes the compatibility packages below this directory importable.

A package that is really installed comes first, module by module: ours stands in for what is absent or lacks the module.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_loader
from pathlib import Path
from typing import Any, Dict, Optional, Set

from ..surface import modules_of

#: The top-level names, by the word in `runtime.shims` of a manifest.
PACKAGES: Dict[str, str] = {"lhp": "lhp", "phlo": "phlo", "dativo": "dativo_ingest"}


class ShimFinder(MetaPathFinder):
    """Stands at the end of `sys.meta_path`, so it is asked only for what nobody else has."""

    def __init__(self) -> None:
        self.active: Set[str] = set()

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Any = None
    ) -> Optional[ModuleSpec]:
        """The specification of a compatibility module."""
        top = fullname.partition(".")[0]
        if top not in PACKAGES.values():
            return None
        if top not in self.active:
            word = next(word for word, package in PACKAGES.items() if package == top)
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: add `{word}` to `runtime.shims` of plugin.yaml, or install the package",
                name=fullname,
            )
        spec = _spec(fullname)
        if spec is None:
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: the compatibility package `{top}` has {modules_of(top)}",
                name=fullname,
            )
        return spec


class _Alias(Loader):
    """A module whose source is found under another name."""

    def __init__(self, inner: Any, name: str) -> None:
        self.inner = inner
        self.name = name

    def create_module(self, spec: ModuleSpec) -> None:
        """The usual kind of module."""

    def exec_module(self, module: Any) -> None:
        """Runs the source."""
        exec(self.inner.get_code(self.name), module.__dict__)

    def get_source(self, fullname: str) -> Optional[str]:
        """The source, for tracebacks."""
        source: Optional[str] = self.inner.get_source(self.name)
        return source


def _spec(fullname: str) -> Optional[ModuleSpec]:
    memory = getattr(sys.modules[__name__].__spec__.loader, "sources", None)  # type: ignore[union-attr]
    if memory is None:
        *parents, _ = fullname.split(".")
        return PathFinder.find_spec(fullname, [str(Path(__file__).parent.joinpath(*parents))])
    inner = sys.modules[__name__].__spec__.loader  # type: ignore[union-attr]
    name = f"{__name__}.{fullname}"
    if inner.path_of(name) is None:  # type: ignore[union-attr]
        return None
    package = inner.is_package(name)  # type: ignore[union-attr]
    spec = spec_from_loader(fullname, _Alias(inner, name), origin=inner.origin(name), is_package=package)  # type: ignore
    if spec is not None:
        spec.has_location = True
    return spec


_finder: Optional[ShimFinder] = None


def install(words: Iterable[str] = ("lhp", "phlo", "dativo")) -> ShimFinder:
    """Makes compatibility packages importable, by their words in `runtime.shims`."""
    global _finder
    if _finder is None:
        _finder = ShimFinder()
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)
    _finder.active.update(PACKAGES[word] for word in words if word in PACKAGES)
    return _finder
