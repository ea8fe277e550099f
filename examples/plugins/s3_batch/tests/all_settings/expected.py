from pyspark import pipelines as dp


@dp.temporary_view()
def v_orders():
    """Orders of the "old" shop"""
    df = (
        spark.read.format("csv")
        .option("fs.s3a.endpoint.region", "eu-central-1")
        .option("fs.s3a.attempts.maximum", 3)
        .option("header", True)
        .option("sep", ";")
        .option("maxColumns", 40)
        .schema("""order_id BIGINT,
amount DECIMAL(10, 2)""")
        .load("s3://landing/orders/2026/")
    )

    return df
