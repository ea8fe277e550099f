"""Schema transforms, sinks that call a function, and the guard of Kafka sinks."""

import datetime
import decimal

from checks import in_order

DAY = datetime.date(2026, 5, 1)


def check(engine, checks):
    spark = engine.spark
    if not checks.done("schema: views", lambda: engine.define("weights")):
        return
    if not checks.done("schema: update", lambda: engine.update("f_strict", "f_permissive")):
        return

    def types(table):
        return ", ".join(f"{name} {kind}" for name, kind in spark.table(table).dtypes)

    def rows(table):
        return in_order(spark.table(table).collect())

    checks.equal(
        "schema, strict: columns and types",
        lambda: types("silver.weights_strict"),
        "weight_id bigint, ship string, gross.kg decimal(8,2), day date, note string, _flowgroup string",
    )
    checks.equal(
        "schema, strict: rows",
        lambda: rows("silver.weights_strict"),
        [(1, "Ägir", decimal.Decimal("12.35"), DAY, "n", "weights"), (2, None, None, None, None, "weights")],
    )
    checks.equal(
        "schema, permissive: columns and types",
        lambda: types("silver.weights_permissive"),
        "weight_id bigint, gross.kg string, ship string, day date, note string, spare string, _flowgroup string",
    )
    checks.equal(
        "schema, permissive: rows",
        lambda: rows("silver.weights_permissive"),
        [(1, "12.345", "Ägir", DAY, "n", "s", "weights"), (2, None, None, None, None, None, "weights")],
    )

    checks.done("sinks: views", lambda: engine.define("alarms"))
    flows = ("f_inline_alarms_1", "f_filed_alarms_1")
    if checks.done("sinks: update", lambda: engine.update(*flows)):
        text = "first\n  second"
        checks.equal(
            "sink with a function of its own: rows",
            lambda: rows("bronze.inline_alarms"),
            [(1, "Ägir", "alarms", 0, text), (2, None, "alarms", 0, text)],
        )
        checks.equal(
            "sink with a function in a file: rows",
            lambda: rows("bronze.filed_alarms"),
            [(1, "ÄGIR", "alarms")],
        )
    checks.equal(
        "Kafka sink: a view with `value`",
        lambda: engine.flows["f_alarm_values_1"].func().columns,
        ["value", "_flowgroup"],
    )

    def refused():
        try:
            engine.flows["f_alarm_rows_1"].func()
        except ValueError as problem:
            return "value" in str(problem)

    checks.equal("Kafka sink: a view without `value` is refused", refused, True)
