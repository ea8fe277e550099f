"""What the plugin is, and the code that it makes."""

from __future__ import annotations

from typing import Any, Dict

from lhp.core.base_generator import BaseActionGenerator
from lhp.models.config import Action
from lhp.plugin.interfaces import ILoadGeneratorPlugin, PluginMetadata


class Generator(BaseActionGenerator):
    """Makes the code of one action."""

    def __init__(self) -> None:
        super().__init__()
        self.add_import("from pyspark import pipelines as dp")

    def generate(self, action: Action, context: Dict[str, Any]) -> str:
        values = {"action": action.to_dict(), "spec": context["spec"], "target": action.target}
        return self.render_template("load.py.j2", values)


class Plugin(ILoadGeneratorPlugin):
    """Says what the plugin is for and what makes its code."""

    def get_metadata(self) -> PluginMetadata:
        return PluginMetadata(name="%id%", version="0.1.0", description="%title%")

    def validate_environment(self) -> bool:
        return True

    def get_source_type(self) -> str:
        return "%key%"

    def get_generator_class(self) -> type:
        return Generator
