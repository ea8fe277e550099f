import json

from pyspark import cloudpickle as _lhp_cloudpickle
from pyspark.sql import functions as F

from pyspark import pipelines as dp

from custom_python_functions.lhp_%key%_writer_datasource import Lhp%class%WriterDataSource
import custom_python_functions

_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)


# Sink of plugin %id%: Lhp%class%WriterLibrary
spark.dataSource.register(Lhp%class%WriterDataSource)
dp.create_sink(
    name="orders_export",
    format="lhp_%key%_writer",
    options={
        "lhp.config": json.dumps(
            {
                "asset": {"name": "orders_export"},
                "target": {"library_path": "/Volumes/shop/lib/%library%"},
                "output_base": "/Volumes/shop/export/orders",
            }
        )
    },
)


@dp.append_flow(
    target="orders_export",
    name="f_orders_export_1",
    comment="Sink of plugin %id%: Lhp%class%WriterLibrary",
)
def f_orders_export_1():
    df = spark.readStream.table("v_orders")

    return df
