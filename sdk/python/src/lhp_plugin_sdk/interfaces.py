"""Interfaces of generator plugins and of event hooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Dict, List, Optional


class PluginMetadata:
    """What a plugin says about itself."""

    name: str
    version: str
    description: str
    author: Optional[str]
    requires_lhp_version: Optional[str]
    dependencies: List[str]

    def __init__(
        self,
        name: str,
        version: str,
        description: str = "",
        author: Optional[str] = None,
        requires_lhp_version: Optional[str] = None,
        dependencies: Optional[List[str]] = None,
    ) -> None:
        for field, value in (("name", name), ("version", version), ("description", description)):
            if not isinstance(value, str):
                raise TypeError(f"`{field}` of the metadata must be text, not {type(value).__name__}")
        self.name = name
        self.version = version
        self.description = description
        self.author = author
        self.requires_lhp_version = requires_lhp_version
        self.dependencies = list(dependencies or [])

    def to_dict(self) -> Dict[str, Any]:
        """All fields."""
        return dict(self.__dict__)

    def model_dump(self, **_: Any) -> Dict[str, Any]:
        """All fields."""
        return self.to_dict()

    dict = model_dump

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PluginMetadata) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        return f"PluginMetadata(name={self.name!r}, version={self.version!r})"


class IPlugin(ABC):
    """Base of all generator plugins."""

    @abstractmethod
    def get_metadata(self) -> PluginMetadata:
        """What the plugin says about itself."""

    @abstractmethod
    def validate_environment(self) -> bool:
        """Whether everything that the plugin needs is there."""


class _GeneratorPlugin(IPlugin):
    @abstractmethod
    def get_generator_class(self) -> type:
        """The class that makes the code."""


class ILoadGeneratorPlugin(_GeneratorPlugin):
    """A plugin for a kind of source."""

    @abstractmethod
    def get_source_type(self) -> str:
        """The word after `source.type`."""


class ITransformGeneratorPlugin(_GeneratorPlugin):
    """A plugin for a kind of transform."""

    @abstractmethod
    def get_transform_type(self) -> str:
        """The word after `transform_type`."""


class IWriteGeneratorPlugin(_GeneratorPlugin):
    """A plugin for a kind of target."""

    @abstractmethod
    def get_write_type(self) -> str:
        """The word after `write_target.type`."""


class ITestGeneratorPlugin(_GeneratorPlugin):
    """A plugin for a kind of test."""

    @abstractmethod
    def get_test_type(self) -> str:
        """The word after `test_type`."""


class IEventHook(ABC):
    """Something that is told of events. `handle_event` may be `async` or not."""

    @abstractmethod
    def get_events(self) -> List[str]:
        """Names of events; `prefix.*` stands for all that begin with it, `*` for all."""

    @abstractmethod
    async def handle_event(self, event_name: str, context: Dict[str, Any]) -> Any:
        """Called for each event. Effects that are returned are carried out by `lhp`."""


#: Interface and naming method of each kind of generator.
INTERFACES = {
    "load": (ILoadGeneratorPlugin, "get_source_type"),
    "transform": (ITransformGeneratorPlugin, "get_transform_type"),
    "write": (IWriteGeneratorPlugin, "get_write_type"),
    "test": (ITestGeneratorPlugin, "get_test_type"),
}
