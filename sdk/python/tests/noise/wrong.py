"""Entries that are not what they should be."""

from lhp.core.base_generator import BaseActionGenerator
from lhp.plugin.interfaces import IEventHook, ILoadGeneratorPlugin, PluginMetadata


class Nothing:
    pass


class Half:
    def get_source_type(self):
        return "half"

    def get_metadata(self):
        return None


class Abstract(ILoadGeneratorPlugin):
    def get_metadata(self):
        return PluginMetadata(name="x", version="1")


class AbstractGenerator(BaseActionGenerator):
    pass


class BadClass(ILoadGeneratorPlugin):
    def get_metadata(self):
        return PluginMetadata(name="x", version="1")

    def validate_environment(self):
        return True

    def get_source_type(self):
        return "another"

    def get_generator_class(self):
        return Nothing


class Generator(BaseActionGenerator):
    def generate(self, action, context):
        return ""


class OtherKey(BadClass):
    def get_generator_class(self):
        return Generator


class Environment(OtherKey):
    def validate_environment(self):
        return False


class Raises(OtherKey):
    def __init__(self):
        raise ValueError("no")


class NoHandler(IEventHook):
    def get_events(self):
        return ["*"]


number = 3
