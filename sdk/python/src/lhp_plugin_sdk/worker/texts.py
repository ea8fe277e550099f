"""Texts and values on their way to `lhp`: what its reader of JSON would refuse is found here, before it is sent.

A text of Python may hold half of a character, as `os.fsdecode` makes of a name that is not UTF-8. No file and no message
can hold it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional

#: How deep values may be nested.
DEPTH = 100
#: Integers from here on are no numbers of JSON any more.
LARGE = 10**300

_HALF = re.compile("[\ud800-\udfff]")


def readable(value: Any) -> Any:
    """The same for people: halves of characters in words, as in `\\udcff`. Of lists and mappings, every text."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, Mapping):
        return {readable(key): readable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(part) for part in value]
    return value


def oddity(value: Any, place: str = "", depth: int = 0) -> Optional[str]:
    """What cannot be sent, and where it is, as in `files[0].content`. None if everything can."""
    if isinstance(value, str):
        half = None if value.isascii() else _HALF.search(value)
        return half and f"{_at(place)} holds `{readable(half.group())}`, which is half of a character"
    if value is None or isinstance(value, (bool, float)):
        return None
    if isinstance(value, int):
        return f"{_at(place)} is a number of too many digits" if abs(value) >= LARGE else None
    if depth > DEPTH:
        return f"{_at(place)} is nested too deeply"
    found = None
    if isinstance(value, Mapping):
        for key, part in value.items():
            inner = f"{place}.{key}" if place else str(key)
            found = found or oddity(key, readable(inner), depth + 1) or oddity(part, inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for position, part in enumerate(value):
            found = found or oddity(part, f"{place}[{position}]", depth + 1)
    return found


def _at(place: str) -> str:
    return f"`{place}`" if place else "it"
