from pyspark import pipelines as dp


@dp.foreach_batch_sink(name="crm_orders")
def crm_orders(df, batch_id):
    """Writes each batch into crm.orders."""
    (
        df.write.format("jdbc")
        .option("url", "jdbc:postgresql://crm.example.invalid/shop")
        .option("dbtable", "crm.orders")
        .mode("append")
        .save()
    )


@dp.append_flow(target="crm_orders", name="f_crm_orders_1")
def f_crm_orders_1():
    return spark.readStream.table("v_orders")
