"""Modules of a plugin as they go along with a generated pipeline.

The entry module and what it imports from its own directory keep their places relative to each other, below
`custom_python_functions/<package>/`. Imports of compatibility packages are turned to the one module `lhp_plugin_rt`,
imports of the plugin's own modules to their new places. Everything else stays, byte for byte.
"""

from __future__ import annotations

import ast
import importlib.util
import os
from typing import Any, Dict, List, Optional, Tuple

from .faults import Fault, relative
from .scope import PluginScope, _package

CARRIER = "custom_python_functions"
RUNTIME = "lhp_plugin_rt"
COMPATIBILITY = ("dativo_ingest", "phlo", "lhp_plugin_sdk")

Edit = Tuple[int, int, str]


def copy(scope: PluginScope, entry: str, package: str) -> Dict[str, Any]:
    """Copies for an entry `module:Class`: `{module, class, files: [{path, content}], packages}`.

    Nothing of the plugin runs. `packages` are the top-level names that the copies import and do not bring along.
    """
    module, _, name = entry.rpartition(":")
    file, dotted, top = _locate(scope, module)
    pending: List[Tuple[str, str]] = [(dotted, file)]
    files: Dict[str, str] = {}
    foreign: set[str] = set()
    while pending:
        dotted_name, path = pending.pop()
        target = _target(dotted_name, path)
        if target in files:
            continue
        text = _read(path, scope)
        rewriter = _Rewriter(scope, text, path, dotted_name, top, package)
        files[target] = rewriter.rewritten()
        foreign |= rewriter.foreign
        pending.extend(rewriter.local.items())
        # A package is imported before its modules.
        for parent in _parents(dotted_name):
            init = os.path.join(top, *parent.split("."), "__init__.py")
            if os.path.isfile(init):
                pending.append((parent, init))
    return {
        "module": f"{CARRIER}.{package}.{dotted}",
        "class": name,
        "package": package,
        "files": [{"path": f"{package}/{path}", "content": files[path]} for path in sorted(files)],
        "packages": sorted(foreign),
        "runtime_module": f"{CARRIER}.{RUNTIME}",
    }


def _locate(scope: PluginScope, module: str) -> Tuple[str, str, str]:
    if module.endswith(".py"):
        from pathlib import Path

        file = Path(os.path.realpath(os.path.join(scope.root or "", module)))
        if not file.is_file():
            raise Fault("entry_not_found", f"there is no file `{module}`")
        top, parts = _package(file)
        return str(file), ".".join(parts), str(top)
    for path in scope.paths:
        found = _local(path, module)
        if found is not None:
            return found, module, path
    # An installed plugin: where it lies is known to the import system, without running the module itself.
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        raise Fault("entry_not_found", f"there is no source of module `{module}`")
    up = len(module.split(".")) + (1 if spec.submodule_search_locations else 0)
    top_directory = spec.origin
    for _ in range(up):
        top_directory = os.path.dirname(top_directory)
    return spec.origin, module, top_directory


def _local(top: str, dotted: str) -> Optional[str]:
    stem = os.path.join(top, *dotted.split("."))
    for candidate in (os.path.join(stem, "__init__.py"), stem + ".py"):
        if os.path.isfile(candidate):
            return candidate
    return None


def _target(dotted: str, path: str) -> str:
    stem = dotted.replace(".", "/")
    return f"{stem}/__init__.py" if os.path.basename(path) == "__init__.py" else f"{stem}.py"


def _parents(dotted: str) -> List[str]:
    parts = dotted.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _read(path: str, scope: PluginScope) -> str:
    import tokenize

    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeError) as error:
        raise Fault("rejected", f"`{relative(path, scope.root or os.sep)}` cannot be read: {error}") from None


