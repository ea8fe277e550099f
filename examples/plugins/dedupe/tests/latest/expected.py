from pyspark.sql import Window
from pyspark.sql import functions as F

from pyspark import pipelines as dp


@dp.temporary_view()
def v_latest_orders():
    """Keeps the latest row of each key."""
    df = spark.read.table("v_orders")
    order = F.col("changed_at").desc_nulls_last()
    rows = Window.partitionBy(["order_id", "shop"]).orderBy(order)
    df = df.withColumn("_dedupe_row", F.row_number().over(rows))
    df = df.where(F.col("_dedupe_row") == 1).drop("_dedupe_row")
    return df
