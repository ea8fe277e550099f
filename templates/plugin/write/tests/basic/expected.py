from pyspark import pipelines as dp


dp.create_sink(
    name="orders_export",
    format="parquet",
    options={"path": "/Volumes/shop/export/orders"},
)


@dp.append_flow(target="orders_export", name="f_orders_export")
def f_orders_export():
    return spark.readStream.table("v_orders")
