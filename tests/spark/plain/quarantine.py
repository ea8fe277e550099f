"""The life of rows in a quarantine: set aside, repaired by hand, taken in again."""

import datetime
import decimal
import shutil

import delta_tables
from checks import in_order

INBOX = "spark_catalog.bronze.dead_letters"
OUTBOX = f"{INBOX}_outbox"
MANIFESTS, CONTAINERS = "spark_catalog.bronze.manifests", "spark_catalog.bronze.containers"

# The tables of the inbox and the outbox belong to the user, who has to create them.
INBOX_COLUMNS = """_dlq_sk STRING, _dlq_source_table STRING, _dlq_status STRING, _dlq_timestamp TIMESTAMP,
    _dlq_failed_rules ARRAY<STRUCT<name: STRING, rule: STRING>>, _dlq_rescued_data STRING, _row_data VARIANT"""
OUTBOX_COLUMNS = "_dlq_sk STRING, _dlq_source_table STRING, _row_data VARIANT, _dlq_recycled_at TIMESTAMP"

WEIGHT = ("has weight", "weight > 0")
KIND = ("kind isn't \"blank\"", "trim(`cargo.kind`) <> ''")
SEALED = ("is sealed", "sealed_at IS NOT NULL")
RESCUED = ("nothing rescued", "_rescued_data IS NULL")
ROOM = ("has room", "units > 0")

SEALED_AT = datetime.datetime(2026, 5, 1, 8, 15, 30, 123456)
PHOTO = b"\xff\xee\x00"

# manifest_id, kind, say, weight, price, sealed_at, day, photo, port, tags, _flowgroup, _read_from
SALT = (
    1, "salt", "it's", 2.5, decimal.Decimal("10.25"), SEALED_AT, datetime.date(2026, 5, 1), PHOTO, ("NOR", 4),
    ["a", 'b "c"'], "manifests", "1.json",
)  # fmt: skip
COAL = (
    4, "coal", None, None, None, SEALED_AT.replace(microsecond=0), None, None, None, None, "manifests", "1.json",
)  # fmt: skip
# The second manifest after its repair: all columns but the weight are as they came.
REPAIRED = (
    2, "Smørrebrød 🚢", "a \\ b", 5.0, decimal.Decimal("0.10"), SEALED_AT, datetime.date(2026, 5, 2), PHOTO,
    ("NOR", None), ["a", 'b "c"'], "manifests", "1.json",
)  # fmt: skip


def check(engine, checks):
    spark = engine.spark
    delta_tables.create(spark, INBOX, INBOX_COLUMNS)
    delta_tables.create(spark, OUTBOX, OUTBOX_COLUMNS)
    for name in ("manifests", "containers"):
        checks.done(f"quarantine {name}: views", lambda: engine.define(name))

    first = ("quarantine_flow_v_manifests_raw", "recycle_flow_v_manifests_raw", "f_manifests")
    second = ("quarantine_flow_v_containers_raw", "recycle_flow_v_containers_raw", "f_containers")
    if not checks.done("quarantine: first update", lambda: engine.update(*first, *second)):
        return
    check_set_aside(spark, checks)

    shutil.copy("more/manifests/2.json", "landing/manifests/2.json")
    if not checks.done("quarantine: more rows", lambda: engine.update(*first, *second)):
        return
    checks.equal(
        "quarantine: a row that comes again is set aside once",
        lambda: numbers(spark, INBOX, "manifest_id", MANIFESTS),
        [2, 3, 4, 5, 6],
    )

    if not checks.done("quarantine: repair", lambda: repair(spark)):
        return
    if not checks.done("quarantine: update after the repair", lambda: engine.update(*first, *second)):
        return
    check_recycled(spark, checks)

    edit = "parse_json(replace(to_json(_row_data), '5.0', '55.0'))"
    manifest = f"_dlq_source_table = '{MANIFESTS}' AND variant_get(_row_data, '$.manifest_id', 'int') = 2"
    delta_tables.update(spark, INBOX, manifest, _row_data=edit)
    checks.done("quarantine: update after a second repair", lambda: engine.update(*first, *second))
    checks.equal(
        "quarantine: a row that is repaired again is not taken in again",
        lambda: numbers(spark, MANIFESTS, "manifest_id"),
        [1, 2, 4],
    )


def numbers(spark, table, column, source=None):
    """The values of a column, in order; of the inbox or the outbox those of one source."""
    rows = spark.table(table)
    if source is not None:
        rows = rows.where(f"_dlq_source_table = '{source}'")
        column = f"variant_get(_row_data, '$.{column}', 'int')"
    return sorted(row[0] for row in rows.selectExpr(column).collect())


def manifests(spark):
    rows = spark.table(MANIFESTS).collect()
    return in_order(
        tuple(tuple(value) if isinstance(value, tuple) else value for value in map(plain, row)) for row in rows
    )


