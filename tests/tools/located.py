#!/usr/bin/env python3
"""Checks that every finding on the invalid projects of the conformance kit has a file, a line and a column.

usage: located.py LHP KIT

Runs `LHP validate --format json` in a copy of each project `KIT/projects/3*` and `4*`, with the environment and the
options that the case uses, and lists the findings without a place.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Findings about the command line, or about something that is not there.
WITHOUT_PLACE = {
    "empty-project": "there is no file to point at",
    "missing-pipeline-config": "the path stands on the command line",
    "no-project": "there is no project file",
    "not-available": "the option stands on the command line",
    "pipeline-config-not-used": "the option stands on the command line",
    "unknown-environment": "the name stands on the command line",
    "unknown-pipeline": "the name stands on the command line",
}


def commands(case: str) -> list[list[str]]:
    """The argument lists of a case; the file has one flow sequence, or several in a list."""
    found = re.search(r"^args:(.*(?:\n[ -].*)*)", case, re.MULTILINE)
    text = found.group(1) if found else ""
    return [re.findall(r"[^\s,\[\]'\"]+", part) for part in re.findall(r"\[([^\[\]]*)\]", text)] or [text.split()]


def findings(lhp: str, project: Path, arguments: list[str]) -> list[dict]:
    """What the program says of one project."""
    command = "generate" if "generate" in arguments else "validate"
    options = [option for option in arguments if option not in ("generate", "validate", "diff", "dag", "--no-progress")]
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "project"
        shutil.copytree(project, copy, symlinks=True)
        done = subprocess.run(
            [lhp, command, *options, "--format", "json"],
            cwd=copy, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )
    if done.returncode == 2 or not done.stdout.strip():
        return []
    return json.loads(done.stdout)["diagnostics"]


def main() -> int:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    lhp, projects = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]) / "projects"
    cases = sorted(path.parent for path in projects.glob("[34]*/case.yaml"))
    seen, lost = 0, []
    for case in cases:
        for arguments in commands((case / "case.yaml").read_text(encoding="utf-8")):
            for finding in findings(lhp, case, arguments):
                seen += 1
                placed = all(finding.get(key) for key in ("file", "line", "column"))
                if not placed and finding["rule"] not in WITHOUT_PLACE:
                    lost.append(f"{case.name}: {finding['code']}/{finding['rule']}: {finding['message']}")
    print("\n".join(lost))
    print(f"{len(cases)} projects, {seen} findings, {len(lost)} without a place")
    return 1 if lost or seen < len(cases) // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
