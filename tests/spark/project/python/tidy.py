"""Cleans what passengers typed."""

from pyspark.sql import functions as F


def tidy_routes(df, spark, parameters):
    from shared.words import bare

    return df.withColumn("route", F.coalesce(bare("route"), F.lit(parameters["unknown"])))


def join_names(dataframes, spark, parameters):
    bookings, harbours = dataframes
    names = harbours.select(F.col("code").alias("harbour"), F.col("name"))
    code = F.upper(F.substring("route", 1, parameters["length"]))
    return bookings.withColumn("harbour", code).join(names, "harbour", "left")
