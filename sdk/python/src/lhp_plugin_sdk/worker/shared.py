"""What the plugins of this process share: modules, the import system, variables, handlers of signals and the like.

A plugin may change them for itself. While it works, it has what it made of them; for everybody else they are as they
were. What was imported from outside of its directory, and the finders that such modules add, are everybody's.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import builtins
import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, MutableMapping
from operator import itemgetter
from typing import Any, Dict, List, Optional, Tuple

#: Whether something belongs to the plugin that works now.
Owns = Callable[[Any], bool]

_ABSENT: Any = object()

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGUSR1", "SIGUSR2")


class Part:
    """Something that is shared."""

    def take(self, owns: Owns) -> Any:
        """Puts everything back. Gives what the plugin made of it, or None if that is nothing."""
        raise NotImplementedError

    def give(self, own: Any) -> None:
        """Gives a plugin what it made of it."""
        raise NotImplementedError


class Names(Part):
    """Some names of a namespace."""

    def __init__(self, space: MutableMapping[str, Any], names: Iterable[str]) -> None:
        self.space = space
        self.names = [name for name in names if name in space]
        self._get = itemgetter(*self.names)
        self.values: Tuple[Any, ...] = self._get(space)

    def take(self, owns: Owns) -> Optional[Dict[str, Any]]:
        """See `Part`."""
        try:
            if self._get(self.space) == self.values:
                return None
        except Exception:
            # A name is gone, or the objects refuse to be compared.
            pass
        own: Dict[str, Any] = {}
        for name, value in zip(self.names, self.values):
            now = self.space.get(name, _ABSENT)
            if now is not value:
                own[name] = now
                self.space[name] = value
        return own or None

    def give(self, own: Dict[str, Any]) -> None:
        """See `Part`."""
        for name, value in own.items():
            if value is _ABSENT:
                self.space.pop(name, None)
            else:
                self.space[name] = value


class Ordered(Part):
    """A list of what finds modules. What a module of everybody adds stays; what is taken away comes back."""

    def __init__(self, items: List[Any]) -> None:
        self.items = items
        self.shared = list(items)

    def take(self, owns: Owns) -> Optional[Tuple[List[Any], List[Any]]]:
        """See `Part`."""
        if self.items == self.shared:
            return None
        known = {id(item) for item in self.shared}
        first = next((at for at, item in enumerate(self.items) if id(item) in known), 0)
        front = [item for item in self.items[:first] if id(item) not in known]
        back = [item for item in self.items[first:] if id(item) not in known]
        own = [item for item in front if owns(item)], [item for item in back if owns(item)]
        self.shared = [
            *(item for item in front if item not in own[0]),
            *self.shared,
            *(item for item in back if item not in own[1]),
        ]
        self._put(self.shared)
        return own if own[0] or own[1] else None

    def give(self, own: Tuple[List[Any], List[Any]]) -> None:
        """See `Part`."""
        self._put([*own[0], *self.shared, *own[1]])

    def _put(self, items: List[Any]) -> None:
        self.items[:] = items
        # Directories for which nothing was found are remembered there.
        sys.path_importer_cache.clear()


class Variables(Part):
    """The variables of the process."""

    def __init__(self) -> None:
        self.environ = os.environ
        self._raw = getattr(os.environ, "_data", os.environ)
        self._base = dict(self._raw)
        self.values = dict(os.environ)

    def take(self, owns: Owns) -> Optional[Dict[str, Optional[str]]]:
        """See `Part`."""
        if self._raw == self._base:
            return None
        now = dict(self.environ)
        own = {name: now.get(name) for name in {*now, *self.values} if now.get(name) != self.values.get(name)}
        self.give({name: self.values.get(name) for name in own})
        return own or None

    def give(self, own: Dict[str, Optional[str]]) -> None:
        """See `Part`."""
        for name, value in own.items():
            if value is None:
                self.environ.pop(name, None)
            else:
                self.environ[name] = value


class Directory(Part):
    """The current directory."""

    def __init__(self) -> None:
        self.path = self._now()

    def _now(self) -> Optional[str]:
        try:
            return os.getcwd()
        except OSError:
            return None

    def take(self, owns: Owns) -> Optional[str]:
        """See `Part`."""
        now = self._now()
        if now == self.path or self.path is None:
            return None
        os.chdir(self.path)
        return now

    def give(self, own: str) -> None:
        """See `Part`."""
        os.chdir(own)


class Signals(Part):
    """Handlers of signals. A timer that would go off in the work of somebody else is stopped."""

    def __init__(self) -> None:
        self.numbers = [int(getattr(_signal, name)) for name in _SIGNALS if hasattr(_signal, name)]
        self.handlers = self._now()
        self._timer = getattr(_signal, "ITIMER_REAL", None)

    def _now(self) -> List[Any]:
        return list(map(_signal.getsignal, self.numbers))

    def take(self, owns: Owns) -> Optional[Dict[int, Any]]:
        """See `Part`."""
        if self._timer is not None and _signal.getitimer(self._timer)[0]:
            _signal.setitimer(self._timer, 0)
        now = self._now()
        if now == self.handlers:
            return None
        changed = zip(self.numbers, now, self.handlers)
        own = {number: handler for number, handler, before in changed if handler != before}
        self.give({number: self.handlers[self.numbers.index(number)] for number in own})
        return own

    def give(self, own: Dict[int, Any]) -> None:
        """See `Part`."""
        for number, handler in own.items():
            # One that is not Python's own cannot be set from here.
            if handler is not None:
                _signal.signal(number, handler)


class RecursionLimit(Part):
    """How deep calls may be nested."""

    def __init__(self) -> None:
        self.limit = sys.getrecursionlimit()

    def take(self, owns: Owns) -> Optional[int]:
        """See `Part`."""
        now = sys.getrecursionlimit()
        if now == self.limit:
            return None
        sys.setrecursionlimit(self.limit)
        return now

    def give(self, own: int) -> None:
        """See `Part`."""
        sys.setrecursionlimit(own)


class Records(Part):
    """Where records of logs go, and which ones. A plugin may not turn off those of the others."""

    def __init__(self) -> None:
        self.root = logging.getLogger()
        self.accept()

    def accept(self) -> None:
        """From now on, it is right as it is."""
        self.handlers = list(self.root.handlers)
        self.level = self.root.level

    def take(self, owns: Owns) -> Optional[Tuple[List[logging.Handler], int, int]]:
        """See `Part`."""
        disabled = self.root.manager.disable
        if self.root.handlers == self.handlers and self.root.level == self.level and not disabled:
            return None
        own = list(self.root.handlers), self.root.level, disabled
        self.give((self.handlers, self.level, 0))
        return own

    def give(self, own: Tuple[List[logging.Handler], int, int]) -> None:
        """See `Part`."""
        self.root.handlers[:] = own[0]
        self.root.setLevel(own[1])
        logging.disable(own[2])


def _is_needed(module: str) -> bool:
    return module.startswith("lhp_plugin_sdk") or not ("." in module or module.startswith("_"))


class Shared:
    """Everything that is shared, as it is when the worker starts."""

    def __init__(self) -> None:
        functions = (name for name, value in vars(builtins).items() if not name[:1].isupper())
        streams = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__", "excepthook", "displayhook")
        imports = ("modules", "meta_path", "path", "path_hooks", "path_importer_cache")
        self.records = Records()
        self.path = sys.path
        self.search = list(sys.path)
        self.parts: List[Part] = [
            Names(vars(builtins), functions),
            Names(vars(sys), (*imports, *streams)),
            Names(sys.modules, [name for name in sys.modules if _is_needed(name)]),
            Names(vars(os), ("environ", "getcwd", "chdir", "path", "fspath", "write", "_exit")),
            Names(vars(json), ("dumps", "loads", "dump", "load", "JSONEncoder", "JSONDecoder")),
            Names(vars(importlib), ("import_module", "reload", "invalidate_caches", "util")),
            Ordered(sys.meta_path),
            Ordered(sys.path_hooks),
            Variables(),
            Directory(),
            Signals(),
            RecursionLimit(),
            self.records,
        ]

    def take(self, owns: Owns) -> List[Tuple[Part, Any]]:
        """Puts everything back. Gives what a plugin has changed for itself."""
        own: List[Tuple[Part, Any]] = []
        for part in self.parts:
            try:
                changed = part.take(owns)
            except Exception as error:
                logging.getLogger(__name__).warning("%s cannot be put back: %s", type(part).__name__, error)
                continue
            if changed is not None:
                own.append((part, changed))
        return own

    def give(self, own: List[Tuple[Part, Any]]) -> None:
        """Gives a plugin what it has changed for itself."""
        for part, changed in own:
            try:
                part.give(changed)
            except Exception as error:
                logging.getLogger(__name__).warning("%s cannot be given: %s", type(part).__name__, error)
