from pyspark import pipelines as dp


@dp.foreach_batch_sink(name="crm_orders")
def crm_orders(df, batch_id):
    """Orders and returns for the CRM"""
    (
        df.write.format("jdbc")
        .option("url", "jdbc:postgresql://crm.example.invalid/shop")
        .option("dbtable", "crm.orders")
        .option("driver", "org.postgresql.Driver")
        .option("user", "loader")
        .option("password", dbutils.secrets.get(scope="shop", key="crm_password"))
        .option("batchsize", 500)
        .mode("append")
        .save()
    )


@dp.append_flow(target="crm_orders", name="f_crm_orders_1")
def f_crm_orders_1():
    return spark.readStream.table("v_orders")


@dp.append_flow(target="crm_orders", name="f_crm_orders_2")
def f_crm_orders_2():
    return spark.readStream.table("v_returns")
