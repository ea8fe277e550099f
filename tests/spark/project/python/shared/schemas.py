"""Turns a mapping from column to type into the DDL text that readers take."""


def ddl_of(columns):
    return ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
