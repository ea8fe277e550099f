"""What keeps a plugin from answering, as structured errors."""

from __future__ import annotations

import linecache
import os
import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Dict, List, Optional

from ..lhp_plugin_rt import PluginError
from .channel import HostError, HostGone
from .texts import readable

# Codes of JSON-RPC.
INVALID_REQUEST = -32600
UNKNOWN_METHOD = -32601
INVALID_PARAMS = -32602
#: Everything that is the plugin's doing. `data.kind` says what.
PLUGIN = -32000

#: Frames that are shown of a traceback.
FRAMES = 10
#: Longest text of a message (characters).
TEXT = 4000


class Fault(Exception):
    """An error with everything that `lhp` needs to show it."""

    def __init__(self, kind: str, message: str, code: int = PLUGIN, **data: Any) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.code = code
        self.data = data

    def to_error(self) -> Dict[str, Any]:
        """The error object of JSON-RPC."""
        data = {"kind": self.kind, **{key: value for key, value in self.data.items() if value is not None}}
        return {"code": self.code, "message": _cut(readable(self.message)), "data": readable(data)}

    def to_problem(self) -> Dict[str, Any]:
        """The same for a list of problems."""
        error = self.to_error()
        return {"message": error["message"], **error["data"]}


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else text[:TEXT] + " ..."


def is_retryable(error: BaseException) -> bool:
    """Whether trying again may help: by the error's own word, else by its class (`RuntimeError` against `ValueError`)."""
    own = getattr(error, "retryable", None)
    if isinstance(own, bool):
        return own
    if isinstance(error, (RecursionError, NotImplementedError)):
        return False
    return isinstance(error, (RuntimeError, ConnectionError, TimeoutError))


def of(error: BaseException, root: Optional[str], rejects: Sequence[type] = ()) -> Fault:
    """The fault for whatever a plugin has raised. `rejects` are errors that count as words to the user."""
    if isinstance(error, Fault):
        return error
    where = _place(error, root)
    message = _message(error)
    type_ = type(error).__name__
    if isinstance(error, SystemExit):
        return Fault("exit", f"the plugin wanted to end the process ({error.code!r})", type=type_, **where)
    if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
        return Fault("interrupted", f"the plugin raised {type_}", type=type_, **where)
    if isinstance(error, RecursionError):
        return Fault("recursion", f"the plugin calls itself without end: {message}", type=type_, **where)
    if isinstance(error, MemoryError):
        return Fault("out_of_memory", "the plugin ran out of memory", type=type_, **where)
    if isinstance(error, HostError):
        return Fault("host", message, type=type_, host=error.data or None, **where)
    if isinstance(error, HostGone):
        return Fault("host", "lhp has gone", type=type_)
    common: Dict[str, Any] = {"type": type_, "retryable": is_retryable(error), "cause": _cause(error), **where}
    if isinstance(error, (PluginError, ValueError, *rejects)) and not isinstance(error, UnicodeError):
        return Fault("rejected", message, diagnostic=_diagnostic(error, message), **common)
    return Fault("exception", f"{type_}: {message}" if message else type_, **common)


def _message(error: BaseException) -> str:
    # The text of a KeyError is the key in quotes.
    try:
        text = f"missing key {error.args[0]!r}" if isinstance(error, KeyError) and error.args else str(error)
    except BaseException:
        text = "(the message of the error cannot be shown)"
    return _cut(text)


def _diagnostic(error: BaseException, message: str) -> Dict[str, Any]:
    return {
        "severity": "error",
        "code": _text(getattr(error, "code", None)),
        "message": message or type(error).__name__,
        "path": _text(getattr(error, "path", None)),
        "help": _text(getattr(error, "help", None)),
    }


def _text(value: Any) -> Optional[str]:
    return None if value is None else str(value)


