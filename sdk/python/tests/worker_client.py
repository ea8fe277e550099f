"""A small client for tests: starts the worker as `lhp` does and speaks with it over its pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

SOURCES = Path(__file__).resolve().parent.parent / "src"
DOCUMENTS = Path(__file__).resolve().parent / "documents"


def sources() -> Dict[str, str]:
    """All modules by path, as `lhp` passes them from memory."""
    found = {}
    for path in sorted((SOURCES / "lhp_plugin_sdk").rglob("*.py")):
        found[path.relative_to(SOURCES).as_posix()] = path.read_text(encoding="utf-8")
    return found


class Refused(Exception):
    """An error that the worker has answered."""

    def __init__(self, error: Dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error
        self.data = error.get("data") or {}
        self.kind = self.data.get("kind")


class Client:
    """A worker and what it has said."""

    def __init__(self, memory: bool = False, python: Optional[str] = None) -> None:
        bootstrap = (SOURCES / "lhp_plugin_sdk" / "worker" / "bootstrap.py").read_text(encoding="utf-8")
        how = ["-c", bootstrap] if memory else [str(SOURCES)]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        self.process = subprocess.Popen(
            [python or sys.executable, "-I", "-B", "-u", *how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.logs: List[Dict[str, Any]] = []
        self.asked: List[Dict[str, Any]] = []
        self.answers: Dict[str, Callable[[Dict[str, Any]], Any]] = {}
        self.stderr = b""
        self._next = 0
        if memory:
            self.write({"sources": sources()})

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.stderr += self.process.communicate()[1]

    def write(self, message: Any) -> None:
        self.raw(json.dumps(message).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read(self) -> Dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise EOFError("the worker has gone")
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0", message
        return message

    def call(self, method: str, **params: Any) -> Any:
        self._next += 1
        self.write({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params})
        while True:
            message = self.read()
            if "method" in message:
                self._serve(message)
                continue
            assert message["id"] == self._next, message
            if "error" in message:
                raise Refused(message["error"])
            return message["result"]

    def _serve(self, message: Dict[str, Any]) -> None:
        if message["method"] == "host/log":
            self.logs.append(message["params"])
            return
        self.asked.append(message)
        answer = self.answers.get(message["method"])
        if answer is None:
            error = {"code": -32601, "message": "not here"}
            self.write({"jsonrpc": "2.0", "id": message["id"], "error": error})
            return
        try:
            result = answer(message["params"])
        except PermissionError as error:
            refused = {"code": -32000, "message": str(error), "data": {"code": "LHP-PLG-052"}}
            self.write({"jsonrpc": "2.0", "id": message["id"], "error": refused})
            return
        self.write({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def initialize(self, *plugins: Dict[str, Any], **more: Any) -> Any:
        return self.call(
            "initialize",
            protocol={"min": "1.0", "max": "1.0"},
            host={"name": "lhp", "version": "0.1.0"},
            plugins=list(plugins),
            **more,
        )

    def end(self) -> int:
        """Ends the worker as `lhp` does."""
        self.call("shutdown")
        self.stderr += self.process.communicate(timeout=10)[1]
        return self.process.returncode


def plugin(id: str, root: Path, *entries: Any, **more: Any) -> Dict[str, Any]:
    """A plugin of `initialize`; entries are `(kind, key, entry)`."""
    return {
        "id": id,
        "version": "1.0.0",
        "root": str(root),
        "shims": ["lhp", "phlo", "dativo"],
        "entries": [{"kind": kind, "key": key, "entry": entry} for kind, key, entry in entries],
        "config": {},
        "packages": [],
        **more,
    }


def action(**values: Any) -> Dict[str, Any]:
    return {"name": "load_orders", "type": "load", "target": "v_orders", **values}


CONTEXT = {
    "project": "demo",
    "env": "dev",
    "pipeline": "bronze",
    "flowgroup": "orders",
    "job_name": None,
    "presets": ["base"],
    "operational_metadata": {},
    "target": {"engine": "lakeflow", "spark": "4.0"},
}
