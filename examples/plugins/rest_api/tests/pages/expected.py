import json

from pyspark import cloudpickle as _lhp_cloudpickle

from pyspark import pipelines as dp

from custom_python_functions.lhp_rest_api_datasource import LhpRestApiDataSource
import custom_python_functions

_lhp_cloudpickle.register_pickle_by_value(custom_python_functions)


spark.dataSource.register(LhpRestApiDataSource)


@dp.temporary_view()
def v_users():
    """Load data with RESTAPISource of plugin lhp-rest-api"""
    df = (
        spark.read.format("lhp_rest_api")
        .option("lhp.schema", "`id` bigint, `name` string, `created_at` timestamp")
        .option(
            "lhp.config",
            json.dumps(
                {
                    "base_url": "https://api.example.com",
                    "endpoint": "/v1/users",
                    "auth_token": dbutils.secrets.get(scope="crm", key="api_token"),
                    "pagination": {"page_size": 100, "results_key": "data"},
                }
            ),
        )
        .load()
    )

    return df
