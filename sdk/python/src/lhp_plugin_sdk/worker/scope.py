"""The plugins of this process, each with its own modules.

Two plugins may both have a module `plugin`. While one of them works, its directory comes first on the path and only
its modules are loaded; those of the others wait.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, List, Optional, Tuple

from .faults import Fault, within
from .shared import Part, Shared


class PluginScope:
    """A plugin of this process."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self.id: str = str(declared.get("id"))
        self.version: Optional[str] = declared.get("version")
        self.root: Optional[str] = os.path.realpath(declared["root"]) if declared.get("root") else None
        self.shims: List[str] = list(declared.get("shims") or [])
        self.config: Dict[str, Any] = dict(declared.get("config") or {})
        self.requirements: List[str] = list(declared.get("packages") or [])
        self.jinja: str = str(declared.get("jinja") or "host")
        limits = declared.get("limits") or {}
        self.output_bytes: int = int(limits.get("output_kb") or 4096) * 1024
        self.paths: List[str] = []
        given = declared.get("path") or []
        for path in [given] if isinstance(given, str) else given:
            self.paths.append(os.path.realpath(os.path.join(self.root or "", path)))
        if self.root is not None and self.root not in self.paths:
            self.paths.append(self.root)
        self._modules: Dict[str, ModuleType] = {}
        #: Where it looks for modules, once it has worked.
        self._search: Optional[List[str]] = None
        #: What it has changed for itself of what all share.
        self._own: List[Tuple[Part, Any]] = []
        self._jinja: Any = None

    def owns(self, module: Any) -> bool:
        """Whether a module comes from the plugin's directory."""
        if self.root is None:
            return False
        try:
            file = getattr(module, "__file__", None)
            if isinstance(file, str):
                return within(file, self.root) and not _installed(file, self.root)
            places = list(getattr(module, "__path__", None) or [])
        except Exception:
            return False
        return bool(places) and all(isinstance(place, str) and within(place, self.root) for place in places)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Runs a block with this plugin's modules, and with what it has changed for itself."""
        global current
        if current is self:
            yield
            return
        before, current = current, self
        # The last plugin's modules may still be in place.
        _settle(self)
        shared = everything()
        if self._own:
            shared.give(self._own)
            # Without a path, the plugin could not even be told what is wrong.
            if not isinstance(getattr(sys, "path", None), list):
                sys.path = shared.path
        sys.path[:] = self._search or [*self.paths, *shared.search]
        try:
            yield
        finally:
            search = getattr(sys, "path", None)
            self._search = list(search) if isinstance(search, list) else None
            self._own = shared.take(self.owns)
            sys.path[:] = shared.search
            current = before

    def load(self, entry: str) -> Any:
        """The object that an entry names: `module:Name`, `path.py:Name` or `pkg.module.Name`."""
        module, _, name = entry.rpartition(":")
        if not module:
            module, _, name = entry.rpartition(".")
        if not module or not name:
            raise Fault("entry_not_found", f"entry `{entry}` has not the form `module:Name` or `file.py:Name`")
        loaded = self._file(module, entry) if module.endswith(".py") else self._module(module, entry)
        target: Any = loaded
        for part in name.split("."):
            try:
                target = getattr(target, part)
            except AttributeError:
                names = sorted(n for n, value in vars(loaded).items() if _public(n, value, loaded))
                raise Fault(
                    "entry_not_found",
                    f"`{module}` has no `{part}`; it has: {', '.join(names) or 'nothing public'}",
                    names=names,
                ) from None
        return target

    def _module(self, name: str, entry: str) -> ModuleType:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            # Only the module itself counts as not found; what it imports is another matter.
            if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
                raise
            raise Fault("entry_not_found", f"there is no module `{name}` (entry `{entry}`)") from None

    def _file(self, path: str, entry: str) -> ModuleType:
        file = Path(os.path.realpath(os.path.join(self.root or "", path)))
        if not file.is_file():
            raise Fault("entry_not_found", f"there is no file `{path}` (entry `{entry}`)")
        top, parts = _package(file)
        if str(top) not in sys.path:
            sys.path.insert(0, str(top))
            self.paths.insert(0, str(top))
        name = ".".join(parts)
        if len(parts) > 1:
            return importlib.import_module(name)
        known = sys.modules.get(name)
        if known is not None and os.path.realpath(getattr(known, "__file__", None) or "") == str(file):
            return known
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise Fault("entry_not_found", f"`{path}` is not a Python module")
        module = importlib.util.module_from_spec(spec)
        shadowed = sys.modules.get(name)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            sys.modules.pop(name, None)
            raise
        finally:
            if shadowed is not None and not self.owns(shadowed):
                # A file named like an installed module must not take its place for everybody else.
                sys.modules[name] = shadowed
        return module

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """A template, rendered by the `jinja2` of this interpreter."""
        if self._jinja is None:
            try:
                import jinja2
            except ImportError:
                raise Fault(
                    "packages",
                    "`runtime.jinja: python` needs the package jinja2",
                    packages=[{"requirement": "jinja2", "name": "jinja2", "installed": None, "satisfied": False}],
                ) from None
            places: List[str] = []
            for path in [*self.paths, *([self.root] if self.root else [])]:
                places.extend(p for p in (os.path.join(path, "templates"), path) if p not in places)
            self._jinja = jinja2.Environment(
                loader=jinja2.FileSystemLoader(places),
                undefined=jinja2.StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                keep_trailing_newline=True,
            )
        rendered: str = self._jinja.get_template(name).render(**values)
        return rendered


def _package(file: Path) -> Tuple[Path, List[str]]:
    """The directory to import from, and the dotted name of a file as a list."""
    parts = [] if file.name == "__init__.py" else [file.stem]
    directory = file.parent
    while (directory / "__init__.py").is_file() and directory.name.isidentifier():
        parts.insert(0, directory.name)
        directory = directory.parent
    return directory, parts or [file.stem]


def _public(name: str, value: Any, module: ModuleType) -> bool:
    return not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == module.__name__


def _installed(file: str, root: str) -> bool:
    """A plugin may have an environment inside its directory; packages of it are shared."""
    return "site-packages" in os.path.relpath(os.path.realpath(file), root).split(os.sep)


_shared: Optional[Shared] = None


def everything() -> Shared:
    """What plugins share, as it was when this was first asked for."""
    global _shared
    if _shared is None:
        _shared = Shared()
    return _shared


current: Optional[PluginScope] = None
_settled: Optional[PluginScope] = None
#: The modules of everybody, when the plugin was settled.
_before: Dict[str, ModuleType] = {}


def _settle(scope: PluginScope) -> None:
    global _settled, _before
    if _settled is scope:
        return
    if _settled is not None:
        _unsettle(_settled)
    _before = dict(sys.modules)
    sys.modules.update(scope._modules)
    scope._modules = {}
    _settled = scope


def _unsettle(old: PluginScope) -> None:
    """Takes away the modules of a plugin, and whatever it has put into the places of others."""
    for name, module in list(sys.modules.items()):
        if name in _before:
            foreign = _before[name] is module
        else:
            # What has been imported knows how; the rest was put there by hand.
            foreign = getattr(module, "__spec__", None) is not None and not old.owns(module)
        if not foreign:
            old._modules[name] = sys.modules.pop(name)
    for name, module in _before.items():
        sys.modules.setdefault(name, module)
