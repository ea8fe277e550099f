from pyspark import pipelines as dp


@dp.expect_or_fail("is_fresh", "newest >= current_timestamp() - INTERVAL 24 HOURS")
@dp.table(name="tst_orders_fresh", comment="Age of shop.silver.orders", temporary=True)
def tst_orders_fresh():
    """The time of the newest row."""
    return spark.read.table("shop.silver.orders").selectExpr(
        "MAX(`ordered_at`) AS newest"
    )
