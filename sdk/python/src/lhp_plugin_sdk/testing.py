"""For tests of plugins: contexts, hosts and buses that need no `lhp`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Callable, Dict, List, Optional, Union

from . import bus
from .events import Event, EventType, context_of, event_of, matches
from .generator import Action, GenerationContext, Host, use_host
from .generator import context_of as generation_context


class MockContext(Host):
    """An action's surroundings for a test.

        with MockContext(templates={"load.py.j2": "..."}) as context:
            code = MyGenerator().generate(Action(name="load", target="v_orders"), context.context)

    A template is its text, which is returned as it is, or a function of the values. `rendered` keeps what was asked for.
    """

    def __init__(
        self,
        spec: Optional[Mapping[str, Any]] = None,
        config: Optional[Mapping[str, Any]] = None,
        files: Optional[Mapping[str, str]] = None,
        templates: Optional[Mapping[str, Union[str, Callable[..., str]]]] = None,
        **context: Any,
    ) -> None:
        self.files = dict(files or {})
        self.templates = dict(templates or {})
        self.rendered: List[Any] = []
        surroundings = {
            "project": "test",
            "env": "dev",
            "pipeline": "bronze",
            "flowgroup": "orders",
            "job_name": None,
            "presets": [],
            "operational_metadata": {},
            **context,
        }
        self.context: GenerationContext = generation_context(
            {"context": surroundings, "spec": spec, "config": config, "files": self.files}
        )
        self._before: List[Host] = []

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """A template of the test."""
        self.rendered.append((name, dict(context)))
        template = self.templates.get(name)
        if template is None:
            raise LookupError(
                f"the test has no template `{name}`; it has: {', '.join(sorted(self.templates)) or 'none'}"
            )
        return template(**context) if callable(template) else template

    def read_file(self, path: str) -> str:
        """A file of the test."""
        if path not in self.files:
            raise LookupError(f"the test has no file `{path}`; it has: {', '.join(sorted(self.files)) or 'none'}")
        return self.files[path]

    def __enter__(self) -> MockContext:
        self._before.append(use_host(self))
        return self

    def __exit__(self, *_: object) -> None:
        use_host(self._before.pop())

    def generate(self, generator: Any, action: Optional[Mapping[str, Any]] = None, **settings: Any) -> Any:
        """Calls a generator, its class or a plain function."""
        made = Action(action or {}, **settings)
        target: Any = generator() if inspect.isclass(generator) else generator
        call = getattr(target, "generate", target)
        with self:
            return call(made, self.context)


def _finish(value: Any) -> Any:
    return asyncio.run(value) if inspect.iscoroutine(value) else value


class EventRecorder:
    """Takes events and, if it is given hooks, hands them on."""

    def __init__(self, *hooks: Any) -> None:
        self.hooks = hooks
        self.events: List[Any] = []
        self.contexts: List[Dict[str, Any]] = []
        self.effects: List[Any] = []

    def emit_event(self, event_name: str, context: Dict[str, Any]) -> None:
        """Takes an event."""
        self.events.append(context["event"])
        self.contexts.append(context)
        for hook in self.hooks:
            if any(matches(event_name, pattern) for pattern in hook.get_events()):
                answer = _finish(hook.handle_event(event_name, context))
                if answer is not None:
                    self.effects.extend(answer if isinstance(answer, list) else [answer])

    def emit(self, event: Union[str, Event], **values: Any) -> None:
        """Takes an event, or makes one of a name and values."""
        made = event if isinstance(event, Event) else sample_event(event, **values)
        self.emit_event(made.type.value, context_of(made))

    @property
    def types(self) -> List[str]:
        """Names of the events in their order."""
        return [event.type.value for event in self.events]


@contextmanager
def capture_events(*hooks: Any) -> Iterator[EventRecorder]:
    """Keeps what is emitted in a `with` block.

    with capture_events(MyHook()) as events:
        events.emit("pipeline.start", pipeline="bronze")
    assert events.types == ["pipeline.start"]
    """
    yield EventRecorder(*hooks)


def sample_event(name: Union[str, EventType] = EventType.PIPELINE_START, **values: Any) -> Event:
    """An event with plausible values."""
    message = {
        "type": name.value if isinstance(name, EventType) else name,
        "timestamp": 1700000000.0,
        "pipeline": "bronze",
        "seq": 1,
        "env": "dev",
        **values,
    }
    return event_of(message)


class MockHookBus(bus.HookBus):
    """A bus that keeps what is emitted."""

    def __init__(self, *plugins: bus.HookPlugin) -> None:
        super().__init__()
        self.events: List[bus.HookEvent] = []
        for plugin in plugins:
            self.register_plugin(plugin)

    def emit(self, event: bus.HookEvent) -> None:
        """Keeps the event and tells it to the hooks."""
        self.events.append(event)
        super().emit(event)

    def events_of(self, event_type: str) -> List[bus.HookEvent]:
        """Events of a type."""
        return [event for event in self.events if event.event_type == event_type]


@contextmanager
def capture_bus_events(hook_bus: Optional[bus.HookBus] = None) -> Iterator[List[bus.HookEvent]]:
    """Keeps the events that go over a bus in a `with` block."""
    target = hook_bus if hook_bus is not None else MockHookBus()
    captured: List[bus.HookEvent] = []
    emit = target.emit

    def keep(event: bus.HookEvent) -> None:
        captured.append(event)
        emit(event)

    target.emit = keep  # type: ignore[method-assign]
    try:
        yield captured
    finally:
        del target.emit


def sample_service_event(**values: Any) -> bus.ServiceLifecycleEvent:
    """An event of a service."""
    given: Dict[str, Any] = {
        "service_name": "mydb",
        "project_name": "demo",
        "container_name": "demo-mydb-1",
        "phase": "post_start",
        "status": "success",
        "tags": {"service": "mydb", "phase": "post_start"},
    }
    return bus.ServiceLifecycleEvent(**{**given, **values})


def sample_ingestion_event(**values: Any) -> bus.IngestionEvent:
    """An event of an ingestion."""
    given: Dict[str, Any] = {"asset_key": "bronze.orders", "table_name": "orders", "status": "success"}
    return bus.IngestionEvent(**{**given, "metrics": {"rows": 10}, **values})


def sample_transform_event(**values: Any) -> bus.TransformEvent:
    """An event of a transform."""
    given: Dict[str, Any] = {"tool": "sql", "asset_key": "silver.orders", "status": "success"}
    return bus.TransformEvent(**{**given, "model_names": ["orders"], **values})


def sample_publish_event(**values: Any) -> bus.PublishEvent:
    """An event of a publication."""
    given: Dict[str, Any] = {"asset_key": "gold.orders", "target_system": "warehouse", "status": "success"}
    return bus.PublishEvent(**{**given, "tables": ["orders"], **values})


def sample_quality_event(**values: Any) -> bus.QualityResultEvent:
    """The result of a check."""
    given: Dict[str, Any] = {"asset_key": "silver.orders", "check_name": "not_null", "passed": True}
    return bus.QualityResultEvent(**{**given, "severity": "error", "check_type": "null", **values})


def sample_lineage_event(**values: Any) -> bus.LineageEvent:
    """Edges of the lineage."""
    given: Dict[str, Any] = {"edges": [("bronze.orders", "silver.orders")]}
    return bus.LineageEvent(**{**given, "asset_keys": ["bronze.orders", "silver.orders"], **values})


def sample_telemetry_event(**values: Any) -> bus.TelemetryEvent:
    """A measured value."""
    given: Dict[str, Any] = {"name": "rows", "value": 10, "unit": "count"}
    return bus.TelemetryEvent(**{**given, **values})


def sample_log_event(**values: Any) -> bus.LogEvent:
    """A line of a log."""
    given: Dict[str, Any] = {"logger": "plugin", "level": "INFO", "message": "started"}
    return bus.LogEvent(**{**given, **values})
