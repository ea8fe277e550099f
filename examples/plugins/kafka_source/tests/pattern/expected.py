from pyspark.sql import functions as F

from pyspark import pipelines as dp


@dp.temporary_view()
def v_all():
    """Everything of the shop"""
    df = (
        spark.read.format("kafka")
        .option("kafka.bootstrap.servers", "broker-1:9092")
        .option("subscribePattern", "shop\\..*")
        .load()
    )
    df = df.withColumn("key", F.col("key").cast("string")).withColumn(
        "value", F.col("value").cast("string")
    )
    return df
