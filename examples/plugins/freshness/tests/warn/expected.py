from pyspark.sql import functions as F

from pyspark import pipelines as dp


@dp.expect_all({"latest row is at most 1.5 hours old": "age_hours <= 1.5"})
@dp.table(name="t_orders_are_fresh", comment="Orders come every hour", temporary=True)
def t_orders_are_fresh():
    """Orders come every hour"""
    df = spark.read.table("shop.silver.orders")
    age = F.unix_timestamp(F.current_timestamp()) - F.unix_timestamp(
        F.max(F.col("changed_at"))
    )
    return df.agg((age / 3600).alias("age_hours"))
