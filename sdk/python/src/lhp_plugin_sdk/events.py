"""Events of a run, as plugins see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, Optional, Union

from .generator import Word


class EventType(str, Enum):
    """Names of events."""

    PIPELINE_START = "pipeline.start"
    PIPELINE_END = "pipeline.end"
    PIPELINE_ERROR = "pipeline.error"
    FLOWGROUP_START = "flowgroup.start"
    FLOWGROUP_END = "flowgroup.end"
    FLOWGROUP_ERROR = "flowgroup.error"
    ACTION_START = "action.start"
    ACTION_END = "action.end"
    ACTION_ERROR = "action.error"
    VALIDATION_START = "validation.start"
    VALIDATION_END = "validation.end"
    VALIDATION_ERROR = "validation.error"
    GENERATION_START = "generation.start"
    GENERATION_END = "generation.end"
    TABLE_CREATED = "table.created"
    TABLE_UPDATED = "table.updated"
    PUBLISH_START = "publish.start"
    PUBLISH_END = "publish.end"
    LINEAGE_EDGES = "lineage.edges"
    TELEMETRY_METRIC = "telemetry.metric"
    TELEMETRY_LOG = "telemetry.log"
    SERVICE_PRE_START = "service.pre_start"
    SERVICE_POST_START = "service.post_start"
    SERVICE_PRE_STOP = "service.pre_stop"
    SERVICE_POST_STOP = "service.post_stop"

    def __str__(self) -> str:
        return str(self.value)


class EventError(Exception):
    """What went wrong, with the place in the project."""

    def __init__(
        self,
        message: str = "",
        code: Optional[str] = None,
        file: Optional[str] = None,
        line: Optional[int] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.file = file
        self.line = line


@dataclass
class Event:
    """Something that happened. `data` holds what only some types of events have, as `asset_key` or `edges`."""

    type: Union[EventType, Word]
    timestamp: float
    pipeline: Optional[str] = None
    flowgroup: Optional[str] = None
    action: Optional[str] = None
    metadata: Optional[Dict[str, Any]] = None
    error: Optional[Exception] = None
    version: str = "1.0"
    seq: int = 0
    env: Optional[str] = None
    tags: Dict[str, str] = field(default_factory=dict)
    data: Dict[str, Any] = field(default_factory=dict)


_COMMON = {
    "version",
    "seq",
    "type",
    "timestamp",
    "env",
    "pipeline",
    "flowgroup",
    "action",
    "metadata",
    "error",
    "tags",
}


def type_of(name: str) -> Union[EventType, Word]:
    """The type of a name. Names that are not known yet are words with a `value`."""
    try:
        return EventType(name)
    except ValueError:
        return Word(name)


def event_of(message: Mapping[str, Any]) -> Event:
    """The event that a message of the protocol describes."""
    error = message.get("error")
    if isinstance(error, Mapping):
        error = EventError(error.get("message") or "", error.get("code"), error.get("file"), error.get("line"))
    elif error is not None and not isinstance(error, Exception):
        error = EventError(str(error))
    return Event(
        type=type_of(str(message.get("type"))),
        timestamp=float(message.get("timestamp") or 0.0),
        pipeline=message.get("pipeline"),
        flowgroup=message.get("flowgroup"),
        action=message.get("action"),
        metadata=dict(message.get("metadata") or {}),
        error=error,
        version=str(message.get("version") or "1.0"),
        seq=int(message.get("seq") or 0),
        env=message.get("env"),
        tags=dict(message.get("tags") or {}),
        data={key: value for key, value in message.items() if key not in _COMMON},
    )


def context_of(event: Event) -> Dict[str, Any]:
    """What a handler of `IEventHook` is given."""
    return {
        "event": event,
        "type": event.type.value,
        "timestamp": event.timestamp,
        "pipeline": event.pipeline,
        "flowgroup": event.flowgroup,
        "action": event.action,
        "metadata": event.metadata or {},
        "error": event.error,
        "version": event.version,
        "seq": event.seq,
    }


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern of a subscription covers an event: the name, `prefix.*` or `*`."""
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


class EventEmitter:
    """Tells events to whoever has `emit_event(name, context)`, such as a mock in a test."""

    def __init__(self, plugin_manager: Any) -> None:
        self._plugin_manager = plugin_manager

    def emit(self, event: Event) -> None:
        """Tells an event."""
        self._plugin_manager.emit_event(event.type.value, context_of(event))
