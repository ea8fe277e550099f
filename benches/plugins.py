#!/usr/bin/env python3
"""Measure what plugins cost, as whole processes in one session on one machine.

    python3 benches/plugins.py --lhp PATH [--runs 9] [--actions 1000]

Projects of one load per action are made in a temporary directory, once with a load that is built in and once with
the same number of loads of a plugin. `lhp validate` runs on one thread in all of them in turn, so that a busy machine
slows all rows alike. The result is a Markdown table of medians; `more` is the difference to built-in loads.

The WASM module and the template are those of `examples/plugins`. The search for plugins and the dispatch of events
by themselves are measured by `cargo bench`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples" / "plugins"
PER_FLOWGROUP = 10
UNUSED = 50

BUILT_IN = "{type: delta, catalog: a, schema: b, table: c}"
TEMPLATE = "{type: s3_batch, bucket: landing, prefix: orders/, format: json}"
WASM = "{type: kafka_ext, bootstrap_servers: 'broker:9092', topics: [orders_NUMBER]}"
PYTHON = "{type: feed, path: /Volumes/shop/orders_NUMBER}"

PYTHON_MANIFEST = """schema: 1
id: lhp-feed
version: 1.0.0
api: "1.0"
deterministic: true
runtime: {type: python, path: src}
provides:
  - {kind: load, key: feed, entry: "feed:generate"}
"""

PYTHON_MODULE = '''def generate(action, context):
    return f"""@dp.temporary_view()
def {action.target}():
    return spark.read.load({action.source["path"]!r})
"""
'''

UNUSED_MANIFEST = """schema: 1
id: unused-NUMBER
version: 1.0.0
api: "1.0"
provides:
  - {kind: load, key: unused_NUMBER, entry: load.py.j2}
"""


@dataclass
class Row:
    title: str
    source: str
    actions: int
    prepare: Callable[[Path], None] = lambda root: None
    arguments: tuple[str, ...] = ()
    cached: bool = False
    compared_with: str = ""
    budget: str = ""
    times: list[float] = field(default_factory=list)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make(root: Path, source: str, actions: int) -> None:
    write(root / "lhp.yaml", "name: loads\n")
    write(root / "substitutions/dev.yaml", "dev: {}\n")
    for flowgroup in range(actions // PER_FLOWGROUP):
        text = f"pipeline: p\nflowgroup: f{flowgroup}\nactions:\n"
        for action in range(PER_FLOWGROUP):
            number = f"{flowgroup}_{action}"
            text += f"  - {{name: l{action}, type: load, source: {source.replace('NUMBER', number)}, target: v{number}}}\n"
        text += (
            f"  - {{name: w, type: write, source: v{flowgroup}_0, "
            f"write_target: {{type: materialized_view, catalog: a, schema: b, table: t{flowgroup}}}}}\n"
        )
        write(root / f"pipelines/f{flowgroup}.yaml", text)


def example(name: str) -> Callable[[Path], None]:
    return lambda root: drop(shutil.copytree(EXAMPLES / name, root / "plugins" / name))


def drop(_: object) -> None:
    pass


def python_plugin(root: Path) -> None:
    write(root / "plugins/feed/plugin.yaml", PYTHON_MANIFEST)
    write(root / "plugins/feed/src/feed.py", PYTHON_MODULE)
    write(root / "lhp.yaml", "name: loads\nplugins: {use: [{id: lhp-feed}], trust: {require_lock: never}}\n")


def unused_plugins(root: Path) -> None:
    for number in range(UNUSED):
        write(root / f"plugins/p{number}/plugin.yaml", UNUSED_MANIFEST.replace("NUMBER", str(number)))
        write(root / f"plugins/p{number}/load.py.j2", "x\n")


def run(lhp: str, root: Path, arguments: tuple[str, ...]) -> float:
    environment = {**os.environ, "NO_COLOR": "1", "LHP_NO_PROGRESS": "1", "LHP_PYTHON": sys.executable}
    environment.pop("CI", None)
    command = [lhp, "validate", "--max-workers", "1", *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    wall = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr[-4000:]}")
    return wall


def rows(actions: int) -> list[Row]:
    uncached = ("--no-cache",)
    few = PER_FLOWGROUP
    base, small = "built-in loads", "built-in loads, few"
    return [
        Row(base, BUILT_IN, actions),
        Row(small, BUILT_IN, few),
        Row(f"{UNUSED} plugins found, none used", BUILT_IN, few, unused_plugins, compared_with=small, budget="15 ms"),
        Row("template", TEMPLATE, actions, example("s3_batch"), compared_with=base, budget="60 µs per action"),
        Row("WASM, asked", WASM, actions, example("kafka_source"), uncached, compared_with=base, budget="1.5 s in all"),
        Row("WASM, answers kept", WASM, actions, example("kafka_source"), cached=True, compared_with=base, budget="40 ms"),
        Row("Python, asked", PYTHON, actions, python_plugin, uncached, compared_with=base, budget="start + 0.5 ms per action"),
        Row("Python, asked, few", PYTHON, few, python_plugin, uncached, compared_with=small, budget="start: 250 ms"),
        Row("Python, answers kept", PYTHON, actions, python_plugin, cached=True, compared_with=base, budget="no start"),
    ]


def shown(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lhp", default="target/release/lhp")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--actions", type=int, default=1000)
    options = parser.parse_args()
    lhp = str(Path(options.lhp).resolve())
    with tempfile.TemporaryDirectory() as temporary:
        table = rows(options.actions)
        roots = [Path(temporary) / str(number) for number in range(len(table))]
        for row, root in zip(table, roots):
            make(root, row.source, row.actions)
            row.prepare(root)
            run(lhp, root, row.arguments)
            if row.cached != (root / ".lhp/cache/plugins").is_dir():
                sys.exit(f"{row.title}: answers are {'not ' if row.cached else ''}kept")
        for _ in range(options.runs):
            for row, root in zip(table, roots):
                row.times.append(run(lhp, root, row.arguments))
    base = {row.title: row for row in table}
    print(f"| `validate`, {options.actions} actions, few: {PER_FLOWGROUP}; one thread | whole run | more | per action | budget |")
    print("|---|--:|--:|--:|--:|")
    for row in table:
        whole = statistics.median(row.times)
        more = per_action = "–"
        if row.compared_with:
            # Rounds are compared with themselves, so that a slow one says nothing.
            pairs = zip(row.times, base[row.compared_with].times)
            difference = statistics.median(own - other for own, other in pairs)
            more, per_action = shown(difference), f"{difference / row.actions * 1e6:.0f} µs"
        print(f"| {row.title} | {shown(whole)} | {more} | {per_action} | {row.budget or '–'} |")


if __name__ == "__main__":
    main()
