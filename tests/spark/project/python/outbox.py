"""A custom sink that needs no network: one file of JSON lines for each partition that was written."""

import json
import os
import uuid

from pyspark.sql.datasource import DataSource, DataSourceStreamWriter, WriterCommitMessage


class OutboxSink(DataSource):
    @classmethod
    def name(cls):
        return "outbox"

    def streamWriter(self, schema, overwrite):
        return OutboxWriter(self.options)


class OutboxWriter(DataSourceStreamWriter):
    def __init__(self, options):
        self.folder = options["folder"]

    def write(self, rows):
        lines = [json.dumps(row.asDict(), ensure_ascii=False) for row in rows]
        if lines:
            os.makedirs(self.folder, exist_ok=True)
            path = os.path.join(self.folder, f"{uuid.uuid4()}.jsonl")
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        return WriterCommitMessage()

    def commit(self, messages, batchId):
        pass

    def abort(self, messages, batchId):
        pass
