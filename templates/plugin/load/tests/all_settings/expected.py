from pyspark import pipelines as dp


@dp.temporary_view()
def v_orders():
    """Files of one folder."""
    reader = spark.read.format("csv")
    reader = reader.option("header", True)
    reader = reader.option("sep", ";")
    df = reader.load("/Volumes/shop/landing/orders")

    return df
