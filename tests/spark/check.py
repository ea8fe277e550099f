"""Compares the tables that the pipeline `executed` left behind with what the files in `landing` must give.

Prints `ok` or `FAIL` for each check and ends with 1 if one failed. Argument: the address of
the Spark server; the folders `outbox` and `ledger` of the current directory hold what custom formats wrote.
"""

import datetime
import decimal
import json
import pathlib
import sys

from pyspark.sql import SparkSession

from checks import Checks, in_order

FIRST, SECOND = datetime.date(2026, 5, 1), datetime.date(2026, 5, 2)
NOTE = 'it\'s "one" \\ two'


def money(text):
    return decimal.Decimal(text)


# Table → columns and rows, in any order.
ROWS = {
    "bronze.bookings": (
        ("booking_id", "route", "day", "seats", "price", "note", "_read_from", "_flowgroup"),
        [
            (1, " north  ", FIRST, 2, money("12.50"), NOTE, "2026-05-01.json", "bookings"),
            (2, "south", FIRST, 1, money("8.00"), NOTE, "2026-05-01.json", "bookings"),
            (3, "NORTH", FIRST, 4, money("10.25"), NOTE, "2026-05-01.json", "bookings"),
            (4, "south", SECOND, 3, money("8.00"), NOTE, "2026-05-02.json", "bookings"),
            (5, "North", SECOND, 0, money("10.25"), NOTE, "2026-05-02.json", "bookings"),
            (6, None, SECOND, 2, money("9.00"), NOTE, "2026-05-02.json", "bookings"),
        ],
    ),
    "silver.bookings": (
        ("booking_id", "route", "day", "seats", "price"),
        [
            (1, "north", FIRST, 2, money("12.50")),
            (2, "south", FIRST, 1, money("8.00")),
            (3, "north", FIRST, 4, money("10.25")),
            (4, "south", SECOND, 3, money("8.00")),
            (6, "?", SECOND, 2, money("9.00")),
        ],
    ),
    "silver.checked_bookings": (
        ("id", "price", "route"),
        [
            (1, 12.5, " north  "),
            (2, 8.0, "south"),
            (3, 10.25, "NORTH"),
            (4, 8.0, "south"),
            (5, 10.25, "North"),
        ],
    ),
    "gold.daily_revenue": (
        ("day", "route", "income", "bookings"),
        [
            (FIRST, "north", money("66.00"), 2),
            (FIRST, "south", money("8.00"), 1),
            (SECOND, "south", money("24.00"), 1),
            (SECOND, "?", money("18.00"), 1),
        ],
    ),
    "gold.bookings_with_harbour": (
        ("harbour", "booking_id", "seats", "_flowgroup", "name"),
        [
            ("NOR", 1, 2, "bookings_with_harbour", "Nordhaven"),
            ("SOU", 2, 1, "bookings_with_harbour", None),
            ("NOR", 3, 4, "bookings_with_harbour", "Nordhaven"),
            ("SOU", 4, 3, "bookings_with_harbour", None),
            ("?", 6, 2, "bookings_with_harbour", None),
        ],
    ),
    "gold.busy_routes": (("route", "bookings"), [("north", 2), ("south", 2)]),
    "default.tmp_routes": (("booking_id",), [(1,), (2,), (3,), (4,), (6,)]),
    "bronze.tides": (
        ("gauge", "hour", "level", "_flowgroup"),
        [
            ("NOR", 0, 1.5, "tides"),
            ("NOR", 1, 2.25, "tides"),
            ("NOR", 2, 3.0, "tides"),
            ("NOR", 3, 2.25, "tides"),
        ],
    ),
    "gold.forecast": (
        ("gauge", "hour", "level"),
        [('SUD\'s "kai"', 0, 1.5), ('SUD\'s "kai"', 1, 2.25)],
    ),
    "bronze.register": (("ID", "NAME"), [(1, 'it\'s "here"'), (2, "there")]),
    "bronze.signs": (
        ("id", "text"),
        [
            (1, "it's"),
            (2, '"double"'),
            (3, '"""triple"""'),
            (4, r"C:\temp\new"),
            (5, "line one\nline two"),
            (6, "Smørrebrød 日本 🚢"),
            (7, "ends in a backslash" + "\\"),
            (8, "open brace { and close }"),
        ],
    ),
}

# Table → comment and properties, as the catalog has them.
COMMENTS = {
    "bronze.bookings": 'Bookings as they arrived; "quoted", it\'s one \\ two\n',
    "silver.bookings": "Streaming table: bookings",
    "gold.daily_revenue": "Income of each day and route",
    "bronze.signs": 'Signs: it\'s "quoted", \\ and {braces} """',
}
PROPERTIES = {
    "bronze.bookings": {"ferry.layer": "bronze", "ferry.note": 'a "b" \\ c'},
    "gold.bookings_with_harbour": {"ferry.layer": "gold"},
}
TYPES = {
    "silver.bookings": "booking_id int, route string, day date, seats int, price decimal(10,2)",
    "silver.checked_bookings": "id bigint, route string, day date, seats int, price double, "
    "note string, _read_from string, _flowgroup string",
}
PARTITIONS = {"bronze.bookings": ["day"]}

# What three append flows of two flowgroups wrote into one streaming table.
HARBOURS = [
    ("NOR", "Nordhaven", 4, "f_harbours_1"),
    ("VIK", 'Vikens "Gamla" hamn', 2, "f_harbours_1"),
    ("SUD", "Südkai", 3, "f_harbours_2"),
    ("OE1", "Ö 1", 1, "f_islands"),
    ("OE2", "Ö 2", 1, "f_islands"),
]

# What the custom sink wrote, from both of its sources.
NOTICES = [
    (2, "NOR", "notices"),
    (3, "north", "notices"),
    (4, "south", "notices"),
]


def properties(spark, table, names):
    found = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    return {name: found.get(name) for name in names}


def types(spark, table):
    return ", ".join(f"{name} {kind}" for name, kind in spark.table(table).dtypes)


def partitions(spark, table):
    return [column.name for column in spark.catalog.listColumns(table) if column.isPartition]


def lines_in(folder, *columns):
    """The JSON lines in all files of a folder."""
    lines = [
        json.loads(line)
        for path in pathlib.Path(folder).glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return in_order(tuple(line[column] for column in columns) for line in lines)


def main(server):
    spark = SparkSession.builder.remote(server).getOrCreate()
    checks = Checks()
    for table, (columns, rows) in ROWS.items():
        checks.equal(
            f"{table}: {len(rows)} rows",
            lambda: in_order(spark.table(table).select(*columns).collect()),
            in_order(rows),
        )
    for table, comment in COMMENTS.items():
        checks.equal(f"{table}: comment", lambda: spark.catalog.getTable(table).description, comment)
    for table, wanted in PROPERTIES.items():
        checks.equal(f"{table}: properties", lambda: properties(spark, table, wanted), wanted)
    for table, wanted in TYPES.items():
        checks.equal(f"{table}: types", lambda: types(spark, table), wanted)
    for table, wanted in PARTITIONS.items():
        checks.equal(f"{table}: partitions", lambda: partitions(spark, table), wanted)
    checks.equal(
        f"bronze.harbours: {len(HARBOURS)} rows of three append flows",
        lambda: lines_in("ledger/harbours", "code", "name", "berths", "flow"),
        in_order(HARBOURS),
    )
    checks.equal(
        f"sink notices: {len(NOTICES)} rows",
        lambda: lines_in("outbox", "booking_id", "route", "_flowgroup"),
        in_order(NOTICES),
    )
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
