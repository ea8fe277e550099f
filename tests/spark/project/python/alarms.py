# The body of a function: `df` and `batch_id` are its arguments.
from pyspark.sql import functions as F


def loud(rows):
    return rows.withColumn("ship", F.upper("ship"))


loud(df).where("weight_id = 1").write.mode("append").saveAsTable("${alarm_table}")
