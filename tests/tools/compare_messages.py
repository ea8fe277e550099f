#!/usr/bin/env python3
"""Writes the section of docs/diagnostics.md that shows messages of lhp beside those of Lakehouse Plumber.

usage: compare_messages.py LHP REFERENCE

Both commands generate copies of projects below fixtures/invalid. What they print goes between the two marks in
the page; of the reference's panel, the title and the details are kept.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "diagnostics.md"
BEGIN, END = "<!-- begin: messages side by side -->\n", "<!-- end: messages side by side -->\n"

# Directory below fixtures/invalid, and the mistake in a few words.
FAULTS = {
    "LHP-CFG-010-unresolved-token": "A misspelt token",
    "LHP-CFG-010-unresolved-token.in-sql-file": "A misspelt token in a SQL file",
    "LHP-CFG-010-token-cycle": "Tokens that use each other",
    "LHP-CFG-009-yaml-syntax": "A quote that is never closed",
    "LHP-CFG-009-yaml-syntax.tab": "A tab as indentation",
    "LHP-CFG-081-missing-key": "A flowgroup without a pipeline",
    "LHP-CFG-001-unknown-field": "A misspelt key",
    "LHP-CFG-001-unknown-field.from-preset": "A misspelt key that comes from a preset",
    "LHP-VAL-007-missing-field.misspelt": "A required key under another name",
    "LHP-VAL-007-unknown-sub-type": "A misspelt type of source",
    "LHP-VAL-007-wrong-field": "A value of the wrong type",
    "LHP-ACT-001-unknown-preset": "A misspelt preset",
    "LHP-CFG-027-unknown-template": "A misspelt template",
    "LHP-CFG-012-missing-template-parameter": "A template without one of its parameters",
    "LHP-VAL-043-unknown-blueprint-parameter": "A misspelt blueprint parameter",
    "LHP-IO-001-missing-file": "A SQL file that does not exist",
    "LHP-CFG-031-invalid-generated-code": "A metadata column that is no Python",
    "LHP-VAL-009-no-creator": "A table that nobody creates",
    "LHP-CFG-004-several-creators": "A table that two flowgroups create",
    "LHP-DEP-001-view-cycle": "Views that read each other",
}


def run(command: str, project: Path) -> str:
    """What a command prints on a copy of a project."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "project"
        shutil.copytree(project, copy)
        environment = {**os.environ, "COLUMNS": "100", "LHP_TELEMETRY": "off", "LHP_UPDATE_CHECK": "off", "CI": "1"}
        done = subprocess.run(
            [command, "generate", "-e", "dev"],
            cwd=copy, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )
        return (done.stdout + done.stderr).replace(str(copy), ".")


def ours(text: str) -> str:
    """The first error with its snippet and help."""
    start = re.search(r"^error\[", text, re.MULTILINE)
    if start is None:
        raise SystemExit(f"no error in:\n{text}")
    return re.split(r"\n\n(?=error\[|warning\[|advice\[|\d+ errors?\b)", text[start.start() :])[0].rstrip()


def theirs(text: str) -> str:
    """Title and details of the panel, or the end of a traceback."""
    panel = re.search(r"╭─ (LHP-\S+).*?\n(.*?)╰", text, re.DOTALL)
    if panel is None:
        return "\n".join(text.strip().splitlines()[-8:])
    lines = [line.strip("│ ").rstrip() for line in panel.group(2).splitlines()]
    body = "\n".join(lines).strip()
    body = re.split(r"\n(?:Context|Suggestions|Example|More info:)", body)[0].strip()
    traceback = "\n… followed by a Python traceback" if "Traceback (most recent call last)" in text else ""
    return f"{panel.group(1)}  {body}{traceback}"


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    lhp, reference = (str(Path(argument).resolve()) for argument in sys.argv[1:])
    parts = []
    for name, title in FAULTS.items():
        project = ROOT / "fixtures" / "invalid" / name
        parts.append(
            f"### {title}\n\n*lhp*:\n\n```text\n{ours(run(lhp, project))}\n```\n\n"
            f"*Lakehouse Plumber*:\n\n```text\n{theirs(run(reference, project))}\n```\n"
        )
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(before + BEGIN + "\n" + "\n".join(parts) + "\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
