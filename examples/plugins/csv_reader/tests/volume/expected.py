import json

from pyspark import cloudpickle as _lhp_cloudpickle

from pyspark import pipelines as dp

from custom_python_functions.lhp_csv_files_datasource import LhpCsvFilesDataSource
import custom_python_functions

_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)

spark.dataSource.register(LhpCsvFilesDataSource)


@dp.temporary_view()
def v_orders():
    """Load data with LhpCsvFilesLibrary of plugin lhp-csv-reader"""
    df = (
        spark.read.format("lhp_csv_files")
        .option("lhp.schema", "`id` string, `name` string")
        .option(
            "lhp.config",
            json.dumps(
                {
                    "library_path": "/Volumes/shop/lib/libcsv_reader.so",
                    "connection": {"path": "/Volumes/shop/landing", "batch_size": 500},
                    "objects": ["orders"],
                }
            ),
        )
        .load()
    )

    return df
