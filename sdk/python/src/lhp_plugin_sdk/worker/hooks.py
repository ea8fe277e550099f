"""Events: handed to the hooks of a plugin, whose answers are effects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Dict, List, Tuple

from ..bus import bus_event
from ..events import context_of, event_of, matches
from . import faults
from .answers import diagnostics, finish, no_slips, refuse_odd, takes
from .entries import Entry
from .faults import Fault
from .texts import readable

EFFECTS: Dict[str, Tuple[str, ...]] = {
    "log": ("message",),
    "write_file": ("path", "content"),
    "http_post": ("url", "json"),
    "metric": ("name", "value"),
    "fail": ("message",),
}


def deliver(entry: Entry, events: List[Mapping[str, Any]]) -> Dict[str, Any]:
    """Hands events to a hook, one after the other. A failure of one handler does not keep the next from running."""
    effects: List[Dict[str, Any]] = []
    found: List[Dict[str, Any]] = []
    failures: List[Dict[str, Any]] = []
    durations: List[Dict[str, Any]] = []
    for message in events:
        seq = message.get("seq")
        for name, policy, handler in _handlers(entry, message):
            before = time.perf_counter()
            try:
                new_effects, new_diagnostics = _outcome(finish(handler()))
                effects.extend(new_effects)
                found.extend(new_diagnostics)
            except BaseException as error:
                fault = faults.of(error, entry.scope.root)
                failures.append({"hook": name, "seq": seq, "failure_policy": policy, **fault.to_problem()})
            taken = (time.perf_counter() - before) * 1000
            durations.append({"hook": name, "seq": seq, "ms": round(taken, 3)})
    slow = [entry for entry in durations if entry["ms"] > 250]
    return {"effects": effects, "diagnostics": found, "failures": failures, "slow": slow}


def _handlers(entry: Entry, message: Mapping[str, Any]) -> List[Tuple[str, Any, Any]]:
    name = str(message.get("type"))
    if entry.form == "bus_hook":
        event = bus_event(message)
        hooks = sorted(entry.object.get_hooks(), key=lambda hook: (getattr(hook, "priority", 100), hook.hook_name))
        told = [hook for hook in hooks if getattr(hook, "filters", None) is None or hook.filters.matches(event)]
        return [(hook.hook_name, str(hook.failure_policy), lambda hook=hook: hook.handler(event)) for hook in told]
    context = context_of(event_of(message))
    if entry.form == "hook":
        if not any(matches(name, str(getattr(wanted, "value", wanted))) for wanted in entry.object.get_events()):
            return []
        return [(entry.key, None, lambda: entry.object.handle_event(name, context))]
    if takes(entry.target) == 1:
        return [(entry.key, None, lambda: entry.target(context))]
    return [(entry.key, None, lambda: entry.target(name, context))]


def _outcome(value: Any) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
    found: List[Dict[str, Any]] = []
    if isinstance(value, Mapping) and "kind" not in value:
        known = ("effects", "diagnostics")
        no_slips(value, known, "the answer of a hook")
        if value and not any(name in value for name in known):
            name = readable(str(next(iter(value))))
            raise Fault("malformed", f"a hook returned a mapping with `{name}`; an effect has a `kind`")
        found = diagnostics(value.get("diagnostics"))
        value = value.get("effects")
    if value is None or isinstance(value, bool):
        return [], found
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise Fault(
            "malformed", f"a hook returned a value of type {type(value).__name__}; it must be a list of effects"
        )
    effects: List[Dict[str, Any]] = []
    for effect in [value] if isinstance(value, Mapping) else value:
        if not isinstance(effect, Mapping) or effect.get("kind") not in EFFECTS:
            raise Fault("malformed", f"an effect must be a mapping whose `kind` is one of {', '.join(EFFECTS)}")
        missing = [part for part in EFFECTS[effect["kind"]] if part not in effect]
        if missing:
            raise Fault("malformed", f"effect `{effect['kind']}` lacks `{missing[0]}`")
        # Some are for people, others become files and requests.
        sent = readable(effect) if effect["kind"] in ("log", "fail") else dict(effect)
        refuse_odd(sent, f"effect `{effect['kind']}`")
        effects.append(sent)
    return effects, found
