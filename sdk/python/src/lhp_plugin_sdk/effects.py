"""What a hook may ask `lhp` to do. Hooks return these; each needs the permission that the manifest asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Dict, Optional

Effect = Dict[str, Any]


def log(message: str, level: str = "info") -> Effect:
    """A line in the log."""
    return {"kind": "log", "level": level, "message": message}


def write_file(path: str, content: str) -> Effect:
    """A file below the directory of this plugin's artifacts."""
    return {"kind": "write_file", "path": path, "content": content}


def http_post(url: str, json: Any, headers: Optional[Mapping[str, str]] = None) -> Effect:
    """A message to a host that `permissions.net` names."""
    effect: Effect = {"kind": "http_post", "url": url, "json": json}
    if headers:
        effect["headers"] = dict(headers)
    return effect


def metric(name: str, value: float, unit: Optional[str] = None, tags: Optional[Mapping[str, str]] = None) -> Effect:
    """A measured value."""
    effect: Effect = {"kind": "metric", "name": name, "value": value}
    if unit is not None:
        effect["unit"] = unit
    if tags:
        effect["tags"] = dict(tags)
    return effect


def fail(message: str) -> Effect:
    """An error for the unit that the event is about."""
    return {"kind": "fail", "message": message}
