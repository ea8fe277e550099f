from pyspark import pipelines as dp


@dp.temporary_view()
def v_orders():
    """Files of one folder."""
    reader = spark.read.format("parquet")
    df = reader.load("/Volumes/shop/landing/orders")

    return df
