"""Readers whose batches are none."""

from dativo_ingest.plugins import BaseReader
from phlo.plugins import PluginMetadata, SourceConnectorPlugin

closed = []


class Bare(BaseReader):
    def extract(self, state_manager=None):
        yield {"id": 1}


class Texts(BaseReader):
    def extract(self, state_manager=None):
        yield ["id"]


class Empty(BaseReader):
    def extract(self, state_manager=None):
        return None


class Whole(BaseReader):
    def extract(self, state_manager=None):
        return {"id": 1}


class Lists(SourceConnectorPlugin):
    metadata = PluginMetadata(name="lists", version="1.0.0")

    def fetch_data(self, config):
        yield [{"id": 1}]


class Good(BaseReader):
    def extract(self, state_manager=None):
        try:
            yield [{"id": 1}]
            yield ({"id": number} for number in (2, 3))
        finally:
            closed.append("closed")


class Half(BaseReader):
    def extract(self, state_manager=None):
        yield [{"name": "good"}, {"name": "\udcff"}]
