# `python -I -u -c THIS`: the worker, with its modules from memory.
#
# The first line on standard input is a JSON object `{"sources": {"lhp_plugin_sdk/__init__.py": "...", ...}}`.
# Everything after it is the protocol. Nothing is written to the disk.
import json
import os
import sys
from importlib.util import spec_from_loader


class Memory:
    """Finds and loads modules in a mapping of paths to sources."""

    def __init__(self, sources):
        self.sources = sources

    def path_of(self, name):
        stem = name.replace(".", "/")
        return next((path for path in (stem + "/__init__.py", stem + ".py") if path in self.sources), None)

    def is_package(self, name):
        return (self.path_of(name) or "").endswith("/__init__.py")

    def origin(self, name):
        return "<lhp>/" + self.path_of(name)

    def find_spec(self, name, path=None, target=None):
        if not name.startswith("lhp_plugin_sdk") or self.path_of(name) is None:
            return None
        spec = spec_from_loader(name, self, origin=self.origin(name), is_package=self.is_package(name))
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def get_source(self, name):
        path = self.path_of(name)
        return None if path is None else self.sources[path]

    def get_code(self, name):
        return compile(self.get_source(name), self.origin(name), "exec", dont_inherit=True)

    def exec_module(self, module):
        exec(self.get_code(module.__name__), module.__dict__)


def start():
    lines = os.fdopen(os.dup(0), "rb")
    sys.meta_path.insert(0, Memory(json.loads(lines.readline())["sources"]))
    from lhp_plugin_sdk.worker import main

    main(lines)


start()