def plain(value):
    return bytes(value) if isinstance(value, bytearray) else value


def inbox(spark, source):
    """What is known of each row, without its key and time: broken rules, rescued data, the row itself."""
    rows = (
        spark.table(INBOX)
        .where(f"_dlq_source_table = '{source}'")
        .selectExpr("_dlq_failed_rules", "_dlq_rescued_data", "to_json(_row_data) AS row", "_dlq_status")
        .collect()
    )
    return {row.row: ([tuple(rule) for rule in row[0]], row[1], row[3]) for row in rows}


def check_set_aside(spark, checks):
    second = (
        '{"_flowgroup":"manifests","_read_from":"1.json","cargo.kind":"Smørrebrød 🚢","day":"2026-05-02",'
        '"manifest_id":2,"photo":"/+4A","port":{"code":"NOR"},"price":0.1,"say \\"x\\"":"a \\\\ b",'
        '"sealed_at":"2026-05-01T08:15:30.123456Z","tags":["a","b \\"c\\""],"weight":-1}'
    )
    third = '{"_flowgroup":"manifests","_read_from":"1.json","cargo.kind":"  ","manifest_id":3,"weight":0}'
    # A rule that is null for a row is not kept, so that no row gets lost.
    fourth = (
        '{"_flowgroup":"manifests","_read_from":"1.json","cargo.kind":"coal","manifest_id":4,'
        '"sealed_at":"2026-05-01T08:15:30.000000Z"}'
    )
    fifth = '{"_flowgroup":"manifests","_read_from":"1.json","manifest_id":5,"weight":1}'
    checks.equal(
        "quarantine: four manifests in the inbox",
        lambda: inbox(spark, MANIFESTS),
        {
            second: ([WEIGHT], None, "quarantined"),
            third: ([WEIGHT, KIND, SEALED], None, "quarantined"),
            fourth: ([WEIGHT], None, "quarantined"),
            fifth: ([KIND, SEALED], None, "quarantined"),
        },
    )
    checks.equal("quarantine: two clean manifests", lambda: manifests(spark), in_order([SALT, COAL]))
    rescued = '{"units": "two", "colour": "red", "_file_path": "/landing/1.json"}'
    checks.equal(
        "quarantine: three containers in the inbox",
        lambda: inbox(spark, CONTAINERS),
        {
            '{"colour":"red","container_id":1,"seal":"A","units":"two"}': ([RESCUED, ROOM], rescued, "quarantined"),
            '{"container_id":2,"seal":"B","units":0}': ([ROOM], None, "quarantined"),
            '{"container_id":4,"seal":"D","units":1}': ([RESCUED], "not JSON", "quarantined"),
        },
    )
    checks.equal(
        "quarantine: one clean container",
        lambda: in_order(spark.table(CONTAINERS).collect()),
        [(3, "C", 2, None)],
    )
    keys = "count(*) = 7 AND count(DISTINCT _dlq_sk) = 7 AND count_if(_dlq_timestamp IS NULL) = 0"
    checks.equal("quarantine: keys and times", lambda: spark.table(INBOX).selectExpr(keys).first()[0], True)


def repair(spark):
    """As an operator does it: one manifest is right after two edits, two stay wrong, and one is left alone."""

    def fix(source, column, number, old, new):
        row = f"_dlq_source_table = '{source}' AND variant_get(_row_data, '$.{column}', 'int') = {number}"
        data = f"parse_json(replace(to_json(_row_data), '{old}', '{new}'))"
        assert delta_tables.update(spark, INBOX, row, _dlq_status="'fixed'", _row_data=data) == 1

    fix(MANIFESTS, "manifest_id", 2, '"weight":-1', '"weight":4')
    fix(MANIFESTS, "manifest_id", 2, '"weight":4', '"weight":5.0')
    fix(MANIFESTS, "manifest_id", 3, '"weight":0', '"weight":3')
    fix(MANIFESTS, "manifest_id", 5, '"weight":1', '"weight":1,"sealed_at":"soon"')
    fix(CONTAINERS, "container_id", 1, '"units":"two"', '"units":2')


def check_recycled(spark, checks):
    checks.equal(
        "quarantine: three manifests in the outbox",
        lambda: numbers(spark, OUTBOX, "manifest_id", MANIFESTS),
        [2, 3, 5],
    )
    checks.equal(
        "quarantine: the repaired manifest is clean, with all its types",
        lambda: manifests(spark),
        in_order([SALT, COAL, REPAIRED]),
    )
    checks.equal(
        "quarantine: the repaired container is clean",
        lambda: in_order(spark.table(CONTAINERS).collect()),
        [(1, "A", 2, None), (3, "C", 2, None)],
    )
