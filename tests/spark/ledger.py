"""A table format that several flows can append to, each with batch numbers of its own.

Beside a Parquet table Spark keeps one log of batch numbers for all flows, so the first batch of a second flow is
taken for one that was written before. Here each batch of each flow becomes a file of JSON lines in the folder
`ledger/<table>` of the directory in which Spark runs.
"""

import json
import os
import uuid

from pyspark.sql.datasource import DataSource, DataSourceStreamWriter, WriterCommitMessage


class Ledger(DataSource):
    @classmethod
    def name(cls):
        return "ledger"

    def streamWriter(self, schema, overwrite):
        return LedgerWriter(self.options["checkpointlocation"])


class Written(WriterCommitMessage):
    def __init__(self, path):
        self.path = path


class LedgerWriter(DataSourceStreamWriter):
    def __init__(self, checkpoint):
        # Spark does not say which table is written, but the checkpoint is in `…/<table>/<flow>/<number>`.
        self.table, self.flow, _ = checkpoint.split("/")[-3:]

    def write(self, rows):
        folder = os.path.abspath(os.path.join("ledger", self.table))
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f".{uuid.uuid4()}")
        with open(path, "w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({**row.asDict(), "flow": self.flow}, ensure_ascii=False) + "\n")
        return Written(path)

    def commit(self, messages, batchId):
        # The process that commits has another current directory than those that write.
        for number, message in enumerate(messages):
            name = f"{self.flow}-{batchId}-{number}.jsonl"
            os.replace(message.path, os.path.join(os.path.dirname(message.path), name))

    def abort(self, messages, batchId):
        for message in messages:
            if message is not None:
                os.remove(message.path)


spark.dataSource.register(Ledger)  # noqa: F821 - Spark gives each definition this name
