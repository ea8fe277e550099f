"""Lines of JSON-RPC between `lhp` and this process.

Standard input and output are taken away from plugins: what they print goes to standard error, what they read is empty.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from typing import IO, Any, Dict, Optional

from .texts import readable

Message = Dict[str, Any]

#: How long a request may go on after `lhp` has gone (s).
GRACE = 2.0


class _Encoder(json.JSONEncoder):
    """One of our own: plugins may change what `json` has."""

    encode = json.JSONEncoder.encode
    iterencode = json.JSONEncoder.iterencode

    def default(self, o: Any) -> Any:
        """Refuses what JSON has no form for."""
        raise TypeError(f"JSON has no form for a value of type {type(o).__name__}")


#: The text of a value, in ASCII.
encode = _Encoder(separators=(",", ":"), allow_nan=False).encode
_decode = json.JSONDecoder().decode


class HostGone(BaseException):
    """`lhp` has closed its end."""


class HostError(Exception):
    """`lhp` has refused a request of a plugin."""

    def __init__(self, message: str, data: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(message)
        self.data = dict(data or {})


class Channel:
    """One line per message. Any thread may send; requests of `lhp` are taken by one thread, one after the other."""

    def __init__(self, lines: IO[bytes], out: IO[bytes]) -> None:
        self._lines = lines
        self._out = out
        self._lock = threading.Lock()
        self._requests: queue.SimpleQueue[Optional[Message]] = queue.SimpleQueue()
        self._waiting: Dict[str, queue.SimpleQueue[Optional[Message]]] = {}
        self._next = 0
        self._gone = False
        self.thread = threading.Thread(target=self._read, name="lhp-protocol", daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            for line in self._lines:
                self._take(line)
        except (OSError, ValueError):
            pass
        self._gone = True
        self._requests.put(None)
        with self._lock:
            waiting = list(self._waiting.values())
        for answers in waiting:
            answers.put(None)
        # Nobody reads the result of a request that is still going on.
        time.sleep(GRACE)
        os._exit(0)

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = _decode(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            self.send({"id": None, "error": {"code": -32700, "message": f"not JSON: {error}"}})
            return
        if isinstance(message, dict) and "method" not in message:
            with self._lock:
                answers = self._waiting.get(str(message.get("id")))
            if answers is not None:
                answers.put(message)
            return
        self._requests.put(message if isinstance(message, dict) else {"method": None, "id": None})

    def next_request(self) -> Optional[Message]:
        """The next request, or None at the end."""
        return self._requests.get()

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends a message. Halves of characters in it are put in words."""
        whole = {"jsonrpc": "2.0", **message}
        text = encode(whole)
        self.send_text(encode(readable(whole)) if "\\ud" in text else text)

    def send_text(self, text: str) -> None:
        """Sends a message that is JSON already, in ASCII."""
        data = text.encode("ascii") + b"\n"
        with self._lock:
            try:
                self._out.write(data)
                self._out.flush()
            except (OSError, ValueError):
                self._gone = True

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Asks `lhp` and waits for the answer."""
        answers: queue.SimpleQueue[Optional[Message]] = queue.SimpleQueue()
        with self._lock:
            self._next += 1
            name = f"w{self._next}"
            self._waiting[name] = answers
        try:
            if self._gone:
                raise HostGone
            self.send({"id": name, "method": method, "params": params})
            answer = answers.get()
        finally:
            with self._lock:
                self._waiting.pop(name, None)
        if answer is None:
            raise HostGone
        error = answer.get("error")
        if error is not None:
            raise HostError(str(error.get("message") or "refused"), error.get("data"))
        return answer.get("result")


def take_streams(lines: Optional[IO[bytes]]) -> Channel:
    """Keeps the ends of the protocol private and gives plugins harmless ones."""
    if lines is None:
        lines = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    sys.stdin = sys.__stdin__ = open(os.devnull, encoding="utf-8")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = sys.stderr  # type: ignore[misc,assignment]
    return Channel(lines, out)
