"""What a side of a recorded session is, and Homewit's: a process that is asked and streams its answers.

Times are those that a caller sees: from the request to the first piece of text, and to the end of the answer.
The other side is in session_peer.py. Knows nothing of what the questions are about.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from .recorded_session import Call

CONTEXT = 8192


class SideFailed(Exception):
    """A process ended, or wrote something else than what was recorded, so that its times say nothing."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens and passes in the words of `llm.Usage`."""

    prompt: int = 0
    cached: int = 0
    generated: int = 0
    forced: int = 0
    drafted: int = 0
    accepted: int = 0
    forwards: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        names = [field.name for field in fields(self)]
        return Counts(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as its caller saw it; times from the request on."""

    seconds: float
    first_s: float
    counts: Counts


class Side(Protocol):
    """A running process; leave it as a context manager."""

    start_s: float
    """From the start of the process until it can be asked."""

    def ask(self, call: Call) -> Answered:
        """Raises `SideFailed`."""
        ...

    def finish_writing(self) -> None:
        """Wait until what is kept for the next launch is on disk."""
        ...

    def __enter__(self) -> "Side": ...
    def __exit__(self, *raised: object) -> None: ...


class HomewitSide:
    """session_engine.py; `cache` is a folder for what outlives the process."""

    def __init__(self, folder: Path, precision: str, threads: int, cache: Path | None = None) -> None:
        started = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.session_engine", str(folder), precision, str(CONTEXT)]
        self._process = subprocess.Popen(
            [*command, *([str(cache)] if cache is not None else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(threads),
        )
        self._heard()
        self.start_s = time.perf_counter() - started

    def ask(self, call: Call) -> Answered:
        started = time.perf_counter()
        self._say({**call.to_json(), "output": call.output})
        first_s, text, heard = None, "", {}
        while "usage" not in heard:
            heard = self._heard()
            text += heard.get("text", "")
            if first_s is None and text:
                first_s = time.perf_counter() - started
        seconds = time.perf_counter() - started
        compare("Homewit", text, call)
        usage = heard["usage"]
        return Answered(seconds, first_s or seconds, Counts(*(usage[field.name] for field in fields(Counts))))

    def finish_writing(self) -> None:
        """Wait until what is kept for the next launch is on disk."""
        self._say({"finish": True})
        self._heard()

    def _say(self, request: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SideFailed(f"Homewit's process ended with {self._process.wait()}.")
        return json.loads(line)

    def __enter__(self) -> "HomewitSide":
        return self

    def __exit__(self, *raised: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def compare(name: str, text: str, call: Call) -> None:
    """Raise `SideFailed` when `name` wrote something else than what was recorded."""
    if text != call.output:
        raise SideFailed(f"{name} wrote {text!r} instead of {call.output!r} in turn {call.turn}.")


def environment(threads: int) -> dict[str, str]:
    """For a process that computes with as many threads."""
    return os.environ | {"OMP_NUM_THREADS": str(threads)}
