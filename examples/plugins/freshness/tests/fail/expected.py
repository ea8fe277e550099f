from pyspark.sql import functions as F

from pyspark import pipelines as dp


@dp.expect_all_or_fail({"latest row is at most 26 hours old": "age_hours <= 26"})
@dp.table(
    name="tmp_test_orders_are_fresh",
    comment="Freshness of shop.silver.orders",
    temporary=True,
)
def tmp_test_orders_are_fresh():
    """Age of the latest row of shop.silver.orders."""
    df = spark.read.table("shop.silver.orders")
    age = F.unix_timestamp(F.current_timestamp()) - F.unix_timestamp(
        F.max(F.col("changed_at"))
    )
    return df.agg((age / 3600).alias("age_hours"))
