"""Connectors and checks by name, and the families of plugins that only describe something."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional

from .lhp_plugin_rt import Plugin, PluginError, QualityCheckPlugin, SourceConnectorPlugin, TransformationPlugin


@dataclass
class SemanticModel:
    """A query with a name that people understand."""

    name: str
    description: str = ""
    sql: str = ""
    metadata: Dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> Dict[str, Any]:
        """All fields."""
        return asdict(self)


class SemanticLayerProvider(ABC):
    """Offers semantic models."""

    @abstractmethod
    def list_models(self) -> Iterable[SemanticModel]:
        """All models."""

    @abstractmethod
    def get_model(self, name: str) -> Optional[SemanticModel]:
        """The model of a name, if there is one."""


class ServicePlugin(Plugin):
    """Describes a service. Subclasses have `get_service_definition` or the property `service_definition`."""

    def get_service_definition(self) -> Dict[str, Any]:
        """The content of `service.yaml`."""
        own = type(self).service_definition
        if own is ServicePlugin.service_definition:
            raise NotImplementedError(f"{type(self).__name__} has no `get_service_definition`")
        return self.service_definition

    @property
    def service_definition(self) -> Dict[str, Any]:
        """The content of `service.yaml`."""
        return self.get_service_definition()


_GROUPS = {
    "source connector": ("phlo.plugins.sources", SourceConnectorPlugin),
    "quality check": ("phlo.plugins.quality", QualityCheckPlugin),
    "transformation": ("phlo.plugins.transforms", TransformationPlugin),
}

_known: Dict[str, Dict[str, Any]] = {kind: {} for kind in _GROUPS}


def register(kind: str, name: str, plugin: Any) -> None:
    """Makes a plugin known by name. `lhp` does this for the plugins of a project."""
    _known[kind][name] = plugin


def unregister_all() -> None:
    """Forgets all plugins."""
    for plugins in _known.values():
        plugins.clear()


def _find(kind: str, name: str) -> Any:
    plugins = _known[kind]
    if name in plugins:
        return plugins[name]
    from importlib.metadata import entry_points

    group, base = _GROUPS[kind]
    found: Any = entry_points()
    # Before Python 3.10 this was a mapping.
    points: List[Any] = list(found.select(group=group) if hasattr(found, "select") else found.get(group, []))
    for point in points:
        if point.name == name:
            plugin = point.load()
            plugin = plugin() if isinstance(plugin, type) else plugin
            if not isinstance(plugin, base):
                raise TypeError(f"{point.value} must implement {base.__name__}")
            plugins[name] = plugin
            return plugin
    names = sorted({*plugins, *(point.name for point in points)})
    raise PluginError(f"there is no {kind} `{name}`; there are: {', '.join(names) or 'none'}")


def get_source_connector(name: str) -> SourceConnectorPlugin:
    """The source connector of a name."""
    connector: SourceConnectorPlugin = _find("source connector", name)
    return connector


def get_quality_check(name: str) -> QualityCheckPlugin:
    """The quality check of a name."""
    check: QualityCheckPlugin = _find("quality check", name)
    return check


def get_transformation(name: str) -> TransformationPlugin:
    """The transformation of a name."""
    transformation: TransformationPlugin = _find("transformation", name)
    return transformation
