"""Names without what typing adds to them."""

from pyspark.sql import functions as F


def bare(column):
    return F.lower(F.trim(F.col(column)))
