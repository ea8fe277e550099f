"""The process that runs plugins written in Python. `PROTOCOL.md` describes what goes over the line."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import IO, Any, Callable, Dict, List, Optional, Tuple

from .. import PROTOCOL, __version__, shims
from ..generator import Host, use_host
from . import answers, faults, hooks, live, scope
from .channel import Channel, HostGone, Message, take_streams
from .entries import Entry
from .faults import Fault, checked
from .scope import PluginScope

FEATURES = ("validate", "emit", "events", "functions", "readers", "writers", "checks", "cli")

#: Records of logs that one request may send, and the longest one (characters).
LOG_RECORDS = 1000
LOG_TEXT = 8000

Method = Callable[[Entry, Mapping[str, Any]], Any]

METHODS: Dict[str, Method] = {
    "generate": answers.generate,
    "emit": live.emit,
    "check": live.check,
    "discover": live.discover,
    "schema": live.schema,
    "estimate": live.estimate,
    "sample": live.sample,
    "write_sample": live.write_sample,
    "run_check": live.run_check,
    "cli": live.command,
}


class WorkerHost(Host):
    """Sends what generators ask for to `lhp`."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """A template of the plugin that works now."""
        plugin = scope.current
        if plugin is not None and plugin.jinja == "python":
            return plugin.render(name, context)
        values = answers.plain(dict(context))
        answers.refuse_odd(values, f"the values for template `{name}`")
        asked = {"plugin": plugin.id if plugin else None, "template": name, "context": values}
        return _text(self.channel.call("host/render", asked), "text")

    def read_file(self, path: str) -> str:
        """A file of the project that the plugin may read."""
        plugin = scope.current
        asked = {"plugin": plugin.id if plugin else None, "path": path}
        return _text(self.channel.call("host/read_file", asked), "content")


def _text(result: Any, name: str) -> str:
    value = result.get(name) if isinstance(result, Mapping) else result
    if not isinstance(value, str):
        raise Fault("host", f"lhp answered without `{name}`")
    return value


class HostLog(logging.Handler):
    """Sends records of `logging` to `lhp`."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self.channel = channel
        self.sent = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Sends a record."""
        self.sent += 1
        if self.sent > LOG_RECORDS:
            return
        try:
            text = record.getMessage()
        except Exception as error:
            text = f"{record.msg} (cannot be formatted: {error})"
        if record.exc_info and record.exc_info[1] is not None:
            text += f" ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
        if self.sent == LOG_RECORDS:
            text += " (no more records of this request are shown)"
        self.channel.send(
            {
                "method": "host/log",
                "params": {
                    "plugin": scope.current.id if scope.current else None,
                    "level": record.levelname.lower(),
                    "logger": record.name,
                    "message": text[:LOG_TEXT],
                },
            }
        )


class Worker:
    """Takes requests, one after the other."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.entries: Dict[Tuple[str, str, str], Entry] = {}
        self.scopes: Dict[str, PluginScope] = {}
        self.log = HostLog(channel)
        # The finder of compatibility packages is everybody's.
        shims.install(())
        scope.everything()

    def run(self) -> None:
        """Works until `shutdown`, or until `lhp` has gone."""
        while True:
            try:
                request = self.channel.next_request()
            except KeyboardInterrupt:
                continue
            if request is None:
                break
            if self._take(request):
                break
        self._clean_up()

    def _take(self, request: Message) -> bool:
        """Answers a request; whether it was the last one."""
        name, method = request.get("id"), request.get("method")
        self.log.sent = 0
        limit: Optional[int] = None
        try:
            if not isinstance(method, str):
                raise Fault("protocol", "a request must be an object with `method`", faults.INVALID_REQUEST)
            params = request.get("params")
            if params is None:
                params = {}
            if not isinstance(params, dict):
                raise Fault("protocol", "`params` must be an object", faults.INVALID_PARAMS)
            if method != "initialize":
                limit = self._limit(params)
            result = answers.as_json(self._call(method, params), limit)
        except HostGone:
            return True
        except BaseException as error:
            self._answer_error(name, error)
            return method == "shutdown"
        if name is not None:
            self.channel.send_text(f'{{"jsonrpc":"2.0","id":{answers.as_json(name)},"result":{result}}}')
        return method == "shutdown"

    def _answer_error(self, name: Any, error: BaseException) -> None:
        fault = faults.of(error, None)
        try:
            self.channel.send({"id": name, "error": fault.to_error()})
        except (TypeError, ValueError):
            # Whatever a plugin has put into its error, the text of it can be sent.
            self.channel.send({"id": name, "error": Fault(fault.kind, str(fault.message)).to_error()})

    def _limit(self, params: Mapping[str, Any]) -> Optional[int]:
        plugin = self.scopes.get(str(params.get("plugin")))
        return plugin.output_bytes if plugin is not None else None

    def _call(self, method: str, params: Dict[str, Any]) -> Any:
        if method == "initialize":
            return self.initialize(params)
        if method == "shutdown":
            return {}
        if method == "validate":
            specs = checked(params, "specs", list)
            return {
                "diagnostics": self._in_plugin(params, lambda entry, _: answers.validate(entry, specs), (TypeError,))
            }
        if method == "event":
            return self.event(params)
        if method == "describe":
            return self._in_plugin(params, lambda entry, _: entry.describe())
        known = METHODS.get(method)
        if known is None:
            raise Fault("protocol", f"unknown method `{method}`", faults.UNKNOWN_METHOD)
        return self._in_plugin(params, known)

    def _in_plugin(self, params: Mapping[str, Any], method: Method, rejects: Tuple[type, ...] = ()) -> Any:
        entry = self._entry(params)
        entry.load()
        try:
            with entry.scope.entered():
                return method(entry, params)
        except HostGone:
            raise
        except BaseException as error:
            fault = faults.of(error, entry.scope.root, rejects)
            fault.data.setdefault("plugin", entry.scope.id)
            fault.data.setdefault("entry", entry.identity)
            raise fault from None

    def _entry(self, params: Mapping[str, Any]) -> Entry:
        plugin, kind, key = (checked(params, part, str) for part in ("plugin", "kind", "key"))
        entry = self.entries.get((plugin, kind, key))
        if entry is None:
            raise Fault("protocol", f"plugin `{plugin}` has no {kind} `{key}` here", faults.INVALID_PARAMS)
        return entry

    def initialize(self, params: Mapping[str, Any]) -> Dict[str, Any]:
        """Takes the plugins. Those that are broken are problems; the others work."""
        wanted = params.get("protocol") or {}
        lowest = str(wanted.get("min") if isinstance(wanted, Mapping) else wanted)
        if lowest.split(".")[0] != PROTOCOL.split(".")[0]:
            raise Fault("version", f"lhp speaks protocol {lowest}, this SDK {PROTOCOL}", faults.INVALID_PARAMS)
        level = getattr(logging, str(params.get("log_level") or "info").upper(), logging.INFO)
        root = logging.getLogger()
        root.setLevel(level)
        if self.log not in root.handlers:
            root.addHandler(self.log)
            logging.captureWarnings(True)
        scope.everything().records.accept()
        lazy = params.get("load") == "lazy"
        problems: List[Dict[str, Any]] = []
        described: List[Dict[str, Any]] = []
        for declared in params.get("plugins") or []:
            plugin = PluginScope(declared)
            self.scopes[plugin.id] = plugin
            shims.install(plugin.shims)
            report: Dict[str, Any] = {"id": plugin.id, "entries": []}
            for entry in [Entry(plugin, one) for one in declared.get("entries") or []]:
                self.entries[(plugin.id, entry.kind, entry.key)] = entry
                if lazy:
                    continue
                try:
                    report["entries"].append(_described(entry.load()))
                    problems.extend({"severity": "warning", **warning.to_problem()} for warning in entry.warnings)
                except Fault as fault:
                    problems.append({"severity": "error", **fault.to_problem()})
            if not lazy:
                with plugin.entered():
                    report["packages"] = faults.packages(plugin.requirements)
            described.append(report)
        return {
            "protocol": PROTOCOL,
            "sdk": __version__,
            "python": ".".join(str(part) for part in sys.version_info[:3]),
            "features": list(FEATURES),
            "plugins": described,
            "problems": problems,
        }

    def event(self, params: Mapping[str, Any]) -> Dict[str, Any]:
        """Hands events to one hook, or to all hooks in the order of plugin and key."""
        events = checked(params, "events", list)
        if params.get("plugin") is not None:
            return dict(self._in_plugin(params, lambda entry, _: hooks.deliver(entry, events)))
        whole: Dict[str, Any] = {"effects": [], "diagnostics": [], "failures": [], "slow": []}
        for (plugin, kind, key), _ in sorted(self.entries.items(), key=lambda item: item[0]):
            if kind != "hook":
                continue
            try:
                one = {"plugin": plugin, "kind": kind, "key": key}
                result = self._in_plugin(one, lambda entry, _: hooks.deliver(entry, events))
            except Fault as fault:
                whole["failures"].append({"hook": key, "seq": None, "failure_policy": None, **fault.to_problem()})
                continue
            for part, values in result.items():
                whole[part].extend(values)
        return whole

    def _clean_up(self) -> None:
        for entry in self.entries.values():
            cleanup = getattr(entry.object, "cleanup", None)
            if cleanup is None:
                continue
            try:
                with entry.scope.entered():
                    cleanup()
            except BaseException as error:
                logging.getLogger(__name__).warning("cleaning up %s failed: %s", entry.key, error)


def _described(entry: Entry) -> Dict[str, Any]:
    try:
        description = entry.describe()
        answers.as_json(description)
        answers.refuse_odd(description)
    except BaseException as error:
        fault = faults.of(error, entry.scope.root)
        fault.data.setdefault("plugin", entry.scope.id)
        fault.data.setdefault("entry", entry.identity)
        raise fault from None
    return description


def main(lines: Optional[IO[bytes]] = None) -> None:
    """Works until `lhp` says that it is enough."""
    # The keyboard interrupts lhp, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Where this package is installed, its compatibility packages must not come before those that `shims` allows.
    sys.path[:] = [path for path in sys.path if not path.replace("\\", "/").endswith("lhp_plugin_sdk/shims")]
    channel = take_streams(lines)
    use_host(WorkerHost(channel))
    Worker(channel).run()
    sys.stderr.flush()
    # Threads of plugins must not keep the process.
    os._exit(0)
