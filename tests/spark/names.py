"""Compares every use of `pyspark.pipelines` in generated modules with what the installed Spark exports.

Reads syntax trees only, so it covers what open-source Spark cannot run. What only Databricks knows must stand in the
tables below: a new name or argument fails, and so does a line here that nothing generates or that Spark now knows.
Prints `ok` or `FAIL` for each name and ends with 1 if one failed. Argument: the folder of generated pipelines.
"""

import ast
import importlib.util
import inspect
import pathlib
import sys

from pyspark import pipelines

# Name → a signature with the arguments that Databricks documents.
DATABRICKS_ONLY = {
    "create_auto_cdc_from_snapshot_flow": lambda *, target, source, keys, stored_as_scd_type=1,
    track_history_column_list=None, track_history_except_column_list=None: None,
    "expect_all": lambda expectations, /: None,
    "expect_all_or_drop": lambda expectations, /: None,
    "expect_all_or_fail": lambda expectations, /: None,
    "foreach_batch_sink": lambda *, name: None,
    "replace_flow": lambda *, target, name, replace_using, sequence_by, comment=None: None,
}

# Exported name → arguments that only Databricks knows.
DATABRICKS_ARGUMENTS = {
    "append_flow": {"comment", "once"},
    "create_auto_cdc_flow": {"apply_as_truncates", "ignore_null_updates"},
    "create_streaming_table": {"cluster_by_auto", "private", "row_filter", "spark_conf"},
    "materialized_view": {"cluster_by_auto", "path", "refresh_policy", "refresh_schedule"},
    "table": {"temporary"},
}

# Modules that only Databricks (or a package beside Spark) has.
DATABRICKS_MODULES = {"delta"}

MODULE = "pyspark.pipelines"


def uses_of(tree):
    """Each `dp.name` of a module with its call, or without one if it is passed around."""
    aliases = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pyspark"
        for name in node.names
        if name.name == "pipelines"
    }
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.attr, calls.get(id(node))


def modules_of(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.partition(".")[0]


def is_installed(module):
    return module == "custom_python_functions" or importlib.util.find_spec(module) is not None


def fault_of(name, call, signature):
    """Why a call does not fit the signature, or None."""
    allowed = DATABRICKS_ARGUMENTS.get(name, set())
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg not in allowed}
    if None in named:
        return "passes ** arguments"
    try:
        signature.bind(*call.args, **named)
    except TypeError as problem:
        return str(problem)
    return None


def main(root):
    exported = set(pipelines.__all__)
    used, arguments, modules, faults = {}, {}, set(), {}
    paths = sorted(pathlib.Path(root).rglob("*.py"))
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        modules |= set(modules_of(tree))
        for name, call in uses_of(tree):
            used[name] = used.get(name, 0) + 1
            place = path.relative_to(root)
            if name in exported:
                signature = inspect.signature(getattr(pipelines, name))
            elif name in DATABRICKS_ONLY:
                signature = inspect.signature(DATABRICKS_ONLY[name])
            else:
                faults[name] = f"{place}: neither Spark nor Databricks has this name"
                continue
            if call is None:
                continue
            arguments.setdefault(name, set()).update(keyword.arg for keyword in call.keywords)
            fault = fault_of(name, call, signature)
            if fault:
                faults[name] = f"{place}:{call.lineno}: {fault}"

    for name in DATABRICKS_ONLY:
        if name in exported:
            faults[name] = "Spark exports this name now: no longer Databricks only"
        elif name not in used:
            faults[name] = "listed here, but no module uses it"
    for name, listed in DATABRICKS_ARGUMENTS.items():
        known = set(inspect.signature(getattr(pipelines, name)).parameters)
        if stale := (listed & known) | (listed - arguments.get(name, set())):
            faults[name] = f"Spark knows, or no module passes: {', '.join(sorted(stale))}"

    for name in sorted(used.keys() | faults.keys()):
        if name in faults:
            print(f"FAIL  dp.{name}: {faults[name]}")
            continue
        kind = "in Spark" if name in exported else "Databricks only"
        extra = ", ".join(sorted(DATABRICKS_ARGUMENTS.get(name, ())))
        print(f"ok    dp.{name}: {used[name]} uses, {kind}" + (f"; Databricks only: {extra}" if extra else ""))

    missing = {module for module in modules if not is_installed(module)}
    if missing == DATABRICKS_MODULES:
        print(f"ok    imports: {len(modules)} modules; Databricks only: {', '.join(sorted(missing))}")
    else:
        print(f"FAIL  imports: not installed: {missing or 'none'}, expected: {DATABRICKS_MODULES}")
    return 1 if faults or missing != DATABRICKS_MODULES else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
