from pyspark import pipelines as dp


@dp.temporary_view()
def v_recent():
    """Rows that are not older than 30 days."""
    df = spark.read.table("v_orders")

    return df.where("`ordered_at` >= current_date() - 30")