class _Rewriter:
    """The imports of one module."""

    def __init__(self, scope: PluginScope, text: str, path: str, dotted: str, top: str, package: str) -> None:
        self.text = text
        self.shown = relative(path, scope.root or top)
        self.is_package = os.path.basename(path) == "__init__.py"
        self.dotted = dotted
        self.top = top
        self.package = package
        self.foreign: set[str] = set()
        self.local: Dict[str, str] = {}
        self._first = dotted.split(".")[0]
        # Only a plugin's own tree is carried along, not what happens to be installed beside it.
        self._open = "site-packages" not in top.split(os.sep)

    def rewritten(self) -> str:
        """The source with its imports rewritten."""
        try:
            tree = ast.parse(self.text)
        except SyntaxError as error:
            raise Fault(
                "rejected", f"{self.shown} is not valid Python: {error.msg}", file=self.shown, line=error.lineno
            ) from None
        edits: List[Edit] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node, edits)
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node, edits)
        data = self.text.encode("utf-8")
        for start, end, new in sorted(edits, reverse=True):
            data = data[:start] + new.encode("utf-8") + data[end:]
        return data.decode("utf-8")

    def _span(self, node: ast.stmt) -> Tuple[int, int]:
        lines = self.text.encode("utf-8").splitlines(keepends=True)
        before = sum(len(line) for line in lines[: node.lineno - 1])
        last = sum(len(line) for line in lines[: (node.end_lineno or node.lineno) - 1])
        return before + node.col_offset, last + (node.end_col_offset or 0)

    def _import(self, node: ast.Import, edits: List[Edit]) -> None:
        parts: List[str] = []
        changed = False
        for alias in node.names:
            top = alias.name.split(".")[0]
            written = alias.name + (f" as {alias.asname}" if alias.asname else "")
            if top in COMPATIBILITY:
                changed = True
                if alias.asname is None:
                    raise self._unsupported(node, f"import {alias.name}", f"from {alias.name} import ...")
                parts.append(f"from {CARRIER} import {RUNTIME} as {alias.asname}")
                continue
            found = self._own(alias.name)
            if found is None:
                self.foreign.add(top)
                parts.append(f"import {written}")
                continue
            changed = True
            self.local[alias.name] = found
            *parents, last = alias.name.split(".")
            if parents and alias.asname is None:
                raise self._unsupported(node, f"import {alias.name}", f"import {alias.name} as {last}")
            place = ".".join([CARRIER, self.package, *parents])
            parts.append(f"from {place} import {last}" + (f" as {alias.asname}" if alias.asname else ""))
        if changed:
            edits.append((*self._span(node), "; ".join(parts)))

    def _import_from(self, node: ast.ImportFrom, edits: List[Edit]) -> None:
        module = node.module or ""
        if node.level:
            self._relative(node, module)
            return
        top = module.split(".")[0]
        if top in COMPATIBILITY:
            names = [alias.name for alias in node.names]
            self._known(node, module, names)
            edits.append(self._module_edit(node, f"{CARRIER}.{RUNTIME}"))
            return
        if top == "lhp":
            raise self._unsupported(
                node, f"from {module} import ...", "generators do not run on the cluster: keep them in another module"
            )
        found = self._own(module)
        if found is None:
            if module != "__future__":
                self.foreign.add(top)
            return
        self.local[module] = found
        self._children(node, module)
        edits.append(self._module_edit(node, f"{CARRIER}.{self.package}.{module}"))

    def _relative(self, node: ast.ImportFrom, module: str) -> None:
        """Stays as it is: copies keep their places relative to each other."""
        base = self.dotted.split(".")
        keep = len(base) - node.level + (1 if self.is_package else 0)
        if keep < 0:
            raise self._unsupported(node, "a relative import beyond the top", "import from inside of the plugin")
        absolute = ".".join([*base[:keep], *([module] if module else [])])
        found = _local(self.top, absolute) if absolute else None
        if found is not None:
            self.local[absolute] = found
        if absolute:
            self._children(node, absolute)

    def _children(self, node: ast.ImportFrom, module: str) -> None:
        for alias in node.names:
            child = _local(self.top, f"{module}.{alias.name}")
            if child is not None:
                self.local[f"{module}.{alias.name}"] = child

    def _own(self, dotted: str) -> Optional[str]:
        if not (self._open or dotted.split(".")[0] == self._first):
            return None
        return _local(self.top, dotted)

    def _module_edit(self, node: ast.ImportFrom, new: str) -> Edit:
        start, end = self._span(node)
        statement = self.text.encode("utf-8")[start:end].decode("utf-8")
        # `from`, blanks or continued lines, the name, and what follows stays.
        after = statement[len("from") :].lstrip(" \t\\\r\n")
        rest = after[len(node.module or "") :]
        if not after.startswith(node.module or ""):
            raise self._unsupported(node, "an import with blanks inside its name", f"from {node.module} import ...")
        return start, end, f"from {new}{rest}"

    def _known(self, node: ast.ImportFrom, module: str, names: List[str]) -> None:
        from .. import lhp_plugin_rt

        unknown = [name for name in names if name != "*" and not hasattr(lhp_plugin_rt, name)]
        if unknown:
            raise self._unsupported(
                node, f"`{unknown[0]}` of `{module}`", "only base classes and their results go along to the cluster"
            )

    def _unsupported(self, node: ast.stmt, what: str, instead: str) -> Fault:
        return Fault(
            "rejected",
            f"{self.shown}:{node.lineno}: {what} cannot go along with the pipeline; instead: {instead}",
            file=self.shown,
            line=node.lineno,
            diagnostic={"severity": "error", "code": None, "message": f"{what} cannot go along", "help": instead},
        )
