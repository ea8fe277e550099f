#!/usr/bin/env python3
"""Measure two lhp commands on one project, in one session on one machine.

    python3 benches/compare.py --lhp PATH --reference PATH --project DIR [--runs 3] [--env dev]

Each command works on its own copy of the project; DIR is left alone. Wall time, CPU time and peak
memory are those of the whole process, from start to exit, as the kernel reports them. Rounds alternate
between the commands, so that a busy machine slows both. The result is a Markdown table of medians.

Before a first run the output tree is moved aside, not deleted, and first runs come before all others: some
file systems are slow to create files for minutes after many were deleted, whoever deleted them.
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
from dataclasses import dataclass
from pathlib import Path

OUTPUT_TREE = "generated"
LEFT_BEHIND = (OUTPUT_TREE, ".lhp", ".ruff_cache")
ENVIRONMENT = {
    "LHP_TELEMETRY": "off",
    "DO_NOT_TRACK": "1",
    "LHP_UPDATE_CHECK": "off",
    "LHP_NO_PROGRESS": "1",
    "NO_COLOR": "1",
}
# ru_maxrss is in bytes on macOS and in KiB elsewhere.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Usage:
    """What one process took: seconds on the clock, seconds of CPU, bytes of resident memory at most.

    `peak` is that of the largest single process if the command starts others.
    """

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Scenario:
    title: str
    arguments: tuple[str, ...]
    cold: bool = False


class CommandFailed(Exception):
    pass


def run(command: list[str], directory: Path) -> Usage:
    environment = {**os.environ, **ENVIRONMENT}
    with tempfile.TemporaryFile() as console:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=console, stderr=console
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            console.seek(0)
            text = console.read()[-4000:].decode(errors="replace")
            raise CommandFailed(f"{' '.join(command)}: exit status {process.returncode}\n{text}")
    return Usage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_UNIT)


def clean(directory: Path, aside: Path) -> None:
    """Takes away what earlier runs left, without deleting it."""
    for name in LEFT_BEHIND:
        if (directory / name).exists():
            aside.mkdir(parents=True, exist_ok=True)
            (directory / name).rename(aside / name)


def medians(usages: list[Usage]) -> Usage:
    return Usage(
        statistics.median(usage.wall for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        int(statistics.median(usage.peak for usage in usages)),
    )


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def megabytes(value: int) -> str:
    return f"{value / 1e6:.0f} MB"


def times(reference: float, candidate: float) -> str:
    return f"{reference / candidate:.1f}×" if candidate else "–"


def table(scenarios: list[Scenario], results: dict[tuple[str, str], list[Usage]]) -> str:
    lines = [
        "| run | wall: reference | lhp | ratio | CPU: reference | lhp | ratio | peak memory: reference | lhp | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for scenario in scenarios:
        old, new = (medians(results[name, scenario.title]) for name in ("reference", "lhp"))
        cells = [
            scenario.title,
            *(seconds(old.wall), seconds(new.wall), times(old.wall, new.wall)),
            *(seconds(old.cpu), seconds(new.cpu), times(old.cpu, new.cpu)),
            *(megabytes(old.peak), megabytes(new.peak), times(old.peak, new.peak)),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def command_path(text: str) -> str:
    """The command as an absolute path, since it will run in another directory."""
    found = shutil.which(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is not a command")
    return os.path.abspath(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lhp", type=command_path, required=True, help="the command of this project")
    parser.add_argument("--reference", type=command_path, required=True, help="the command to compare with")
    parser.add_argument("--project", type=Path, required=True, help="directory with lhp.yaml")
    parser.add_argument("--runs", type=int, default=3, help="rounds; medians are shown (default: 3)")
    parser.add_argument("--env", default="dev", help="environment to generate (default: dev)")
    options = parser.parse_args()
    if not (options.project / "lhp.yaml").is_file():
        parser.error(f"{options.project} has no lhp.yaml")
    if options.runs < 1:
        parser.error("--runs must be at least 1")

    commands = {"reference": options.reference, "lhp": options.lhp}
    scenarios = [
        Scenario("generate, first time", ("generate", "-e", options.env), cold=True),
        Scenario("generate, nothing changed", ("generate", "-e", options.env)),
        Scenario("validate", ("validate", "-e", options.env)),
        Scenario("--version", ("--version",)),
    ]
    results: dict[tuple[str, str], list[Usage]] = {}
    with tempfile.TemporaryDirectory(prefix="lhp-compare-") as scratch:
        copies = {name: Path(scratch, name) for name in commands}
        for copy in copies.values():
            shutil.copytree(options.project, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        try:
            floor = run([sys.executable, "-S", "-c", ""], Path(scratch)).peak
            for name, command in commands.items():  # brings the programs into the page cache
                run([command, "--version"], copies[name])
            for scenario in scenarios:
                for number in range(1, options.runs + 1):
                    for name, command in commands.items():
                        if scenario.cold:
                            clean(copies[name], Path(scratch, "aside", name, str(number)))
                        usage = run([command, *scenario.arguments], copies[name])
                        results.setdefault((name, scenario.title), []).append(usage)
                        print(
                            f"round {number}: {name} {scenario.title}: {seconds(usage.wall)}, {megabytes(usage.peak)}",
                            file=sys.stderr,
                        )
        except CommandFailed as failure:
            print(failure, file=sys.stderr)
            return 1
        counts = {name: sum(1 for _ in (copy / OUTPUT_TREE).rglob("*.py")) for name, copy in copies.items()}

    print(table(scenarios, results))
    print()
    print(
        f"Medians of {options.runs} round(s) on {os.cpu_count()} CPUs. A first run finds no output tree and no `.lhp/`."
    )
    print(f"Memory is that of the largest process; values near {megabytes(floor)} or below cannot be told apart.")
    print(f"Python files written: reference {counts['reference']}, lhp {counts['lhp']}.")
    if counts["reference"] != counts["lhp"]:
        print("The commands did not write the same number of files.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
