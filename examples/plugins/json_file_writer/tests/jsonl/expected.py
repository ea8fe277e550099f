import json

from custom_python_functions.lhp_json_files_writer_datasource import (
    LhpJsonFilesWriterDataSource,
)

from pyspark import cloudpickle as _lhp_cloudpickle
from pyspark.sql import functions as F

from pyspark import pipelines as dp

import custom_python_functions

_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)


# Sink of plugin lhp-json-file-writer: MyCustomWriter
spark.dataSource.register(LhpJsonFilesWriterDataSource)
dp.create_sink(
    name="orders",
    format="lhp_json_files_writer",
    options={
        "lhp.config": json.dumps(
            {
                "asset": {"name": "orders"},
                "target": {"engine": {"options": {"format": "jsonl"}}},
                "output_base": "/Volumes/shop/export/orders",
            }
        )
    },
)


@dp.append_flow(
    target="orders",
    name="f_orders_1",
    comment="Sink of plugin lhp-json-file-writer: MyCustomWriter",
)
def f_orders_1():
    df = spark.readStream.table("v_orders")

    return df
