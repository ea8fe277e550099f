"""Answers: the code of an action, in the form of the protocol."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from typing import Any, Dict, List, Optional

from ..generator import COLLECTED, Action, GenerationContext, context_of
from .channel import encode
from .entries import Entry
from .faults import Fault, checked
from .texts import LARGE, oddity, readable

LISTS = ("imports", *(name for name in COLLECTED if name != "defines"))
FINDING = ("severity", "code", "message", "path", "help")
SEVERITIES = ("error", "warning", "info", "hint")
_KNOWN = ("body", "imports", *COLLECTED)


def generate(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """The answer to a `generate` request."""
    declared = checked(params, "action", dict)
    context = context_of(params)
    action = Action(declared)
    if entry.form == "transformation":
        raise Fault(
            "unsupported",
            f"`{entry.key}` transforms frames: ask for its module with `emit` and generate a call",
        )
    if entry.form == "function":
        return answer(_finish(_call_function(entry.target, action, context)))
    made: Any = entry.generator() if inspect.isclass(entry.generator) else entry.generator
    result = _finish(made.generate(action, context))
    return answer(result, made)


def validate(entry: Entry, specs: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    """Diagnostics for declarations. Plugins that have nothing to say about them are silent."""
    found: List[Dict[str, Any]] = []
    for number, params in enumerate(specs):
        for check in _checks(entry, params):
            found_here = _finish(check())
            for diagnostic in [_refusal(entry)] if found_here is False else diagnostics(found_here):
                path = diagnostic.get("path")
                diagnostic["path"] = None if path is None else f"/specs/{number}{path}"
                found.append({"index": number, **diagnostic})
    return found


def _checks(entry: Entry, params: Mapping[str, Any]) -> List[Any]:
    spec = dict(params.get("spec") or {})
    if entry.form in ("phlo.source", "transformation"):
        method = getattr(entry.object, "validate_config", None)
        if method is None:
            return []
        # Many give back the settings; only a refusal counts.
        return [lambda: _finish(method(spec)) is not False]
    validator = entry.generator if entry.generator is not None else entry.target
    if inspect.isclass(validator):
        if not hasattr(validator, "validate") or entry.form not in ("plugin", "generator"):
            return []
        made: Any = validator()
        return [lambda: made.validate(Action(params.get("action") or {}), context_of(params))]
    method = getattr(validator, "validate", None)
    return [] if method is None else [lambda: method(Action(params.get("action") or {}), context_of(params))]


def _refusal(entry: Entry) -> Dict[str, Any]:
    return {
        "severity": "error",
        "code": None,
        "message": f"`{entry.key}` refuses these settings",
        "path": "/spec",
        "help": "see the documentation of the plugin for what it needs",
    }


def _call_function(function: Any, action: Action, context: GenerationContext) -> Any:
    return function(action, context) if takes(function) != 1 else function(action)


def takes(function: Any) -> int:
    """How many positional arguments a function takes; many if it takes any number."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 2
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return 99
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in positional for parameter in parameters)


def _finish(value: Any) -> Any:
    if inspect.isawaitable(value):
        import asyncio

        async def wait() -> Any:
            return await value

        return asyncio.run(wait())
    return value


finish = _finish


def answer(result: Any, generator: Any = None) -> Dict[str, Any]:
    """An answer with all of its parts, from what a plugin has returned and what its generator has collected."""
    if isinstance(result, str):
        given: Dict[str, Any] = {"body": result}
    elif isinstance(result, Mapping):
        given = dict(result)
    else:
        raise Fault("malformed", f"the plugin returned {_type(result)}; it must return text or a mapping")
    no_slips(given, _KNOWN, "the answer")
    body = given.get("body", "")
    if not isinstance(body, str):
        raise Fault("malformed", f"`body` is {_type(body)}; it must be text")
    whole: Dict[str, Any] = {"body": body}
    for name in ("imports", *COLLECTED):
        whole[name] = _gathered(name, given, generator)
    if not whole["defines"]:
        whole["defines"] = None
    whole["imports"] = _unique(_texts("imports", whole["imports"]))
    for name in ("pre_pipeline", "reads", "writes", "depends_on_files"):
        whole[name] = _unique(_texts(name, whole[name]))
    if whole["defines"] is not None:
        whole["defines"] = _unique(_texts("defines", whole["defines"]))
    whole["helpers"] = _named(whole["helpers"], "helpers", "name")
    whole["files"] = _named(whole["files"], "files", "path")
    whole["diagnostics"] = diagnostics(whole["diagnostics"])
    return whole


