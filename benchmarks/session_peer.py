"""The other side of a recorded session: llama-cpp-python's server on loopback, called as its users call it.

Its counters are read from what it says on standard error. What it does behind the last piece of an answer
(save its cache) is waited for and not counted. Knows nothing of what the questions are about.
"""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from .recorded_session import Call
from .session_sides import CONTEXT, Answered, Counts, SideFailed, compare, environment

START_S = 300.0
ANSWER_S = 600.0
BATCH = 512  # tokens of a prompt that the server reads in one pass
HIT = re.compile(r"Llama\.generate: (\d+) prefix-match hit")
READ = re.compile(r"prompt eval time =.*/ +(\d+) tokens")
WROTE = re.compile(r" {2,}eval time =.*/ +(\d+) runs")


class ServerSide:
    """session_server.py with a GGUF file; `calls` are all that it will be asked."""

    def __init__(self, model: Path, calls: Sequence[Call], threads: int, folder: Path) -> None:
        self._outputs = list(dict.fromkeys(call.output for call in calls))
        self._grammars: dict[str, str] = {}
        outputs = folder / "outputs.json"
        outputs.write_text(json.dumps(self._outputs), encoding="utf-8")
        self._log = folder / "server.log"
        port = free_port()
        started = time.perf_counter()
        arguments = (model, outputs, CONTEXT, threads, port)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.session_server", *map(str, arguments)],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment(threads),
            )
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_S, trust_env=False)
        self._wait(started + START_S)
        self.start_s = time.perf_counter() - started

    def ask(self, call: Call) -> Answered:
        body = {
            "messages": list(call.messages),
            "max_tokens": call.max_tokens,
            "temperature": 0.0,
            "seed": self._outputs.index(call.output),
            "stream": True,
        }
        if call.schema is not None:
            body["grammar"] = self._grammar(call.schema)
        said = self._log.stat().st_size
        started = time.perf_counter()
        first_s, seconds, text, pieces = None, 0.0, "", 0
        for piece, is_last in self._streamed(body):
            now = time.perf_counter() - started
            text, pieces = text + piece, pieces + bool(piece)
            first_s = now if first_s is None and text else first_s
            seconds = now if is_last else seconds
        compare("The server", text, call)
        return Answered(seconds, first_s or seconds, self._counts(said, pieces))

    def _streamed(self, body: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
        """The pieces of an answer, each with whether it is the last; raises `SideFailed` without one."""
        ended = False
        try:
            with self._client.stream("POST", "/v1/chat/completions", json=body) as response:
                for line in response.iter_lines():
                    if not line.startswith("data: {"):
                        continue
                    data = json.loads(line.removeprefix("data: "))
                    if "choices" not in data:
                        raise SideFailed(f"The server answered with {line}.")
                    (choice,) = data["choices"]
                    ended = choice["finish_reason"] is not None
                    yield choice["delta"].get("content", ""), ended
        except httpx.TransportError as error:
            # Now and then the server closes a stream behind the last piece without saying that it ends.
            if not ended:
                raise SideFailed(f"The server broke off: {self._last_words()}") from error
        if not ended:
            raise SideFailed(f"The server broke off: {self._last_words()}")

    def finish_writing(self) -> None:
        """Its cache is in memory."""

    def _grammar(self, schema: Mapping[str, Any]) -> str:
        """Made by the server's own converter, which fails on a property that is called "$ref" by itself."""
        from llama_cpp.llama_grammar import json_schema_to_gbnf

        written = json.dumps(schema)
        if written not in self._grammars:
            named = written.replace('"$ref"', '"@ref"').replace(r"\\.", "[.]")
            self._grammars[written] = json_schema_to_gbnf(named).replace("@ref", "$ref")
        return self._grammars[written]

    def _counts(self, start: int, generated: int) -> Counts:
        """From what was said since `start`."""
        with self._log.open("rb") as log:
            log.seek(start)
            said = log.read().decode("utf-8", "replace")
        cached, read, wrote = (
            int(found[1]) if (found := pattern.search(said)) else 0 for pattern in (HIT, READ, WROTE)
        )
        return Counts(cached + read, cached, generated, forwards=-(-read // BATCH) + wrote)

    def _wait(self, until: float) -> None:
        while time.perf_counter() < until and self._process.poll() is None:
            try:
                self._client.get("/v1/models").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        self._process.kill()
        raise SideFailed(f"The server did not start: {self._last_words()}")

    def _last_words(self) -> str:
        return " ".join(self._log.read_text("utf-8", "replace").strip().splitlines()[-1:])

    def __enter__(self) -> "ServerSide":
        return self

    def __exit__(self, *raised: object) -> None:
        self._client.close()
        self._process.terminate()
        self._process.wait()


def free_port() -> int:
    """A port on loopback that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
