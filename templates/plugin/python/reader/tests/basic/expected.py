import json

from pyspark import cloudpickle as _lhp_cloudpickle

from pyspark import pipelines as dp

from custom_python_functions.lhp_%key%_datasource import Lhp%class%DataSource
import custom_python_functions

_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)


spark.dataSource.register(Lhp%class%DataSource)


@dp.temporary_view()
def v_customers():
    """Load data with Source of plugin %id%"""
    df = (
        spark.read.format("lhp_%key%")
        .option(
            "lhp.config", json.dumps({"path": "/Volumes/shop/landing/customers.jsonl"})
        )
        .load()
    )

    return df