def _cause(error: BaseException) -> Optional[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None if cause is None else _cut(f"{type(cause).__name__}: {_message(cause)}")


def _place(error: BaseException, root: Optional[str]) -> Dict[str, Any]:
    """Frames inside the plugin, the innermost last, with paths relative to its directory."""
    frames: List[Dict[str, Any]] = []
    if root is not None:
        summary: List[traceback.FrameSummary] = []
        try:
            for frame, line in traceback.walk_tb(error.__traceback__):
                name = frame.f_code.co_filename
                if within(name, root):
                    summary.append(traceback.FrameSummary(name, line, frame.f_code.co_name, lookup_line=False))
        except RecursionError:
            pass
        for entry in summary[-FRAMES:]:
            text = (linecache.getline(entry.filename, entry.lineno or 0) or "").strip()
            frames.append(
                {"file": relative(entry.filename, root), "line": entry.lineno, "function": entry.name, "text": text}
            )
        if isinstance(error, SyntaxError) and error.filename and within(error.filename, root):
            frames.append(
                {
                    "file": relative(error.filename, root),
                    "line": error.lineno,
                    "function": "<module>",
                    "text": (error.text or "").strip(),
                }
            )
    place: Dict[str, Any] = {"traceback": frames}
    if frames:
        place["file"], place["line"] = frames[-1]["file"], frames[-1]["line"]
    return place


def within(name: str, root: str) -> bool:
    """Whether a file lies below a directory."""
    if name.startswith("<"):
        return False
    real = os.path.realpath(name)
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)


def relative(name: str, root: str) -> str:
    """The path of a file below a directory, with slashes."""
    return os.path.relpath(os.path.realpath(name), root).replace(os.sep, "/")


def checked(params: Mapping[str, Any], name: str, type_: type) -> Any:
    """A parameter of a request."""
    value = params.get(name)
    if not isinstance(value, type_):
        raise Fault("protocol", f"parameter `{name}` must be {type_.__name__}", INVALID_PARAMS)
    return value


_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;)]*)\)?\s*(?:;.*)?$")


def packages(requirements: Sequence[str]) -> List[Dict[str, Any]]:
    """Which of the required packages are installed, and whether the versions will do."""
    if not requirements:
        return []
    from importlib.metadata import PackageNotFoundError, version

    found: List[Dict[str, Any]] = []
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        name = match.group(1) if match else requirement
        installed: Optional[str]
        try:
            installed = version(name)
        except (PackageNotFoundError, ValueError):
            installed = None
        satisfied = installed is not None and _satisfies(installed, match.group(2) if match else "")
        found.append({"requirement": requirement, "name": name, "installed": installed, "satisfied": satisfied})
    return found


def _release(version: str) -> List[int]:
    match = re.match(r"\s*v?(\d+(?:\.\d+)*)", version)
    return [int(part) for part in match.group(1).split(".")] if match else [0]


def _compare(left: List[int], right: List[int]) -> int:
    width = max(len(left), len(right))
    first = left + [0] * (width - len(left))
    second = right + [0] * (width - len(right))
    return (first > second) - (first < second)


def _satisfies(installed: str, specifiers: str) -> bool:
    """Compares release numbers; pre-releases count as their release. `lhp` has the last word."""
    have = _release(installed)
    for specifier in filter(None, (part.strip() for part in specifiers.split(","))):
        match = re.match(r"(===|==|!=|~=|>=|<=|>|<)\s*(\S+)$", specifier)
        if match is None:
            continue
        operator, wanted = match.groups()
        want = _release(wanted)
        prefix = have[: len(want)] == want
        order = _compare(have, want)
        good = {
            "===": installed == wanted,
            "==": prefix if wanted.endswith(".*") else order == 0,
            "!=": not (prefix if wanted.endswith(".*") else order == 0),
            "~=": order >= 0 and have[: max(len(want) - 1, 1)] == want[: max(len(want) - 1, 1)],
            ">=": order >= 0,
            "<=": order <= 0,
            ">": order > 0,
            "<": order < 0,
        }[operator]
        if not good:
            return False
    return True
