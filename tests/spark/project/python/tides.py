"""A custom data source that needs no network: levels of a gauge, computed from the hour."""

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.datasource import SimpleDataSourceStreamReader

from shared.levels import level_at


class TideSource(DataSource):
    @classmethod
    def name(cls) -> str:
        """As Spark knows it."""
        return "tide_gauge"

    def schema(self):
        return "gauge string, hour int, level double"

    def reader(self, schema):
        return TideReader(self.options)

    def simpleStreamReader(self, schema):
        return TideStream(self.options)


class TideReader(DataSourceReader):
    def __init__(self, options):
        self.gauge = options["gauge"]
        self.hours = int(options["hours"])

    def partitions(self):
        return [InputPartition(hour) for hour in range(self.hours)]

    def read(self, partition):
        yield (self.gauge, partition.value, level_at(partition.value))


class TideStream(SimpleDataSourceStreamReader):
    def __init__(self, options):
        self.gauge = options["gauge"]
        self.hours = int(options["hours"])

    def initialOffset(self):
        return {"hour": 0}

    def read(self, start):
        return self.readBetweenOffsets(start, {"hour": self.hours}), {"hour": self.hours}

    def readBetweenOffsets(self, start, end):
        hours = range(start["hour"], end["hour"])
        return iter([(self.gauge, hour, level_at(hour)) for hour in hours])

    def commit(self, end):
        pass
