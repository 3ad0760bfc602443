"""Engines in processes of their own. Knows how to talk to contenders.py, not what is compared."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep
from types import TracebackType
from typing import Any

REST_S = 0.3  # between two measurements, so that the threads of the last one have stopped spinning


class ContenderFailed(Exception):
    """A process ended without an answer; the text is what it said last."""


class Process:
    """One contender, started at once; `start_s` is the time until it had given its first token."""

    def __init__(self, name: str, path: Path, context: int) -> None:
        self.name = name
        started = perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.contenders", name, str(path), str(context)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._answer()
        self.start_s = perf_counter() - started

    def ask(self, **request: Any) -> Any:
        """The answer to one request of contenders.py; raises `ContenderFailed`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # what it said last is told by `_answer`
        return self._answer()

    def measure(self, **request: Any) -> Callable[[int], float]:
        """For `in_turn`: ask the same in every round, with the round as seed where one is wanted."""

        def measured(number: int) -> float:
            sleep(REST_S)
            return self.ask(**{**request, **({"seed": number} if "prefill" in request else {})})

        return measured

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line:
            said = self._process.stderr.read().strip().splitlines()[-1:]
            raise ContenderFailed(f"{self.name} ended: {' '.join(said) or 'without a word'}")
        return json.loads(line)

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
