from pyspark.sql import SparkSession

from pyspark import pipelines as dp

import boto3


@dp.temporary_view()
def v_orders():
    """S3 batch load from s3://landing/orders/"""
    df = spark.read.format("parquet").load("s3://landing/orders/")
    return df