def _gathered(name: str, given: Mapping[str, Any], generator: Any) -> List[Any]:
    collected: Any = []
    if generator is not None:
        if name == "imports":
            collected = getattr(generator, "imports", None) or []
            collected = collected() if callable(collected) else collected
        else:
            collected = (getattr(generator, "_answer", None) or {}).get(name, [])
    if not isinstance(collected, (list, tuple, set, frozenset)):
        raise Fault("malformed", f"`{name}` of the generator is {_type(collected)}; it must be a list")
    value = given.get(name)
    if name in ("helpers", "files") and isinstance(value, Mapping):
        key = "name" if name == "helpers" else "path"
        value = [{key: path, "content": content} for path, content in value.items()]
    if value is None:
        value = []
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, (list, tuple, set, frozenset)):
        raise Fault("malformed", f"`{name}` is {_type(value)}; it must be a list")
    values = sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)
    return [*(sorted(collected) if isinstance(collected, (set, frozenset)) else collected), *values]


def _texts(name: str, values: List[Any]) -> List[str]:
    for value in values:
        if not isinstance(value, str):
            raise Fault("malformed", f"`{name}` holds {_type(value)}; it must hold text")
    return values


def _unique(values: List[str]) -> List[str]:
    return list(dict.fromkeys(values))


def _named(values: List[Any], name: str, key: str) -> List[Dict[str, str]]:
    whole: List[Dict[str, str]] = []
    for value in values:
        if not isinstance(value, Mapping) or not all(isinstance(value.get(part), str) for part in (key, "content")):
            raise Fault("malformed", f"each of `{name}` must be a mapping of `{key}` and `content`, both text")
        whole.append({key: value[key], "content": value["content"]})
    return whole


def no_slips(given: Mapping[Any, Any], known: Iterable[str], whole: str) -> None:
    """Refuses names that are close to known ones: they are slips. All others are those of a later version."""
    unknown = sorted(str(name) for name in given if name not in known)
    if not unknown:
        return
    from difflib import get_close_matches

    for name in unknown:
        for near in get_close_matches(name.lower(), list(known), 1, 0.75):
            raise Fault("malformed", f"{whole} has no part `{name}`; did you mean `{near}`?")


def diagnostics(values: Any) -> List[Dict[str, Any]]:
    """Diagnostics with all of their parts. A text alone is an error; `True` and nothing are none."""
    if values is None or values is True:
        return []
    if values is False:
        return [{"severity": "error", "code": None, "message": "the plugin refuses this", "path": None, "help": None}]
    if isinstance(values, (str, Mapping)):
        values = [values]
    if isinstance(values, (bytes, bytearray)) or not isinstance(values, Iterable):
        raise Fault("malformed", f"the plugin gave {_type(values)} as its findings; they must be a list")
    whole: List[Dict[str, Any]] = []
    for value in values:
        if isinstance(value, str):
            value = {"message": value}
        if not isinstance(value, Mapping):
            raise Fault("malformed", f"a finding is {_type(value)}; it must be a mapping with a `message`")
        no_slips(value, FINDING, "a finding")
        if not isinstance(value.get("message"), str):
            raise Fault("malformed", "a finding must have a `message`, which is text")
        severity = str(value.get("severity") or "error").lower()
        if severity not in SEVERITIES:
            raise Fault("malformed", f"severity `{severity}` is none of {', '.join(SEVERITIES)}")
        whole.append(
            {
                "severity": severity,
                "code": _optional(value.get("code")),
                "message": readable(value["message"]),
                "path": _optional(value.get("path")),
                "help": _optional(value.get("help")),
            }
        )
    return whole


def _optional(value: Any) -> Optional[str]:
    return None if value is None else readable(str(value))


def _type(value: Any) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def as_json(value: Any, limit: Optional[int] = None) -> str:
    """The text of an answer. What JSON has no form for is the plugin's mistake."""
    try:
        text = encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise Fault("malformed", f"the answer cannot be written as JSON: {error}") from None
    if "\\ud" in text:
        refuse_odd(value)
    if limit is not None and len(text) > limit:
        raise Fault(
            "too_large", f"the answer has {len(text)} bytes; the limit is {limit}", limit=limit, size=len(text)
        )
    return text


def refuse_odd(value: Any, whole: str = "the answer") -> None:
    """Refuses what `lhp` could not read."""
    odd = oddity(value)
    if odd is not None:
        raise Fault("malformed", f"{whole} cannot be sent: {odd}")


def plain(value: Any, depth: int = 0) -> Any:
    """Data of records in the forms that JSON has: times as ISO 8601, decimals as text, bytes in base 64."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < LARGE else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > 50:
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry, depth + 1) for entry in value]
    if isinstance(value, (set, frozenset)):
        return [plain(entry, depth + 1) for entry in sorted(value, key=str)]
    if isinstance(value, (bytes, bytearray, memoryview)):
        import base64

        return base64.b64encode(bytes(value)).decode("ascii")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item") and callable(value.item):
        try:
            return plain(value.item(), depth + 1)
        except Exception:
            return str(value)
    return str(value)
