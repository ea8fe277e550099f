"""Hooks of the hook bus: events by family, filters and registrations."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, Callable, Dict, List, Optional, Set, Tuple, Type, Union

from .lhp_plugin_rt import Plugin


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class HookEvent:
    """An event of the bus. What a family does not name is in `metadata`."""

    event_type: str
    version: str = "1.0"
    timestamp: datetime = field(default_factory=_now)
    tags: Dict[str, str] = field(default_factory=dict)
    metadata: Dict[str, Any] = field(default_factory=dict)


@dataclass
class ServiceLifecycleEvent(HookEvent):
    """`service.*`"""

    event_type: str = "service.post_start"
    service_name: Optional[str] = None
    project_name: Optional[str] = None
    project_root: Optional[str] = None
    container_name: Optional[str] = None
    phase: Optional[str] = None
    status: Optional[str] = None


@dataclass
class IngestionEvent(HookEvent):
    """`ingestion.*`"""

    event_type: str = "ingestion.end"
    asset_key: Optional[str] = None
    table_name: Optional[str] = None
    group_name: Optional[str] = None
    partition_key: Optional[str] = None
    run_id: Optional[str] = None
    branch_name: Optional[str] = None
    status: Optional[str] = None
    metrics: Dict[str, Any] = field(default_factory=dict)
    error: Optional[Any] = None


@dataclass
class TransformEvent(HookEvent):
    """`transform.*`"""

    event_type: str = "transform.end"
    tool: Optional[str] = None
    project_dir: Optional[str] = None
    target: Optional[str] = None
    partition_key: Optional[str] = None
    asset_key: Optional[str] = None
    model_names: List[str] = field(default_factory=list)
    status: Optional[str] = None
    metrics: Dict[str, Any] = field(default_factory=dict)
    error: Optional[Any] = None


@dataclass
class PublishEvent(HookEvent):
    """`publish.*`"""

    event_type: str = "publish.end"
    asset_key: Optional[str] = None
    target_system: Optional[str] = None
    tables: List[str] = field(default_factory=list)
    status: Optional[str] = None
    metrics: Dict[str, Any] = field(default_factory=dict)
    error: Optional[Any] = None


@dataclass
class QualityResultEvent(HookEvent):
    """`quality.result`"""

    event_type: str = "quality.result"
    asset_key: Optional[str] = None
    check_name: Optional[str] = None
    passed: bool = True
    severity: Optional[str] = None
    check_type: Optional[str] = None
    partition_key: Optional[str] = None


@dataclass
class LineageEvent(HookEvent):
    """`lineage.edges`"""

    event_type: str = "lineage.edges"
    edges: List[Tuple[str, str]] = field(default_factory=list)
    asset_keys: List[str] = field(default_factory=list)


@dataclass
class TelemetryEvent(HookEvent):
    """`telemetry.metric`, `telemetry.log`"""

    event_type: str = "telemetry.metric"
    name: Optional[str] = None
    value: Optional[Any] = None
    level: Optional[str] = None
    unit: Optional[str] = None
    payload: Dict[str, Any] = field(default_factory=dict)


@dataclass
class LogEvent(HookEvent):
    """`log.record`"""

    event_type: str = "log.record"
    logger: Optional[str] = None
    level: Optional[str] = None
    message: Optional[str] = None
    service: Optional[str] = None
    run_id: Optional[str] = None
    asset_key: Optional[str] = None
    job_name: Optional[str] = None
    partition_key: Optional[str] = None
    check_name: Optional[str] = None


FAMILIES: Dict[str, Type[HookEvent]] = {
    "service": ServiceLifecycleEvent,
    "ingestion": IngestionEvent,
    "transform": TransformEvent,
    "publish": PublishEvent,
    "quality": QualityResultEvent,
    "lineage": LineageEvent,
    "telemetry": TelemetryEvent,
    "log": LogEvent,
}


def bus_event(message: Mapping[str, Any]) -> HookEvent:
    """The event of the bus that a message of the protocol describes."""
    name = str(message.get("type") or message.get("event_type"))
    family = FAMILIES.get(name.split(".")[0], HookEvent)
    given = {**(message.get("metadata") or {}), **message}
    stamp = message.get("timestamp")
    values: Dict[str, Any] = {
        "event_type": name,
        "version": str(message.get("version") or "1.0"),
        "timestamp": datetime.fromtimestamp(float(stamp), timezone.utc) if stamp is not None else _now(),
        "tags": dict(message.get("tags") or {}),
    }
    for declared in fields(family):
        if declared.name in values or declared.name == "metadata":
            continue
        if given.get(declared.name) is not None:
            values[declared.name] = given[declared.name]
    if family is LineageEvent:
        values["edges"] = [tuple(edge) for edge in values.get("edges") or []]
    metadata = dict(message.get("metadata") or {})
    for key in ("env", "pipeline", "flowgroup", "action", "seq", "error"):
        if key not in values and message.get(key) is not None:
            metadata.setdefault(key, message[key])
    return family(metadata=metadata, **values)


class FailurePolicy(str, Enum):
    """What becomes of the run when a hook fails."""

    IGNORE = "ignore"
    LOG = "log"
    RAISE = "raise"

    def __str__(self) -> str:
        return str(self.value)


def _policy(value: Union[str, FailurePolicy]) -> FailurePolicy:
    return FailurePolicy.RAISE if value == "fail" else FailurePolicy(value)


@dataclass
class HookFilter:
    """Which events a hook is told: all conditions that are given must hold."""

    event_types: Optional[Set[str]] = None
    asset_keys: Optional[Set[str]] = None
    tags: Optional[Dict[str, str]] = None

    def matches(self, event: HookEvent) -> bool:
        """Whether the hook is told of this event."""
        if self.event_types and not any(fnmatchcase(event.event_type, wanted) for wanted in self.event_types):
            return False
        if self.asset_keys:
            single = getattr(event, "asset_key", None)
            keys: Iterable[str] = [single] if single else (getattr(event, "asset_keys", None) or [])
            if not any(fnmatchcase(key, wanted) for key in keys for wanted in self.asset_keys):
                return False
        return all(event.tags.get(name) == value for name, value in (self.tags or {}).items())

    def to_dict(self) -> Dict[str, Any]:
        """The conditions, sorted."""
        return {
            "event_types": sorted(self.event_types or ()),
            "asset_keys": sorted(self.asset_keys or ()),
            "tags": dict(sorted((self.tags or {}).items())),
        }


@dataclass
class HookRegistration:
    """A handler with its filter. Lower priorities run first."""

    hook_name: str
    handler: Callable[[Any], Any]
    priority: int = 100
    filters: Optional[HookFilter] = None
    failure_policy: FailurePolicy = FailurePolicy.LOG

    def __post_init__(self) -> None:
        self.failure_policy = _policy(self.failure_policy)


class HookPlugin(Plugin):
    """A plugin that is told of events."""

    @abstractmethod
    def get_hooks(self) -> Iterable[HookRegistration]:
        """The handlers."""


class HookBus:
    """Tells events to registered hooks, in the order of priority, plugin and name."""

    def __init__(self) -> None:
        self._hooks: List[Tuple[int, str, str, HookRegistration]] = []
        self.failures: List[Tuple[HookRegistration, HookEvent, BaseException]] = []

    def register(self, registration: HookRegistration, plugin_name: str = "") -> None:
        """Adds a hook."""
        entry = (registration.priority, plugin_name, registration.hook_name, registration)
        self._hooks.append(entry)
        self._hooks.sort(key=lambda hook: hook[:3])

    def register_plugin(self, plugin: HookPlugin) -> None:
        """Adds all hooks of a plugin."""
        for registration in plugin.get_hooks():
            self.register(registration, plugin.metadata.name)

    def emit(self, event: HookEvent) -> None:
        """Tells an event. Failures are kept; those of hooks with `RAISE` are raised."""
        for _, _, _, registration in self._hooks:
            if registration.filters is not None and not registration.filters.matches(event):
                continue
            try:
                registration.handler(event)
            except Exception as error:
                if registration.failure_policy is FailurePolicy.RAISE:
                    raise
                if registration.failure_policy is FailurePolicy.LOG:
                    self.failures.append((registration, event, error))
