"""Files that open-source Spark can read as a stream, in place of Auto Loader."""

from shared.schemas import ddl_of


def stream_files(spark, parameters):
    return (
        spark.readStream.format("json")
        .schema(ddl_of(parameters["columns"]))
        .load(parameters["path"])
    )


def read_files(spark, parameters):
    return spark.read.schema(ddl_of(parameters["columns"])).json(parameters["path"])
