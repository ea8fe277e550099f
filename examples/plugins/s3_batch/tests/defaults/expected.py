from pyspark import pipelines as dp


@dp.temporary_view()
def v_orders():
    """Reads s3://landing/ once."""
    df = spark.read.format("parquet").load("s3://landing/")

    return df
