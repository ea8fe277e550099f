from pyspark.sql import functions as F

from pyspark import pipelines as dp


@dp.temporary_view()
def v_orders():
    """Kafka source: load_orders"""
    df = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", "broker-1:9092,broker-2:9092")
        .option("subscribe", 'orders,o\'clock "x"')
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", "1000")
        .load()
    )
    df = df.withColumn("key", F.col("key").cast("string")).withColumn(
        "value", F.col("value").cast("string")
    )
    return df
