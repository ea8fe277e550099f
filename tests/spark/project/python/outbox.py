"""A custom sink that needs no network: a file of JSON lines for each partition of a batch that was committed."""

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


class Letter(WriterCommitMessage):
    def __init__(self, path):
        self.path = path


class OutboxWriter(DataSourceStreamWriter):
    def __init__(self, options):
        self.folder = options["folder"]

    def write(self, rows):
        folder = os.path.abspath(self.folder)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f".{uuid.uuid4()}")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row.asDict(), ensure_ascii=False) + "\n" for row in rows)
        return Letter(path)

    def commit(self, messages, batchId):
        for message in messages:
            folder, name = os.path.split(message.path)
            os.replace(message.path, os.path.join(folder, f"{batchId}-{name[1:]}.jsonl"))

    def abort(self, messages, batchId):
        for message in messages:
            if message is not None:
                os.remove(message.path)
